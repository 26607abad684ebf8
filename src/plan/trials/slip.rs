//! What is kept of one trial.

use std::collections::BTreeMap;

use podium_contract::{MOST_STEPS, Step, Suggested};

use super::show::Shown;

/// What is kept of one trial, beside its parameters and its outcome, which the study has.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Slip {
    /// Its run in MLflow, once it stands there.
    pub run_id: Option<String>,
    /// Whether its run in MLflow is closed.
    pub is_closed: bool,
    /// Which time it was given out last, from 1; 0 before the first.
    pub attempt: u32,
    /// How often its worker was lost, and that counts.
    pub losses: u32,
    /// Name of the Job that has it, or had it last.
    pub worker: String,
    /// Where it is.
    pub state: State,
    /// What it reported, by step.
    pub steps: BTreeMap<i64, Step>,
    /// Seconds that it ran, when it ended.
    pub seconds: Option<f64>,
    /// The last value of each metric, when it ended.
    pub metrics: BTreeMap<String, f64>,
    /// What the search knew when it suggested it, where it was suggested under this leader and values matter.
    pub suggested: Option<Suggested>,
    /// Whether a creation in MLflow was begun whose end is not known: then it is searched for first.
    pub is_doubtful: bool,
    /// What of it is shown while it goes on.
    pub shown: Shown,
}

/// Where a trial is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum State {
    /// Nobody has it.
    #[default]
    Free,
    /// It is being written that a worker has it.
    Giving,
    /// A worker has it.
    Given,
    /// Its end is being written.
    Ending,
    /// It ended.
    Ended,
}

impl Slip {
    /// Notes what was reported; of two values of one step the first counts. The new ones, ascending.
    pub fn note(&mut self, steps: &[Step]) -> Vec<Step> {
        let mut news = Vec::new();
        for step in steps {
            if step.step >= 0 && self.steps.len() < MOST_STEPS && !self.steps.contains_key(&step.step) {
                self.steps.insert(step.step, *step);
                self.shown.news.insert(step.step);
                news.push(*step);
            }
        }
        news.sort_by_key(|step| step.step);
        news
    }
}
