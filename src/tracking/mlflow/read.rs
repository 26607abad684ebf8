//! Queries, answered.

use std::collections::BTreeMap;
use std::time::Duration;

use podium_artifacts::{S3Verdict, StoreError, judge, of_bytes};
use podium_mlflow::{Class, Client, Error, Run, RunId, RunStatus, Tag, VersionNumber};

use super::{earlier, files, orphans, resolve, trials, trouble};
use crate::plan::{
    AliasFacts, Answer, EvidenceFacts, MetricFact, ModelFacts, Query, Reading, RunFacts, RunState, Tags,
    VersionFacts,
};
use crate::settings::Grant;

/// Largest evidence that is read, in bytes.
const MOST_EVIDENCE: u64 = 16 * 1024 * 1024;
/// Longest wait for a sign of life.
const PULSE: Duration = Duration::from_secs(5);

pub(super) async fn answer(client: &Client, grant: &Grant, query: &Query) -> Answer {
    match query {
        Query::Run(id) => Answer::Run(reading(run(client, id).await)),
        Query::Pulse(id) => Answer::Pulse(pulse(client, id).await),
        Query::Evidence(id) => Answer::Evidence(reading(evidence(client, grant, id).await)),
        Query::Alias(model, alias) => Answer::Alias(holder(client, model, alias).await),
        Query::Version(model, number) => Answer::Version(reading(version(client, model, number).await)),
        Query::Model(name) => Answer::Model(reading(model(client, name).await)),
        Query::Files(uri) => Answer::Files(found(files::digest(client, grant, uri).await)),
        Query::OpenRuns(installation) => Answer::OpenRuns(reading(
            orphans::open_runs(client, &grant.experiment_prefix, installation).await,
        )),
        Query::Copies(experiment, key) => {
            Answer::Copies(reading(orphans::copies(client, experiment, key).await))
        }
        Query::KeyedVersions(model, installation) => {
            Answer::KeyedVersions(reading(orphans::keyed_versions(client, model, installation).await))
        }
        Query::Trials(experiment, parent) => {
            Answer::Trials(reading(trials::stored(client, grant, experiment, parent).await))
        }
        Query::SweepRuns(installation, namespace, name) => {
            Answer::SweepRuns(reading(earlier::runs(client, grant, [installation, namespace, name]).await))
        }
        Query::Artifacts(run, folder) => {
            Answer::Artifacts(reading(earlier::files(client, grant, run, folder).await))
        }
    }
}

fn reading<T>(read: Result<T, impl Into<StoreError>>) -> Reading<T> {
    found(read.map(Some))
}

/// As [`reading`], where there may be nothing without an error.
fn found<T>(read: Result<Option<T>, impl Into<StoreError>>) -> Reading<T> {
    match read.map_err(Into::into) {
        Ok(Some(value)) => Reading::Found(value),
        Ok(None) => Reading::Missing,
        Err(error) if is_missing(&error) => Reading::Missing,
        Err(error) => Reading::Unreachable(trouble::of_store(&error)),
    }
}

fn is_missing(error: &StoreError) -> bool {
    match error {
        StoreError::Mlflow(error) => error.class() == Class::NotFound,
        StoreError::S3(error) => judge(error) == S3Verdict::NotFound,
        StoreError::Path(_)
        | StoreError::TooLarge { .. }
        | StoreError::Root { .. }
        | StoreError::Authorities(_) => false,
    }
}

/// Tries again like any other request, and for no longer than whoever suspends the object may have to wait.
async fn pulse(client: &Client, id: &str) -> Reading<()> {
    match tokio::time::timeout(PULSE, client.get_run(&RunId::new(id))).await {
        Ok(read) => reading(read.map(drop)),
        Err(_) => Reading::Unreachable(trouble::late(PULSE)),
    }
}

async fn run(client: &Client, id: &str) -> Result<RunFacts, Error> {
    let run = client.get_run(&RunId::new(id)).await?;
    let experiment = client.get_experiment(&run.info.experiment_id).await?;
    Ok(facts(run, experiment.name))
}

fn facts(run: Run, experiment: String) -> RunFacts {
    let metrics = run.data.metrics.iter().map(|point| {
        let fact = MetricFact { value: point.value.get(), step: point.step, timestamp: point.timestamp_ms };
        (point.key.clone(), fact)
    });
    RunFacts {
        state: state(run.info.status.known()),
        deleted: run.info.lifecycle_stage.is(podium_mlflow::LifecycleStage::Deleted),
        experiment_id: run.info.experiment_id.as_str().to_owned(),
        experiment,
        artifact_uri: run.info.artifact_uri.clone(),
        tags: tags(&run.data.tags),
        metrics: metrics.collect(),
        run_id: run.info.run_id.as_str().to_owned(),
    }
}

/// A state that we don't know is taken as open: nothing is concluded from it.
pub(super) fn state(status: Option<RunStatus>) -> RunState {
    match status {
        Some(RunStatus::Finished) => RunState::Finished,
        Some(RunStatus::Failed) => RunState::Failed,
        Some(RunStatus::Killed) => RunState::Killed,
        Some(RunStatus::Running | RunStatus::Scheduled) | None => RunState::Open,
    }
}

pub(super) fn tags(tags: &[Tag]) -> Tags {
    tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect()
}

async fn evidence(client: &Client, grant: &Grant, run_id: &str) -> Result<EvidenceFacts, StoreError> {
    let run = client.get_run(&RunId::new(run_id)).await?;
    let store = files::store(client, grant, run.info.artifact_root())?;
    let bytes = store.get(podium_contract::EVIDENCE_ARTIFACT, MOST_EVIDENCE).await?;
    let digest = of_bytes(&bytes);
    let evidence = serde_json::from_slice(&bytes).map_err(|error| error.to_string());
    Ok(EvidenceFacts { digest, evidence })
}

async fn holder(client: &Client, model: &str, alias: &str) -> Reading<AliasFacts> {
    match client.get_model_version_by_alias(model, alias).await {
        Ok(Some(version)) => Reading::Found(AliasFacts { version: version.version.to_string() }),
        Ok(None) => Reading::Missing,
        Err(error) if error.class() == Class::NotFound => Reading::Missing,
        Err(error) => Reading::Unreachable(trouble::of(&error)),
    }
}

async fn version(client: &Client, model: &str, number: &str) -> Result<VersionFacts, Error> {
    let number = VersionNumber::new(number.parse().unwrap_or_default());
    let version = client.get_model_version(model, number).await?;
    let stated = client.get_model_version_download_uri(model, number).await?;
    let root = resolve::root(client, &stated.to_string()).await?;
    Ok(VersionFacts {
        version: version.version.to_string(),
        run_id: version.run_id.as_ref().map(|id| id.as_str().to_owned()),
        source: version.source.clone(),
        artifact_uri: root.to_string(),
        tags: tags(&version.tags),
        aliases: version.aliases.clone(),
    })
}

async fn model(client: &Client, name: &str) -> Result<ModelFacts, Error> {
    let model = client.get_registered_model(name).await?;
    let aliases: BTreeMap<String, String> =
        model.aliases.iter().map(|held| (held.alias.clone(), held.version.to_string())).collect();
    Ok(ModelFacts { tags: tags(&model.tags), aliases })
}
