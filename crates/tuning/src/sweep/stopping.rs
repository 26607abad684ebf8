//! What ends before its time.

use podium_search::stop::{Asha, Median, Patience, Progress, Verdict};

/// What ends before its time: trials by a rule, the sweep by patience.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct EarlyStopping {
    /// How trials are judged at their reports.
    pub rule: Option<Rule>,
    /// When the whole sweep has gone on long enough without getting better.
    pub patience: Option<Patience>,
}

/// How a trial is judged at a report.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// Successive halving without waiting.
    Asha(Asha),
    /// Behind the median of the complete trials.
    Median(Median),
}

impl Rule {
    pub(super) fn verdict(&self, trial: &Progress, step: i64, trials: &[Progress]) -> Verdict {
        match self {
            Self::Asha(asha) => asha.verdict(trial, step, trials),
            Self::Median(median) => median.verdict(trial, step, trials),
        }
    }
}
