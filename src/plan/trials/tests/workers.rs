use super::*;

fn loss(worker: &str, counts: bool) -> Loss {
    Loss { worker: worker.into(), trial: None, why: "it ran out of memory".into(), counts }
}

#[test]
fn a_lost_worker_s_trial_goes_to_the_next_who_asks_with_the_same_parameters_and_the_lost_one_is_refused() {
    let mut office = Office::new(sweep(|_| {}));
    let lost = office.given("w1");
    assert_eq!(office.desk.lose(&loss("w1", true), at(0)), None);
    assert_eq!(office.given("w2"), (lost.0, 2));
    assert!(matches!(office.tell("w1", lost, complete(0.0)), Err(Refusal::Conflict(_))));
    assert!(matches!(office.report("w1", lost, &[]), Err(Refusal::Conflict(_))));
    assert_eq!(office.tell("w2", (lost.0, 2), complete(0.5)), Ok(Told::Accepted));
    assert_eq!(office.runs.len(), 1);
}

#[test]
fn a_trial_that_ends_its_workers_fails_and_says_how_the_last_one_ended() {
    let mut office = Office::new(sweep(|_| {}));
    for worker in ["w1", "w2"] {
        assert_eq!(office.given(worker).0, 0);
        assert_eq!(office.desk.lose(&loss(worker, true), at(0)), None);
    }
    office.given("w3");
    let write = office.desk.lose(&loss("w3", true), at(0)).unwrap();
    office.carry_out(&write);
    let failure = office.desk.sweep().failure(0).unwrap().to_string();
    assert_eq!(failure, "its worker was lost 3 times, the last time: it ran out of memory");
    assert_eq!(office.runs["r00-0"].state, RunState::Failed);
    assert_eq!(office.given("w4").0, 1);
}

#[test]
fn drained_nodes_count_for_nothing() {
    let mut office = Office::new(sweep(|_| {}));
    for attempt in 1..10 {
        let worker = format!("w{attempt}");
        assert_eq!(office.given(&worker), (0, attempt));
        assert_eq!(office.desk.lose(&loss(&worker, false), at(0)), None);
    }
}

#[test]
fn a_worker_that_says_nothing_for_a_minute_is_lost_and_one_that_beats_is_not() {
    let mut office = Office::new(sweep(|_| {}));
    let (one, _) = (office.given("w1"), office.given("w2"));
    office.now = 40;
    office.report("w1", one, &[]).unwrap();
    let silent = |office: &Office, second| {
        office.desk.silent(at(second)).into_iter().map(|loss| loss.worker).collect::<Vec<_>>()
    };
    assert_eq!(silent(&office, 59), Vec::<String>::new());
    assert_eq!(silent(&office, 60), ["w2"]);
    assert_eq!(silent(&office, 100), ["w1", "w2"]);
}

#[test]
fn fewer_workers_than_before_are_asked_for_and_the_one_that_asks_next_leaves() {
    let mut office = Office::new(sweep(|_| {}));
    let (one, two) = (office.given("w1"), office.given("w2"));
    let limits = podium_tuning::sweep::Limits { parallelism: 1, ..office.plan.plan.limits.clone() };
    let clock = Clock { started_at: at(0), suspended: Duration::ZERO };
    office.desk.adjust(&limits, 2, clock, true);
    office.tell("w2", two, complete(0.5)).unwrap();
    assert_eq!(office.ask("w2"), Asked::Leave { reason: "fewer workers are asked for".into() });
    office.tell("w1", one, complete(0.5)).unwrap();
    assert_eq!(office.given("w1"), (2, 1));
}

#[test]
fn a_trial_lost_while_its_end_is_written_ends_once() {
    let mut office = Office::new(sweep(|_| {}));
    let trial = office.given("w1");
    let Turn::Write(end) = office.desk.tell("w1", &tell(trial, complete(0.5), &[]), at(0)).unwrap() else {
        panic!("no write")
    };
    assert_eq!(office.desk.lose(&loss("w1", true), at(0)), None);
    office.carry_out(&end);
    assert_eq!(office.given("w2"), (1, 1));
    assert_eq!(office.desk.view(at(0)).counts.complete, 1);
}

#[test]
fn the_time_that_a_sweep_is_suspended_does_not_count() {
    let mut office = Office::new(sweep(|spec| spec["timeLimitSeconds"] = json!(60)));
    let limits = office.plan.plan.limits.clone();
    let clock = Clock { started_at: at(0), suspended: Duration::from_secs(30) };
    office.desk.adjust(&limits, 2, clock, true);
    assert_eq!(office.desk.view(at(89)).ending, None);
    assert_eq!(office.desk.view(at(90)).ending.unwrap().reason(), "TimeLimit");
}

#[test]
fn a_trial_whose_run_somebody_deleted_is_given_out_again_in_another_run() {
    let mut office = Office::new(sweep(|_| {}));
    let lost = office.given("w1");
    let run = office.runs.keys().next().unwrap().clone();
    office.desk.run_is_gone(lost.0, "another");
    assert_eq!(office.given("w1"), lost, "it is not that one");
    office.runs.clear();
    office.desk.run_is_gone(lost.0, &run);
    assert!(matches!(office.tell("w1", lost, complete(0.5)), Err(Refusal::Conflict(_))));
    assert_eq!(office.given("w2"), (lost.0, 2));
    assert_eq!(office.tell("w2", (lost.0, 2), complete(0.5)), Ok(Told::Accepted));
    let run = office.runs.keys().next().unwrap().clone();
    office.desk.run_is_gone(lost.0, &run);
    assert_eq!(office.desk.view(at(0)).counts.complete, 1, "what ended stays as it ended");
}

#[test]
fn what_mlflow_refuses_to_take_is_a_failure_of_the_trial_and_not_tried_for_ever() {
    let mut office = Office::new(sweep(|_| {}));
    let trial = office.given("w1");
    let Turn::Write(end) = office.desk.tell("w1", &tell(trial, complete(0.5), &[(1, 0.5)]), at(0)).unwrap()
    else {
        panic!("no write")
    };
    assert_eq!(office.desk.unwritable(&end, "no such name", at(0)), None, "it is still being written");
    office.desk.not_written(&end);
    let failed = office.desk.unwritable(&end, "no such name", at(0)).unwrap();
    let Effect::EndTrial { metrics, .. } = &failed.effect else { panic!("{failed:?}") };
    assert!(metrics.is_empty());
    office.carry_out(&failed);
    let told = office.desk.sweep().failure(trial.0).unwrap().to_string();
    assert_eq!(told, "what it came to can't be recorded: no such name");
    assert_eq!(office.tell("w1", trial, complete(0.5)), Ok(Told::Repeated));
}
