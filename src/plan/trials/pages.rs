//! Pages: what a hundred trials came to, as one file among the artifacts of the parent run, written once all of them ended.
//! MLflow's search takes milliseconds a run; a new leader reads a page in one request and searches only what is on none. A
//! page never changes, since its trials have ended, and it is a copy: a run is on it as MLflow would answer it.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::jiff::{SignedDuration, Timestamp};
use podium_contract::{Real, TRIAL_REPORTS_TAG, TRIAL_RESULT_TAG, TRIAL_TAG, TrialRecord};
use serde::{Deserialize, Serialize};

use super::write::close_as;
use super::{Desk, TrialRun};
use crate::plan::{CloseAs, Effect, RunState, Tags};

/// The folder of the pages.
pub const FOLDER: &str = "trials";
/// Trials on a page.
const PAGE: i64 = 100;
/// How soon a page that could not be written is tried again.
const RETRY: SignedDuration = SignedDuration::from_secs(60);

/// The trials of a run as they were found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stored {
    /// Their runs.
    pub runs: Vec<TrialRun>,
    /// Pages that need not be written again.
    pub pages: BTreeSet<i64>,
}

/// Trials that ended and are on no page yet.
#[derive(Debug, Default)]
pub(super) struct Pages {
    loose: BTreeMap<i64, TrialRun>,
    kept: BTreeSet<i64>,
    not_before: Option<Timestamp>,
}

impl Pages {
    /// None of whose trials are to be written again.
    pub fn of(kept: BTreeSet<i64>) -> Self {
        Self { kept, ..Self::default() }
    }

    /// A trial ended.
    pub fn add(&mut self, number: i64, run: TrialRun) {
        if !self.kept.contains(&page_of(number)) {
            self.loose.insert(number, run);
        }
    }

    /// Pages that are to be written.
    fn full(&self, now: Timestamp) -> Vec<i64> {
        if self.not_before.is_some_and(|time| now < time) {
            return Vec::new();
        }
        let mut trials: BTreeMap<i64, i64> = BTreeMap::new();
        for number in self.loose.keys() {
            *trials.entry(page_of(*number)).or_default() += 1;
        }
        trials.into_iter().filter(|(_, trials)| *trials == PAGE).map(|(page, _)| page).collect()
    }
}

impl Desk {
    /// Goes on where these pages were written.
    #[must_use]
    pub fn with_pages(mut self, kept: BTreeSet<i64>) -> Self {
        self.pages = Pages::of(kept);
        self
    }

    /// Pages that are to be written.
    pub(super) fn full_pages(&self, now: Timestamp) -> Vec<i64> {
        self.pages.full(now)
    }

    /// The effect that writes a page.
    pub fn page(&self, page: i64) -> Effect {
        let first = page.saturating_mul(PAGE);
        let runs = self.pages.loose.range(first..first.saturating_add(PAGE)).map(|(_, run)| Line::of(run));
        let lines: Vec<Line> = runs.collect();
        // Texts and numbers always are JSON.
        let bytes = serde_json::to_vec(&lines).unwrap_or_default();
        Effect::PutFiles {
            run_id: self.place.parent_run_id.clone(),
            files: BTreeMap::from([(format!("{FOLDER}/{}", file_name(page)), bytes)]),
        }
    }

    /// A page was written.
    pub fn page_is_kept(&mut self, page: i64) {
        self.pages.kept.insert(page);
        self.pages.loose.retain(|number, _| page_of(*number) != page);
    }

    /// A page was not written: without it a new leader is slower, and nothing else.
    pub fn page_is_not_kept(&mut self, now: Timestamp) {
        self.pages.not_before = now.checked_add(RETRY).ok();
    }

    /// Notes how the run of a trial looks now that its end was written.
    pub(super) fn file_away(&mut self, number: i64, end: &Effect) {
        let Effect::EndTrial { run_id, status, tags, metrics: points, .. } = end else { return };
        let Some(record) = self.record(number) else { return };
        let mut metrics = self.slips.get(&number).map(|slip| slip.metrics.clone()).unwrap_or_default();
        // Points ascend in their steps: the last of a metric is its value.
        metrics.extend(points.iter().map(|point| (point.key.clone(), point.value.0)));
        let mut tags = tags.clone();
        tags.insert(TRIAL_TAG.to_owned(), super::place::record_text(&record));
        self.pages.add(number, TrialRun { run_id: run_id.clone(), state: closed(*status), tags, metrics });
    }
}

/// The page of a trial.
pub(super) fn page_of(number: i64) -> i64 {
    number.div_euclid(PAGE)
}

fn closed(status: CloseAs) -> RunState {
    match status {
        CloseAs::Finished => RunState::Finished,
        CloseAs::Failed => RunState::Failed,
        CloseAs::Killed => RunState::Killed,
    }
}

/// A run that was found with its result; open is what its leader did not come to close.
pub(super) fn as_closed(run: &TrialRun, end: &podium_contract::TrialEnd) -> TrialRun {
    let state = if run.state == RunState::Open { closed(close_as(end)) } else { run.state };
    let is_ours =
        |key: &str| key == TRIAL_TAG || key == TRIAL_RESULT_TAG || key.starts_with(TRIAL_REPORTS_TAG);
    let tags = run.tags.iter().filter(|(key, _)| is_ours(key));
    TrialRun {
        run_id: run.run_id.clone(),
        state,
        tags: tags.map(|(key, value)| (key.clone(), value.clone())).collect(),
        metrics: run.metrics.clone(),
    }
}

/// A run in a page's file, as in an answer of MLflow; infinite values and NaN as text.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    run_id: String,
    status: Status,
    tags: Tags,
    metrics: BTreeMap<String, Real>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Status {
    Running,
    Finished,
    Failed,
    Killed,
}

impl Line {
    fn of(run: &TrialRun) -> Self {
        let status = match run.state {
            RunState::Open => Status::Running,
            RunState::Finished => Status::Finished,
            RunState::Failed => Status::Failed,
            RunState::Killed => Status::Killed,
        };
        let metrics = run.metrics.iter().map(|(name, value)| (name.clone(), Real(*value))).collect();
        Self { run_id: run.run_id.clone(), status, tags: run.tags.clone(), metrics }
    }

    fn run(self) -> TrialRun {
        let state = match self.status {
            Status::Running => RunState::Open,
            Status::Finished => RunState::Finished,
            Status::Failed => RunState::Failed,
            Status::Killed => RunState::Killed,
        };
        let metrics = self.metrics.into_iter().map(|(name, value)| (name, value.0)).collect();
        TrialRun { run_id: self.run_id, state, tags: self.tags, metrics }
    }
}

fn file_name(page: i64) -> String {
    let first = page.saturating_mul(PAGE);
    format!("{first:06}-{:06}.json", first.saturating_add(PAGE - 1))
}

/// A page as it was written: its number and its runs. `None` for what is no page, or is not whole: its trials are searched.
pub fn parse(name: &str, bytes: &[u8]) -> Option<(i64, Vec<TrialRun>)> {
    let page = page_of(name.split_once('-')?.0.parse().ok()?);
    let lines: Vec<Line> = serde_json::from_slice(bytes).ok()?;
    let runs: Vec<TrialRun> = lines.into_iter().map(Line::run).collect();
    let numbers: BTreeSet<i64> =
        runs.iter().filter_map(ended).filter(|number| page_of(*number) == page).collect();
    let is_whole = name == file_name(page) && numbers.len() == runs.len() && runs.len() as i64 == PAGE;
    is_whole.then_some((page, runs))
}

/// The number of a trial whose result is there.
fn ended(run: &TrialRun) -> Option<i64> {
    run.tags.get(TRIAL_RESULT_TAG)?;
    let record: TrialRecord = serde_json::from_str(run.tags.get(TRIAL_TAG)?).ok()?;
    Some(record.number)
}

/// Patterns (SQL's LIKE) of the records of a page's trials: a record begins with the trial's number.
pub fn patterns(page: i64) -> Vec<String> {
    match page {
        0 => vec![r#"{"number":_,%"#.to_owned(), r#"{"number":__,%"#.to_owned()],
        _ => vec![format!(r#"{{"number":{page}__,%"#)],
    }
}
