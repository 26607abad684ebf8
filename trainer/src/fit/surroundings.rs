//! What surrounds the fits of a stage: threads, device, interruption, and who watches.

use podium_learners::{Context, Device, Step, TorchBackend};
use rayon::ThreadPool;

/// Which fit a step belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// A fold of cross-validation, from 1.
    Fold(usize),
    /// The fit on the whole training part.
    Whole,
}

/// Told of progress, from any thread; must return at once.
pub type Watch<'a> = &'a (dyn Fn(Phase, Step) + Sync);

/// Everything that a fit may use and that is no part of a recipe.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// Threads.
    pub pool: &'a ThreadPool,
    /// Whether to stop; asked often.
    pub interrupt: &'a (dyn Fn() -> bool + Sync),
    /// Who watches.
    pub watch: Watch<'a>,
    /// Torch, when it is loaded.
    pub torch: Option<&'a dyn TorchBackend>,
    /// Where torch computes.
    pub device: Device,
}

impl Surroundings<'_> {
    /// Whether to stop.
    pub fn interrupt(&self) -> bool {
        (self.interrupt)()
    }

    /// Runs one fit in a context of these surroundings.
    pub fn with<T>(&self, seed: u64, phase: Phase, work: impl FnOnce(&Context<'_>) -> T) -> T {
        let progress = |step: Step| (self.watch)(phase, step);
        let context = Context {
            seed,
            pool: Some(self.pool),
            interrupt: self.interrupt,
            progress: &progress,
            validation: None,
            torch: self.torch,
            device: self.device,
        };
        work(&context)
    }
}
