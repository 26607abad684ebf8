//! The runs of a sweep in MLflow beside its trials, and what all of them are tagged with.

use podium_contract as contract;
use podium_search::Goal;

use super::Context;
use crate::api::sweep_status::SweepRun;
use crate::domain::names::digest;
use crate::plan::trials::Place;
use crate::plan::{Effect, Slot, Tags};

/// Characters of the sweep's name in the names of its runs: MLflow takes 250 in all.
const READABLE: usize = 200;

/// Where the trials of a run stand.
pub(super) fn place(
    context: Context<'_>,
    run: Option<&SweepRun>,
    experiment_id: &str,
    parent: &str,
) -> Place {
    Place {
        installation: context.sweep.installation.clone(),
        owner_uid: context.sweep.owner.uid.clone(),
        run: run.map(|run| run.key.clone()).unwrap_or_default(),
        experiment_id: experiment_id.to_owned(),
        parent_run_id: parent.to_owned(),
        owner_tags: owner_tags(context),
    }
}

/// The effect that makes exactly one parent run, and its experiment when there is none.
pub(super) fn ensure_parent(context: Context<'_>, run: &SweepRun) -> Effect {
    let mut tags = run_tags(context, run, "sweep");
    tags.insert(contract::OBJECTIVE_TAG.to_owned(), objective(context));
    Effect::EnsureParent {
        experiment: run.experiment.clone(),
        experiment_tags: owner_tags(context),
        key: key(context, run, "sweep"),
        name: format!("{} {}", readable(context), run.number),
        tags,
        started_at: context.now,
    }
}

/// The effect that makes exactly one run for the report.
pub(super) fn ensure_summary(
    context: Context<'_>,
    run: &SweepRun,
    experiment_id: &str,
    parent: &str,
) -> Effect {
    let mut tags = run_tags(context, run, "summary");
    tags.insert("mlflow.parentRunId".to_owned(), parent.to_owned());
    Effect::EnsureRun {
        slot: Slot::Summary,
        key: key(context, run, "summary"),
        experiment_id: experiment_id.to_owned(),
        name: "summary".to_owned(),
        tags,
        started_at: context.now,
    }
}

/// What the sweep makes better: only sweeps that agree in it can teach each other.
pub(super) fn objective(context: Context<'_>) -> String {
    let plan = &context.sweep.sweep.plan;
    match plan.settings.goal {
        Goal::Minimize => format!("Minimize {}", plan.metric),
        Goal::Maximize => format!("Maximize {}", plan.metric),
    }
}

fn readable(context: Context<'_>) -> String {
    context.sweep.owner.name.chars().take(READABLE).collect()
}

fn key(context: Context<'_>, run: &SweepRun, role: &str) -> String {
    digest(&[&context.sweep.installation, &context.sweep.owner.uid, &run.key, role])
}

fn run_tags(context: Context<'_>, run: &SweepRun, role: &str) -> Tags {
    let mut tags = owner_tags(context);
    tags.insert(contract::ROLE_TAG.to_owned(), role.to_owned());
    tags.insert(contract::RUN_TAG.to_owned(), run.key.clone());
    tags
}

/// Tags by which everything in MLflow names its owner.
fn owner_tags(context: Context<'_>) -> Tags {
    let owner = &context.sweep.owner;
    let source = format!("hyperparametersweep/{}/{}", owner.namespace, owner.name);
    Tags::from(
        [
            (contract::INSTALLATION_TAG, context.sweep.installation.as_str()),
            (contract::NAMESPACE_TAG, &owner.namespace),
            (contract::OWNER_TAG, &owner.name),
            (contract::OWNER_UID_TAG, &owner.uid),
            ("mlflow.user", "podium"),
            ("mlflow.source.type", "JOB"),
            ("mlflow.source.name", &source),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned())),
    )
}
