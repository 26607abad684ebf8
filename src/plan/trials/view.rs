//! What a desk shows to those who plan: sums, never all trials.

use std::collections::BTreeMap;

use k8s_openapi::jiff::Timestamp;
use podium_contract::Pinned;
use podium_search::{Outcome, State};
use podium_tuning::report::{Details, method};
use podium_tuning::sweep::{Counts, Ending};

use super::{Contact, Desk, Given, Loss};
use crate::api::Decimal;
use crate::api::sweep_status::RankedTrial;

/// Trials that are ranked.
const TOP: usize = 10;

/// What a desk shows to those who plan.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// Key of the run.
    pub run: String,
    /// Trials by what became of them.
    pub counts: Counts,
    /// Workers that have a trial.
    pub held: usize,
    /// The best complete trials, the best first.
    pub top: Vec<RankedTrial>,
    /// Why the sweep is over, when it is.
    pub ending: Option<Ending>,
    /// The method.
    pub algorithm: String,
    /// Why it was chosen.
    pub algorithm_reason: String,
    /// The data that all workers find.
    pub data: Option<Pinned>,
    /// Runs of trials that are open.
    pub open_runs: Vec<String>,
    /// Workers that have a trial.
    pub workers: Vec<String>,
    /// Trials of which nothing was heard for too long.
    pub silent: Vec<Loss>,
    /// Trials that have a Job of their own or are to have one, by number.
    pub given: Vec<Given>,
    /// Pages that are to be written.
    pub full_pages: Vec<i64>,
    /// Whether MLflow takes what is to be written.
    pub contact: Contact,
}

impl Desk {
    /// What it shows.
    pub fn view(&self, now: Timestamp) -> View {
        let choice = self.sweep.study().choice();
        let open = self.slips.values().filter(|slip| !slip.is_closed);
        View {
            run: self.place.run.clone(),
            counts: self.sweep.counts(),
            held: self.hands.len(),
            top: self.top(),
            ending: self.over(now),
            algorithm: method(&choice.algorithm),
            algorithm_reason: choice.reason.clone(),
            data: self.data.clone(),
            open_runs: open.filter_map(|slip| slip.run_id.clone()).collect(),
            workers: self.hands.workers().map(str::to_owned).collect(),
            silent: if self.own_jobs { Vec::new() } else { self.silent(now) },
            given: if self.own_jobs { self.given() } else { Vec::new() },
            full_pages: self.full_pages(now),
            contact: self.contact.clone(),
        }
    }

    fn top(&self) -> Vec<RankedTrial> {
        let goal = self.sweep.study().settings().goal;
        let mut complete: Vec<(i64, f64)> = self
            .sweep
            .trials()
            .filter_map(|trial| match trial.state {
                State::Finished(Outcome::Complete(value)) => Some((trial.number, value)),
                State::Pending | State::Finished(_) => None,
            })
            .collect();
        complete.sort_by(|one, other| {
            goal.minimised(one.1).total_cmp(&goal.minimised(other.1)).then(one.0.cmp(&other.0))
        });
        complete.into_iter().take(TOP).map(|(number, value)| self.ranked(number, value)).collect()
    }

    fn ranked(&self, number: i64, value: f64) -> RankedTrial {
        let trial = self.sweep.study().trial(number);
        RankedTrial {
            number,
            value: Decimal::from(value),
            run_id: self.slips.get(&number).and_then(|slip| slip.run_id.clone()).unwrap_or_default(),
            parameters: trial.map(|trial| trial.point.to_json()),
        }
    }

    /// What is known of each trial beside its outcome, for the report.
    pub fn details(&self) -> BTreeMap<i64, Details> {
        let details =
            |slip: &super::slip::Slip| Details { seconds: slip.seconds, metrics: slip.metrics.clone() };
        self.slips.iter().map(|(number, slip)| (*number, details(slip))).collect()
    }
}
