//! MLflow goes away while pods work.

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::SignedDuration;

use super::*;
use crate::api::conditions::{READY, RECONCILING, reasons};
use crate::api::pipeline_status::{StageName, StepPhase};
use crate::plan::conditions::find;
use crate::plan::{Query, Trouble};

/// Data are checked by a pod since so many seconds.
fn checking(pipeline: &ValidPipeline, seconds: i64) -> Observed {
    let mut status = with_parent(pipeline);
    let started = now().checked_sub(SignedDuration::from_secs(seconds)).unwrap();
    status.stages[0].started_at = Some(Time(started));
    let job = JobFacts {
        name: "job".to_owned(),
        run: status.run.as_ref().unwrap().key.clone(),
        stage: StageName::Validate,
        candidate: None,
        attempt: 1,
        state: JobState::Running,
        has_ttl: false,
    };
    Observed { status, jobs: vec![job], ..Observed::default() }
}

/// MLflow answers so about the parent run.
fn feeling(pulse: Reading<()>) -> Known {
    Known { pulses: [("parent".to_owned(), pulse)].into(), ..Known::default() }
}

fn planned(pipeline: &ValidPipeline, observed: &Observed, known: &Known) -> PipelinePlan {
    match plan(pipeline, observed, known, now()) {
        Step::Done(plan) => plan,
        Step::Need(queries) => panic!("it asks {queries:?}"),
    }
}

#[test]
fn a_stage_that_works_for_a_while_looks_at_its_run_and_says_that_mlflow_is_away() {
    let pipeline = pipeline(json!({}));
    let observed = checking(&pipeline, 15);
    let Step::Need(asked) = plan(&pipeline, &observed, &Known::default(), now()) else {
        panic!("it does not look")
    };
    assert_eq!(asked, [Query::Pulse("parent".to_owned())]);

    let trouble = Trouble { reason: reasons::TRACKING_UNREACHABLE, message: "MLflow: no answer".to_owned() };
    let plan = planned(&pipeline, &observed, &feeling(Reading::Unreachable(trouble)));
    assert_eq!((plan.effects, plan.actions), (vec![], vec![]));
    assert_eq!(plan.requeue, Some(Duration::from_secs(5)));
    assert_eq!(plan.status.message, "MLflow: no answer");
    assert_eq!(plan.status.stages[0].phase, StepPhase::Running, "the pod works on");
    for (kind, value) in [(READY, "False"), (RECONCILING, "True")] {
        let condition = find(&plan.status.conditions, kind).unwrap();
        let told = (condition.status.as_str(), condition.reason.as_str());
        assert_eq!(told, (value, reasons::TRACKING_UNREACHABLE));
    }
}

#[test]
fn while_mlflow_answers_it_is_looked_at_now_and_then_and_nothing_is_said() {
    let pipeline = pipeline(json!({}));
    let observed = checking(&pipeline, 3600);
    let plan = planned(&pipeline, &observed, &feeling(Reading::Found(())));
    assert_eq!((plan.effects, plan.actions), (vec![], vec![]));
    assert_eq!(plan.requeue, Some(Duration::from_secs(15)));
    assert_eq!(plan.status.message, "data are loaded and checked");
}

#[test]
fn a_stage_that_has_just_begun_and_a_suspended_one_look_at_nothing() {
    let quick = pipeline(json!({}));
    let plan = planned(&quick, &checking(&quick, 11), &Known::default());
    assert_eq!((plan.actions, plan.requeue), (vec![], Some(Duration::from_secs(4))));

    let suspended = pipeline(json!({"suspend": true}));
    let plan = planned(&suspended, &checking(&quick, 3600), &Known::default());
    assert_eq!(
        plan.actions,
        [PipelineAction::DeleteJob("job".to_owned())],
        "pods are stopped without a look"
    );
}
