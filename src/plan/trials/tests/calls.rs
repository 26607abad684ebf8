use podium_contract::{TRIAL_RESULT_TAG, TRIAL_TAG};

use super::*;

#[test]
fn a_trial_stands_in_mlflow_before_it_is_given_and_what_it_came_to_before_that_is_answered() {
    let mut office = Office::new(sweep(|_| {}));
    let Turn::Write(give) = office.desk.ask("w1", &call(None), at(0)).unwrap() else { panic!("no write") };
    let Effect::CreateRun { slot, name, tags, .. } = &give.effect else { panic!("{give:?}") };
    assert_eq!((slot, name.as_str()), (&Slot::Trial(0), "trial 0"));
    assert_eq!(tags["mlflow.parentRunId"], "p");
    let record: podium_contract::TrialRecord = serde_json::from_str(&tags[TRIAL_TAG]).unwrap();
    assert_eq!((record.number, record.attempt, record.worker.as_str()), (0, 1, "w1"));

    let Written::Given(Asked::Trial { number, attempt, run_id, parameters, .. }) = office.carry_out(&give)
    else {
        panic!("nothing given")
    };
    assert_eq!((number, attempt, run_id.as_str(), &parameters), (0, 1, "r00-0", &record.parameters));

    let steps = [(1, 0.9), (2, 0.7)];
    let Turn::Write(end) = office.desk.tell("w1", &tell((0, 1), complete(0.7), &steps), at(3)).unwrap()
    else {
        panic!("no write")
    };
    let Effect::EndTrial { run_id, status, params, metrics, tags, .. } = &end.effect else {
        panic!("{end:?}")
    };
    assert_eq!((run_id.as_str(), *status), ("r00-0", crate::plan::CloseAs::Finished));
    assert_eq!(params["x"], parameters["x"].to_string());
    let points: Vec<_> =
        metrics.iter().map(|point| (point.key.as_str(), point.step, point.value.0)).collect();
    assert_eq!(points, [("cv_loss", 1, 0.9), ("cv_loss", 2, 0.7), ("training_time", 2, 0.25)]);
    assert_eq!(
        tags[TRIAL_RESULT_TAG],
        r#"{"attempt":1,"end":{"kind":"Complete","value":0.7},"seconds":0.5}"#
    );
    assert_eq!(office.desk.view(at(3)).counts.complete, 0, "not before it is written");
    office.carry_out(&end);
    assert_eq!(office.desk.view(at(3)).counts.complete, 1);
}

#[test]
fn a_worker_that_asks_again_has_the_same_trial() {
    let mut office = Office::new(sweep(|_| {}));
    let first = office.ask("w1");
    assert_eq!(office.ask("w1"), first);
    assert_eq!(office.runs.len(), 1);
}

#[test]
fn a_worker_that_asks_while_its_trial_is_being_written_waits() {
    let mut office = Office::new(sweep(|_| {}));
    let Turn::Write(give) = office.desk.ask("w1", &call(None), at(0)).unwrap() else { panic!("no write") };
    assert_eq!(office.ask("w1"), Asked::Wait { seconds: 0.5 });
    office.carry_out(&give);
    assert_eq!(office.given("w1"), (0, 1));
}

#[test]
fn what_is_told_first_counts_and_a_repetition_is_answered_without_counting() {
    let mut office = Office::new(sweep(|_| {}));
    let trial = office.given("w1");
    assert_eq!(office.tell("w1", trial, complete(0.5)), Ok(Told::Accepted));
    assert_eq!(office.tell("w1", trial, complete(0.1)), Ok(Told::Repeated));
    let view = office.desk.view(at(0));
    assert_eq!((view.counts.complete, view.top[0].value.as_str()), (1, "0.5"));
}

#[test]
fn a_told_trial_whose_worker_goes_on_and_is_told_once_more_is_a_repetition() {
    let mut office = Office::new(sweep(|_| {}));
    let first = office.given("w1");
    office.tell("w1", first, complete(0.5)).unwrap();
    let second = office.given("w1");
    assert_eq!(second, (1, 1));
    assert_eq!(office.tell("w1", first, complete(0.5)), Ok(Told::Repeated));
    assert_eq!(office.ask("w1"), office.ask("w1"));
}

#[test]
fn a_trial_of_somebody_else_of_another_attempt_or_of_nobody_can_be_neither_told_nor_reported() {
    let mut office = Office::new(sweep(|_| {}));
    let trial = office.given("w1");
    let other = office.tell("w2", trial, complete(0.0));
    assert!(matches!(other, Err(Refusal::Conflict(_))), "{other:?}");
    let attempt = office.report("w1", (trial.0, 2), &[(1, 0.1)]);
    assert!(matches!(attempt, Err(Refusal::Conflict(_))), "{attempt:?}");
    let unknown = office.tell("w1", (5, 1), complete(0.0));
    assert_eq!(unknown, Err(Refusal::Unknown("trial 5 was never given out".into())));
    let unknown = office.report("w1", (5, 1), &[(1, 0.1)]);
    assert_eq!(unknown, Err(Refusal::Unknown("trial 5 was never given out".into())));
    let heartbeat = office.report("w1", (5, 1), &[]);
    assert_eq!(heartbeat, Err(Refusal::Unknown("trial 5 was never given out".into())));
    assert_eq!(office.desk.view(at(0)).counts.ended(), 0);
    assert_eq!(office.given("w2"), (1, 1), "an unknown trial that was spoken of is none that was given out");
}

#[test]
fn a_call_for_another_run_of_the_sweep_is_refused_whatever_it_is() {
    let mut office = Office::new(sweep(|_| {}));
    let trial = office.given("w1");
    let refused = Refusal::Conflict("run before of the sweep is not the open one, which is run".into());
    let ask = Ask { run: "before".into(), ..call(None) };
    assert_eq!(office.desk.ask("w1", &ask, at(0)), Err(refused.clone()));
    let report = Report { run: "before".into(), number: trial.0, attempt: trial.1, steps: vec![] };
    assert_eq!(office.desk.report("w1", &report, at(0)), Err(refused.clone()));
    let tell = Tell { run: "before".into(), ..tell(trial, complete(0.5), &[]) };
    assert_eq!(office.desk.tell("w1", &tell, at(0)), Err(refused));
}

#[test]
fn a_worker_that_read_other_data_than_the_first_is_refused_and_nothing_is_given() {
    let mut office = Office::new(sweep(|_| {}));
    office.desk.ask("w1", &call(Some("a")), at(0)).unwrap();
    let refused = office.desk.ask("w2", &call(Some("b")), at(0));
    assert!(matches!(refused, Err(Refusal::DataChanged(_))), "{refused:?}");
    assert!(office.desk.ask("w2", &call(Some("a")), at(0)).is_ok());
}

#[test]
fn nan_and_a_missing_objective_are_failures_and_the_sweep_ends_with_the_names_that_were_logged() {
    let mut office = Office::new(sweep(|_| {}));
    let trial = office.given("w1");
    office.tell("w1", trial, complete(f64::NAN)).unwrap();
    for _ in 0..3 {
        let trial = office.given("w1");
        office.tell("w1", trial, TrialEnd::NoObjective { logged: vec!["auc".into()] }).unwrap();
    }
    let ending = office.desk.view(at(0)).ending.unwrap();
    assert_eq!(ending.reason(), "NoObjective");
    assert!(ending.to_string().contains("they logged auc"), "{ending}");
    assert!(matches!(office.ask("w1"), Asked::Leave { .. }));
    let states: Vec<RunState> = office.runs.values().map(|run| run.state).collect();
    assert_eq!(states, [RunState::Failed; 4]);
}

#[test]
fn all_trials_are_given_once_and_then_workers_leave() {
    let mut office = Office::new(sweep(|_| {}));
    let mut numbers = Vec::new();
    for _ in 0..3 {
        let (one, two) = (office.given("w1"), office.given("w2"));
        office.tell("w2", two, complete(0.2)).unwrap();
        office.tell("w1", one, complete(0.1)).unwrap();
        numbers.extend([one.0, two.0]);
    }
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5]);
    let leave = Asked::Leave { reason: "all 6 trials ended".into() };
    assert_eq!(office.ask("w1"), leave);
    assert_eq!(office.desk.view(at(0)).ending.unwrap().reason(), "Done");
}

#[test]
fn a_worker_without_a_trial_leaves_when_all_are_given_out_so_that_its_gpu_is_free() {
    let mut office = Office::new(sweep(|spec| spec["maxTrials"] = json!(1)));
    office.given("w1");
    assert_eq!(office.ask("w2"), Asked::Leave { reason: "all trials are given out".into() });
}

#[test]
fn what_mlflow_did_not_take_was_not_given_and_the_next_who_asks_has_that_trial() {
    let mut office = Office::new(sweep(|_| {}));
    let Turn::Write(give) = office.desk.ask("w1", &call(None), at(0)).unwrap() else { panic!("no write") };
    // It arrived, and nobody heard of it.
    office.write_down(&give.effect);
    office.desk.not_written(&give);
    assert_eq!(office.given("w2"), (0, 2));
    assert_eq!(office.runs.len(), 1, "it is searched for before it is created again");
}

#[test]
fn an_end_that_mlflow_did_not_take_is_told_again_by_its_worker() {
    let mut office = Office::new(sweep(|_| {}));
    let trial = office.given("w1");
    let Turn::Write(end) = office.desk.tell("w1", &tell(trial, complete(0.5), &[]), at(0)).unwrap() else {
        panic!("no write")
    };
    assert_eq!(office.tell("w1", trial, complete(0.5)), Err(Refusal::NotReady));
    office.desk.not_written(&end);
    assert_eq!(office.tell("w1", trial, complete(0.5)), Ok(Told::Accepted));
}
