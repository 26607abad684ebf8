use super::*;
use crate::api::conditions::{READY, RECONCILING, STALLED};
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
    shell.teachers = vec![
        teacher("churn-last-week", TeacherState::Ended, &[]),
        teacher("other", TeacherState::Ended, &[]),
    ];
    shell.reconcile();
    shell
}

fn teacher(name: &str, state: TeacherState, sweeps: &[&str]) -> TeacherFacts {
    let sweeps = sweeps.iter().map(|name| (*name).to_owned()).collect();
    TeacherFacts { name: name.to_owned(), state, sweeps }
}

/// A sweep that others are to teach, looked at while they are there.
fn beside(teachers: Vec<TeacherFacts>) -> Shell {
    let mut shell = shell(Some(Ok(taught())));
    shell = Shell {
        teachers,
        observed: Observed::default(),
        done: vec![],
        effects: vec![],
        events: vec![],
        ..shell
    };
    shell.reconcile();
    shell
}

/// Status and reason of the conditions.
fn conditions(shell: &Shell) -> Vec<(&str, &str, &str)> {
    let all = shell.observed.status.conditions.iter();
    all.map(|one| (one.type_.as_str(), one.status.as_str(), one.reason.as_str())).collect()
}

#[test]
fn it_waits_for_sweeps_that_are_to_teach_it_before_it_starts_a_run_and_begins_by_itself_once_they_ended() {
    let ended = teacher("churn-last-week", TeacherState::Ended, &[]);
    let states =
        [(TeacherState::NotStarted, "which has not run yet"), (TeacherState::Open, "which still runs")];
    for (state, why) in states {
        let mut shell = beside(vec![ended.clone(), teacher("other", state, &[])]);
        let message = format!("waits for HyperparameterSweep \"other\", {why}");
        assert_eq!(shell.phase(), (SweepPhase::Pending, message.as_str()));
        let reason = "WaitingForSweep";
        assert_eq!(conditions(&shell), [(READY, "False", reason), (RECONCILING, "True", reason)]);
        assert_eq!(shell.events, [(reason.to_owned(), message)]);
        assert_eq!((shell.took(), shell.effects.len(), &shell.observed.status.run), (vec![], 0, &None));

        shell.teachers[1].state = TeacherState::Ended;
        shell.observed.teachers = None;
        shell.now += 60;
        shell.reconcile();
        assert_eq!(shell.phase().0, SweepPhase::Running);
        assert_eq!(
            shell.observed.status.run.as_ref().unwrap().started_at.0,
            at(60),
            "its time begins with its run"
        );
    }
}

#[test]
fn a_name_that_nobody_knows_is_said_and_waited_for() {
    let mut shell = beside(vec![
        teacher("churn-last-week", TeacherState::Unknown, &[]),
        teacher("other", TeacherState::Open, &[]),
    ]);
    let message = "spec.warmStart.sweeps[0]: \"churn-last-week\" is no HyperparameterSweep of this namespace, and MLflow has no \
                   run of one that was: create it, or take the name out";
    assert_eq!(shell.phase(), (SweepPhase::Pending, message));
    let reason = "WarmStartRefused";
    assert_eq!(conditions(&shell), [(READY, "False", reason), (STALLED, "True", reason)]);
    assert!(shell.took().is_empty());

    let before = shell.observed.status.clone();
    shell.observed.teachers = None;
    shell.now += 30;
    shell.reconcile();
    assert_eq!(shell.observed.status, before, "another look that finds the same is no write");
}

#[test]
fn sweeps_that_wait_for_each_other_are_told_the_circle() {
    let waits = |name, sweeps| teacher(name, TeacherState::NotStarted, sweeps);
    let circle = beside(vec![
        waits("churn-last-week", &["a", "b"]),
        waits("a", &["a", "churn-last-week"]),
        waits("b", &["tune"]),
    ]);
    let message = "spec.warmStart.sweeps[0]: \"churn-last-week\" waits for this sweep itself (\"churn-last-week\" waits for \"b\" \
                   waits for \"tune\"): take one of these names out of warmStart";
    assert_eq!(circle.phase(), (SweepPhase::Pending, message));
    assert_eq!(conditions(&circle)[1], (STALLED, "True", "WarmStartRefused"));

    let open = beside(vec![waits("churn-last-week", &["b"]), teacher("b", TeacherState::Open, &["tune"])]);
    assert_eq!(
        open.phase(),
        (SweepPhase::Pending, "waits for HyperparameterSweep \"churn-last-week\", which has not run yet"),
        "one that runs waits for nobody"
    );
}

#[test]
fn a_sweep_that_names_itself_does_not_wait_and_one_that_is_suspended_looks_for_nobody() {
    let itself = |suspend: bool| {
        let mut shell = Shell::new(|object| {
            object["spec"]["algorithm"]["name"] = json!("TPE");
            object["spec"]["warmStart"] = json!({"sweeps": ["tune"]});
            object["spec"]["suspend"] = json!(suspend);
        });
        shell.lesson = Some(Ok(taught()));
        shell.reconcile();
        shell
    };
    assert_eq!(itself(false).phase().0, SweepPhase::Running);
    let suspended = itself(true);
    assert_eq!((suspended.phase().0, &suspended.observed.teachers), (SweepPhase::Suspended, &None));
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
