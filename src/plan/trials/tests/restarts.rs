use super::*;

/// Numbers and parameters of a sweep of one worker that is never disturbed.
fn undisturbed() -> Vec<(i64, Value)> {
    let mut office = Office::new(sweep(|_| {}));
    for _ in 0..6 {
        let trial = office.given("w1");
        office.tell("w1", trial, complete(trial.0 as f64)).unwrap();
    }
    office.parameters()
}

#[test]
fn a_new_leader_after_each_single_write_gives_the_trials_that_would_have_come() {
    for dies_at in 0..12 {
        let mut office = Office::new(sweep(|_| {}));
        let mut writes = 0;
        let mut told = 0;
        while told < 6 {
            let turn = office.desk.ask("w1", &call(None), at(office.now)).unwrap();
            if let Turn::Write(give) = turn {
                writes += 1;
                if writes == dies_at + 1 {
                    office.write_down(&give.effect);
                    assert_eq!(office.take_over(), Strays::default());
                } else {
                    office.carry_out(&give);
                }
            }
            let trial = office.given("w1");
            let Turn::Write(end) =
                office.desk.tell("w1", &tell(trial, complete(trial.0 as f64), &[]), at(0)).unwrap()
            else {
                panic!("no write")
            };
            writes += 1;
            if writes == dies_at + 1 {
                office.write_down(&end.effect);
                office.take_over();
                assert_eq!(office.tell("w1", trial, complete(9.0)), Ok(Told::Repeated));
            } else {
                office.carry_out(&end);
            }
            told += 1;
        }
        assert_eq!(office.parameters(), undisturbed(), "dies at write {dies_at}");
        assert_eq!(office.desk.view(at(0)).counts.complete, 6);
    }
}

#[test]
fn whoever_had_a_trial_still_has_it_after_a_take_over_and_others_get_the_next() {
    let mut office = Office::new(sweep(|_| {}));
    let (one, two) = (office.given("w1"), office.given("w2"));
    office.take_over();
    assert_eq!((office.given("w2"), office.given("w1")), (two, one));
    assert_eq!(office.report("w1", one, &[(1, 0.5)]), Ok(Reported::Continue));
    assert_eq!(office.runs.len(), 2);
}

#[test]
fn what_came_late_of_a_dead_leader_is_a_stray_and_what_ended_counts() {
    let mut office = Office::new(sweep(|_| {}));
    let Turn::Write(late) = office.desk.ask("w1", &call(None), at(0)).unwrap() else { panic!("no write") };
    office.take_over();
    let trial = office.given("w1");
    assert_eq!(trial, (0, 1));
    office.tell("w1", trial, complete(0.25)).unwrap();
    office.write_down(&late.effect);
    let strays = office.take_over();
    assert_eq!(strays.runs, ["r00-1"]);
    assert_eq!(office.desk.view(at(0)).counts.complete, 1);
}

#[test]
fn a_trial_that_somebody_closed_in_mlflow_is_opened_and_given_again() {
    let mut office = Office::new(sweep(|_| {}));
    office.given("w1");
    office.runs.values_mut().for_each(|run| run.state = RunState::Killed);
    office.take_over();
    assert_eq!(office.given("w2"), (0, 2));
    assert_eq!(office.runs["r00-0"].state, RunState::Open);
}

#[test]
fn failures_stops_and_reports_are_taken_up_as_they_were() {
    let asha = |spec: &mut Value| spec["earlyStopping"] = json!({"algorithm": "ASHA", "minSteps": 1});
    let mut office = Office::new(sweep(asha));
    let (one, two) = (office.given("w1"), office.given("w2"));
    assert_eq!(office.report("w1", one, &[(1, 0.1)]), Ok(Reported::Continue));
    assert_eq!(office.report("w2", two, &[(1, 0.9)]), Ok(Reported::Stop));
    office.tell("w2", two, TrialEnd::Stopped).unwrap();
    office.tell("w1", one, complete(0.1)).unwrap();
    let three = office.given("w1");
    office.tell("w1", three, TrialEnd::Failed { message: "exit code 3".into() }).unwrap();
    let before = office.desk.view(at(0));
    office.take_over();
    assert_eq!(office.desk.view(at(0)), before);
    assert_eq!(office.desk.sweep().last_report(two.0), Some((1, 0.9)));
    assert!(office.desk.sweep().cut(two.0).is_some());
    assert_eq!(office.desk.sweep().failure(three.0).unwrap().to_string(), "exit code 3");
}

#[test]
fn numbers_that_are_no_numbers_are_taken_up_too() {
    let mut office = Office::new(sweep(|_| {}));
    let trial = office.given("w1");
    office.report("w1", trial, &[(1, f64::NAN), (2, f64::INFINITY)]).unwrap();
    office.tell("w1", trial, complete(f64::NEG_INFINITY)).unwrap();
    office.take_over();
    assert_eq!(office.desk.view(at(0)).counts.failed, 1);
    assert_eq!(office.desk.sweep().last_report(0), Some((2, f64::INFINITY)));
}

#[test]
fn a_result_whose_run_was_not_closed_any_more_counts_and_is_closed_as_it_ended() {
    let mut office = Office::new(sweep(|_| {}));
    let (one, two) = (office.given("w1"), office.given("w2"));
    office.tell("w1", one, complete(0.5)).unwrap();
    office.tell("w2", two, TrialEnd::Failed { message: "exit code 1".into() }).unwrap();
    office.runs.values_mut().for_each(|run| run.state = RunState::Open);
    let strays = office.take_over();
    let ended = |run: &str, end| (run.to_owned(), end);
    use crate::plan::CloseAs;
    assert_eq!(strays.unclosed, [ended("r00-0", CloseAs::Finished), ended("r01-1", CloseAs::Failed)]);
    let view = office.desk.view(at(0));
    assert_eq!((view.counts.complete, view.counts.failed, view.open_runs.len()), (1, 1, 0));
}

#[test]
fn the_data_of_the_first_worker_and_the_losses_of_a_trial_outlive_their_leader() {
    let mut office = Office::new(sweep(|_| {}));
    let Turn::Write(give) = office.desk.ask("w1", &call(Some("a")), at(0)).unwrap() else {
        panic!("no write")
    };
    office.carry_out(&give);
    for worker in ["w1", "w2"] {
        let loss = Loss { worker: worker.into(), trial: None, why: "it crashed".into(), counts: true };
        assert_eq!(office.desk.lose(&loss, at(0)), None);
        office.given(if worker == "w1" { "w2" } else { "w3" });
        office.take_over();
    }
    let refused = office.desk.ask("w4", &call(Some("b")), at(0));
    assert!(matches!(refused, Err(Refusal::DataChanged(_))), "{refused:?}");
    let loss = Loss { worker: "w3".into(), trial: None, why: "it crashed".into(), counts: true };
    assert!(office.desk.lose(&loss, at(0)).is_some(), "the third loss is one too many");
}

#[test]
fn a_creation_of_unknown_outcome_that_is_found_is_renewed_for_who_has_the_trial_now() {
    let mut office = Office::new(sweep(|_| {}));
    let Turn::Write(lost) = office.desk.ask("w1", &call(None), at(0)).unwrap() else { panic!("no write") };
    let run_id = office.write_down(&lost.effect).unwrap();
    assert_eq!(lost.renewal(&run_id), None, "that one was created");
    office.desk.not_written(&lost);
    let Turn::Write(give) = office.desk.ask("w2", &call(None), at(0)).unwrap() else { panic!("no write") };
    let found = office.write_down(&give.effect);
    office.write_down(&give.renewal(&run_id).unwrap());
    office.desk.written(&give, found);
    let trial = office.given("w2");
    office.take_over();
    assert_eq!(office.given("w2"), trial);
    assert_eq!(office.tell("w2", trial, complete(0.5)), Ok(Told::Accepted));
}

#[test]
fn stated_trials_come_first_and_once_whoever_leads_and_the_search_follows() {
    let stated = |spec: &mut Value| {
        spec["warmStart"] = json!({"trials": [{"parameters": {"x": 0.25}}, {"parameters": {"x": 0.75}}]});
    };
    let parameters = |takes_over_at: Option<i64>| {
        let mut office = Office::new(sweep(stated));
        for number in 0..6 {
            let trial = office.given("w1");
            assert_eq!(trial.0, number);
            if takes_over_at == Some(number) {
                office.take_over();
                assert_eq!(office.given("w1"), trial);
            }
            office.tell("w1", trial, complete(0.5)).unwrap();
            if takes_over_at == Some(number) {
                office.take_over();
            }
        }
        office.parameters()
    };
    let undisturbed = parameters(None);
    let first: Vec<_> = undisturbed.iter().take(2).map(|(_, x)| x.clone()).collect();
    assert_eq!(first, [json!(0.25), json!(0.75)]);
    for number in 0..6 {
        assert_eq!(parameters(Some(number)), undisturbed, "taken over at {number}");
    }
}
