//! Each fault at each single write of a tuned pipeline's life: trained, searched, suspended in mid-search, gone on with until it is done.
//! There must be one sweep, each trial once, and one model with what was found.

use serde_json::json;

use crate::api_server::Id;
use crate::ending::Ending;
use crate::injector::Fault;
use crate::lives::{Life, faultless, same_end};
use crate::play::Act;
use crate::sample;
use crate::world::World;

const LIFE: Life = Life { acts: &ACTS, from: 0 };

const ACTS: [Act; 3] = [
    |world| {
        // The second trial takes for ever.
        world.with(|state| {
            state.workers.hold_from = Some(1);
            state.trainer.scores.insert("logistic".into(), 0.00001);
            state.trainer.scores.insert("logistic (tuned)".into(), 0.9);
        });
        world.create(sample::tuned("churn"));
    },
    |world| world.edit(|pipeline| pipeline["spec"]["suspend"] = json!(true)),
    |world| {
        world.with(|state| state.workers.hold_from = None);
        world.edit(|pipeline| pipeline["spec"]["suspend"] = json!(false));
    },
];

#[tokio::test]
async fn a_life_without_a_fault_searches_once_and_fits_one_model_with_what_was_found() {
    let (endings, snapshots, writes) = faultless(&LIFE).await;
    eprintln!("{} reconciles, {} writes", snapshots.len(), writes.len());
    let phases: Vec<_> = endings.iter().map(|end| end.pipelines["churn"]["phase"].clone()).collect();
    assert_eq!(phases, ["Tuning", "Suspended", "Succeeded"]);
    assert_eq!((endings[0].active_jobs, endings[1].active_jobs), (1, 0));
    let end = endings.last().unwrap();
    assert_eq!(end.pipelines["churn"]["best"]["candidate"], "logistic (tuned)");
    assert_eq!(end.sweeps.values().map(|sweep| &sweep["progress"]).collect::<Vec<_>>(), ["2/2"]);
    assert_eq!(end.trials.values().sum::<usize>(), 2, "{:#?}", end.trials);
    let one_each = |texts: &[&str]| texts.iter().map(|text| ((*text).to_owned(), 1)).collect();
    let runs =
        ["candidate logistic", "candidate logistic (tuned)", "evaluation", "pipeline", "summary", "sweep"];
    let mut expected: std::collections::BTreeMap<String, usize> =
        one_each(&runs.map(|run| format!("run 1 {run} finished")).each_ref().map(String::as_str));
    expected.insert("run 1 trial finished".to_owned(), 2);
    assert_eq!(end.runs, expected);
    let steps = ["Evaluate", "Train/logistic", "Train/logistic (tuned)", "Validate"];
    assert_eq!(end.work, steps.map(|step| format!("run 1 {step}")));
    assert_eq!(end.active_jobs, 0);
}

#[tokio::test]
async fn a_sweep_that_a_dead_leader_made_for_an_earlier_run_is_taken_away_though_nothing_is_tuned_any_more() {
    let mut world = World::new();
    world.run_sample().await;
    world.with(|state| {
        let pipeline = state.cluster.get(&Id::new("trainingpipelines", "ml", "churn")).unwrap().clone();
        let mut late = sample::sweep("late");
        late["metadata"] = json!({
            "name": "late", "namespace": "ml",
            "labels": {"podium.dev/owner-uid": pipeline["metadata"]["uid"], "podium.dev/run": "earlier"},
            "annotations": {"podium.dev/owner-name": "churn"},
            "ownerReferences": [{
                "apiVersion": "podium.dev/v1alpha1", "kind": "TrainingPipeline", "name": "churn",
                "uid": pipeline["metadata"]["uid"], "controller": true,
            }],
        });
        state.cluster.create(&Id::new("hyperparametersweeps", "ml", "late"), late, state.now).unwrap();
    });
    world.settle().await;
    let end = world.with(|state| Ending::of(state));
    assert_eq!((end.sweeps.len(), end.active_jobs), (0, 0));
}

#[test]
fn a_crash_before_any_write_of_a_tuned_pipeline_changes_nothing() {
    same_end(&LIFE, Fault::CrashBefore);
}

#[test]
fn a_crash_after_any_write_of_a_tuned_pipeline_changes_nothing() {
    same_end(&LIFE, Fault::CrashAfter);
}

#[test]
fn a_refusal_of_any_write_of_a_tuned_pipeline_changes_nothing() {
    same_end(&LIFE, Fault::Refused);
}

#[test]
fn a_lost_answer_to_any_write_of_a_tuned_pipeline_changes_nothing() {
    same_end(&LIFE, Fault::AnswerLost);
}

#[test]
fn a_conflict_at_any_write_of_a_tuned_pipeline_changes_nothing() {
    same_end(&LIFE, Fault::Conflict);
}

#[test]
fn a_delay_of_any_write_of_a_tuned_pipeline_changes_nothing() {
    same_end(&LIFE, Fault::Delayed);
}

#[test]
fn a_late_write_of_a_dead_leader_of_a_tuned_pipeline_changes_nothing() {
    same_end(&LIFE, Fault::Late);
}
