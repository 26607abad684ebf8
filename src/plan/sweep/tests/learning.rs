use super::*;
use crate::api::conditions::STALLED;
use crate::api::sweep_status::{SweepOutcome, WarmStarted};
use crate::domain::violation::Violation;
use crate::plan::trials::{Lesson, Taught};

fn taught() -> Taught {
    let lesson = |sweep: &str, trials, outside| Lesson {
        sweep: sweep.to_owned(),
        run_id: Some("r".to_owned()),
        trials,
        outside,
    };
    Taught {
        sums: WarmStarted { trials: 183, outside: 20, digest: "abc".into() },
        lessons: vec![lesson("churn-last-week", 180, 20), lesson("other", 3, 0)],
    }
}

/// A sweep that others are to teach, with what comes of it.
fn shell(lesson: Option<Result<Taught, Violation>>) -> Shell {
    let mut shell = Shell::new(|object| {
        object["spec"]["algorithm"]["name"] = json!("TPE");
        object["spec"]["warmStart"] = json!({"sweeps": ["churn-last-week", "other"]});
    });
    shell.lesson = lesson;
    shell.reconcile();
    shell
}

#[test]
fn what_earlier_sweeps_teach_stands_in_status_before_there_is_a_desk() {
    let mut shell = shell(Some(Ok(taught())));
    assert_eq!(shell.took(), ["learn"]);
    assert_eq!(shell.observed.status.run.as_ref().unwrap().warm_start, Some(taught().sums));
    let note = "warm start: 180 trials of churn-last-week teach the search, 20 outside the space; 3 trials of other teach the search";
    assert!(shell.events.contains(&("WarmStarted".to_owned(), note.to_owned())), "{:?}", shell.events);
    // Another leader: all that it knows is the status.
    shell.observed.lesson = None;
    shell.reconcile();
    let opened = shell.done.iter().find_map(|action| match action {
        SweepAction::Open(opening) => opening.taught.clone(),
        _ => None,
    });
    assert_eq!(opened.as_deref(), Some("abc"));
    assert_eq!(shell.took(), ["open", "create Worker(1)", "create Worker(2)", "create Worker(3)"]);
}

#[test]
fn it_asks_for_runs_with_its_own_objective_that_are_not_this_run() {
    let shell = shell(Some(Ok(taught())));
    let wanted = shell.done.iter().find_map(|action| match action {
        SweepAction::Learn(wanted) => Some(wanted.as_ref().clone()),
        _ => None,
    });
    let wanted = wanted.unwrap();
    let run = shell.observed.status.run.as_ref().unwrap();
    assert_eq!((wanted.objective.as_str(), &wanted.run), ("Maximize cv_f1_score", &run.key));
    assert_eq!(
        (wanted.installation.as_str(), wanted.namespace.as_str(), wanted.name.as_str()),
        ("i", "ml", "tune")
    );
    assert_eq!(
        (wanted.parent_run_id.as_str(), wanted.sweeps),
        ("p", vec!["churn-last-week".into(), "other".into()])
    );
    let Effect::EnsureParent { tags, .. } = &shell.effects[0] else { panic!("{:?}", shell.effects) };
    assert_eq!(tags["podium.dev/objective"], "Maximize cv_f1_score");
}

#[test]
fn a_sweep_that_can_not_teach_fails_the_run_by_its_name_and_no_worker_is_made() {
    let mut shell = shell(Some(Err(Violation::new(
        "spec.warmStart.sweeps[0]",
        "\"churn-last-week\" has no run in MLflow",
    ))));
    let took = shell.took();
    assert!(!took.iter().any(|action| action.starts_with("create")), "{took:?}");
    let run = shell.observed.status.run.as_ref().unwrap();
    assert_eq!(
        (run.outcome, run.reason.as_str(), run.closed),
        (Some(SweepOutcome::Failed), "WarmStartRefused", true)
    );
    let message = "spec.warmStart.sweeps[0]: \"churn-last-week\" has no run in MLflow";
    assert_eq!(shell.phase(), (SweepPhase::Failed, message));
    assert!(shell.observed.status.conditions.iter().any(|condition| condition.type_ == STALLED));
    shell.done.clear();
    shell.reconcile();
    assert_eq!(shell.took(), Vec::<String>::new(), "it stays so until the spec changes");
}

#[test]
fn who_teaches_is_part_of_what_makes_a_run() {
    let identity = |sweeps: Value| {
        let sweep = hosted(|object| {
            object["spec"]["algorithm"]["name"] = json!("TPE");
            object["spec"]["warmStart"] = json!({"sweeps": sweeps});
        });
        sweep.identity
    };
    assert_ne!(identity(json!(["a"])), identity(json!(["b"])));
    assert_eq!(identity(json!(["a"])), identity(json!(["a"])));
}
