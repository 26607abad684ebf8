//! What a sweep says while MLflow is away, and when it looks.

use super::*;
use crate::api::conditions::reasons;
use crate::plan::Trouble;
use crate::plan::trials::Contact;

fn away() -> Trouble {
    Trouble { reason: reasons::TRACKING_UNREACHABLE, message: "MLflow: no answer".to_owned() }
}

/// A sweep whose first worker runs, with nothing heard of MLflow since the beginning.
fn working() -> Shell {
    let mut shell = Shell::new(|_| {});
    shell.reconcile();
    shell.state(0, JobState::Running);
    shell.took();
    shell
}

#[test]
fn a_sweep_of_long_trials_looks_at_mlflow_once_nothing_was_heard_of_it_for_fifteen_seconds() {
    let mut shell = working();
    shell.now = 14;
    shell.reconcile();
    assert_eq!(shell.took(), Vec::<String>::new());
    shell.now = 15;
    shell.reconcile();
    assert_eq!(shell.took(), ["pulse p"]);
    assert_eq!(shell.phase(), (SweepPhase::Running, "0 trials run, 0 ended"));
}

#[test]
fn a_sweep_says_that_mlflow_is_away_looks_each_five_seconds_and_says_so_no_more_once_it_is_back() {
    let mut shell = working();
    shell.desk().contact = Contact { at: at(20), trouble: Some(away()) };
    shell.now = 24;
    shell.reconcile();
    assert_eq!(shell.took(), Vec::<String>::new());
    shell.now = 25;
    shell.reconcile();
    assert_eq!(shell.took(), ["pulse p"]);
    let said = |shell: &Shell| {
        let conditions = &shell.observed.status.conditions;
        conditions.iter().map(|one| format!("{}={}", one.type_, one.reason)).collect::<Vec<_>>()
    };
    assert_eq!(shell.phase(), (SweepPhase::Running, "MLflow: no answer"));
    assert_eq!(said(&shell), ["Ready=TrackingUnreachable", "Reconciling=TrackingUnreachable"]);
    shell.desk().contact = Contact { at: at(26), trouble: None };
    shell.reconcile();
    assert_eq!(shell.phase(), (SweepPhase::Running, "0 trials run, 0 ended"));
    assert_eq!(said(&shell), ["Ready=Running", "Reconciling=Running"]);
}

#[test]
fn a_sweep_that_is_suspended_or_whose_workers_have_not_begun_neither_looks_nor_says_what_was_an_hour_ago() {
    let mut suspended = working();
    suspended.sweep = hosted(|object| object["spec"]["suspend"] = json!(true));
    let mut waiting = Shell::new(|_| {});
    waiting.reconcile();
    for mut shell in [suspended, waiting] {
        shell.took();
        shell.desk().contact.trouble = Some(away());
        shell.now = 3600;
        shell.reconcile();
        assert_ne!(shell.phase().1, "MLflow: no answer");
        assert!(!shell.took().iter().any(|name| name.starts_with("pulse")));
    }
}
