//! A desk from what stands in MLflow.

use std::collections::BTreeMap;

use k8s_openapi::jiff::Timestamp;
use podium_contract::{
    Real, Step, TRIAL_REPORTS_TAG, TRIAL_RESULT_TAG, TRIAL_TAG, TrialEnd, TrialRecord, TrialResult,
};
use podium_search::Outcome;
use podium_tuning::sweep::{Cut, End, Ended, Failure, Record};
use serde_json::{Map, Value};

use super::pages::as_closed;
use super::show::Shown;
use super::slip::{Slip, State};
use super::tell::course_end;
use super::write::close_as;
use super::{Desk, DeskError};
use crate::plan::{CloseAs, RunState, Tags};

/// A child run of a sweep's parent run.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialRun {
    /// Its id.
    pub run_id: String,
    /// Where it is.
    pub state: RunState,
    /// Its tags.
    pub tags: Tags,
    /// The last value of each metric.
    pub metrics: BTreeMap<String, f64>,
}

/// What was read: the desk goes on with it, and what is more than it needs has to go.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Strays {
    /// Second runs of one trial: made by a leader that was dead already.
    pub runs: Vec<String>,
    /// Runs of trials whose result stands there and whose end does not, each with that end: their leader died in between.
    pub unclosed: Vec<(String, CloseAs)>,
    /// Trials that the space no longer has.
    pub ignored: usize,
}

struct Entry {
    record: TrialRecord,
    result: Option<TrialResult>,
    steps: BTreeMap<i64, Step>,
    run: TrialRun,
}

/// Puts what stands in MLflow on a new desk. Whoever had a trial still has it.
///
/// # Errors
/// When the numbers make no sense.
pub fn read(desk: &mut Desk, runs: Vec<TrialRun>, now: Timestamp) -> Result<Strays, DeskError> {
    let (entries, doubles) = each_once(runs);
    let mut strays = Strays { runs: doubles, ..Strays::default() };
    let restored = desk.sweep.restore(entries.values().map(record).collect())?;
    strays.ignored = restored.ignored.len();
    for entry in entries.values().filter(|entry| entry.run.state == RunState::Open) {
        let end = entry.result.as_ref().map(|result| close_as(&result.end));
        strays.unclosed.extend(end.map(|end| (entry.run.run_id.clone(), end)));
    }
    for (number, entry) in entries {
        if desk.sweep.study().trial(number).is_some() {
            seat(desk, number, entry, now);
        }
    }
    Ok(strays)
}

/// The complete trials of a sweep's run, by number, with their parameters and their finite values.
pub(super) fn complete(runs: &[TrialRun]) -> Vec<(i64, Map<String, Value>, f64)> {
    let (entries, _) = each_once(runs.to_vec());
    let complete = |(number, entry): (i64, Entry)| match ended(&entry.result?.end, None).outcome {
        Outcome::Complete(value) => Some((number, entry.record.parameters, value)),
        Outcome::Pruned { .. } | Outcome::Failed => None,
    };
    entries.into_iter().filter_map(complete).collect()
}

/// Each trial with its run, and second runs of trials.
fn each_once(runs: Vec<TrialRun>) -> (BTreeMap<i64, Entry>, Vec<String>) {
    let mut entries: BTreeMap<i64, Entry> = BTreeMap::new();
    let mut strays = Vec::new();
    for entry in runs.into_iter().filter_map(entry) {
        let number = entry.record.number;
        let Some(other) = entries.remove(&number) else {
            entries.insert(number, entry);
            continue;
        };
        let (kept, stray) = choose(entry, other);
        strays.push(stray.run.run_id);
        entries.insert(number, kept);
    }
    (entries, strays)
}

/// Of two runs of one trial the one with a result counts, else the smaller id, as everywhere.
fn choose(one: Entry, other: Entry) -> (Entry, Entry) {
    let rank = |entry: &Entry| (entry.result.is_none(), entry.run.run_id.clone());
    if rank(&one) <= rank(&other) { (one, other) } else { (other, one) }
}

fn entry(run: TrialRun) -> Option<Entry> {
    let record = serde_json::from_str(run.tags.get(TRIAL_TAG)?).ok()?;
    let result = run.tags.get(TRIAL_RESULT_TAG).and_then(|text| serde_json::from_str(text).ok());
    let parts = run.tags.iter().filter(|(key, _)| key.starts_with(TRIAL_REPORTS_TAG));
    let pairs = parts.filter_map(|(_, text)| serde_json::from_str::<Vec<(i64, Real)>>(text).ok()).flatten();
    let steps = pairs.map(|(step, value)| (step, Step { step, value, at_ms: 0 })).collect();
    Some(Entry { record, result, steps, run })
}

fn record(entry: &Entry) -> Record {
    let reports: Vec<(i64, f64)> = entry.steps.values().map(|step| (step.step, step.value.0)).collect();
    let cut = entry.result.as_ref().and_then(|result| result.stopped.clone());
    let cut: Option<Cut> = cut.and_then(|cut| serde_json::from_value(cut).ok());
    let ended = entry.result.as_ref().map(|result| ended(&result.end, reports.last().copied()));
    Record { number: entry.record.number, parameters: entry.record.parameters.clone(), reports, cut, ended }
}

/// As the sweep's course judges an end.
fn ended(end: &TrialEnd, last: Option<(i64, f64)>) -> Ended {
    let failed = |failure| Ended { outcome: Outcome::Failed, failure: Some(failure) };
    match course_end(end) {
        End::Complete(value) if value.is_finite() => {
            Ended { outcome: Outcome::Complete(value), failure: None }
        }
        End::Complete(_) => failed(Failure::NotFinite),
        End::Failed(failure) => failed(failure),
        End::Stopped => match last {
            Some((step, value)) if value.is_finite() => {
                Ended { outcome: Outcome::Pruned { step, value }, failure: None }
            }
            Some(_) => failed(Failure::NotFinite),
            None => failed(Failure::Broken("stopped before it reported anything".to_owned())),
        },
    }
}

fn seat(desk: &mut Desk, number: i64, entry: Entry, now: Timestamp) {
    let Entry { record, result, steps, run } = entry;
    if let Some(digest) = &record.data {
        desk.pin(digest);
    }
    if let Some(result) = &result {
        desk.pages.add(number, as_closed(&run, &result.end));
    }
    let is_open = run.state == RunState::Open;
    let state = match (&result, is_open) {
        (Some(_), _) => State::Ended,
        // Closed without a result, by somebody else: it is opened again. A container may close its run itself; what it
        // came to is for its Job to say.
        (None, false) if !desk.own_jobs => State::Free,
        (None, _) => State::Given,
    };
    desk.slips.insert(
        number,
        Slip {
            run_id: Some(run.run_id),
            is_closed: !is_open || result.is_some(),
            attempt: record.attempt,
            losses: record.losses,
            worker: record.worker.clone(),
            state,
            steps,
            seconds: result.as_ref().map(|result| result.seconds),
            // Those of an open trial are what was shown of it so far.
            metrics: if result.is_some() { run.metrics } else { BTreeMap::new() },
            is_doubtful: false,
            // It stands in its run.
            suggested: None,
            shown: Shown { at: Some(now), ..Shown::default() },
        },
    );
    if state == State::Given {
        desk.sweep.resume(number);
        desk.hands.give(&record.worker, number, now);
    }
}
