//! Trials that a worker has before it has ended the one that it runs.

use super::*;

fn asks(office: &mut Office, worker: &str, held: &[i64]) -> Asked {
    let ask = Ask { held: held.to_vec(), ..call(None) };
    match office.desk.ask(worker, &ask, at(office.now)).unwrap() {
        Turn::Answer(asked) => asked,
        Turn::Write(write) => match office.carry_out(&write) {
            Written::Given(asked) => asked,
            Written::Ended => panic!("an ask ended a trial"),
        },
    }
}

fn ahead(office: &mut Office, worker: &str, held: &[i64]) -> Option<(i64, u32)> {
    match asks(office, worker, held) {
        Asked::Trial { number, attempt, ahead, .. } => {
            assert!(ahead);
            Some((number, attempt))
        }
        Asked::Wait { .. } => None,
        Asked::Leave { reason } => panic!("{worker} was sent away: {reason}"),
    }
}

fn loss(worker: &str) -> Loss {
    Loss { worker: worker.into(), trial: None, why: "it crashed".into(), counts: true }
}

#[test]
fn a_worker_may_have_one_trial_that_it_tells_one_that_it_runs_and_the_next_and_no_more() {
    let mut office = Office::new(sweep(|_| {}));
    assert_eq!(office.given("w1"), (0, 1));
    assert_eq!(ahead(&mut office, "w1", &[0]), Some((1, 1)));
    assert_eq!(ahead(&mut office, "w1", &[0, 1]), Some((2, 1)));
    assert_eq!(ahead(&mut office, "w1", &[0, 1, 2]), None);
    assert_eq!((office.runs.len(), office.desk.view(at(0)).held), (3, 1), "it runs one");
    assert_eq!(office.given("w2"), (3, 1));
}

#[test]
fn one_whose_end_is_being_written_does_not_count() {
    let mut office = Office::new(sweep(|_| {}));
    let first = office.given("w1");
    ahead(&mut office, "w1", &[0]);
    let Turn::Write(end) = office.desk.tell("w1", &tell(first, complete(0.5), &[]), at(0)).unwrap() else {
        panic!("no write")
    };
    assert_eq!(ahead(&mut office, "w1", &[0, 1]), Some((2, 1)));
    office.carry_out(&end);
    assert_eq!(office.tell("w1", (1, 1), complete(0.5)), Ok(Told::Accepted));
    assert_eq!(office.tell("w1", (2, 1), complete(0.5)), Ok(Told::Accepted));
    assert_eq!(office.desk.view(at(0)).counts.complete, 3);
}

#[test]
fn where_values_decide_what_comes_next_nothing_is_given_ahead() {
    for method in ["TPE", "GP", "CMA-ES"] {
        let mut office = Office::new(sweep(|spec| spec["algorithm"] = json!({"name": method, "seed": 1})));
        let Asked::Trial { ahead, .. } = office.ask("w1") else { panic!("no trial") };
        assert!(!ahead);
        assert_eq!(asks(&mut office, "w1", &[0]), Asked::Wait { seconds: 1.0 });
    }
}

#[test]
fn an_answer_that_was_lost_is_given_again_also_by_a_new_leader() {
    let mut office = Office::new(sweep(|_| {}));
    office.given("w1");
    ahead(&mut office, "w1", &[0]);
    assert_eq!(ahead(&mut office, "w1", &[0]), Some((1, 1)));
    assert_eq!(office.take_over(), Strays::default());
    assert_eq!(ahead(&mut office, "w1", &[0]), Some((1, 1)));
    assert_eq!(office.given("w2"), (2, 1));
    assert_eq!(office.runs.len(), 3);
}

#[test]
fn a_lost_worker_loses_both_and_only_the_one_that_it_ran_may_be_at_fault() {
    let mut office = Office::new(sweep(|_| {}));
    for attempt in 1..=2 {
        let worker = format!("w{attempt}");
        assert_eq!(office.given(&worker), (0, attempt));
        assert_eq!(ahead(&mut office, &worker, &[0]), Some((1, attempt)));
        assert_eq!(office.desk.lose(&loss(&worker), at(0)), None);
    }
    assert_eq!((office.given("w3"), ahead(&mut office, "w3", &[0])), ((0, 3), Some((1, 3))));
    let write = office.desk.lose(&loss("w3"), at(0)).unwrap();
    assert_eq!(write.number, 0, "three workers were lost with it");
    office.carry_out(&write);
    assert_eq!(office.given("w4"), (1, 4));
}

#[test]
fn of_a_worker_that_says_nothing_any_more_only_the_trial_that_it_ran_may_be_at_fault() {
    let mut office = Office::new(sweep(|_| {}));
    for attempt in 1..=3 {
        let worker = format!("w{attempt}");
        assert_eq!(office.given(&worker), (0, attempt));
        assert_eq!(ahead(&mut office, &worker, &[0]), Some((1, attempt)));
        office.now += 60;
        let silent = office.desk.silent(at(office.now));
        assert_eq!(
            silent.iter().map(|loss| (loss.trial, loss.counts)).collect::<Vec<_>>(),
            [(Some(0), true), (Some(1), false)]
        );
        let writes: Vec<Write> =
            silent.iter().filter_map(|loss| office.desk.lose(loss, at(office.now))).collect();
        let failed: Vec<i64> = writes.iter().map(|write| write.number).collect();
        assert_eq!(failed, if attempt == 3 { vec![0] } else { vec![] });
        writes.iter().for_each(|write| drop(office.carry_out(write)));
    }
    assert_eq!(office.given("w4"), (1, 4));
}

#[test]
fn one_that_waits_a_minute_for_its_turn_goes_to_another_and_its_first_worker_is_told_so() {
    let mut office = Office::new(sweep(|_| {}));
    let first = office.given("w1");
    ahead(&mut office, "w1", &[0]);
    office.now = 50;
    office.report("w1", first, &[]).unwrap();
    let silent = office.desk.silent(at(60));
    assert_eq!(silent.iter().map(|loss| loss.trial).collect::<Vec<_>>(), [Some(1)]);
    assert_eq!(office.desk.lose(&silent[0], at(60)), None);
    assert_eq!(office.given("w2"), (1, 2));
    assert!(matches!(office.report("w1", (1, 1), &[]), Err(Refusal::Conflict(_))));
    assert_eq!(office.tell("w1", first, complete(0.5)), Ok(Told::Accepted));
    assert_eq!(office.tell("w2", (1, 2), complete(0.5)), Ok(Told::Accepted));
}

#[test]
fn neither_the_last_trial_nor_more_workers_than_are_asked_for_make_it_leave_the_one_that_it_runs() {
    let mut office = Office::new(sweep(|spec| spec["maxTrials"] = json!(3)));
    let (one, two) = (office.given("w1"), office.given("w2"));
    let limits = podium_tuning::sweep::Limits { parallelism: 1, ..office.plan.plan.limits.clone() };
    let clock = Clock { started_at: at(0), suspended: Duration::ZERO };
    office.desk.adjust(&limits, 2, clock, true);
    assert_eq!(ahead(&mut office, "w1", &[0]), None, "one worker is too many");
    office.tell("w2", two, complete(0.5)).unwrap();
    assert_eq!(office.ask("w2"), Asked::Leave { reason: "fewer workers are asked for".into() });
    assert_eq!(ahead(&mut office, "w1", &[0]), Some((2, 1)));
    office.tell("w1", one, complete(0.5)).unwrap();
    assert_eq!(ahead(&mut office, "w1", &[2]), None, "there are no more");
    office.tell("w1", (2, 1), complete(0.5)).unwrap();
    assert_eq!(office.desk.view(at(0)).ending.unwrap().reason(), "Done");
}
