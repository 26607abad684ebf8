use std::collections::BTreeMap;

use super::*;
use crate::plan::CloseAs;

/// An office whose trials have Jobs of their own.
fn office(change: impl FnOnce(&mut Value)) -> Office {
    let mut office = Office::new(sweep(change));
    office.desk = office.desk.with_own_jobs();
    office
}

fn name(number: i64, attempt: u32) -> String {
    format!("job-{number}-{attempt}")
}

fn hand_out(office: &mut Office) -> Option<(i64, u32)> {
    let write = office.desk.hand_out(name, at(office.now))?;
    match office.carry_out(&write) {
        Written::Given(Asked::Trial { number, attempt, .. }) => Some((number, attempt)),
        other => panic!("{other:?}"),
    }
}

fn take_over(office: &mut Office) {
    let mut desk = desk(&office.plan).with_own_jobs();
    read(&mut desk, office.runs.values().cloned().collect(), at(office.now)).unwrap();
    office.desk = desk;
}

fn settlement(trial: (i64, u32), exit: Exit) -> Settlement {
    Settlement {
        number: trial.0,
        attempt: trial.1,
        worker: name(trial.0, trial.1),
        run_id: String::new(),
        exit,
        seconds: Some(12),
    }
}

fn logged(metrics: &[(&str, f64)]) -> BTreeMap<String, f64> {
    metrics.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

fn settle(office: &mut Office, trial: (i64, u32), exit: Exit, metrics: &[(&str, f64)]) -> Option<Effect> {
    let write = office.desk.settle(&settlement(trial, exit), &logged(metrics), at(office.now))?;
    office.carry_out(&write);
    Some(write.effect)
}

#[test]
fn trials_are_given_to_jobs_that_are_named_after_them_and_no_more_than_run_at_once() {
    let mut office = office(|_| {});
    assert_eq!((hand_out(&mut office), hand_out(&mut office)), (Some((0, 1)), Some((1, 1))));
    assert_eq!(hand_out(&mut office), None);
    let view = office.desk.view(at(0));
    let given: Vec<_> =
        view.given.iter().map(|given| (given.worker.as_str(), given.run_id.as_str())).collect();
    assert_eq!(given, [("job-0-1", "r00-0"), ("job-1-1", "r01-1")]);
}

#[test]
fn the_last_value_in_its_run_is_what_a_trial_came_to_and_nothing_of_it_is_logged_again() {
    let mut office = office(|_| {});
    let trial = hand_out(&mut office).unwrap();
    let metrics = [("cv_loss", 0.5), ("epoch", 3.0)];
    let Some(Effect::EndTrial { status, metrics, params, .. }) =
        settle(&mut office, trial, Exit::Completed, &metrics)
    else {
        panic!("nothing written")
    };
    assert_eq!((status, metrics, params.len()), (CloseAs::Finished, vec![], 1));
    let view = office.desk.view(at(0));
    assert_eq!((view.counts.complete, view.top[0].value.as_str(), view.given.len()), (1, "0.5", 0));
    assert_eq!(office.desk.details()[&0].seconds, Some(12.0));
}

#[test]
fn a_trial_that_never_logged_the_objective_fails_with_what_it_logged_and_nan_fails_too() {
    let mut office = office(|_| {});
    for number in 0..3 {
        let trial = hand_out(&mut office).unwrap();
        assert_eq!(trial.0, number);
        settle(&mut office, trial, Exit::Completed, &[("auc", 0.5)]);
    }
    let ending = office.desk.view(at(0)).ending.unwrap();
    assert_eq!(ending.reason(), "NoObjective");
    assert!(ending.to_string().contains("they logged auc"), "{ending}");
    let mut office = self::office(|_| {});
    let trial = hand_out(&mut office).unwrap();
    settle(&mut office, trial, Exit::Completed, &[("cv_loss", f64::NAN)]);
    assert_eq!(office.desk.view(at(0)).counts.failed, 1);
}

#[test]
fn a_job_that_failed_fails_its_trial_whatever_it_had_logged() {
    let mut office = office(|_| {});
    let trial = hand_out(&mut office).unwrap();
    settle(
        &mut office,
        trial,
        Exit::Failed("it ended with exit code 3: no data".into()),
        &[("cv_loss", 0.1)],
    );
    assert_eq!(office.runs["r00-0"].state, RunState::Failed);
    assert_eq!(office.desk.sweep().failure(0).unwrap().to_string(), "it ended with exit code 3: no data");
}

#[test]
fn a_new_leader_finds_a_trial_with_its_job_also_where_the_container_closed_its_run_itself() {
    let mut office = office(|_| {});
    let trial = hand_out(&mut office).unwrap();
    office.runs.values_mut().for_each(|run| run.state = RunState::Finished);
    take_over(&mut office);
    let view = office.desk.view(at(0));
    assert_eq!((view.given.len(), view.given[0].worker.as_str(), view.given[0].attempt), (1, "job-0-1", 1));
    settle(&mut office, trial, Exit::Completed, &[("cv_loss", 0.5)]).unwrap();
    assert_eq!(office.desk.view(at(0)).counts.complete, 1);
}

#[test]
fn what_a_job_of_an_earlier_attempt_came_to_counts_for_nothing() {
    let mut office = office(|_| {});
    let first = hand_out(&mut office).unwrap();
    let loss = Loss { worker: "job-0-1".into(), trial: None, why: "drained".into(), counts: false };
    assert_eq!(office.desk.lose(&loss, at(0)), None);
    assert_eq!(hand_out(&mut office), Some((0, 2)), "same number, next attempt");
    assert_eq!(settle(&mut office, first, Exit::Completed, &[("cv_loss", 0.5)]), None);
    assert_eq!(office.desk.view(at(0)).counts.ended(), 0);
}

#[test]
fn a_job_is_never_silent_and_one_that_is_lost_too_often_fails_its_trial() {
    let mut office = office(|_| {});
    for attempt in 1..=3 {
        assert_eq!(hand_out(&mut office), Some((0, attempt)));
        office.now += 3600;
        assert_eq!(office.desk.view(at(office.now)).silent, []);
        let loss = Loss { worker: name(0, attempt), trial: None, why: "no pod is left".into(), counts: true };
        let write = office.desk.lose(&loss, at(office.now));
        assert_eq!(write.is_some(), attempt == 3);
        write.iter().for_each(|write| drop(office.carry_out(write)));
    }
    let failure = office.desk.sweep().failure(0).unwrap().to_string();
    assert_eq!(failure, "its pod was lost 3 times, the last time: no pod is left");
}
