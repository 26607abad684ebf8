//! Candidates that a container of the user's own trains: their Jobs, their failures, and what they may win.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::SignedDuration;
use podium_contract::{self as contract, CONTAINER_ALGORITHM, RESULT_TAG, Stage};

use super::*;
use crate::api::pipeline_status::{Attempts, DataFacts, RankedBy, StageName, StepPhase};
use crate::plan::Event;

/// A pipeline of a learner and a container, with fields of the spec put in.
fn mixed(spec: Value) -> ValidPipeline {
    let mut whole = json!({"candidates": [
        {"name": "logistic", "algorithm": "LogisticRegression"},
        {"name": "own", "container": {"image": "acme/train:3", "args": ["--{x}"]}, "resources": {"gpu": {"count": 1}}},
    ]});
    whole.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    pipeline(whole)
}

/// The status once the data were read and each candidate has its run.
fn begun(pipeline: &ValidPipeline, task: contract::Task) -> TrainingPipelineStatus {
    let mut status = with_parent(pipeline);
    status.stages[0].phase = StepPhase::Succeeded;
    for candidate in &mut status.candidates {
        candidate.run_id = Some(candidate.name.clone());
    }
    status.run.as_mut().unwrap().data = Some(DataFacts {
        digest: "rows".to_owned(),
        task,
        rows: 100,
        duplicates: 0,
        features: 3,
        classes: 2,
        positive_label: None,
    });
    status
}

/// The status once all are trained, with these scores.
fn trained(pipeline: &ValidPipeline, scores: &[f64]) -> TrainingPipelineStatus {
    let mut status = begun(pipeline, contract::Task::BinaryClassification);
    status.stages[1].phase = StepPhase::Succeeded;
    for (candidate, score) in status.candidates.iter_mut().zip(scores) {
        candidate.phase = StepPhase::Succeeded;
        candidate.score = Some(Decimal::from(*score));
        candidate.model_digest = Some("digest".to_owned());
    }
    status.run.as_mut().unwrap().ranked_by =
        Some(RankedBy { metric: "f1_score".to_owned(), higher_is_better: true });
    status
}

fn fresh(runs: &[&str]) -> Known {
    Known { fresh: runs.iter().map(|run| (*run).to_owned()).collect(), ..Known::default() }
}

fn jobs(plan: &PipelinePlan) -> Vec<&JobPlan> {
    let job = |action: &'_ PipelineAction| matches!(action, PipelineAction::CreateJob(_));
    let made = plan.actions.iter().filter(|action| job(action));
    made.map(|action| match action {
        PipelineAction::CreateJob(job) => job.as_ref(),
        other => panic!("{other:?}"),
    })
    .collect()
}

/// The Job of the container's first attempt.
fn job(status: &TrainingPipelineStatus, state: JobState) -> JobFacts {
    JobFacts {
        name: "job".to_owned(),
        run: status.run.as_ref().unwrap().key.clone(),
        stage: StageName::Train,
        candidate: Some("own".to_owned()),
        attempt: 1,
        state,
        has_ttl: false,
    }
}

/// The first attempt of the container has failed so, and MLflow holds this of its run.
fn failed(failure: Failure, tags: Tags) -> PipelinePlan {
    let pipeline = mixed(json!({"limits": {"backoffLimit": 1}}));
    let mut status = begun(&pipeline, contract::Task::BinaryClassification);
    status.candidates[0].phase = StepPhase::Succeeded;
    status.candidates[1].attempts.number = 1;
    let job = job(&status, JobState::Failed(failure));
    let observed = Observed { status, jobs: vec![job], ..Observed::default() };
    match plan(&pipeline, &observed, &knowing("own", run("own", tags)), now()) {
        Step::Done(plan) => plan,
        Step::Need(queries) => panic!("it asks {queries:?}"),
    }
}

fn exit(by: By, code: i32) -> Failure {
    Failure::Exit { by, code, out_of_memory: false, words: "why".to_owned() }
}

#[test]
fn its_job_is_our_trainer_s_around_the_container_and_judges_what_that_leaves() {
    let pipeline = mixed(json!({}));
    let status = begun(&pipeline, contract::Task::BinaryClassification);
    let plan = plan_from(&pipeline, status, &fresh(&["logistic", "own"]));
    let [learner, own] = jobs(&plan).try_into().unwrap();
    assert_eq!((learner.container.as_ref(), learner.image.as_str()), (None, "trainer:1"));
    let container = own.container.as_ref().unwrap();
    assert_eq!((own.image.as_str(), container.image.as_str()), ("trainer:1", "acme/train:3"));
    assert_eq!(container.args.as_deref(), Some(["--{x}".to_owned()].as_slice()), "braces mean nothing here");
    assert_eq!((own.stage, own.candidate.as_deref()), (JobStage::Pipeline(StageName::Train), Some("own")));
    assert_eq!(own.resources.gpu.as_ref().map(|gpu| gpu.count), Some(1));
    let pinned = contract::Pinned { data_digest: "rows".into(), task: contract::Task::BinaryClassification };
    let judge = contract::Judge { pinned, candidate: "own".into(), image: "acme/train:3".into() };
    assert_eq!(own.document.stage, Stage::Judge(judge));
}

#[test]
fn what_a_container_can_do_is_its_own_business() {
    let pipeline = mixed(json!({}));
    let status = begun(&pipeline, contract::Task::Regression);
    let plan = plan_from(&pipeline, status, &fresh(&["logistic", "own"]));
    let phases: Vec<_> = plan.status.candidates.iter().map(|candidate| candidate.phase).collect();
    assert_eq!(phases, [StepPhase::Failed, StepPhase::Pending]);
    assert_eq!(jobs(&plan).len(), 1);
}

#[test]
fn whatever_code_the_container_ends_with_it_is_tried_again_and_the_message_names_it() {
    let at = now() + SignedDuration::from_secs(10);
    for code in [1, 2, 3, 101] {
        let plan = failed(exit(By::Foreign("candidate".to_owned()), code), Tags::new());
        let own = &plan.status.candidates[1];
        let told =
            format!("the container candidate ended with exit code {code}: why; another attempt in 10 s");
        assert_eq!((own.phase, own.message.as_str()), (StepPhase::Pending, told.as_str()));
        let why = format!("the container candidate ended with exit code {code}: why");
        let expected =
            Attempts { number: 1, failures: 1, not_before: Some(Time(at)), ended: true, last_failure: why };
        assert_eq!(own.attempts, expected);
        assert_eq!(plan.events, [Event::warning("PodFailed", format!("candidate own: {told}"))]);
    }
}

#[test]
fn a_code_of_our_own_trainer_before_or_after_it_ends_the_candidate_where_no_other_attempt_can_mend_it() {
    let own = failed(exit(By::Ours, 3), Tags::new()).status.candidates.remove(1);
    let told = "DataRejected: the trainer refused the data (exit code 3): why";
    assert_eq!((own.phase, own.message.as_str()), (StepPhase::Failed, told));
}

#[test]
fn a_pod_that_failed_because_a_result_stood_there_already_is_done_as_the_result_says() {
    let trained = contract::Trained {
        metric: "f1_score".into(),
        higher_is_better: true,
        score: Some(0.9),
        score_std: None,
        metrics: Default::default(),
        model_digest: "digest".into(),
        gpu_used: false,
        warnings: vec![],
    };
    let result = contract::StageResult {
        version: contract::CONTRACT_VERSION,
        attempt: 1,
        outcome: contract::Outcome::Trained(trained),
    };
    let tags = Tags::from([(RESULT_TAG.to_owned(), serde_json::to_string(&result).unwrap())]);
    for failure in [exit(By::Ours, 3), exit(By::Ours, 1), exit(By::Foreign("candidate".to_owned()), 1)] {
        let own = failed(failure, tags.clone()).status.candidates.remove(1);
        assert_eq!((own.phase, own.score), (StepPhase::Succeeded, Some(Decimal::from(0.9))));
    }
}

#[test]
fn suspend_stops_its_pod_as_any_other() {
    let pipeline = mixed(json!({"suspend": true}));
    let mut status = begun(&mixed(json!({})), contract::Task::BinaryClassification);
    status.candidates[1].attempts.number = 1;
    let job = job(&status, JobState::Running);
    let observed = Observed { status, jobs: vec![job], ..Observed::default() };
    let Step::Done(plan) = plan(&pipeline, &observed, &fresh(&["logistic", "own"]), now()) else {
        panic!("it asks")
    };
    assert_eq!(plan.actions, [PipelineAction::DeleteJob("job".to_owned())]);
    assert_eq!(plan.status.candidates[1].phase, StepPhase::Suspended);
}

#[test]
fn one_that_wins_is_evaluated_by_our_trainer_alone_without_its_image_or_its_gpu() {
    let pipeline = mixed(json!({}));
    let mut status = trained(&pipeline, &[0.7, 0.8]);
    status.run.as_mut().unwrap().evaluation_run_id = Some("evaluation".to_owned());
    let plan = plan_from(&pipeline, status, &fresh(&["evaluation"]));
    let [job] = jobs(&plan).try_into().unwrap();
    assert_eq!((&job.container, &job.resources.gpu, job.image.as_str()), (&None, &None, "trainer:1"));
    let Stage::Evaluate(told) = &job.document.stage else { panic!("{:?}", job.document.stage) };
    let winner = contract::Candidate {
        name: "own".into(),
        algorithm: CONTAINER_ALGORITHM.into(),
        parameters: Default::default(),
        gpu: None,
    };
    assert_eq!(told.winner, winner);
    let names: Vec<_> =
        told.candidates.iter().map(|one| (one.name.as_str(), one.algorithm.as_str())).collect();
    assert_eq!(names, [("logistic", "LogisticRegression"), ("own", "Container")]);
}

#[test]
fn the_best_learner_is_tuned_where_a_container_is_the_best_and_the_status_says_why() {
    let pipeline = mixed(json!({"tuning": {"topCandidates": 2}}));
    let plan = plan_from(&pipeline, trained(&pipeline, &[0.7, 0.8]), &Known::default());
    let tuned: Vec<_> = plan.status.tuned.iter().map(|tuned| tuned.candidate.as_str()).collect();
    assert_eq!(tuned, ["logistic"]);
    assert_eq!(plan.status.message, "own is the best, and a container is not tuned; others are: logistic");

    let mut status = plan.status;
    status.tuned[0].phase = StepPhase::Succeeded;
    let ended = plan_from(&pipeline, status, &Known::default()).status;
    assert_eq!(
        ended.stages[2].message,
        "own is the best, and a container is not tuned; 0 of 1 others became better"
    );
    let evaluating = plan_from(&pipeline, ended, &Known::default()).status;
    assert_eq!(evaluating.best.unwrap().candidate, "own");
}

#[test]
fn a_tuned_learner_wins_over_a_container_if_it_scored_better_and_not_otherwise() {
    let pipeline = mixed(json!({"tuning": {}}));
    for (score, winner) in [(0.9, "logistic (tuned)"), (0.75, "own")] {
        let mut status = plan_from(&pipeline, trained(&pipeline, &[0.7, 0.8]), &Known::default()).status;
        let mut fit = super::super::fit::untouched("logistic (tuned)".to_owned());
        (fit.phase, fit.score) = (StepPhase::Succeeded, Some(Decimal::from(score)));
        let tuned = &mut status.tuned[0];
        (tuned.phase, tuned.fit, tuned.parameters) =
            (StepPhase::Succeeded, Some(fit), json!({"C": 2.0}).as_object().cloned());
        let ended = plan_from(&pipeline, status, &Known::default()).status;
        let evaluating = plan_from(&pipeline, ended, &Known::default()).status;
        assert_eq!(evaluating.best.unwrap().candidate, winner);
    }
}

#[test]
fn where_all_are_containers_nothing_is_tuned() {
    let pipeline = pipeline(json!({
        "candidates": [{"name": "own", "container": {"image": "acme/train:3"}}], "tuning": {},
    }));
    let plan = plan_from(&pipeline, trained(&pipeline, &[0.8]), &Known::default());
    assert_eq!((plan.actions.as_slice(), plan.status.tuned.len()), ([].as_slice(), 0));
    let stage = &plan.status.stages[2];
    assert_eq!(
        (stage.phase, stage.message.as_str()),
        (StepPhase::Succeeded, "own is the best, and a container is not tuned")
    );
}
