//! What is counted and shown of objects over a whole life, whoever dies meanwhile.

use std::collections::BTreeMap;

use podium::telemetry::Metrics;

use super::every_write::ACTS;
use super::sweeps;
use crate::api_server::Id;
use crate::injector::Fault;
use crate::world::World;

type Values = BTreeMap<String, f64>;

/// Series by name and labels.
fn values(metrics: &Metrics) -> Values {
    let text = metrics.encode();
    let samples = text.lines().filter(|line| line.contains('{') && !line.starts_with('#'));
    samples
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(series, value)| (series.to_owned(), value.parse().unwrap()))
        .collect()
}

/// What all processes counted together of runs, attempts and decisions.
fn counted(world: &World) -> Values {
    let stems = [
        "podium_pipeline_runs",
        "podium_pipeline_failed",
        "podium_promotion",
        "podium_rollbacks",
        "podium_sweep_runs",
        "podium_sweep_ended",
    ];
    let mut sums = Values::new();
    for (series, value) in world.metrics.iter().flat_map(values) {
        if stems.iter().any(|stem| series.starts_with(stem)) {
            *sums.entry(series).or_default() += value;
        }
    }
    sums.retain(|_, value| *value != 0.0);
    sums
}

/// Gauges that the living process shows, without times, which a fault moves.
fn shown(world: &World) -> Values {
    let stems = [
        "podium_resource_",
        "podium_gate_",
        "podium_model_alias",
        "podium_pipeline_candidates",
        "podium_sweep_trials",
        "podium_sweep_max",
        "podium_sweep_best",
    ];
    let all = values(world.metrics.last().unwrap()).into_iter();
    all.filter(|(series, _)| stems.iter().any(|stem| series.starts_with(stem))).collect()
}

async fn life(fault: Option<(usize, Fault)>) -> World {
    let mut world = World::new();
    world.with(|state| state.injector.planned = fault);
    world.play(&ACTS).await;
    world
}

#[tokio::test]
async fn a_whole_life_is_counted_once_and_a_restarted_operator_shows_its_end_again() {
    let mut world = life(None).await;
    let expected = [
        (r#"podium_pipeline_runs_total{namespace="ml",name="churn",outcome="Succeeded"}"#, 2.0),
        (
            r#"podium_promotion_decisions_total{namespace="ml",model="churn",decision="Promote",reason="AllGatesPassed"}"#,
            2.0,
        ),
        (
            r#"podium_promotion_decisions_total{namespace="ml",model="churn",decision="Rollback",reason="Requested"}"#,
            1.0,
        ),
        (r#"podium_rollbacks_total{namespace="ml",model="churn"}"#, 1.0),
    ];
    assert_eq!(counted(&world), expected.map(|(series, count)| (series.to_owned(), count)).into());
    let before = shown(&world);
    assert_eq!(before[r#"podium_model_alias_version{namespace="ml",model="churn",alias="champion"}"#], 1.0);
    world.restart();
    world.settle().await;
    assert_eq!(shown(&world), before);
    assert_eq!(counted(&world), expected.map(|(series, count)| (series.to_owned(), count)).into());
}

#[tokio::test]
async fn an_operator_that_dies_counts_nothing_twice_and_the_next_shows_the_same() {
    let faultless = life(None).await;
    let (most, expected, writes) = (counted(&faultless), shown(&faultless), faultless.writes().len());
    for number in (0..writes).step_by(17) {
        let world = life(Some((number, Fault::CrashAfter))).await;
        assert_eq!(world.metrics.len(), 2, "nobody died at write {number}");
        for (series, count) in counted(&world) {
            assert!(
                count <= most.get(&series).copied().unwrap_or(0.0),
                "{series} is {count}, died after {number}"
            );
        }
        assert_eq!(shown(&world), expected, "died after write {number}");
    }
}

#[tokio::test]
async fn an_object_that_is_deleted_is_not_shown_any_more() {
    let mut world = World::new();
    world.run_sample().await;
    let of_pipeline =
        |world: &World| shown(world).keys().filter(|series| series.contains("TrainingPipeline")).count();
    assert!(of_pipeline(&world) > 0);
    world.with(|state| state.cluster.remove(&Id::new("trainingpipelines", "ml", "churn")));
    world.settle().await;
    assert_eq!(of_pipeline(&world), 0);
}

async fn life_of_a_sweep(fault: Option<(usize, Fault)>) -> World {
    let mut world = World::new();
    world.with(|state| state.injector.planned = fault);
    world.play(&sweeps::ACTS).await;
    world
}

#[tokio::test]
async fn a_sweep_is_counted_once_and_a_restarted_operator_shows_its_end_again() {
    let mut world = life_of_a_sweep(None).await;
    let expected: Values = [
        (r#"podium_sweep_runs_total{namespace="ml",name="tune",outcome="Succeeded"}"#.to_owned(), 1.0),
        (r#"podium_sweep_ended_trials_total{namespace="ml",name="tune",state="Complete"}"#.to_owned(), 4.0),
    ]
    .into();
    assert_eq!(counted(&world), expected);
    let before = shown(&world);
    assert_eq!(before[r#"podium_sweep_trials{namespace="ml",name="tune",state="Complete"}"#], 4.0);
    world.restart();
    world.settle().await;
    assert_eq!(shown(&world), before);
    assert_eq!(counted(&world), expected);
    world.with(|state| state.cluster.remove(&Id::new("hyperparametersweeps", "ml", "tune")));
    world.settle().await;
    assert_eq!(shown(&world), Values::new());
}

#[tokio::test]
async fn an_operator_that_dies_counts_no_trial_twice_and_the_next_shows_the_same_of_a_sweep() {
    let faultless = life_of_a_sweep(None).await;
    let (most, expected, writes) = (counted(&faultless), shown(&faultless), faultless.writes().len());
    for number in (0..writes).step_by(17) {
        let world = life_of_a_sweep(Some((number, Fault::CrashAfter))).await;
        for (series, count) in counted(&world) {
            let most = most.get(&series).copied().unwrap_or(0.0);
            assert!(count <= most, "{series} is {count}, died after {number}");
        }
        assert_eq!(shown(&world), expected, "died after write {number}");
    }
}
