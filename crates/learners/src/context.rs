//! What surrounds a fit: seed, threads, interruption, progress, torch, and the report that comes out beside the model.

use std::sync::Arc;

use rayon::ThreadPool;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Algorithm, Matrix, Model, Prediction, SetError, Task, TorchBackend};

/// What a fit may use. Nothing else reaches a learner: no clock, no file, no global pool.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Seed of all randomness. Equal seed, set and parameters give an equal model, whatever the number of threads
    /// (torch: on the CPU with the same number of threads).
    pub seed: u64,
    /// Threads to work on; none works on the caller's thread alone.
    pub pool: Option<&'a ThreadPool>,
    /// Asked at least about every 100 ms of work; true ends the fit with [`FitError::Interrupted`].
    pub interrupt: &'a (dyn Fn() -> bool + Sync),
    /// Called after each tree, iteration or epoch, from any thread.
    pub progress: &'a (dyn Fn(Step) + Sync),
    /// Rows that are predicted after each step, by learners that have any ([`Algorithm::stride`]).
    pub validation: Option<Validation<'a>>,
    /// The engine of [`Algorithm::TorchMlp`], when it is at hand.
    pub torch: Option<&'a dyn TorchBackend>,
    /// Where torch computes. The other learners use the CPU.
    pub device: Device,
}

impl Context<'_> {
    /// A context without threads, interruption, progress or torch.
    #[must_use]
    pub fn quiet(seed: u64) -> Self {
        Self {
            seed,
            pool: None,
            interrupt: &|| false,
            progress: &|_| (),
            validation: None,
            torch: None,
            device: Device::Cpu,
        }
    }

    /// Number of threads of the pool, 1 without one.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.pool.map_or(1, ThreadPool::current_num_threads)
    }

    pub(crate) fn check_interrupt(&self) -> Result<(), FitError> {
        if (self.interrupt)() { Err(FitError::Interrupted) } else { Ok(()) }
    }
}

/// Rows that a fit does not learn from, and who is shown how they are predicted while it learns.
#[derive(Clone, Copy)]
pub struct Validation<'a> {
    /// Features of the rows, in the columns of the training set.
    pub features: &'a Matrix,
    /// Called after each step, on the thread that the fit was called on, with the prediction of the model that a fit
    /// ending there would give; after the last one with that of the model. The fit goes on when it returns. Other fits may
    /// have run in the meantime: no random number of a fit depends on it, and the model is the one of a fit that nobody
    /// watches.
    pub seen: &'a (dyn Fn(Prediction) + Sync),
}

/// A device for torch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Device {
    /// The processor.
    Cpu,
    /// The CUDA device of this index.
    Cuda(u32),
}

/// How far a fit is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Steps done, from 1.
    pub step: u32,
    /// Most steps there can be.
    pub total: u32,
    /// Training loss (iterations, epochs), or the validation loss under early stopping; none for trees.
    pub value: Option<f64>,
}

/// A fitted model and what is to be known about the fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// The model.
    pub model: Model,
    /// How the fit went.
    pub report: FitReport,
}

/// How a fit went. It is no part of the model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FitReport {
    /// Iterations or epochs done, trees grown.
    pub steps: u32,
    /// Final value of the objective, where there is one.
    pub loss: Option<f64>,
    /// Accuracy or R² over rows, each predicted by the trees that did not see it (`oob_score`).
    pub out_of_bag: Option<f64>,
    /// Whether a GPU did the work.
    pub gpu_used: bool,
    /// What the user should know.
    pub warnings: Vec<FitWarning>,
}

/// A fit that came out usable but not as one would wish.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum FitWarning {
    /// The iterations ran out, or the objective can't be lowered further in floating point.
    #[error(
        "no convergence after {steps} iterations: gradient {gradient:e}, asked {tol:e}; raise max_iter or scale the features"
    )]
    NotConverged {
        /// Iterations done.
        steps: u32,
        /// Largest gradient component.
        gradient: f64,
        /// The bound.
        tol: f64,
    },
    /// Columns that are combinations of others.
    #[error(
        "the features have rank {rank} of {columns} columns; the least squares solution of smallest norm was taken"
    )]
    RankDeficient {
        /// Numeric rank.
        rank: usize,
        /// Feature columns.
        columns: usize,
    },
    /// Classes without rows (or weight) get probability 0.
    #[error(
        "classes {classes:?} (by index) have no rows with weight in the training part; their probability is 0"
    )]
    AbsentClasses {
        /// Indices of the classes.
        classes: Vec<u32>,
    },
    /// Too few trees: some rows were drawn by all of them.
    #[error("{rows} rows were drawn by every tree and are left out of the out-of-bag score; use more trees")]
    InEveryBag {
        /// Number of such rows.
        rows: usize,
    },
}

/// Why there is no model.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum FitError {
    /// The learner can't do this task.
    #[error("{algorithm} can't be fitted for {task}")]
    Task {
        /// The learner.
        algorithm: Algorithm,
        /// The task of the target.
        task: Task,
    },
    /// A parameter that makes no sense with these data.
    #[error("parameter {name} is {value}: {reason}")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// Its value.
        value: String,
        /// Why it does not fit.
        reason: String,
    },
    /// Features, target and weights don't fit each other.
    #[error(transparent)]
    Set(#[from] SetError),
    /// Only one class has rows with weight.
    #[error(
        "{algorithm} needs at least two classes with rows of positive weight; only class {class} (by index) has any"
    )]
    OneClass {
        /// The learner.
        algorithm: Algorithm,
        /// The class.
        class: u32,
    },
    /// The numbers went out of range.
    #[error("the fit of {algorithm} left the range of numbers ({what}); scale the features or the target")]
    NotFinite {
        /// The learner.
        algorithm: Algorithm,
        /// Which number.
        what: &'static str,
    },
    /// A decomposition or a product of matrices failed.
    #[error("the linear algebra of the fit failed: {0}")]
    Decomposition(String),
    /// [`Context::interrupt`] said so.
    #[error("the fit was interrupted")]
    Interrupted,
    /// A learner needs torch and the context has none.
    #[error("{algorithm} needs libtorch, which this trainer does not have or could not load")]
    TorchMissing {
        /// The learner.
        algorithm: Algorithm,
    },
    /// The device asked for is not there.
    #[error("device {device:?} was asked for and is not available: {detail}")]
    DeviceMissing {
        /// The device.
        device: Device,
        /// What torch said.
        detail: String,
    },
    /// Torch failed.
    #[error("torch failed: {0}")]
    Torch(Arc<str>),
}
