//! Queries, answered from memory.

use podium::plan::{
    AliasFacts, Answer, FileDigest, ModelFacts, Query, Reading, RunFacts, Trouble, VersionFacts,
};

use super::store::{Mlflow, Version};

pub fn answer(mlflow: &Mlflow, query: &Query) -> Answer {
    match query {
        Query::Run(id) => Answer::Run(found(run(mlflow, id))),
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
    }
}

/// The answer of a server that does not answer.
pub fn unreachable(query: &Query, trouble: Trouble) -> Answer {
    match query {
        Query::Run(_) => Answer::Run(Reading::Unreachable(trouble)),
        Query::Evidence(_) => Answer::Evidence(Reading::Unreachable(trouble)),
        Query::Alias(..) => Answer::Alias(Reading::Unreachable(trouble)),
        Query::Version(..) => Answer::Version(Reading::Unreachable(trouble)),
        Query::Model(_) => Answer::Model(Reading::Unreachable(trouble)),
        Query::Files(_) => Answer::Files(Reading::Unreachable(trouble)),
    }
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
