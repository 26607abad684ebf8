//! The stage Tune: searches for the best, one more model where a trial was better, and what a fault leaves behind.

use super::*;
use crate::api::pipeline_status::{DataFacts, RankedBy, StageName, StepPhase};

/// A pipeline whose best candidate is tuned.
fn tuned(tuning: Value) -> ValidPipeline {
    pipeline(json!({"tuning": tuning}))
}

/// The status once the candidates are trained: the forest is the best.
fn trained(pipeline: &ValidPipeline) -> TrainingPipelineStatus {
    let mut status = with_parent(pipeline);
    for stage in &mut status.stages {
        if matches!(stage.name, StageName::Validate | StageName::Train) {
            stage.phase = StepPhase::Succeeded;
        }
    }
    for (candidate, score) in status.candidates.iter_mut().zip([0.7, 0.8]) {
        candidate.phase = StepPhase::Succeeded;
        candidate.run_id = Some(format!("run of {}", candidate.name));
        candidate.score = Some(Decimal::from(score));
        candidate.model_digest = Some("digest".to_owned());
    }
    let run = status.run.as_mut().unwrap();
    run.data = Some(DataFacts {
        digest: "rows".to_owned(),
        task: podium_contract::Task::BinaryClassification,
        rows: 100,
        duplicates: 0,
        features: 3,
        classes: 2,
        positive_label: None,
    });
    run.ranked_by = Some(RankedBy { metric: "f1_score".to_owned(), higher_is_better: true });
    status
}

fn decided(pipeline: &ValidPipeline, observed: &Observed, known: &Known) -> PipelinePlan {
    match plan(pipeline, observed, known, now()) {
        Step::Done(plan) => plan,
        Step::Need(queries) => panic!("it asks {queries:?}"),
    }
}

/// What is observed and known once the search has begun, and its plan.
fn searching(pipeline: &ValidPipeline) -> Observed {
    let mut observed = Observed { status: trained(pipeline), ..Observed::default() };
    let begun = decided(pipeline, &observed, &Known::default());
    for action in &begun.actions {
        observed.after(action, now());
    }
    observed.status = begun.status;
    observed
}

fn found(value: f64) -> SweepState {
    let parameters = json!({"n_estimators": 200, "max_depth": 9}).as_object().cloned();
    SweepState::Succeeded(Some(FoundTrial {
        value: Decimal::from(value),
        parameters,
        data_digest: Some("rows".to_owned()),
    }))
}

fn phase_of(status: &TrainingPipelineStatus, name: StageName) -> StepPhase {
    status.stages.iter().find(|stage| stage.name == name).unwrap().phase
}

#[test]
fn the_best_candidate_is_searched_by_a_sweep_on_its_own_folds_and_only_once() {
    let pipeline = tuned(json!({"maxTrials": 30, "parallelism": 3}));
    let observed = Observed { status: trained(&pipeline), ..Observed::default() };
    let begun = decided(&pipeline, &observed, &Known::default());
    let [PipelineAction::CreateSweep(made)] = begun.actions.as_slice() else { panic!("{:?}", begun.actions) };
    assert_eq!(
        (made.candidate.as_str(), made.spec.max_trials, made.spec.parallelism),
        ("forest", 30, Some(3))
    );
    assert_eq!(made.spec.objective.metric, "f1_score");
    assert_eq!(begun.status.phase, crate::api::pipeline_status::Phase::Tuning);
    assert_eq!(begun.requeue, Some(AT_ONCE));

    let waits = decided(&pipeline, &searching(&pipeline), &Known::default());
    assert_eq!((waits.actions.as_slice(), waits.effects.as_slice()), ([].as_slice(), [].as_slice()));
    assert_eq!(waits.status.tuned[0].phase, StepPhase::Running);
}

#[test]
fn what_a_sweep_says_is_said_and_when_trials_ended_last_is_noted() {
    let pipeline = tuned(json!({}));
    let mut observed = searching(&pipeline);
    let noted = |observed: &Observed| {
        let tuned = decided(&pipeline, observed, &Known::default()).status.tuned.remove(0);
        (tuned.progress, tuned.last_progress_time.map(|time| time.0))
    };
    assert_eq!(noted(&observed), (None, None));
    observed.sweeps[0].progress = Some("3/40".to_owned());
    observed.sweeps[0].message = "the trial service is off".to_owned();
    assert_eq!(noted(&observed), (Some("3/40".to_owned()), Some(now())));
    let said = decided(&pipeline, &observed, &Known::default()).status.message;
    assert_eq!(said, "the best are tuned; forest: the trial service is off");
}

#[test]
fn several_are_searched_at_once_the_best_first() {
    let pipeline = tuned(json!({"topCandidates": 5}));
    let status = searching(&pipeline).status;
    let names: Vec<_> = status.tuned.iter().map(|tuned| tuned.candidate.as_str()).collect();
    assert_eq!(names, ["forest", "logistic"]);
    assert_ne!(status.tuned[0].sweep, status.tuned[1].sweep);
}

#[test]
fn a_better_trial_becomes_one_more_model_with_a_run_and_a_job_of_its_own() {
    let pipeline = tuned(json!({}));
    let mut observed = searching(&pipeline);
    observed.sweeps[0].state = found(0.9);
    let ended = decided(&pipeline, &observed, &Known::default());
    let tuned = &ended.status.tuned[0];
    assert_eq!(tuned.cv_improvement_percent, Some(Decimal::new("12.50".to_owned())));
    assert_eq!(tuned.fit.as_ref().unwrap().name, "forest (tuned)");

    let [Effect::EnsureRun { slot, key, .. }] = ended.effects.as_slice() else {
        panic!("{:?}", ended.effects)
    };
    assert_eq!(*slot, Slot::Candidate("forest (tuned)".to_owned()));
    observed.status = ended.status.clone();
    let pinned = Pin::Run { slot: slot.clone(), run_id: "fit".to_owned(), fresh: true };
    assert!(pin(&mut observed.status, &pinned) && !key.is_empty());
    let known = Known { fresh: ["fit".to_owned()].into(), ..Known::default() };
    let ordered = decided(&pipeline, &observed, &known);
    let [PipelineAction::CreateJob(job)] = ordered.actions.as_slice() else {
        panic!("{:?}", ordered.actions)
    };
    assert_eq!((job.stage, job.candidate.as_deref()), (JobStage::Pipeline(StageName::Tune), Some("forest")));
    let podium_contract::Stage::Train(told) = &job.document.stage else { panic!("{:?}", job.document.stage) };
    assert_eq!(told.candidate.name, "forest (tuned)");
    assert_eq!(
        serde_json::to_value(&told.candidate.parameters).unwrap(),
        json!({"n_estimators": 200, "max_depth": 9})
    );
}

#[test]
fn a_search_that_finds_nothing_better_or_fails_costs_the_run_nothing() {
    let pipeline = tuned(json!({}));
    for (state, phase) in [
        (found(0.8), StepPhase::Succeeded),
        (SweepState::Succeeded(None), StepPhase::Failed),
        (SweepState::Failed, StepPhase::Failed),
    ] {
        let mut observed = searching(&pipeline);
        observed.sweeps[0].state = state.clone();
        let ended = decided(&pipeline, &observed, &Known::default());
        assert_eq!((ended.status.tuned[0].phase, &ended.status.tuned[0].fit), (phase, &None), "{state:?}");
        assert_eq!(phase_of(&ended.status, StageName::Tune), StepPhase::Succeeded, "{state:?}");
        let told = ended.events.iter().any(|event| event.reason == "TuningFailed");
        assert_eq!(told, phase == StepPhase::Failed, "{state:?}");
    }
}

#[test]
fn the_winner_is_the_tuned_model_only_if_it_scored_better_in_the_end() {
    let pipeline = tuned(json!({}));
    for (score, winner) in [(0.9, "forest (tuned)"), (0.75, "forest")] {
        let mut observed = searching(&pipeline);
        observed.sweeps[0].state = found(0.9);
        let mut status = decided(&pipeline, &observed, &Known::default()).status;
        let fit = status.tuned[0].fit.as_mut().unwrap();
        (fit.phase, fit.score, fit.run_id) =
            (StepPhase::Succeeded, Some(Decimal::from(score)), Some("fit".to_owned()));
        fit.model_digest = Some("tuned".to_owned());
        observed.status = status;
        observed.status = decided(&pipeline, &observed, &Known::default()).status;
        assert_eq!(phase_of(&observed.status, StageName::Tune), StepPhase::Succeeded);
        observed.status = decided(&pipeline, &observed, &Known::default()).status;
        assert_eq!(observed.status.best.as_ref().unwrap().candidate, winner);
    }
}

#[test]
fn suspend_stops_the_search_and_going_on_lets_it_go_on_where_it_was() {
    let running = tuned(json!({"parallelism": 2}));
    let mut observed = searching(&running);
    let suspended = pipeline(json!({"tuning": {"parallelism": 2}, "suspend": true}));
    let stopped = decided(&suspended, &observed, &Known::default());
    let name = observed.sweeps[0].name.clone();
    let adjust = |suspend| PipelineAction::AdjustSweep { name: name.clone(), suspend, parallelism: 2 };
    assert_eq!(stopped.actions, [adjust(true)]);
    observed.after(&stopped.actions[0], now());
    observed.status = stopped.status;
    assert_eq!(decided(&suspended, &observed, &Known::default()).actions, []);
    assert_eq!(decided(&running, &observed, &Known::default()).actions, [adjust(false)]);
}

#[test]
fn a_run_that_another_takes_the_place_of_leaves_no_search_behind() {
    let pipeline = tuned(json!({}));
    let mut observed = searching(&pipeline);
    let changed = tuned(json!({"maxTrials": 7}));
    let overtaken = decided(&changed, &observed, &Known::default());
    assert_eq!(overtaken.actions, [PipelineAction::DeleteSweep(observed.sweeps[0].name.clone())]);
    assert_eq!(overtaken.status.tuned[0].phase, StepPhase::Failed);
    observed.after(&overtaken.actions[0], now());
    observed.status = overtaken.status;
    let next = decided(&changed, &observed, &Known::default());
    assert_eq!((next.status.tuned.as_slice(), next.actions.as_slice()), ([].as_slice(), [].as_slice()));
}

#[test]
fn trials_on_other_rows_than_the_candidates_start_the_run_afresh() {
    let pipeline = tuned(json!({}));
    let mut observed = searching(&pipeline);
    let SweepState::Succeeded(Some(trial)) = found(0.9) else { unreachable!() };
    let other = FoundTrial { data_digest: Some("other rows".to_owned()), ..trial };
    observed.sweeps[0].state = SweepState::Succeeded(Some(other));
    let ended = decided(&pipeline, &observed, &Known::default());
    let run = ended.status.run.unwrap();
    assert_eq!(run.reason, "DataChanged");
}

#[test]
fn how_many_trials_run_at_once_is_changed_live_and_makes_no_new_run() {
    let observed = searching(&tuned(json!({"parallelism": 2})));
    let more = decided(&tuned(json!({"parallelism": 5})), &observed, &Known::default());
    let name = observed.sweeps[0].name.clone();
    assert_eq!(more.actions, [PipelineAction::AdjustSweep { name, suspend: false, parallelism: 5 }]);
}
