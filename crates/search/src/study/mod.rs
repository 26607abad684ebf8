//! A study: a space, a method, and the trials so far.

mod ask;
mod history;
mod rebuild;
mod settings;
mod tell;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

pub use ask::{Ask, EnqueueError};
use history::History;
pub use rebuild::{Finished, Record, RestoreError, Restored, WarmStart};
pub use settings::Settings;
pub use tell::{TellError, Told};

use crate::algorithm::{AlgorithmError, Choice};
use crate::importance::{Importance, ImportanceError, importance};
use crate::sampler::{Sampler, sampler};
use crate::space::Lattice;
use crate::{Goal, Point, Space, State, Trial};

/// Suggests trials by what the earlier ones gave.
///
/// What it suggests is a function of its space, its settings and its trials by number: not of the order in which results
/// came, and not of whether it was restored in between.
///
/// ```
/// use podium_search::{Ask, Outcome, Parameter, Settings, Space, Study};
///
/// let space = Space::new(vec![Parameter::double("x", -5.0, 5.0), Parameter::int("n", 1, 9)])?;
/// let mut study = Study::new(space, Settings::minimize().seed(42))?;
/// for _ in 0..30 {
///     let Ask::Trial(trial) = study.ask() else { break };
///     let x = trial.point["x"].as_f64().unwrap_or(f64::NAN);
///     let n = trial.point["n"].as_f64().unwrap_or(f64::NAN);
///     study.tell(trial.number, Outcome::Complete((x - 1.0).powi(2) + n))?;
/// }
/// assert!(study.best().is_some_and(|trial| trial.value() < Some(5.0)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Study {
    space: Space,
    settings: Settings,
    choice: Choice,
    sampler: Box<dyn Sampler>,
    /// All points, when they can be counted.
    lattice: Option<Lattice>,
    trials: BTreeMap<i64, Trial>,
    /// The same trials as the methods see them.
    history: History,
    /// Trials whose points are not of this space, by number. They keep their numbers and may still be told.
    outside: BTreeMap<i64, State>,
    /// No number below it is free.
    first_free: i64,
    /// Points to try first.
    queue: VecDeque<Point>,
}

impl Study {
    /// A study without trials.
    ///
    /// # Errors
    /// When the algorithm can't search this space, with the reason.
    pub fn new(space: Space, settings: Settings) -> Result<Self, AlgorithmError> {
        let choice = settings.algorithm.choose(&space, settings.budget, settings.parallelism);
        Ok(Self {
            sampler: sampler(&choice.algorithm, &space, settings.seed)?,
            lattice: Lattice::of_all(&space),
            choice,
            settings,
            space,
            trials: BTreeMap::new(),
            history: History::default(),
            outside: BTreeMap::new(),
            first_free: 0,
            queue: VecDeque::new(),
        })
    }

    /// The space that is searched.
    #[must_use]
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// What the study was made with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The method that works, and why it was chosen.
    #[must_use]
    pub fn choice(&self) -> &Choice {
        &self.choice
    }

    /// All trials of this space by ascending number, those of earlier studies (negative numbers) first.
    pub fn trials(&self) -> impl Iterator<Item = &Trial> {
        self.trials.values()
    }

    /// The trial of a number.
    #[must_use]
    pub fn trial(&self, number: i64) -> Option<&Trial> {
        self.trials.get(&number)
    }

    /// Trials that were given out and not told, by ascending number.
    pub fn pending(&self) -> impl Iterator<Item = &Trial> {
        self.trials.values().filter(|trial| trial.state == State::Pending)
    }

    /// The best complete trial of the study's own; of equal ones the first. A pruned trial is never the best.
    #[must_use]
    pub fn best(&self) -> Option<&Trial> {
        let own = self.trials.range(0..).map(|(_, trial)| trial);
        own.filter_map(|trial| trial.value().map(|value| (trial, value)))
            .reduce(|best, next| if self.goal().is_better(next.1, best.1) { next } else { best })
            .map(|(trial, _)| trial)
    }

    /// How much each parameter matters, by all complete trials, those of earlier studies too.
    ///
    /// # Errors
    /// Fewer than 10 complete trials, or all with one value.
    pub fn importance(&self) -> Result<Importance, ImportanceError> {
        importance(&self.space, self.trials.values(), self.settings.seed)
    }

    fn goal(&self) -> Goal {
        self.settings.goal
    }
}
