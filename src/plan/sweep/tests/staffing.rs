use super::*;
use crate::plan::pipeline::{By, Failure};
use crate::plan::trials::Loss;

fn exit(code: i32) -> JobState {
    JobState::Failed(Failure::Exit { by: By::Ours, code, out_of_memory: code == 137, words: String::new() })
}

fn running(change: impl FnOnce(&mut Value)) -> Shell {
    let mut shell = Shell::new(change);
    shell.reconcile();
    (0..shell.observed.workers.len()).for_each(|worker| shell.state(worker, JobState::Running));
    shell.took();
    shell
}

#[test]
fn a_lost_worker_is_replaced_under_a_new_number_and_its_trial_is_taken_from_it() {
    let mut shell = running(|_| {});
    let name = shell.observed.workers[1].name.clone();
    shell.state(1, JobState::Failed(Failure::Disrupted("the node was drained".into())));
    shell.reconcile();
    let lose = format!("lose {name} (its pod was disrupted: the node was drained)");
    assert_eq!(shell.took(), [lose, "create Worker(4)".into(), "ttl 300".into()]);
    assert_eq!(shell.observed.status.workers.as_ref().unwrap().failures, 0);
}

#[test]
fn workers_that_fail_in_a_row_are_waited_for_and_then_end_the_sweep() {
    let mut shell = running(|object| object["spec"]["parallelism"] = json!(1));
    for failure in 1..=3 {
        let worker = shell.observed.workers.len() - 1;
        shell.state(worker, exit(137));
        shell.reconcile();
        let workers = shell.observed.status.workers.clone().unwrap();
        assert_eq!(workers.failures, failure);
        if failure < 3 {
            assert!(!shell.took().iter().any(|action| action.starts_with("create")), "it rests first");
            shell.now += 10;
            shell.reconcile();
            assert_eq!(shell.took(), [format!("create Worker({})", failure + 1)]);
        }
    }
    let (phase, message) = shell.phase();
    assert_eq!(phase, SweepPhase::Failed);
    assert!(message.contains("out of memory") && message.contains("3 workers failed in a row"), "{message}");
}

#[test]
fn a_trial_that_ended_in_between_makes_a_row_of_failures_begin_anew() {
    let mut shell = running(|object| object["spec"]["parallelism"] = json!(1));
    for trial in 1..6 {
        let worker = shell.observed.workers.len() - 1;
        shell.state(worker, exit(143));
        shell.reconcile();
        assert_eq!(shell.observed.status.workers.as_ref().unwrap().failures, 1, "after trial {trial}");
        shell.desk().counts.complete = trial;
        shell.reconcile();
    }
    assert_eq!(shell.phase().0, SweepPhase::Running);
}

#[test]
fn an_error_that_no_other_worker_can_mend_ends_the_sweep_at_once() {
    let mut shell = running(|_| {});
    let words = "DataUnreadable: line 3".to_owned();
    shell.state(0, JobState::Failed(Failure::Exit { by: By::Ours, code: 3, out_of_memory: false, words }));
    shell.reconcile();
    let run = shell.observed.status.run.as_ref().unwrap();
    assert_eq!(run.reason, "DataRejected");
    assert!(run.message.ends_with("DataUnreadable: line 3"), "{}", run.message);
    assert!(run.closed);
    assert!(shell.took().iter().filter(|action| *action == "delete").count() >= 2, "the others stop");
}

#[test]
fn a_failure_is_counted_once_also_when_its_ttl_could_not_be_set() {
    let mut shell = running(|_| {});
    shell.state(0, exit(137));
    shell.reconcile();
    let mut again = shell.observed.clone();
    again.workers[0].has_ttl = false;
    shell.observed = again;
    shell.observed.status.workers.as_mut().unwrap().judged = vec![1];
    shell.reconcile();
    assert_eq!(shell.observed.status.workers.as_ref().unwrap().failures, 1);
}

#[test]
fn a_worker_whose_job_somebody_deleted_or_that_says_nothing_loses_its_trial() {
    let mut shell = running(|_| {});
    let silent = Loss {
        worker: "b".into(),
        trial: Some(7),
        why: "nothing was heard of it for 60 s".into(),
        counts: true,
    };
    shell.desk().workers = vec!["a".into()];
    shell.desk().silent = vec![silent];
    shell.reconcile();
    assert_eq!(shell.took(), ["lose a (its Job was deleted)", "lose b (nothing was heard of it for 60 s)"]);
}

#[test]
fn parallelism_grows_by_new_workers_and_shrinks_by_none_that_is_killed() {
    let mut shell = running(|_| {});
    shell.sweep = hosted(|object| object["spec"]["parallelism"] = json!(5));
    shell.reconcile();
    assert_eq!(shell.took(), ["create Worker(4)", "create Worker(5)"]);
    shell.sweep = hosted(|object| object["spec"]["parallelism"] = json!(2));
    shell.reconcile();
    assert_eq!(shell.took(), Vec::<String>::new());
    assert_eq!(shell.observed.status.run.as_ref().unwrap().number, 1, "it is the same run");
}

#[test]
fn there_are_never_more_workers_than_trials_left() {
    let mut shell = running(|_| {});
    shell.desk().counts.complete = 9;
    shell.state(0, JobState::Succeeded);
    shell.state(1, JobState::Succeeded);
    shell.reconcile();
    assert!(!shell.took().iter().any(|action| action.starts_with("create")));
}

#[test]
fn numbers_are_not_used_twice_after_a_crash_before_status_was_written() {
    let mut shell = running(|_| {});
    shell.observed.status.workers.as_mut().unwrap().made = 0;
    shell.state(2, JobState::Failed(Failure::Disrupted("drained".into())));
    shell.reconcile();
    assert!(shell.took().contains(&"create Worker(4)".to_owned()));
}

#[test]
fn suspended_workers_go_and_come_back_and_the_time_between_is_counted() {
    let mut shell = running(|_| {});
    shell.sweep = hosted(|object| object["spec"]["suspend"] = json!(true));
    shell.reconcile();
    let took = shell.took();
    assert_eq!(took.iter().filter(|action| *action == "delete").count(), 3, "{took:?}");
    assert_eq!(shell.phase().0, SweepPhase::Suspended);
    shell.observed.workers.clear();
    shell.now = 50;
    shell.sweep = hosted(|_| {});
    shell.reconcile();
    assert_eq!(shell.took(), ["create Worker(4)", "create Worker(5)", "create Worker(6)"]);
    let run = shell.observed.status.run.as_ref().unwrap();
    assert_eq!((run.suspended_seconds, &run.suspended_at), (50, &None));
}

#[test]
fn why_workers_have_no_pod_is_said() {
    let mut shell = Shell::new(|_| {});
    shell.reconcile();
    (0..3).for_each(|worker| shell.state(worker, JobState::Pending(Some("exceeded quota".into()))));
    shell.reconcile();
    assert_eq!(shell.phase(), (SweepPhase::Running, "exceeded quota"));
    let told = |shell: &Shell| shell.events.iter().filter(|(reason, _)| reason == "PodPending").count();
    assert_eq!(shell.events.last(), Some(&("PodPending".to_owned(), "exceeded quota".to_owned())));
    // Another word for it is no news, nor is a wait between two trials.
    (0..3).for_each(|worker| shell.state(worker, JobState::Pending(Some("quota exceeded".into()))));
    shell.reconcile();
    (0..3).for_each(|worker| shell.state(worker, JobState::Running));
    shell.desk().counts.complete = 1;
    shell.reconcile();
    (0..3).for_each(|worker| shell.state(worker, JobState::Pending(Some("Insufficient gpu".into()))));
    shell.reconcile();
    assert_eq!((shell.phase(), told(&shell)), ((SweepPhase::Running, "Insufficient gpu"), 1));
}
