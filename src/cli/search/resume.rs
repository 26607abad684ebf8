//! From the journal to a sweep that goes on.

use std::collections::BTreeMap;
use std::time::Duration;

use podium_tuning::report::Details;
use podium_tuning::sweep::{Ended, Record, Sweep};
use serde_json::Value;

use super::SearchError;
use super::journal::Journal;
use super::line::{FORMAT, Line};
use super::manifest::Manifest;
use super::notes::notes;
use crate::cli::SearchArgs;

/// A search at the beginning of a session.
#[derive(Debug)]
pub(super) struct Session {
    /// Its course so far.
    pub sweep: Sweep,
    /// Where it is kept.
    pub journal: Journal,
    /// What is known about trials beside their course.
    pub details: BTreeMap<i64, Details>,
    /// Time that earlier sessions ran.
    pub elapsed: Duration,
    /// What the user should know before it goes on.
    pub notes: Vec<String>,
}

/// What earlier sessions left.
#[derive(Debug, Default)]
struct Past {
    /// Spec and command of the last session.
    last: Option<(Value, Vec<String>)>,
    trials: BTreeMap<i64, Record>,
    details: BTreeMap<i64, Details>,
    elapsed: f64,
}

/// Goes on where the journal ends, or begins.
pub(super) fn resume(
    manifest: &Manifest,
    args: &SearchArgs,
    mut journal: Journal,
    lines: Vec<Line>,
) -> Result<Session, SearchError> {
    let mut past = Past::default();
    for (index, line) in lines.into_iter().enumerate() {
        past.take(line).map_err(|reason| journal.wrong(index + 1, reason))?;
    }
    refuse_other_metric(manifest, &past, args)?;
    let elapsed = past.elapsed;
    journal.write_durably(&Line::Session {
        format: FORMAT,
        name: manifest.name.clone(),
        at: now(),
        elapsed,
        spec: manifest.spec.clone(),
        command: args.command.clone(),
    })?;
    let retried = if args.retry_failed { retry(&mut past, &mut journal)? } else { 0 };
    // The manifest was validated by starting this very sweep.
    let mut sweep = manifest
        .sweep
        .start()
        .map_err(|error| SearchError::Manifest { file: args.file.clone(), problems: error.to_string() })?;
    let restored = sweep
        .restore(past.trials.into_values().collect())
        .map_err(|error| journal.wrong(1, error.to_string()))?;
    let notes = notes(past.last.as_ref(), manifest, args, &restored, retried);
    Ok(Session { sweep, journal, details: past.details, elapsed: Duration::from_secs_f64(elapsed), notes })
}

/// The time for people.
pub(super) fn now() -> String {
    k8s_openapi::jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl Past {
    fn take(&mut self, line: Line) -> Result<(), String> {
        match line {
            Line::Session { spec, command, elapsed, .. } => {
                self.last = Some((spec, command));
                self.ran(elapsed)?;
            }
            Line::Start { number, parameters, elapsed, .. } => {
                self.trials.entry(number).or_insert(Record {
                    number,
                    parameters,
                    reports: Vec::new(),
                    cut: None,
                    ended: None,
                });
                self.ran(elapsed)?;
            }
            Line::Report { number, step, value } => {
                self.trial(number)?.reports.push((step, value.unwrap_or(f64::NAN)));
            }
            Line::Stop { number, cut } => self.trial(number)?.cut = Some(cut),
            Line::End { number, elapsed, seconds, outcome, failure, metrics, .. } => {
                self.trial(number)?.ended = Some(Ended { outcome, failure });
                self.details.insert(number, Details { seconds: Some(seconds), metrics });
                self.ran(elapsed)?;
            }
            Line::Retry { number } => self.forget(number)?,
            Line::Pause { elapsed, .. } => self.ran(elapsed)?,
        }
        Ok(())
    }

    fn trial(&mut self, number: i64) -> Result<&mut Record, String> {
        self.trials.get_mut(&number).ok_or_else(|| format!("trial {number} was never started"))
    }

    /// What a failed trial did no longer counts; its number and its parameters stand.
    fn forget(&mut self, number: i64) -> Result<(), String> {
        let trial = self.trial(number)?;
        (trial.ended, trial.cut) = (None, None);
        trial.reports.clear();
        self.details.remove(&number);
        Ok(())
    }

    fn ran(&mut self, elapsed: f64) -> Result<(), String> {
        if !(0.0..1e12).contains(&elapsed) {
            return Err(format!("elapsed {elapsed} must be from 0 to 1e12 seconds"));
        }
        self.elapsed = self.elapsed.max(elapsed);
        Ok(())
    }
}

fn refuse_other_metric(manifest: &Manifest, past: &Past, args: &SearchArgs) -> Result<(), SearchError> {
    let metric = |spec: &Value| spec["objective"]["metric"].as_str().unwrap_or_default().to_owned();
    let now = metric(&manifest.spec);
    match &past.last {
        Some((spec, _)) if metric(spec) != now && !past.trials.is_empty() => Err(SearchError::OtherMetric {
            path: args.output.clone().unwrap_or_else(|| manifest.name.clone().into()),
            before: metric(spec),
            now,
        }),
        _ => Ok(()),
    }
}

fn retry(past: &mut Past, journal: &mut Journal) -> Result<usize, SearchError> {
    let has_failed = |record: &&Record| {
        record.ended.as_ref().is_some_and(|ended| ended.outcome == podium_search::Outcome::Failed)
    };
    let failed: Vec<i64> = past.trials.values().filter(has_failed).map(|record| record.number).collect();
    for number in &failed {
        journal.write(&Line::Retry { number: *number })?;
        past.forget(*number).map_err(|reason| journal.wrong(1, reason))?;
    }
    Ok(failed.len())
}
