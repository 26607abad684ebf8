//! Pages: what a hundred trials came to, as one file among the artifacts of the parent run, written once all of them ended.
//! MLflow's search takes milliseconds a run; a new leader reads a page in one request and searches only what is on none. A
//! page never changes, since its trials have ended, and it is a copy: a run is on it as MLflow would answer it.

mod file;

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::jiff::{SignedDuration, Timestamp};
use podium_contract::{TRIAL_REPORTS_TAG, TRIAL_RESULT_TAG, TRIAL_TAG, TrialEnd};

use super::write::close_as;
use super::{Desk, TrialRun};
use crate::plan::{CloseAs, Effect, RunState};

pub use file::parse;

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
        let runs = self.pages.loose.range(first..first.saturating_add(PAGE)).map(|(_, run)| run);
        Effect::PutFiles {
            run_id: self.place.parent_run_id.clone(),
            files: BTreeMap::from([(format!("{FOLDER}/{}", file::name(page)), file::write(runs))]),
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
pub(super) fn as_closed(run: &TrialRun, end: &TrialEnd) -> TrialRun {
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

/// Patterns (SQL's LIKE) of the records of a page's trials: a record begins with the trial's number.
pub fn patterns(page: i64) -> Vec<String> {
    match page {
        0 => vec![r#"{"number":_,%"#.to_owned(), r#"{"number":__,%"#.to_owned()],
        _ => vec![format!(r#"{{"number":{page}__,%"#)],
    }
}
