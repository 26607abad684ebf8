//! Queries, answered from memory.

use std::collections::{BTreeMap, BTreeSet};

use podium::plan::orphans::{KeyedVersion, OpenRun};
use podium::plan::trials::{Stored, SweepRunFacts, TrialRun, pages};
use podium::plan::{
    AliasFacts, Answer, FileDigest, ModelFacts, Query, Reading, RunFacts, RunState, VersionFacts,
};
use podium::settings::Grant;
use podium_contract::{INSTALLATION_TAG, KEY_TAG, NAMESPACE_TAG, OWNER_TAG, ROLE_TAG};

use super::store::{Mlflow, Run, Version};

pub fn answer(mlflow: &Mlflow, grant: &Grant, query: &Query) -> Answer {
    match query {
        Query::Run(id) => Answer::Run(found(run(mlflow, id))),
        Query::Pulse(id) => Answer::Pulse(found(run(mlflow, id).map(drop))),
        Query::Evidence(id) => Answer::Evidence(found(mlflow.evidence.get(id).cloned())),
        Query::Alias(model, alias) => {
            let holder = mlflow.models.get(model).and_then(|model| model.aliases.get(alias));
            Answer::Alias(found(holder.map(|version| AliasFacts { version: version.to_string() })))
        }
        Query::Version(model, number) => Answer::Version(found(version(mlflow, model, number))),
        Query::Model(name) => Answer::Model(found(mlflow.models.get(name).map(|model| ModelFacts {
            tags: model.tags.clone(),
            aliases:
                model.aliases.iter().map(|(alias, version)| (alias.clone(), version.to_string())).collect(),
        }))),
        Query::Files(uri) => Answer::Files(found(mlflow.digest(uri).map(|digest| FileDigest { digest }))),
        Query::OpenRuns(installation) => {
            Answer::OpenRuns(Reading::Found(open_runs(mlflow, &grant.experiment_prefix, installation)))
        }
        Query::Copies(experiment, key) => {
            let runs = mlflow.with_tag(KEY_TAG, key);
            Answer::Copies(Reading::Found(
                runs.iter().filter(|(_, run)| run.experiment == *experiment).count(),
            ))
        }
        Query::KeyedVersions(model, installation) => {
            Answer::KeyedVersions(Reading::Found(keyed_versions(mlflow, model, installation)))
        }
        Query::Trials(_, parent) => Answer::Trials(Reading::Found(Stored {
            runs: trials(mlflow, parent),
            pages: kept(mlflow, parent),
        })),
        Query::SweepRuns(installation, namespace, name) => {
            Answer::SweepRuns(Reading::Found(sweep_runs(mlflow, [installation, namespace, name])))
        }
        Query::Artifacts(run, folder) => Answer::Artifacts(Reading::Found(files(mlflow, run, folder))),
    }
}

fn open_runs(mlflow: &Mlflow, prefix: &str, installation: &str) -> Vec<OpenRun> {
    let below =
        |run: &Run| mlflow.experiments.get(&run.experiment).is_some_and(|name| name.starts_with(prefix));
    let ours = mlflow.with_tag(INSTALLATION_TAG, installation).into_iter();
    let open = ours.filter(|(_, run)| run.state == RunState::Open && below(run));
    open.map(|(run_id, run)| OpenRun {
        run_id,
        experiment_id: run.experiment,
        started_ms: run.started_ms,
        tags: run.tags,
    })
    .collect()
}

fn keyed_versions(mlflow: &Mlflow, model: &str, installation: &str) -> Vec<KeyedVersion> {
    let versions = mlflow.models.get(model).into_iter().flat_map(|model| &model.versions);
    let ours = versions
        .filter(|(_, version)| version.tags.get(INSTALLATION_TAG).is_some_and(|found| found == installation));
    let keyed = ours.filter_map(|(number, version)| {
        Some(KeyedVersion { key: version.tags.get(KEY_TAG)?.clone(), number: *number })
    });
    keyed.collect()
}

fn trials(mlflow: &Mlflow, parent: &str) -> Vec<TrialRun> {
    let children = mlflow.with_tag("mlflow.parentRunId", parent).into_iter();
    let trials = children.filter(|(_, run)| run.tags.get(ROLE_TAG).is_some_and(|role| role == "trial"));
    let trial = |(run_id, run): (String, Run)| TrialRun {
        run_id,
        state: run.state,
        tags: run.tags,
        metrics: run.metrics.into_iter().map(|(key, fact)| (key, fact.value)).collect(),
    };
    trials.map(trial).collect()
}

/// Pages of trials that were written whole.
fn kept(mlflow: &Mlflow, parent: &str) -> BTreeSet<i64> {
    let folder = format!("{}/{}/", mlflow.root(parent), pages::FOLDER);
    let files = mlflow.files.iter().filter_map(|(path, bytes)| Some((path.strip_prefix(&folder)?, bytes)));
    files.filter_map(|(name, bytes)| Some(pages::parse(name, bytes)?.0)).collect()
}

/// The runs of a sweep, the newest first.
fn sweep_runs(mlflow: &Mlflow, [installation, namespace, name]: [&str; 3]) -> Vec<SweepRunFacts> {
    let is = |run: &Run, key: &str, value: &str| run.tags.get(key).is_some_and(|found| found == value);
    let runs = mlflow.with_tag(OWNER_TAG, name).into_iter().filter(|(_, run)| {
        is(run, INSTALLATION_TAG, installation)
            && is(run, NAMESPACE_TAG, namespace)
            && is(run, ROLE_TAG, "sweep")
    });
    let facts = |(run_id, run): (String, Run)| SweepRunFacts {
        run_id,
        experiment_id: run.experiment,
        started_ms: run.started_ms,
        tags: run.tags,
    };
    let mut runs: Vec<SweepRunFacts> = runs.map(facts).collect();
    runs.sort_by_key(|run| std::cmp::Reverse(run.started_ms));
    runs
}

fn files(mlflow: &Mlflow, run: &str, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = format!("{}/{folder}/", mlflow.root(run));
    let below = mlflow.files.iter().filter_map(|(path, bytes)| Some((path.strip_prefix(&folder)?, bytes)));
    below.map(|(path, bytes)| (path.to_owned(), bytes.clone())).collect()
}

fn found<T>(value: Option<T>) -> Reading<T> {
    value.map_or(Reading::Missing, Reading::Found)
}

fn run(mlflow: &Mlflow, id: &str) -> Option<RunFacts> {
    let run = mlflow.runs.get(id)?;
    Some(RunFacts {
        run_id: id.to_owned(),
        experiment_id: run.experiment.clone(),
        experiment: mlflow.experiments.get(&run.experiment)?.clone(),
        state: run.state,
        deleted: run.deleted,
        artifact_uri: mlflow.root(id),
        tags: run.tags.clone(),
        metrics: run.metrics.clone(),
    })
}

fn version(mlflow: &Mlflow, model: &str, number: &str) -> Option<VersionFacts> {
    let model = mlflow.models.get(model)?;
    let number: u64 = number.parse().ok()?;
    let version = model.versions.get(&number)?;
    let held = model.aliases.iter().filter(|(_, holder)| **holder == number);
    Some(VersionFacts {
        version: number.to_string(),
        run_id: version.run_id.clone(),
        source: version.source.clone(),
        artifact_uri: place(mlflow, version),
        tags: version.tags.clone(),
        aliases: held.map(|(alias, _)| alias.clone()).collect(),
    })
}

/// Where the files of `runs:/ID/folder` lie.
fn place(mlflow: &Mlflow, version: &Version) -> String {
    match version.source.strip_prefix("runs:/").and_then(|rest| rest.split_once('/')) {
        Some((run, folder)) => format!("{}/{folder}", mlflow.root(run)),
        None => version.source.clone(),
    }
}
