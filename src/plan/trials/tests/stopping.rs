use super::*;

fn asha(spec: &mut Value) {
    spec["earlyStopping"] = json!({"algorithm": "ASHA", "minSteps": 1, "reductionFactor": 2});
}

#[test]
fn a_trial_that_is_behind_is_told_to_stop_at_each_report_until_it_ends() {
    let mut office = Office::new(sweep(asha));
    let (one, two) = (office.given("w1"), office.given("w2"));
    assert_eq!(office.report("w1", one, &[(1, 0.1)]), Ok(Reported::Continue));
    assert_eq!(office.report("w2", two, &[(1, 0.9)]), Ok(Reported::Stop));
    assert_eq!(office.report("w2", two, &[]), Ok(Reported::Stop), "a heartbeat hears it too");
    assert_eq!(office.tell("w2", two, TrialEnd::Stopped), Ok(Told::Accepted));
    let view = office.desk.view(at(0));
    assert_eq!((view.counts.stopped, view.counts.complete), (1, 0));
    assert_eq!(office.runs[&view.open_runs[0]].state, RunState::Open);
}

/// A median rule with its defaults, and more of the objective is better or less.
fn median(goal: &'static str) -> impl Fn(&mut Value) {
    move |spec| {
        spec["objective"]["goal"] = json!(goal);
        spec["earlyStopping"] = json!({"algorithm": "Median"});
    }
}

#[test]
fn behind_the_median_of_three_complete_trials_a_trial_stops_from_its_fourth_step_on_under_any_leader() {
    for (goal, good, bad) in [("Minimize", 0.2, 0.9), ("Maximize", 0.9, 0.2)] {
        for takes_over in [false, true] {
            let mut office = Office::new(sweep(median(goal)));
            let curve = |value: f64| (1..=4).map(|step| (step, value)).collect::<Vec<_>>();
            for _ in 0..3 {
                let trial = office.given("w1");
                assert_eq!(office.report("w1", trial, &curve(bad)), Ok(Reported::Continue), "too few ended");
                let ended = office.tell("w1", trial, complete((good + bad) / 2.0));
                assert_eq!(ended, Ok(Told::Accepted));
            }
            let (one, two) = (office.given("w1"), office.given("w2"));
            if takes_over {
                office.take_over();
            }
            let worse = 2.0 * bad - good;
            assert_eq!(office.report("w1", one, &curve(worse)[..3]), Ok(Reported::Continue), "{goal}");
            assert_eq!(office.report("w1", one, &curve(worse)), Ok(Reported::Stop), "{goal} {takes_over}");
            assert_eq!(office.report("w2", two, &curve(good)), Ok(Reported::Continue), "{goal}");
        }
    }
}

#[test]
fn of_two_reports_of_one_step_the_first_counts_and_their_order_does_not() {
    let mut office = Office::new(sweep(|_| {}));
    let trial = office.given("w1");
    office.report("w1", trial, &[(2, 0.5)]).unwrap();
    office.report("w1", trial, &[(1, 0.9), (2, 0.0)]).unwrap();
    let Turn::Write(end) =
        office.desk.tell("w1", &tell(trial, complete(0.4), &[(2, 0.1), (3, 0.4)]), at(0)).unwrap()
    else {
        panic!("no write")
    };
    let Effect::EndTrial { metrics, .. } = &end.effect else { panic!("{end:?}") };
    let points: Vec<_> = metrics.iter().map(|point| (point.step, point.value.0)).take(3).collect();
    assert_eq!(points, [(1, 0.9), (2, 0.5), (3, 0.4)]);
}

#[test]
fn a_report_after_the_end_changes_nothing() {
    let mut office = Office::new(sweep(asha));
    let trial = office.given("w1");
    office.tell("w1", trial, complete(0.5)).unwrap();
    assert_eq!(office.report("w1", trial, &[(1, 9.0)]), Ok(Reported::Continue));
    assert_eq!(office.desk.sweep().last_report(trial.0), None);
}

#[test]
fn a_suspended_sweep_gives_nothing_and_drops_what_runs() {
    let mut office = Office::new(sweep(|_| {}));
    let trial = office.given("w1");
    let limits = office.plan.plan.limits.clone();
    let clock = Clock { started_at: at(0), suspended: Duration::ZERO };
    office.desk.adjust(&limits, 2, clock, false);
    assert_eq!(office.report("w1", trial, &[]), Ok(Reported::Drop));
    assert!(matches!(office.ask("w2"), Asked::Leave { .. }));
    // What was finished in the meantime is not lost.
    assert_eq!(office.tell("w1", trial, complete(0.5)), Ok(Told::Accepted));
}

#[test]
fn a_report_keeps_so_many_steps_and_no_more() {
    let mut office = Office::new(sweep(|_| {}));
    let trial = office.given("w1");
    // The longest that a step and a value can be.
    let last = i64::MAX - podium_contract::MOST_STEPS as i64 - 5;
    let many: Vec<(i64, f64)> = (0..podium_contract::MOST_STEPS as i64 + 5)
        .map(|step| (last + step, -1.234_567_890_123_456_7e-300))
        .collect();
    office.report("w1", trial, &many).unwrap();
    let Turn::Write(end) = office.desk.tell("w1", &tell(trial, complete(0.5), &[]), at(0)).unwrap() else {
        panic!("no write")
    };
    let Effect::EndTrial { tags, .. } = &end.effect else { panic!("{end:?}") };
    assert!(tags.len() <= 100 && tags.values().all(|text| text.len() <= 8_000), "{}", tags.len());
    let podium_contract::TrialResult { attempt, .. } =
        serde_json::from_str(&tags[podium_contract::TRIAL_RESULT_TAG]).unwrap();
    assert_eq!(attempt, 1);
}

#[test]
fn an_end_that_would_not_fit_its_tag_is_cut_where_it_stays_readable() {
    let names: Vec<String> = (0..5_000).map(|number| format!("{}{number}", "ü".repeat(200))).collect();
    for end in [TrialEnd::NoObjective { logged: names }, TrialEnd::Failed { message: "ü".repeat(50_000) }] {
        let mut office = Office::new(sweep(|_| {}));
        let trial = office.given("w1");
        office.tell("w1", trial, end).unwrap();
        let text = &office.runs["r00-0"].tags[podium_contract::TRIAL_RESULT_TAG];
        assert!(text.chars().count() < 8_000, "{}", text.chars().count());
        office.take_over();
        assert_eq!(office.desk.view(at(0)).counts.failed, 1);
    }
}
