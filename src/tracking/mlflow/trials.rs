//! Trials of a sweep in MLflow: all read at once, each ended in one batch.

use std::collections::{BTreeMap, BTreeSet};

use futures::{StreamExt, TryStreamExt, stream};
use podium_contract::{ROLE_TAG, TRIAL_TAG};
use podium_mlflow::{
    Batch, Class, Client, Error, ExperimentId, Filter, MetricPoint, MetricValue, Param, Run, RunId, RunQuery,
    RunStatus, Tag, UpdateRun,
};

use super::{files, read};
use crate::plan::trials::{Stored, TrialRun, pages};
use crate::plan::{self, Tags};
use crate::settings::Grant;

/// Most trials of a sweep.
const MOST: usize = 1_000_000;
/// Most bytes of all pages.
const MOST_BYTES: u64 = 1 << 30;
/// Most pages that trials which are being written at once are on: each worker asks for one at a time, and a sweep has 1,000 at the most.
const MOST_AT_ONCE: i64 = 11;
/// Questions to MLflow at the same time.
const QUESTIONS: usize = 4;
/// Trials in one answer. MLflow reads every tag, parameter and metric of each as an object of its own: some milliseconds a trial on a slow
/// machine, and an answer that takes longer than a request may is none.
const PAGE: u32 = 500;

/// All trials of a sweep's run: those on pages from there, others by search.
pub(super) async fn stored(
    client: &Client,
    grant: &Grant,
    experiment: &str,
    parent: &str,
) -> Result<Stored, Error> {
    let place = Place { client, experiment, parent };
    let pages = read_pages(client, grant, parent).await;
    let Some(last) = pages.keys().next_back().copied() else {
        return Ok(Stored { runs: place.search(None).await?, pages: BTreeSet::new() });
    };
    let kept: BTreeSet<i64> = pages.keys().copied().collect();
    let mut runs: Vec<TrialRun> = pages.into_values().flatten().collect();
    // What is open may have any number: a late leader may even have begun what had ended.
    runs.extend(place.search(Some(Filter::attribute("status").eq("RUNNING"))).await?);
    runs.extend(place.pages((0..last).filter(|page| !kept.contains(page))).await?);
    // Trials are written in any order, as many at once as there are workers: so many pages without a trial are the end.
    let mut next = last.saturating_add(1);
    loop {
        let found = place.pages(next..next.saturating_add(MOST_AT_ONCE)).await?;
        if found.is_empty() {
            break;
        }
        runs.extend(found);
        next = next.saturating_add(MOST_AT_ONCE);
    }
    Ok(Stored { runs: each_once(runs), pages: kept })
}

/// The trials of one parent run.
struct Place<'a> {
    client: &'a Client,
    experiment: &'a str,
    parent: &'a str,
}

impl Place<'_> {
    async fn search(&self, more: Option<Filter>) -> Result<Vec<TrialRun>, Error> {
        let own = Filter::tag("mlflow.parentRunId").eq(self.parent).and(Filter::tag(ROLE_TAG).eq("trial"));
        let filter = match more {
            Some(more) => own.and(more),
            None => own,
        };
        let query = RunQuery::of([ExperimentId::new(self.experiment)]).filter(filter);
        let query = RunQuery { page_size: Some(PAGE), ..query };
        Ok(self.client.search_all_runs(&query, MOST).await?.into_iter().map(trial).collect())
    }

    /// Trials whose numbers are on these pages.
    async fn pages(&self, pages: impl Iterator<Item = i64>) -> Result<Vec<TrialRun>, Error> {
        let mut found = stream::iter(pages).map(|page| self.page(page)).buffer_unordered(QUESTIONS);
        let mut runs = Vec::new();
        while let Some(page) = found.try_next().await? {
            runs.extend(page);
        }
        Ok(runs)
    }

    async fn page(&self, page: i64) -> Result<Vec<TrialRun>, Error> {
        let mut runs = Vec::new();
        for pattern in pages::patterns(page) {
            runs.extend(self.search(Some(Filter::tag(TRIAL_TAG).like(pattern))).await?);
        }
        Ok(runs)
    }
}

/// A run that was found twice is one; of a run on a page the page counts, since it came first.
fn each_once(runs: Vec<TrialRun>) -> Vec<TrialRun> {
    let mut seen = BTreeSet::new();
    runs.into_iter().filter(|run| seen.insert(run.run_id.clone())).collect()
}

/// The pages that can be read. Where they can't, their trials are searched, which takes longer and finds the same.
async fn read_pages(client: &Client, grant: &Grant, parent: &str) -> BTreeMap<i64, Vec<TrialRun>> {
    let read = async {
        let run = client.get_run(&RunId::new(parent)).await?;
        let store = files::store(client, grant, run.info.artifact_root())?;
        store.get_all(pages::FOLDER, MOST_BYTES).await
    };
    match read.await {
        Ok(files) => files.iter().filter_map(|(name, bytes)| pages::parse(name, bytes)).collect(),
        Err(error) => {
            tracing::warn!(run = parent, why = %error, "pages of trials can't be read: all trials are searched");
            BTreeMap::new()
        }
    }
}

fn trial(run: Run) -> TrialRun {
    let metrics = run.data.metrics.iter().map(|point| (point.key.clone(), point.value.get()));
    TrialRun {
        metrics: metrics.collect(),
        state: read::state(run.info.status.known()),
        tags: read::tags(&run.data.tags),
        run_id: run.info.run_id.as_str().to_owned(),
    }
}

/// What a trial has come to so far.
pub(super) async fn show(
    client: &Client,
    run_id: &str,
    params: &Tags,
    metrics: &[plan::MetricPoint],
) -> Result<(), Error> {
    log(client, &RunId::new(run_id), batch(params, metrics, &Tags::new())).await
}

/// Everything that a trial has come to; the result's tag comes with the last batch, the end after it.
pub(super) async fn end(
    client: &Client,
    run_id: &str,
    params: &Tags,
    metrics: &[plan::MetricPoint],
    tags: &Tags,
    end: &UpdateRun,
) -> Result<(), Error> {
    let run = RunId::new(run_id);
    let batch = batch(params, metrics, tags);
    match log(client, &run, batch.clone()).await {
        Err(error) if error.class() == Class::Permanent => {
            log(client, &run, without_known(client, &run, batch, error).await?).await?;
        }
        done => done?,
    }
    client.update_run(&run, end).await.map(drop)
}

fn batch(params: &Tags, metrics: &[plan::MetricPoint], tags: &Tags) -> Batch {
    Batch {
        metrics: metrics.iter().map(point).collect(),
        params: params.iter().map(|(key, value)| Param { key: key.clone(), value: value.clone() }).collect(),
        tags: tags.iter().map(|(key, value)| Tag::new(key, value)).collect(),
    }
}

async fn log(client: &Client, run: &RunId, batch: Batch) -> Result<(), Error> {
    // One request where it fits: thousands of trials end.
    match batch.check() {
        Ok(()) => client.log_batch(run, &batch).await,
        Err(_) => client.log_all(run, batch).await,
    }
}

/// A container may have logged a parameter itself and spelled it otherwise, and MLflow never changes one: what stands there
/// stays. When there is none, `error` has another cause.
async fn without_known(client: &Client, run: &RunId, batch: Batch, error: Error) -> Result<Batch, Error> {
    let found = client.get_run(run).await?;
    let is_known = |param: &Param| found.data.params.iter().any(|known| known.key == param.key);
    if !batch.params.iter().any(is_known) {
        return Err(error);
    }
    let params = batch.params.iter().filter(|param| !is_known(param)).cloned().collect();
    Ok(Batch { params, ..batch })
}

fn point(point: &plan::MetricPoint) -> MetricPoint {
    MetricPoint {
        key: point.key.clone(),
        value: MetricValue::new(point.value.0),
        timestamp_ms: point.timestamp_ms,
        step: point.step,
        model_id: None,
        dataset: None,
    }
}

/// Closes what is open of a sweep: trials that count were stopped, others are deleted.
pub(super) async fn close_open(
    client: &Client,
    experiment: &str,
    parent: &str,
    counted: &BTreeSet<String>,
    at_ms: i64,
) -> Result<(), Error> {
    let filter = Filter::tag("mlflow.parentRunId").eq(parent).and(Filter::attribute("status").eq("RUNNING"));
    let query = RunQuery::of([ExperimentId::new(experiment)]).filter(filter);
    for run in client.search_all_runs(&query, MOST).await? {
        let is_trial = run.data.tag(ROLE_TAG) == Some("trial");
        if is_trial && !counted.contains(run.info.run_id.as_str()) {
            client.delete_run(&run.info.run_id).await?;
        } else if is_trial {
            client.update_run(&run.info.run_id, &UpdateRun::end(RunStatus::Killed, at_ms)).await?;
        }
    }
    Ok(())
}

/// Files of a run's artifacts, one after the other.
pub(super) async fn put(
    store: &podium_artifacts::Store,
    files: &BTreeMap<String, Vec<u8>>,
) -> Result<(), podium_artifacts::StoreError> {
    for (path, bytes) in files {
        store.put(path, bytes.clone().into()).await?;
    }
    Ok(())
}
