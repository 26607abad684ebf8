//! A trial's curve stands in MLflow while the trial goes on.

use super::*;
use crate::api::conditions::reasons;
use crate::plan::Trouble;

type Point = (i64, f64);

/// What is shown of a trial at a second, taken by MLflow or not: its run, whether its parameters are among it, and its steps.
fn shown(
    office: &mut Office,
    number: i64,
    second: i64,
    is_taken: bool,
) -> Option<(String, usize, Vec<Point>)> {
    let showing = office.desk.show(number, at(second))?;
    assert_eq!(office.desk.show(number, at(second + 1000)), None, "it is being shown");
    office.desk.shown(&showing, is_taken);
    let Effect::LogTrial { run_id, params, metrics } = showing.effect else { panic!("{showing:?}") };
    assert!(metrics.iter().all(|point| (point.key.as_str(), point.timestamp_ms) == ("cv_loss", 1)));
    let points = metrics.iter().map(|point| (point.step, point.value.0)).collect();
    Some((run_id, params.len(), points))
}

fn run(points: &[Point]) -> Option<(String, usize, Vec<Point>)> {
    Some(("r00-0".to_owned(), 1, points.to_vec()))
}

#[test]
fn a_trial_is_shown_after_15_seconds_and_each_15_seconds_where_there_is_something_new() {
    let mut office = Office::new(sweep(|_| {}));
    let trial = office.given("w1");
    office.report("w1", trial, &[(2, 0.5), (1, 0.9)]).unwrap();
    assert_eq!(shown(&mut office, 0, 14, true), None);
    assert_eq!(shown(&mut office, 0, 15, true), run(&[(1, 0.9), (2, 0.5)]));
    assert_eq!(shown(&mut office, 0, 60, true), None, "there is nothing new");
    office.report("w1", trial, &[(1, 0.9), (3, 0.4)]).unwrap();
    assert_eq!(shown(&mut office, 0, 29, true), None);
    assert_eq!(shown(&mut office, 0, 30, true), run(&[(3, 0.4)]));
}

#[test]
fn the_parameters_of_a_trial_that_reports_nothing_are_shown_once() {
    let mut office = Office::new(sweep(|_| {}));
    office.given("w1");
    assert_eq!(shown(&mut office, 0, 20, true), run(&[]));
    assert_eq!(shown(&mut office, 0, 40, true), None);
}

#[test]
fn what_mlflow_did_not_take_is_shown_again_with_what_came_since() {
    let mut office = Office::new(sweep(|_| {}));
    let trial = office.given("w1");
    office.report("w1", trial, &[(1, 0.9)]).unwrap();
    assert_eq!(shown(&mut office, 0, 15, false), run(&[(1, 0.9)]));
    office.report("w1", trial, &[(2, 0.8)]).unwrap();
    assert_eq!(shown(&mut office, 0, 30, true), run(&[(1, 0.9), (2, 0.8)]));
}

#[test]
fn what_came_while_a_trial_was_being_shown_is_shown_next() {
    let mut office = Office::new(sweep(|_| {}));
    let trial = office.given("w1");
    office.report("w1", trial, &[(1, 0.9)]).unwrap();
    let showing = office.desk.show(0, at(15)).unwrap();
    office.report("w1", trial, &[(2, 0.8)]).unwrap();
    office.desk.shown(&showing, true);
    assert_eq!(shown(&mut office, 0, 30, true), run(&[(2, 0.8)]));
}

#[test]
fn the_end_of_a_trial_writes_all_that_it_reported_whatever_was_shown() {
    let mut office = Office::new(sweep(|_| {}));
    let trial = office.given("w1");
    office.report("w1", trial, &[(1, 0.9)]).unwrap();
    let showing = office.desk.show(0, at(15)).unwrap();
    let Turn::Write(end) = office.desk.tell("w1", &tell(trial, complete(0.4), &[(2, 0.4)]), at(16)).unwrap()
    else {
        panic!("no write")
    };
    let Effect::EndTrial { metrics, .. } = &end.effect else { panic!("{end:?}") };
    let curve = metrics.iter().filter(|point| point.key == "cv_loss");
    assert_eq!(curve.map(|point| (point.step, point.value.0)).collect::<Vec<_>>(), [(1, 0.9), (2, 0.4)]);
    // Whichever of the two MLflow answers first.
    office.carry_out(&end);
    office.desk.shown(&showing, true);
    assert_eq!(shown(&mut office, 0, 100, true), None, "it has ended");
}

#[test]
fn a_run_that_takes_the_place_of_a_deleted_one_gets_all_of_the_curve() {
    let mut office = Office::new(sweep(|_| {}));
    let trial = office.given("w1");
    office.report("w1", trial, &[(1, 0.9)]).unwrap();
    let showing = office.desk.show(0, at(15)).unwrap();
    office.desk.run_is_gone(0, "r00-0");
    office.runs.remove("r00-0");
    office.desk.shown(&showing, true);
    office.now = 20;
    let again = office.given("w1");
    assert_eq!(again, (0, 2));
    assert_eq!(shown(&mut office, 0, 30, true), None, "it is another attempt");
    assert_eq!(shown(&mut office, 0, 35, true), run(&[(1, 0.9)]));
}

#[test]
fn a_new_leader_shows_what_a_worker_repeats() {
    let mut office = Office::new(sweep(|_| {}));
    let trial = office.given("w1");
    office.report("w1", trial, &[(1, 0.9)]).unwrap();
    assert_eq!(shown(&mut office, 0, 15, true), run(&[(1, 0.9)]));
    office.now = 20;
    office.take_over();
    office.report("w1", trial, &[(1, 0.9), (2, 0.8)]).unwrap();
    assert_eq!(shown(&mut office, 0, 34, true), None);
    assert_eq!(shown(&mut office, 0, 35, true), run(&[(1, 0.9), (2, 0.8)]));
}

#[test]
fn what_was_shown_of_a_trial_is_no_value_of_it_when_it_fails_under_another_leader() {
    let mut office = Office::new(sweep(|_| {}));
    let trial = office.given("w1");
    office.report("w1", trial, &[(1, 0.9)]).unwrap();
    let showing = office.desk.show(0, at(15)).unwrap();
    office.write_down(&showing.effect);
    office.take_over();
    for attempt in 1..=3 {
        let loss = Loss { worker: "w1".into(), trial: None, why: "it is gone".into(), counts: true };
        let Some(end) = office.desk.lose(&loss, at(20)) else {
            assert_eq!(office.given("w1"), (0, attempt + 1));
            continue;
        };
        let Effect::EndTrial { metrics, .. } = &end.effect else { panic!("{end:?}") };
        assert_eq!((attempt, metrics.as_slice()), (3, &[][..]));
    }
}

#[test]
fn nothing_is_shown_while_mlflow_is_away_or_the_sweep_is_suspended() {
    let mut office = Office::new(sweep(|_| {}));
    office.given("w1");
    let trouble = Trouble { reason: reasons::TRACKING_UNREACHABLE, message: "refused".to_owned() };
    office.desk.unheard(&trouble, at(20));
    assert_eq!(shown(&mut office, 0, 30, true), None);
    office.desk.heard(at(40));
    let limits = office.plan.plan.limits.clone();
    let clock = Clock { started_at: at(0), suspended: Duration::ZERO };
    office.desk.adjust(&limits, 2, clock, false);
    assert_eq!(shown(&mut office, 0, 50, true), None);
    office.desk.adjust(&limits, 2, clock, true);
    assert_eq!(shown(&mut office, 0, 60, true), run(&[]));
}

#[test]
fn of_many_workers_four_trials_a_second_are_shown_at_the_most() {
    let mut office = Office::new(sweep(|spec| {
        spec["maxTrials"] = json!(200);
        spec["parallelism"] = json!(200);
    }));
    for worker in 0..200 {
        office.given(&format!("w{worker}"));
    }
    assert_eq!(shown(&mut office, 0, 49, true), None);
    assert_eq!(shown(&mut office, 0, 50, true), run(&[]));
}
