//! From nothing to the first Job: one small step a plan, each resting on what the one before pinned.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::SignedDuration;

use super::*;
use crate::api::pipeline_status::StageName;
use crate::domain::pipeline::ValidResources;
use crate::plan::{Effect, Event};

#[test]
fn a_new_pipeline_begins_run_1_and_does_nothing_else_yet() {
    let pipeline = pipeline(json!({}));
    let plan = plan_from(&pipeline, TrainingPipelineStatus::default(), &Known::default());
    assert_eq!((plan.effects, plan.actions, plan.requeue), (vec![], vec![], Some(AT_ONCE)));
    assert_eq!(plan.events, vec![Event::normal("RunStarted", "run 1 started (Spec)")]);
    let run = plan.status.run.unwrap();
    assert_eq!((run.number, run.experiment.as_str(), run.outcome), (1, "ml/churn", None));
    assert_eq!(run.identity, pipeline.identity.as_str());
}

#[test]
fn the_experiment_and_the_parent_run_are_pinned_together_and_before_a_question() {
    let pipeline = pipeline(json!({}));
    let mut status = plan_from(&pipeline, TrainingPipelineStatus::default(), &Known::default()).status;
    let first = plan_from(&pipeline, status.clone(), &Known::default());
    let [Effect::EnsureParent { experiment, tags, .. }] = first.effects.as_slice() else {
        panic!("{first:?}")
    };
    assert_eq!((experiment.as_str(), first.actions), ("ml/churn", vec![]));
    assert_eq!(tags.get("podium.dev/installation").map(String::as_str), Some("test"));

    assert!(pin(&mut status, &parent()));
    assert!(!pin(&mut status, &parent()));
    let observed = Observed { status, ..Observed::default() };
    let second = plan(&pipeline, &observed, &Known::default(), now());
    assert_eq!(second, Step::Need(vec![Query::Run("parent".to_owned())]));
}

#[test]
fn a_run_that_was_created_just_now_holds_no_result_and_is_not_asked_for() {
    let pipeline = pipeline(json!({}));
    let known = Known { fresh: ["parent".to_owned()].into(), ..Known::default() };
    let plan = plan_from(&pipeline, with_parent(&pipeline), &known);
    let [PipelineAction::CreateJob(job)] = plan.actions.as_slice() else { panic!("{plan:?}") };
    assert_eq!((job.stage, job.document.attempt), (JobStage::Pipeline(StageName::Validate), 1));
}

#[test]
fn a_gpu_of_the_pipeline_is_held_by_the_pods_that_train_and_not_by_the_one_that_checks_the_data() {
    let pipeline = pipeline(json!({
        "resources": {"cpu": "2", "memory": "3Gi", "gpu": {"count": 1}},
        "candidates": [{"name": "own", "container": {"image": "acme/train:3"}}],
    }));
    let resources = |gpu| ValidResources { cpu: "2".into(), memory: "3Gi".into(), threads: 2, gpu };
    let known = Known { fresh: ["parent".to_owned()].into(), ..Known::default() };
    let plan = plan_from(&pipeline, with_parent(&pipeline), &known);
    let [PipelineAction::CreateJob(job)] = plan.actions.as_slice() else { panic!("{plan:?}") };
    assert_eq!((job.stage, &job.resources), (JobStage::Pipeline(StageName::Validate), &resources(None)));
    let gpu = pipeline.candidates[0].resources.gpu.clone();
    assert_eq!(gpu.as_ref().map(|gpu| gpu.count), Some(1));
    assert_eq!(pipeline.candidates[0].resources, resources(gpu));
}

#[test]
fn what_follows_a_job_that_was_made_is_planned_as_if_it_had_been_observed() {
    let pipeline = pipeline(json!({}));
    let known = knowing("parent", run("parent", Tags::new()));
    let first = plan_from(&pipeline, with_parent(&pipeline), &known);
    assert_eq!(first.requeue, Some(AT_ONCE));
    let mut observed = Observed { status: first.status, ..Observed::default() };
    first.actions.iter().for_each(|action| observed.after(action, now()));
    let Step::Done(second) = plan(&pipeline, &observed, &known, now()) else { panic!("it asks") };
    assert_eq!((second.effects, second.actions), (vec![], vec![]));
    assert_eq!(second.status.message, "waits for its pod");
    assert_eq!(second.requeue, Some(std::time::Duration::from_secs(3)));
}

#[test]
fn a_job_ends_a_minute_after_the_run_s_deadline_whoever_lives_then() {
    let deadline = |limits: Value, seconds: i64| {
        let pipeline = pipeline(json!({"limits": limits}));
        let mut status = with_parent(&pipeline);
        status.run.as_mut().unwrap().started_at = Time(now() - SignedDuration::from_secs(seconds));
        let known = Known { fresh: ["parent".to_owned()].into(), ..Known::default() };
        let plan = plan_from(&pipeline, status, &known);
        let [PipelineAction::CreateJob(job)] = plan.actions.as_slice() else { panic!("{plan:?}") };
        job.deadline
    };
    assert_eq!(deadline(json!({}), 0), None);
    assert_eq!(deadline(json!({"activeDeadlineSeconds": 3600}), 0), Some(3660));
    assert_eq!(deadline(json!({"activeDeadlineSeconds": 3600}), 1000), Some(2660));
}

#[test]
fn the_validate_job_is_made_once_mlflow_says_that_there_is_no_result() {
    let pipeline = pipeline(json!({}));
    let known = knowing("parent", run("parent", Tags::new()));
    let plan = plan_from(&pipeline, with_parent(&pipeline), &known);
    let [PipelineAction::CreateJob(job)] = plan.actions.as_slice() else { panic!("{plan:?}") };
    assert_eq!((job.stage, job.document.attempt), (JobStage::Pipeline(StageName::Validate), 1));
    assert_eq!(job.document.tracking.run_id, "parent");
    assert_eq!(job.image, "trainer:1");
    let attempts = plan.status.stages[0].attempts.clone().unwrap();
    assert_eq!((attempts.number, attempts.failures, attempts.ended), (1, 0, false));
}

#[test]
fn a_pod_is_told_whom_to_trust_and_its_document_is_as_before_where_nobody_is_given() {
    let mut pipeline = pipeline(json!({}));
    let known = knowing("parent", run("parent", Tags::new()));
    let document = |pipeline: &ValidPipeline| {
        let plan = plan_from(pipeline, with_parent(pipeline), &known);
        let [PipelineAction::CreateJob(job)] = plan.actions.as_slice() else { panic!("{plan:?}") };
        job.document.clone()
    };
    assert!(!document(&pipeline).to_json().unwrap().contains("certificateAuthorities"));
    pipeline.grant.certificate_authorities = Some("PEM".into());
    assert_eq!(document(&pipeline).certificate_authorities.as_deref(), Some("PEM"));
}

#[test]
fn the_same_question_gets_the_same_plan() {
    let pipeline = pipeline(json!({}));
    let known = knowing("parent", run("parent", Tags::new()));
    let twice = [(); 2].map(|()| plan_from(&pipeline, with_parent(&pipeline), &known));
    assert_eq!(twice[0], twice[1]);
}

#[test]
fn a_suspended_pipeline_begins_nothing() {
    let pipeline = pipeline(json!({"suspend": true}));
    let plan = plan_from(&pipeline, TrainingPipelineStatus::default(), &Known::default());
    assert_eq!((plan.effects, plan.actions, plan.status.run), (vec![], vec![], None));
}
