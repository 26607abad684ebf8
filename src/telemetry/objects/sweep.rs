//! What a sweep shows. As much with 10,000 trials as with ten: sums, and the value of the best.

use super::catalogue::Metric;
use super::resource::{self, variant};
use super::series::{Facts, ObjectKey, Series};
use crate::api::conditions::RECONCILING;
use crate::api::sweep_status::{SweepOutcome, SweepPhase, SweepRun, TrialCounts};
use crate::api::{HyperparameterSweep, HyperparameterSweepStatus};

const OUTCOMES: [SweepOutcome; 3] = [SweepOutcome::Succeeded, SweepOutcome::Failed, SweepOutcome::Superseded];

/// What a sweep shows whose status went from `old` to `new`.
pub fn of_sweep(
    key: &ObjectKey,
    object: &HyperparameterSweep,
    old: &HyperparameterSweepStatus,
    new: &HyperparameterSweepStatus,
) -> Facts {
    let mut facts = Facts::default();
    resource::info(&mut facts, key, "", "");
    resource::phase(&mut facts, key, new.phase);
    resource::conditions(&mut facts, key, &new.conditions);
    runs(&mut facts, key, old, new);
    ended_trials(&mut facts, key, old, new);
    trials(&mut facts, key, new);
    facts.gauge(Series::new(Metric::SweepMaxTrials, labels(key)), object.spec.max_trials.into());
    if let Some(value) = new.best.as_ref().and_then(|best| best.value.value()) {
        let [namespace, name] = labels(key);
        let labels = [namespace, name, ("metric", object.spec.objective.metric.as_str())];
        facts.gauge(Series::new(Metric::SweepBestValue, labels), value);
    }
    if let Some(second) = running_since(new) {
        facts.gauge(Series::new(Metric::SweepRunningSince, labels(key)), second as f64);
    }
    facts
}

fn labels(key: &ObjectKey) -> [(&'static str, &str); 2] {
    [("namespace", &key.namespace), ("name", &key.name)]
}

fn runs(
    facts: &mut Facts,
    key: &ObjectKey,
    old: &HyperparameterSweepStatus,
    new: &HyperparameterSweepStatus,
) {
    let (before, after) = (old.run.as_ref(), new.run.as_ref());
    let is_open = |run: &&SweepRun| run.outcome.is_none();
    // One that had begun nothing in MLflow is replaced in one step: its end stands in no status.
    let replaced =
        before.filter(is_open).filter(|_| !is_same_run(old, new)).map(|_| SweepOutcome::Superseded);
    let was_known = is_same_run(old, new) && !before.is_some_and(|run| is_open(&run));
    let ended = after.filter(|_| !was_known).and_then(|run| run.outcome);
    for outcome in OUTCOMES {
        let count = [replaced, ended].into_iter().flatten().filter(|how| *how == outcome).count();
        let [namespace, name] = labels(key);
        let labels = [namespace, name, ("outcome", &variant(outcome))];
        facts.count(Series::new(Metric::SweepRuns, labels), count as u64);
    }
}

fn is_same_run(old: &HyperparameterSweepStatus, new: &HyperparameterSweepStatus) -> bool {
    let key = |status: &HyperparameterSweepStatus| status.run.as_ref().map(|run| run.key.clone());
    key(old) == key(new)
}

fn ended_trials(
    facts: &mut Facts,
    key: &ObjectKey,
    old: &HyperparameterSweepStatus,
    new: &HyperparameterSweepStatus,
) {
    let before = old.trials.filter(|_| is_same_run(old, new)).unwrap_or_default();
    let after = new.trials.unwrap_or_default();
    for ((state, before), (_, after)) in ends(before).into_iter().zip(ends(after)) {
        let [namespace, name] = labels(key);
        let series = Series::new(Metric::SweepEndedTrials, [namespace, name, ("state", state)]);
        facts.count(series, (after - before).max(0).unsigned_abs());
    }
}

fn ends(counts: TrialCounts) -> [(&'static str, i64); 3] {
    [("Complete", counts.complete), ("Stopped", counts.stopped), ("Failed", counts.failed)]
}

fn trials(facts: &mut Facts, key: &ObjectKey, status: &HyperparameterSweepStatus) {
    let Some(counts) = status.trials else { return };
    let is_open = status.run.as_ref().is_some_and(|run| run.outcome.is_none());
    // What still ran when the run ended runs no more.
    let running = if is_open { counts.running } else { 0 };
    for (state, count) in ends(counts).into_iter().chain([("Running", running)]) {
        let [namespace, name] = labels(key);
        facts.gauge(Series::new(Metric::SweepTrials, [namespace, name, ("state", state)]), count as f64);
    }
}

/// Since when the open run goes on: since it began, or since it was last gone on with.
fn running_since(status: &HyperparameterSweepStatus) -> Option<i64> {
    let run =
        status.run.as_ref().filter(|run| run.outcome.is_none() && status.phase == SweepPhase::Running)?;
    let going = status.conditions.iter().find(|condition| condition.type_ == RECONCILING);
    let since = going.map(|condition| condition.last_transition_time.0.as_second());
    since.into_iter().chain([run.started_at.0.as_second()]).max()
}
