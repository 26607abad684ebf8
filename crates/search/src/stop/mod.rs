//! Stops a trial early ([`Asha`], [`Median`]), or the whole study ([`Patience`]).
//!
//! Pure functions over reported values: who reported first, or how often, makes no difference to a verdict, and ties go to
//! the lower number. Lower values are better; turn a maximised metric around with
//! [`Goal::minimised`](crate::Goal::minimised) before it comes here.
//!
//! ```
//! use podium_search::stop::{Asha, Progress, Verdict};
//!
//! let asha = Asha::new(1, 2)?;
//! let trials: Vec<Progress> = [0.1, 0.2, 0.3, 0.4]
//!     .into_iter()
//!     .zip(0..)
//!     .map(|(loss, number)| {
//!         let mut trial = Progress::new(number);
//!         trial.report(1, loss);
//!         trial
//!     })
//!     .collect();
//! assert_eq!(asha.verdict(&trials[1], 1, &trials), Verdict::Continue);
//! assert_eq!(asha.verdict(&trials[2], 1, &trials), Verdict::Stop { value: 0.3, bound: 0.2, among: 4 });
//! # Ok::<(), podium_search::stop::InvalidStopper>(())
//! ```
//!
//! By the median of those that ran to their end, and a study that no longer gets better:
//!
//! ```
//! use podium_search::Outcome;
//! use podium_search::stop::{Median, Patience, Progress, Stale, Verdict};
//!
//! let of = |number: i64, losses: [f64; 2]| {
//!     let mut trial = Progress::new(number);
//!     (1..).zip(losses).for_each(|(step, loss)| drop(trial.report(step, loss)));
//!     trial
//! };
//! let mut complete = vec![of(0, [0.5, 0.3]), of(1, [0.6, 0.4]), of(2, [0.9, 0.7])];
//! complete.iter_mut().for_each(Progress::complete);
//! let median = Median::new(2, 3)?;
//! let hopeless = of(3, [0.9, 0.8]);
//! assert!(matches!(median.verdict(&hopeless, 2, &complete), Verdict::Stop { value: 0.8, bound: 0.5, among: 3 }));
//!
//! let ended = [(0, Outcome::Complete(0.3)), (1, Outcome::Complete(0.4)), (2, Outcome::Complete(0.7))];
//! assert_eq!(Patience::new(2, 0.0)?.verdict(&ended), Some(Stale { best: 0, value: 0.3, since: 2 }));
//! # Ok::<(), podium_search::stop::InvalidStopper>(())
//! ```

mod asha;
mod median;
mod patience;
mod progress;

use std::fmt;

pub use asha::Asha;
pub use median::Median;
pub use patience::{Patience, Stale};
pub use progress::Progress;

/// What becomes of a trial after a report.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// It goes on.
    Continue,
    /// It is worse than the others at this step and stops. It counts as pruned.
    Stop {
        /// Its value that was judged.
        value: f64,
        /// The worst value that would have gone on.
        bound: f64,
        /// Number of trials that the bound comes from.
        among: usize,
    },
    /// It reported NaN or an infinity: it stops and counts as failed.
    Fail,
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Continue => formatter.write_str("goes on"),
            Self::Stop { value, bound, among } => {
                write!(formatter, "stopped: {value} is behind {bound}, the bound of {among} trials")
            }
            Self::Fail => formatter.write_str("failed: the reported value is not a finite number"),
        }
    }
}

/// A setting that no stopper can have.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{field} is {found}: must be {allowed}")]
pub struct InvalidStopper {
    /// The setting.
    pub field: &'static str,
    /// What it was.
    pub found: String,
    /// What it may be.
    pub allowed: &'static str,
}

/// The setting, when it holds.
fn checked<T: fmt::Display>(
    field: &'static str,
    found: T,
    holds: bool,
    allowed: &'static str,
) -> Result<T, InvalidStopper> {
    if holds { Ok(found) } else { Err(InvalidStopper { field, found: found.to_string(), allowed }) }
}
