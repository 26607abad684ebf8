//! What must stand in MLflow before a worker is answered.

use std::collections::BTreeMap;

use k8s_openapi::jiff::Timestamp;
use podium_contract::{
    REPORTS_IN_A_TAG, Real, Step, TRIAL_REPORTS_TAG, TRIAL_RESULT_TAG, TRIAL_SUGGESTED_TAG, TRIAL_TAG,
    TrialEnd, TrialRecord, TrialResult,
};
use podium_tuning::sweep::Cut;

use super::place::{Place, record_text};
use super::slip::Slip;
use crate::plan::{CloseAs, Effect, MetricPoint, Slot, Tags};

/// One write about a trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// Number of the trial.
    pub number: i64,
    /// Its attempt.
    pub attempt: u32,
    /// What is written.
    pub effect: Effect,
    pub(super) kind: Kind,
}

impl Write {
    /// What is still to be written when a run was found that was to be created: its record is of the attempt before.
    pub fn renewal(&self, run_id: &str) -> Option<Effect> {
        let Effect::EnsureRun { tags, .. } = &self.effect else { return None };
        let record = tags.get(TRIAL_TAG)?.clone();
        let tags = Tags::from([(TRIAL_TAG.to_owned(), record)]);
        Some(Effect::TagRun { run_id: run_id.to_owned(), tags, reopen: false })
    }

    /// Whether it is about the end of a trial.
    pub fn is_end(&self) -> bool {
        matches!(self.kind, Kind::End(_))
    }

    /// The run that it is about, when there was one before.
    pub fn run_id(&self) -> Option<&str> {
        match &self.effect {
            Effect::TagRun { run_id, .. } | Effect::EndTrial { run_id, .. } => Some(run_id),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Give,
    End(TrialEnd),
}

/// What a write has led to.
#[derive(Debug, Clone, PartialEq)]
pub enum Written {
    /// A worker has the trial.
    Given(podium_contract::Asked),
    /// The trial ended.
    Ended,
}

/// The run of a trial that never had one.
pub(super) fn create(place: &Place, record: &TrialRecord, slip: &Slip, now: Timestamp) -> Write {
    let slot = Slot::Trial(record.number);
    let key = place.key(record.number);
    let experiment_id = place.experiment_id.clone();
    let name = format!("trial {}", record.number);
    let mut tags = place.tags(record);
    let suggested = slip.suggested.as_ref().and_then(|suggested| serde_json::to_string(suggested).ok());
    tags.extend(suggested.map(|suggested| (TRIAL_SUGGESTED_TAG.to_owned(), suggested)));
    let effect = if slip.is_doubtful {
        Effect::EnsureRun { slot, key, experiment_id, name, tags, started_at: now }
    } else {
        Effect::CreateRun { slot, key, experiment_id, name, tags, started_at: now }
    };
    Write { number: record.number, attempt: record.attempt, effect, kind: Kind::Give }
}

/// Another worker has the trial.
pub(super) fn give(record: &TrialRecord, run_id: &str, reopen: bool) -> Write {
    let tags = Tags::from([(TRIAL_TAG.to_owned(), record_text(record))]);
    let effect = Effect::TagRun { run_id: run_id.to_owned(), tags, reopen };
    Write { number: record.number, attempt: record.attempt, effect, kind: Kind::Give }
}

/// All that is written when a trial ends.
pub(super) struct Ending<'a> {
    pub number: i64,
    pub slip: &'a Slip,
    pub run_id: &'a str,
    pub end: TrialEnd,
    pub cut: Option<Cut>,
    pub metric: &'a str,
    pub parameters: &'a serde_json::Map<String, serde_json::Value>,
    /// Whether its values stand in its run already, logged by the trial itself.
    pub is_logged: bool,
    pub now: Timestamp,
}

/// The end of a trial, its values, and what was reported.
pub(super) fn end(ending: Ending<'_>) -> Write {
    let slip = ending.slip;
    let ending = Ending { end: bounded(ending.end), ..ending };
    let result = TrialResult {
        attempt: slip.attempt,
        end: ending.end.clone(),
        stopped: ending.cut.and_then(|cut| serde_json::to_value(cut).ok()),
        seconds: slip.seconds.unwrap_or_default(),
    };
    let effect = Effect::EndTrial {
        run_id: ending.run_id.to_owned(),
        status: close_as(&ending.end),
        at: ending.now,
        params: params(ending.parameters),
        metrics: match ending.is_logged {
            true => Vec::new(),
            false => points(slip, ending.metric, &ending.end, ending.now),
        },
        tags: tags(&result, slip),
    };
    Write { number: ending.number, attempt: slip.attempt, effect, kind: Kind::End(ending.end) }
}

/// An end that fits its tag: what MLflow would cut would be no JSON, and the trial would be taken for one without an end.
fn bounded(end: TrialEnd) -> TrialEnd {
    /// Characters of a message, and of a name.
    const TEXT: usize = 1000;
    const NAME: usize = 100;
    /// Names of metrics.
    const NAMES: usize = 20;
    let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    match end {
        TrialEnd::Failed { message } => TrialEnd::Failed { message: cut(&message, TEXT) },
        TrialEnd::NoObjective { logged } => {
            TrialEnd::NoObjective { logged: logged.iter().take(NAMES).map(|name| cut(name, NAME)).collect() }
        }
        TrialEnd::Complete { .. } | TrialEnd::Stopped => end,
    }
}

/// How the run of a trial is closed.
pub(super) fn close_as(end: &TrialEnd) -> CloseAs {
    match end {
        TrialEnd::Complete { value } if value.0.is_finite() => CloseAs::Finished,
        TrialEnd::Stopped => CloseAs::Killed,
        TrialEnd::Complete { .. } | TrialEnd::NoObjective { .. } | TrialEnd::Failed { .. } => CloseAs::Failed,
    }
}

/// Parameters as MLflow has them: text.
pub(super) fn params(parameters: &serde_json::Map<String, serde_json::Value>) -> Tags {
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    parameters.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

/// What was reported, as the history of the objective.
pub(super) fn reported<'a>(steps: impl Iterator<Item = &'a Step>, metric: &str) -> Vec<MetricPoint> {
    steps.map(|step| point(metric, step.value, step.step, step.at_ms)).collect()
}

fn point(key: &str, value: Real, step: i64, timestamp_ms: i64) -> MetricPoint {
    MetricPoint { key: key.to_owned(), value, step, timestamp_ms }
}

fn tags(result: &TrialResult, slip: &Slip) -> Tags {
    let steps: Vec<&Step> = slip.steps.values().collect();
    let parts = steps.chunks(REPORTS_IN_A_TAG).enumerate();
    let mut tags: Tags = parts
        .map(|(part, steps)| {
            let pairs: Vec<(i64, Real)> = steps.iter().map(|step| (step.step, step.value)).collect();
            (format!("{TRIAL_REPORTS_TAG}{part}"), serde_json::to_string(&pairs).unwrap_or_default())
        })
        .collect();
    tags.insert(TRIAL_RESULT_TAG.to_owned(), serde_json::to_string(result).unwrap_or_default());
    tags
}

/// What it reported as the history of the objective, then the last value of each metric, at the last step.
fn points(slip: &Slip, metric: &str, end: &TrialEnd, now: Timestamp) -> Vec<MetricPoint> {
    let mut points = reported(slip.steps.values(), metric);
    let last = slip.steps.last_key_value();
    let step = last.map_or(0, |(step, _)| *step);
    let mut finals: BTreeMap<String, Real> =
        slip.metrics.iter().map(|(name, value)| (name.clone(), Real(*value))).collect();
    if let TrialEnd::Complete { value } = end {
        finals.insert(metric.to_owned(), *value);
    }
    // A stopped trial's last report is its last value already.
    if last.is_some_and(|(_, last)| finals.get(metric) == Some(&last.value)) || *end == TrialEnd::Stopped {
        finals.remove(metric);
    }
    points.extend(finals.iter().map(|(name, value)| point(name, *value, step, now.as_millisecond())));
    points
}
