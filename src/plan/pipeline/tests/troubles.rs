//! What is missing, unreadable or gone.

use std::time::Duration;

use super::*;
use crate::api::conditions::{READY, reasons};
use crate::api::pipeline_status::{Attempts, RunOutcome, StageName};
use crate::plan::conditions::find;
use crate::plan::{CloseAs, Effect, Event, Trouble};

/// The Job of the first attempt at the data of the status's run.
fn validate_job(status: &TrainingPipelineStatus, state: JobState) -> JobFacts {
    JobFacts {
        name: "job".to_owned(),
        run: status.run.as_ref().unwrap().key.clone(),
        stage: StageName::Validate,
        candidate: None,
        attempt: 1,
        state,
        has_ttl: false,
    }
}

#[test]
fn an_mlflow_that_does_not_answer_makes_no_job_and_is_asked_again_soon() {
    let pipeline = pipeline(json!({}));
    let trouble = Trouble { reason: reasons::TRACKING_UNREACHABLE, message: "MLflow: no answer".to_owned() };
    let status = with_parent(&pipeline);
    let plan = plan_from(&pipeline, status, &knowing("parent", Reading::Unreachable(trouble)));
    assert_eq!((plan.effects, plan.actions), (vec![], vec![]));
    assert_eq!(plan.requeue, Some(Duration::from_secs(5)));
    let ready = find(&plan.status.conditions, READY).unwrap();
    assert_eq!((ready.reason.as_str(), ready.status.as_str()), (reasons::TRACKING_UNREACHABLE, "False"));
}

#[test]
fn a_parent_run_that_somebody_deleted_fails_the_run() {
    let pipeline = pipeline(json!({}));
    let plan = plan_from(&pipeline, with_parent(&pipeline), &knowing("parent", Reading::Missing));
    let run = plan.status.run.unwrap();
    assert_eq!((run.outcome, run.reason.as_str()), (Some(RunOutcome::Failed), "RunDeleted"));
    assert_eq!(run.message, "run parent was deleted in MLflow");
}

#[test]
fn a_job_made_before_a_crash_is_not_made_again() {
    let pipeline = pipeline(json!({}));
    let status = with_parent(&pipeline);
    let job = validate_job(&status, JobState::Running);
    let observed = Observed { status, jobs: vec![job], ..Observed::default() };
    let Step::Done(plan) = plan(&pipeline, &observed, &Known::default(), now()) else { panic!("it asks") };
    assert_eq!(plan.actions, vec![]);
    let expected =
        Attempts { number: 1, failures: 0, not_before: None, ended: false, last_failure: String::new() };
    assert_eq!(plan.status.stages[0].attempts, Some(expected));
}

#[test]
fn why_a_pod_does_not_start_is_an_event_once_an_attempt_though_the_reason_changes_by_the_second() {
    let pipeline = pipeline(json!({}));
    let mut status = with_parent(&pipeline);
    let mut told = Vec::new();
    for why in
        [None, Some("secret \"lake\" not found"), Some("secret \"lake\" is away"), None, Some("no image")]
    {
        let job = validate_job(&status, JobState::Pending(why.map(str::to_owned)));
        let observed = Observed { status, jobs: vec![job], ..Observed::default() };
        let Step::Done(plan) = plan(&pipeline, &observed, &Known::default(), now()) else {
            panic!("it asks")
        };
        told.extend(plan.events);
        status = plan.status;
        assert_eq!(status.message, why.unwrap_or("waits for its pod"));
    }
    let pending = |why: &str| Event::warning(reasons::POD_PENDING, why);
    assert_eq!(told, [pending("secret \"lake\" not found"), pending("no image")]);
}

#[test]
fn a_job_stopped_by_a_deadline_that_was_moved_since_is_made_again_and_counts_for_nothing() {
    let pipeline = pipeline(json!({}));
    let status = with_parent(&pipeline);
    let job = validate_job(&status, JobState::Failed(Failure::DeadlineExceeded(660)));
    let observed = Observed { status, jobs: vec![job], ..Observed::default() };
    let known = knowing("parent", run("parent", Tags::new()));
    let Step::Done(plan) = plan(&pipeline, &observed, &known, now()) else { panic!("it asks") };
    let why = "the deadline of its Job, 660 s, had passed";
    let expected =
        Attempts { number: 1, failures: 0, not_before: None, ended: true, last_failure: why.to_owned() };
    assert_eq!((plan.status.stages[0].attempts.as_ref(), plan.requeue), (Some(&expected), Some(AT_ONCE)));
    assert_eq!(plan.events, [Event::warning("PodDisrupted", why)]);
}

#[test]
fn a_run_that_another_replaces_frees_its_pods_and_closes_as_killed_what_status_names() {
    let before = pipeline(json!({}));
    let mut status = with_parent(&before);
    status.candidates[1].run_id = Some("forest".to_owned());
    let key = status.run.as_ref().unwrap().key.clone();
    let job = JobFacts {
        name: "job".to_owned(),
        run: key,
        stage: StageName::Train,
        candidate: Some("forest".to_owned()),
        attempt: 1,
        state: JobState::Running,
        has_ttl: false,
    };
    let observed = Observed { status, jobs: vec![job], ..Observed::default() };
    let after = pipeline(json!({"split": {"seed": 9}}));
    let Step::Done(plan) = plan(&after, &observed, &Known::default(), now()) else { panic!("it asks") };
    assert_eq!(plan.actions, vec![PipelineAction::DeleteJob("job".to_owned())]);
    let close = Effect::CloseRuns {
        experiment_id: "1".to_owned(),
        run_id: "parent".to_owned(),
        pinned: ["forest".to_owned()].into(),
        status: CloseAs::Killed,
        at: now(),
        tags: [(
            "podium.dev/outcome".to_owned(),
            "Superseded: another run takes its place (Spec)".to_owned(),
        )]
        .into(),
    };
    assert_eq!(plan.effects, vec![close]);
    let run = plan.status.run.unwrap();
    assert_eq!((run.outcome, run.closed), (Some(RunOutcome::Superseded), true));
}

#[test]
fn a_job_that_kueue_has_not_admitted_is_queued_and_the_status_says_so() {
    let pipeline = pipeline(json!({}));
    let status = with_parent(&pipeline);
    let job = validate_job(&status, JobState::Queued);
    let observed = Observed { status, jobs: vec![job], ..Observed::default() };
    let Step::Done(plan) = plan(&pipeline, &observed, &Known::default(), now()) else { panic!("it asks") };
    assert_eq!(plan.actions, vec![]);
    assert_eq!(plan.status.stages[0].phase, crate::api::pipeline_status::StepPhase::Queued);
    let ready = find(&plan.status.conditions, READY).unwrap();
    assert_eq!((ready.reason.as_str(), ready.status.as_str()), (reasons::QUEUED, "False"));
    assert_eq!(plan.status.message, "waits for admission by Kueue");
}
