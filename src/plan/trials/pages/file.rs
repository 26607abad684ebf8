//! The file of a page: JSON, its runs as in an answer of MLflow, infinite values and NaN as text.

use std::collections::{BTreeMap, BTreeSet};

use podium_contract::{Real, TRIAL_RESULT_TAG, TRIAL_TAG, TrialRecord};
use serde::{Deserialize, Serialize};

use super::{PAGE, page_of};
use crate::plan::trials::TrialRun;
use crate::plan::{RunState, Tags};

/// A run.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    run_id: String,
    status: RunState,
    tags: Tags,
    metrics: BTreeMap<String, Real>,
}

impl Line {
    fn of(run: &TrialRun) -> Self {
        let metrics = run.metrics.iter().map(|(name, value)| (name.clone(), Real(*value))).collect();
        Self { run_id: run.run_id.clone(), status: run.state, tags: run.tags.clone(), metrics }
    }

    fn run(self) -> TrialRun {
        let metrics = self.metrics.into_iter().map(|(name, value)| (name, value.0)).collect();
        TrialRun { run_id: self.run_id, state: self.status, tags: self.tags, metrics }
    }
}

pub(super) fn name(page: i64) -> String {
    let first = page.saturating_mul(PAGE);
    format!("{first:06}-{:06}.json", first.saturating_add(PAGE - 1))
}

pub(super) fn write<'a>(runs: impl Iterator<Item = &'a TrialRun>) -> Vec<u8> {
    let lines: Vec<Line> = runs.map(Line::of).collect();
    // Texts and numbers always are JSON.
    serde_json::to_vec(&lines).unwrap_or_default()
}

/// A page as it was written: its number and its runs. `None` for what is no page, or is not whole: its trials are searched.
pub fn parse(file: &str, bytes: &[u8]) -> Option<(i64, Vec<TrialRun>)> {
    let page = page_of(file.split_once('-')?.0.parse().ok()?);
    let lines: Vec<Line> = serde_json::from_slice(bytes).ok()?;
    let runs: Vec<TrialRun> = lines.into_iter().map(Line::run).collect();
    let numbers: BTreeSet<i64> =
        runs.iter().filter_map(ended).filter(|number| page_of(*number) == page).collect();
    let is_whole = file == name(page) && numbers.len() == runs.len() && runs.len() as i64 == PAGE;
    is_whole.then_some((page, runs))
}

/// The number of a trial whose result is there.
fn ended(run: &TrialRun) -> Option<i64> {
    run.tags.get(TRIAL_RESULT_TAG)?;
    let record: TrialRecord = serde_json::from_str(run.tags.get(TRIAL_TAG)?).ok()?;
    Some(record.number)
}
