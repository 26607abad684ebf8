mod median;
mod stated;

use std::time::Duration;

use podium_search::stop::{Asha, Patience};
use podium_search::{Algorithm, Finished, Goal, Outcome, Parameter, Settings, Space, TellError, Told};
use proptest::prelude::*;

use super::*;

fn plan(limits: Limits) -> Plan {
    Plan {
        space: Space::new(vec![Parameter::double("x", 0.0, 1.0), Parameter::int("n", 1, 100)]).unwrap(),
        settings: Settings::minimize().algorithm(Algorithm::Random).seed(3),
        metric: "loss".into(),
        limits,
        stopping: EarlyStopping::default(),
        first: Vec::new(),
    }
}

fn sweep(limits: Limits) -> Sweep {
    Sweep::new(plan(limits)).unwrap()
}

fn start(sweep: &mut Sweep) -> Trial {
    match sweep.next_action(Duration::ZERO) {
        Action::Start(trial) => trial,
        other => panic!("{other:?}"),
    }
}

fn next(sweep: &mut Sweep) -> Action {
    sweep.next_action(Duration::ZERO)
}

fn broken() -> End {
    End::Failed(Failure::Broken("exit code 1".into()))
}

fn without(metrics: &[&str]) -> End {
    End::Failed(Failure::NoObjective { logged: metrics.iter().map(|name| (*name).to_owned()).collect() })
}

#[test]
fn so_many_trials_run_at_once_and_so_many_in_all() {
    let mut sweep = sweep(Limits::trials(3, 2));
    let first = start(&mut sweep);
    start(&mut sweep);
    assert_eq!(next(&mut sweep), Action::Wait);
    sweep.tell(first.number, End::Complete(1.0)).unwrap();
    assert_eq!(start(&mut sweep).number, 2);
    sweep.tell(1, End::Complete(2.0)).unwrap();
    assert_eq!(next(&mut sweep), Action::Wait, "the last one runs still");
    sweep.tell(2, End::Complete(3.0)).unwrap();
    assert_eq!(next(&mut sweep), Action::End(Ending::Done { trials: 3 }));
}

#[test]
fn what_earlier_sweeps_found_teaches_and_is_none_of_the_sweep_s_own() {
    let limits = Limits { target: Some(0.5), max_failed_trials: Some(0), ..Limits::trials(2, 1) };
    let patience =
        EarlyStopping { patience: Some(Patience::new(1, 0.0).unwrap()), ..EarlyStopping::default() };
    let mut sweep = Sweep::new(Plan { stopping: patience, ..plan(limits) }).unwrap();
    let point = |x: f64| Map::from_iter([("x".to_owned(), Value::from(x)), ("n".to_owned(), Value::from(1))]);
    let earlier = [(0.1, Outcome::Complete(0.0)), (0.2, Outcome::Failed), (7.0, Outcome::Complete(0.0))]
        .map(|(x, outcome)| Finished { point: point(x), outcome });
    let learned = sweep.learn(&earlier);
    assert_eq!((learned.taken, learned.dropped.len()), (2, 1));
    assert_eq!((sweep.counts(), sweep.trials().count(), sweep.study().best()), (Counts::default(), 0, None));
    assert_eq!(sweep.ending(Duration::ZERO), None);
    assert_eq!(start(&mut sweep).number, 0);
    sweep.tell(0, End::Complete(1.0)).unwrap();
    assert_eq!(sweep.ending(Duration::ZERO), None, "patience does not look at what others found");
    assert_eq!(sweep.study().best().map(|best| best.number), Some(0));
}

#[test]
fn parallelism_can_change_on_the_way() {
    let mut sweep = sweep(Limits::trials(10, 1));
    start(&mut sweep);
    assert_eq!(next(&mut sweep), Action::Wait);
    sweep.set_limits(Limits::trials(sweep.limits().max_trials, 2));
    start(&mut sweep);
    sweep.set_limits(Limits::trials(sweep.limits().max_trials, 1));
    sweep.tell(0, End::Complete(1.0)).unwrap();
    assert_eq!(next(&mut sweep), Action::Wait);
}

#[test]
fn a_lost_trial_is_given_out_again_before_any_new_one_with_the_same_parameters() {
    let mut sweep = sweep(Limits::trials(10, 3));
    let trials = [start(&mut sweep), start(&mut sweep)];
    sweep.lost(0);
    sweep.lost(7);
    assert_eq!(start(&mut sweep), trials[0]);
    assert_eq!(start(&mut sweep).number, 2);
    sweep.tell(0, End::Complete(1.0)).unwrap();
    sweep.lost(0);
    assert_eq!(start(&mut sweep).number, 3, "it ended: nothing is to be repeated");
}

#[test]
fn the_first_result_counts_and_repeats_change_nothing() {
    let mut sweep = sweep(Limits::trials(10, 1));
    start(&mut sweep);
    assert_eq!(sweep.tell(0, End::Complete(1.0)), Ok(Told::Accepted));
    assert_eq!(sweep.tell(0, End::Complete(1.0)), Ok(Told::Repeated));
    let refused =
        TellError::Contradiction { number: 0, first: Outcome::Complete(1.0), second: Outcome::Failed };
    assert_eq!(sweep.tell(0, broken()), Err(refused));
    assert_eq!(sweep.failure(0), None);
    assert_eq!(sweep.tell(5, broken()), Err(TellError::Unknown { number: 5 }));
    assert_eq!(sweep.report(0, 1, 0.5), Ok(Reported::Ended));
    assert_eq!(sweep.report(5, 1, 0.5), Err(TellError::Unknown { number: 5 }));
    assert_eq!(sweep.counts(), Counts { complete: 1, ..Counts::default() });
}

#[test]
fn nan_is_a_failure_that_says_so() {
    let mut sweep = sweep(Limits::trials(10, 1));
    start(&mut sweep);
    sweep.tell(0, End::Complete(f64::NAN)).unwrap();
    assert_eq!(sweep.failure(0), Some(&Failure::NotFinite));
    assert_eq!(sweep.counts(), Counts { failed: 1, ..Counts::default() });
}

#[test]
fn the_target_ends_the_sweep_in_either_direction_and_whatever_still_runs() {
    for (goal, misses, hits) in [(Goal::Minimize, 0.11, 0.1), (Goal::Maximize, 0.09, 0.1)] {
        let mut plan = plan(Limits { target: Some(0.1), ..Limits::trials(10, 2) });
        plan.settings.goal = goal;
        let mut sweep = Sweep::new(plan).unwrap();
        start(&mut sweep);
        start(&mut sweep);
        sweep.tell(0, End::Complete(misses)).unwrap();
        start(&mut sweep);
        sweep.tell(1, End::Complete(hits)).unwrap();
        assert_eq!(next(&mut sweep), Action::End(Ending::TargetReached { number: 1, value: hits }));
        assert_eq!(sweep.running().collect::<Vec<_>>(), [2]);
    }
}

#[test]
fn one_failure_more_than_allowed_ends_the_sweep() {
    let mut sweep = sweep(Limits { max_failed_trials: Some(1), ..Limits::trials(10, 1) });
    start(&mut sweep);
    sweep.tell(0, broken()).unwrap();
    start(&mut sweep);
    sweep.tell(1, broken()).unwrap();
    let Action::End(ending) = next(&mut sweep) else { panic!("it goes on") };
    assert!(ending.is_failure());
    assert_eq!(ending.to_string(), "2 trials failed, 1 are allowed; the last one: exit code 1");
}

#[test]
fn without_a_limit_the_first_ten_all_failing_end_the_sweep_and_one_good_trial_prevents_it() {
    for (is_one_good, ends) in [(false, true), (true, false)] {
        let mut sweep = sweep(Limits::trials(50, 1));
        for number in 0..10 {
            start(&mut sweep);
            let end = if is_one_good && number == 4 { End::Complete(1.0) } else { broken() };
            sweep.tell(number, end).unwrap();
        }
        let expected = Action::End(Ending::AllFailed { failed: 10, last: "exit code 1".into() });
        assert_eq!(next(&mut sweep) == expected, ends);
    }
}

#[test]
fn a_metric_that_no_trial_logs_ends_the_sweep_after_three_with_the_names_that_were_logged() {
    let mut sweep = sweep(Limits::trials(50, 1));
    for (number, logged) in [(0, vec!["acc"]), (1, vec!["acc", "val_loss"]), (2, vec![])] {
        assert!(matches!(next(&mut sweep), Action::Start(_)));
        sweep.tell(number, without(&logged)).unwrap();
    }
    let Action::End(ending) = next(&mut sweep) else { panic!("it goes on") };
    assert_eq!(ending.to_string(), "no trial logged the objective \"loss\"; they logged acc, val_loss");
}

#[test]
fn a_trial_that_reports_the_objective_on_its_way_shows_that_it_is_logged() {
    let mut sweep = sweep(Limits::trials(50, 4));
    for _ in 0..4 {
        start(&mut sweep);
    }
    sweep.report(3, 1, 0.5).unwrap();
    for number in 0..3 {
        sweep.tell(number, without(&[])).unwrap();
    }
    assert!(matches!(next(&mut sweep), Action::Start(_)));
}

#[test]
fn the_time_limit_ends_the_sweep() {
    let mut sweep = sweep(Limits { time_limit: Some(Duration::from_secs(60)), ..Limits::trials(10, 1) });
    start(&mut sweep);
    assert_eq!(sweep.next_action(Duration::from_millis(59_999)), Action::Wait);
    let over = Action::End(Ending::TimeLimit { seconds: 60.0 });
    assert_eq!(sweep.next_action(Duration::from_secs(60)), over);
}

#[test]
fn a_small_space_ends_when_every_point_was_tried() {
    let mut plan = plan(Limits::trials(10, 4));
    plan.space = Space::new(vec![Parameter::int("n", 1, 2)]).unwrap();
    let mut sweep = Sweep::new(plan).unwrap();
    start(&mut sweep);
    start(&mut sweep);
    assert_eq!(next(&mut sweep), Action::Wait);
    sweep.tell(0, End::Complete(1.0)).unwrap();
    assert_eq!(next(&mut sweep), Action::Wait);
    sweep.tell(1, broken()).unwrap();
    assert_eq!(next(&mut sweep), Action::End(Ending::Exhausted { trials: 2 }));
}

#[test]
fn patience_ends_the_sweep_when_no_better_value_comes() {
    let mut plan = plan(Limits::trials(50, 1));
    plan.settings.goal = Goal::Maximize;
    plan.stopping.patience = Some(Patience::new(2, 0.0).unwrap());
    let mut sweep = Sweep::new(plan).unwrap();
    for (number, value) in [(0, 0.5), (1, 0.6), (2, 0.55)] {
        start(&mut sweep);
        sweep.tell(number, End::Complete(value)).unwrap();
    }
    start(&mut sweep);
    sweep.tell(3, End::Complete(0.6)).unwrap();
    assert_eq!(next(&mut sweep), Action::End(Ending::NoImprovement { best: 1, since: 2 }));
}

fn halving() -> Sweep {
    let mut plan = plan(Limits::trials(50, 8));
    plan.settings.goal = Goal::Maximize;
    plan.stopping.rule = Some(Rule::Asha(Asha::new(2, 2).unwrap()));
    let mut sweep = Sweep::new(plan).unwrap();
    for _ in 0..3 {
        start(&mut sweep);
    }
    sweep
}

#[test]
fn a_trial_behind_the_others_is_told_to_stop_until_it_ends_and_counts_as_stopped() {
    let mut sweep = halving();
    assert_eq!(sweep.report(0, 2, 0.9), Ok(Reported::Continue));
    let cut = Cut::Behind { step: 2, value: 0.1, bound: 0.9, among: 2 };
    assert_eq!(sweep.report(1, 2, 0.1), Ok(Reported::Stop(cut)));
    assert_eq!(sweep.report(1, 3, 0.95), Ok(Reported::Stop(cut)));
    sweep.tell(1, End::Stopped).unwrap();
    let outcome = Outcome::Pruned { step: 2, value: 0.1 };
    assert_eq!(sweep.study().trial(1).unwrap().state, State::Finished(outcome));
    assert_eq!(cut.to_string(), "stopped at step 2: 0.1 is behind 0.9, the bound of 2 trials");
    assert_eq!(sweep.report(0, 2, 0.0), Ok(Reported::Continue), "the first report of a step counts");
    assert_eq!(sweep.last_report(0), Some((2, 0.9)));
}

#[test]
fn a_nan_on_the_way_stops_the_trial_as_failed() {
    let mut sweep = halving();
    assert_eq!(sweep.report(0, 1, f64::NAN), Ok(Reported::Stop(Cut::NotFinite { step: 1 })));
    sweep.tell(0, End::Stopped).unwrap();
    assert_eq!(sweep.failure(0), Some(&Failure::NotFinite));
}

/// What is kept of a sweep outside: reports in the order of arrival.
fn records(sweep: &Sweep, reports: &[(i64, i64, f64)]) -> Vec<Record> {
    let record = |trial: &Trial| Record {
        number: trial.number,
        parameters: trial.point.to_json(),
        reports: reports
            .iter()
            .filter(|report| report.0 == trial.number)
            .map(|report| (report.1, report.2))
            .collect(),
        cut: sweep.cut(trial.number).copied(),
        ended: match trial.state {
            State::Pending => None,
            State::Finished(outcome) => {
                Some(Ended { outcome, failure: sweep.failure(trial.number).cloned() })
            }
        },
    };
    sweep.trials().map(record).collect()
}

#[test]
fn a_rebuilt_sweep_runs_what_had_not_ended_and_then_goes_on_as_it_would_have() {
    let mut sweep = halving();
    let reports = [(0, 2, 0.9), (1, 2, 0.1)];
    for (number, step, value) in reports {
        sweep.report(number, step, value).unwrap();
    }
    let mut rebuilt = halving_without_trials();
    let restored = rebuilt.restore(records(&sweep, &reports)).unwrap();
    assert_eq!(restored, Restored { kept: 3, pending: 2, ignored: Vec::new() }, "trial 1 was told to stop");
    sweep.tell(1, End::Stopped).unwrap();
    assert_eq!([start(&mut rebuilt).number, start(&mut rebuilt).number], [0, 2]);
    assert_eq!(next(&mut rebuilt), next(&mut sweep));
    assert_eq!(rebuilt.report(2, 2, 0.5), sweep.report(2, 2, 0.5));
    assert_eq!(rebuilt.counts(), sweep.counts());
}

fn halving_without_trials() -> Sweep {
    let mut plan = plan(Limits::trials(50, 8));
    plan.settings.goal = Goal::Maximize;
    plan.stopping.rule = Some(Rule::Asha(Asha::new(2, 2).unwrap()));
    Sweep::new(plan).unwrap()
}

#[test]
fn trials_of_another_space_keep_their_numbers_and_count_for_nothing() {
    let mut sweep = sweep(Limits::trials(2, 1));
    let old = Record {
        number: 0,
        parameters: serde_json::json!({"y": 1}).as_object().cloned().unwrap(),
        reports: vec![(1, 0.5)],
        cut: None,
        ended: Some(Ended { outcome: Outcome::Failed, failure: Some(Failure::NotFinite) }),
    };
    let restored = sweep.restore(vec![old]).unwrap();
    assert_eq!((restored.kept, restored.ignored.len()), (0, 1));
    assert_eq!(sweep.counts(), Counts::default());
    assert_eq!(start(&mut sweep).number, 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Any course of events, cut anywhere: the rebuilt sweep says the same next.
    #[test]
    fn rebuilding_at_any_moment_changes_nothing(course in prop::collection::vec((0_i64..6, 0_u8..5, 0.0_f64..1.0), 1..60)) {
        let mut sweep = halving_without_trials();
        let mut reports = Vec::new();
        for (number, kind, value) in course {
            match kind {
                0 => { sweep.next_action(Duration::ZERO); }
                1 if sweep.tell(number, End::Complete(value)).is_ok() => {}
                2 if sweep.tell(number, broken()).is_ok() => {}
                _ => {
                    let step = i64::from(kind);
                    let goes_on = sweep.report(number, step, value) == Ok(Reported::Continue);
                    if goes_on || sweep.cut(number).is_some() && sweep.last_report(number) == Some((step, value)) {
                        reports.push((number, step, value));
                    }
                }
            }
        }
        let mut rebuilt = halving_without_trials();
        rebuilt.restore(records(&sweep, &reports)).unwrap();
        // As a restart does: stopped trials are over, the others are given out again.
        let cut: Vec<i64> = sweep.running().filter(|number| sweep.cut(*number).is_some()).collect();
        for number in cut {
            sweep.tell(number, End::Stopped).unwrap();
        }
        let running: Vec<i64> = sweep.running().collect();
        for number in running {
            sweep.lost(number);
        }
        for _ in 0..20 {
            prop_assert_eq!(sweep.next_action(Duration::ZERO), rebuilt.next_action(Duration::ZERO));
        }
        prop_assert_eq!(sweep.counts(), rebuilt.counts());
    }
}
