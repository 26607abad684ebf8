//! What a trial has come to so far, for its run in MLflow: a trial can take hours, and people look at its curve meanwhile.

use std::collections::BTreeSet;
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;

use super::Desk;
use super::slip::State;
use super::write::{params, reported};
use crate::plan::Effect;

/// How long a trial runs before it is shown, and until it is shown again: what ends sooner costs MLflow nothing more.
const EVERY: Duration = Duration::from_secs(15);
/// All workers together show one trial in this time at the most: a small part of what MLflow takes.
const EACH: Duration = Duration::from_millis(250);

/// What of one trial is shown.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Shown {
    /// When the trial was given out, or shown last.
    pub at: Option<Timestamp>,
    /// Steps that are not.
    pub news: BTreeSet<i64>,
    /// Whether its parameters are.
    pub has_parameters: bool,
    /// Whether it is being written.
    pub is_writing: bool,
}

/// What of a trial is to be put into its run. Nothing waits for it, nor rests on it: its end writes everything once more, and
/// MLflow keeps a point that it is told twice once.
#[derive(Debug, Clone, PartialEq)]
pub struct Showing {
    /// What is written.
    pub effect: Effect,
    number: i64,
    run_id: String,
    steps: BTreeSet<i64>,
}

impl Desk {
    /// What of a trial is to be shown now, if anything.
    pub fn show(&mut self, number: i64, now: Timestamp) -> Option<Showing> {
        // While MLflow is away the ends of trials wait for it, and they come first.
        if !self.is_open || self.contact.trouble.is_some() {
            return None;
        }
        let every = EVERY.max(EACH.saturating_mul(u32::try_from(self.hands.len()).unwrap_or(u32::MAX)));
        let slip = self.slips.get_mut(&number).filter(|slip| slip.state == State::Given)?;
        let shown = &mut slip.shown;
        let is_due = shown.at.is_some_and(|at| now.duration_since(at).unsigned_abs() >= every);
        if !is_due || shown.is_writing || (shown.has_parameters && shown.news.is_empty()) {
            return None;
        }
        let run_id = slip.run_id.clone()?;
        shown.at = Some(now);
        shown.is_writing = true;
        let steps = shown.news.clone();
        let news = steps.iter().filter_map(|step| slip.steps.get(step));
        let metrics = reported(news, self.sweep.metric());
        let point = self.sweep.study().trial(number).map(|trial| trial.point.to_json()).unwrap_or_default();
        let effect = Effect::LogTrial { run_id: run_id.clone(), params: params(&point), metrics };
        Some(Showing { effect, number, run_id, steps })
    }

    /// Whether MLflow took it.
    pub fn shown(&mut self, showing: &Showing, is_written: bool) {
        let Some(slip) = self.slips.get_mut(&showing.number) else { return };
        // Another run was made in between where somebody deleted that one.
        if slip.run_id.as_ref() != Some(&showing.run_id) {
            return;
        }
        slip.shown.is_writing = false;
        if is_written {
            slip.shown.news.retain(|step| !showing.steps.contains(step));
            slip.shown.has_parameters = true;
        }
    }
}
