//! The Job of a trial that is a container, as data.

use podium_search::Point;

use super::Context;
use super::start::clock_of;
use crate::api::Scheduling;
use crate::api::container::Container;
use crate::api::sweep_status::SweepRun;
use crate::domain::names::child_name;
use crate::domain::pipeline::{Owner, ValidResources};
use crate::domain::sweep::{TRIAL_NUMBER, ValidContainer, environment};
use crate::plan::job_deadline;
use crate::plan::trials::Given;
use crate::settings::PodLogin;

/// Everything that the Job of a trial is built from.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialPlan {
    /// Its name.
    pub name: String,
    /// The sweep.
    pub owner: Owner,
    /// Key of the sweep's run.
    pub run: String,
    /// Number of the trial.
    pub number: i64,
    /// Which time it was given out.
    pub attempt: u32,
    /// The container, its command and arguments filled.
    pub container: Container,
    /// Variables that tell the trial.
    pub environment: Vec<(String, String)>,
    /// All parameters as JSON.
    pub parameters: String,
    /// MLflow as pods reach it.
    pub tracking_uri: String,
    /// Workspace in MLflow.
    pub workspace: Option<String>,
    /// Experiment of its run.
    pub experiment_id: String,
    /// Its run.
    pub run_id: String,
    /// Resources.
    pub resources: ValidResources,
    /// Where it runs.
    pub scheduling: Scheduling,
    /// The pods' MLflow login.
    pub login: Option<PodLogin>,
    /// Seconds after which its Job is stopped, by whoever lives then.
    pub deadline: Option<i64>,
}

/// Name of a trial's Job: whoever reads in MLflow who has the trial finds the Job by it.
pub fn trial_job_name(owner: &Owner, run: &str, number: i64, attempt: u32) -> String {
    child_name(&owner.name, &[&owner.uid, run, "Trial", &number.to_string(), &attempt.to_string()])
}

/// The plan of a given trial's Job. `None` while the run has no experiment yet.
pub(super) fn trial(
    context: Context<'_>,
    container: &ValidContainer,
    run: &SweepRun,
    given: &Given,
) -> Option<TrialPlan> {
    let sweep = context.sweep;
    Some(TrialPlan {
        name: given.worker.clone(),
        owner: sweep.owner.clone(),
        run: run.key.clone(),
        number: given.number,
        attempt: given.attempt,
        container: filled(container, &given.point),
        environment: variables(context, given),
        // Finite numbers, texts and booleans of a space always are JSON.
        parameters: serde_json::to_string(&given.point).unwrap_or_default(),
        tracking_uri: sweep.grant.pod_tracking_uri.clone(),
        workspace: sweep.grant.workspace.clone(),
        experiment_id: run.experiment_id.clone()?,
        run_id: given.run_id.clone(),
        resources: sweep.resources.clone(),
        scheduling: sweep.scheduling.clone(),
        login: sweep.grant.pod_login.clone(),
        deadline: deadline(context, run),
    })
}

/// How long a trial may take: what is stated for each, and what is left of the sweep's time.
fn deadline(context: Context<'_>, run: &SweepRun) -> Option<i64> {
    let limit = context.sweep.sweep.plan.limits.time_limit;
    let left = limit.map(|limit| job_deadline(limit, clock_of(run, context.now).elapsed(context.now)));
    context.sweep.limits.trial_deadline.into_iter().chain(left).min()
}

fn filled(container: &ValidContainer, point: &Point) -> Container {
    let stated = container.stated.clone();
    Container {
        command: stated.command.map(|_| container.command.fill(point)),
        args: stated.args.map(|_| container.args.fill(point)),
        ..stated
    }
}

fn variables(context: Context<'_>, given: &Given) -> Vec<(String, String)> {
    let space = &context.sweep.sweep.plan.space;
    let parameters = environment(space, &given.point).into_iter();
    parameters
        .filter_map(|(name, value)| Some((name, value?)))
        .chain([(TRIAL_NUMBER.to_owned(), given.number.to_string())])
        .collect()
}
