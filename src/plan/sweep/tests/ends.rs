use super::*;
use crate::plan::CloseAs;

fn running() -> Shell {
    let mut shell = Shell::new(|_| {});
    shell.reconcile();
    (0..3).for_each(|worker| shell.state(worker, JobState::Running));
    shell.took();
    shell.effects.clear();
    shell
}

fn best(shell: &mut Shell) {
    shell.desk().top = vec![crate::api::sweep_status::RankedTrial {
        number: 4,
        value: Decimal::from(0.9),
        run_id: "r4".into(),
        parameters: None,
    }];
}

fn closed_as(shell: &Shell) -> Option<CloseAs> {
    shell.effects.iter().find_map(|effect| match effect {
        Effect::CloseSweep { status, .. } => Some(*status),
        _ => None,
    })
}

#[test]
fn a_sweep_that_is_done_stops_its_workers_reports_and_closes_its_runs_once() {
    let mut shell = running();
    best(&mut shell);
    shell.desk().ending = Some(done(10));
    shell.desk().open_runs = vec!["r9".into()];
    shell.reconcile();
    let took = shell.took();
    assert_eq!(took.iter().filter(|action| *action == "delete").count(), 3, "{took:?}");
    assert_eq!(took.iter().filter(|action| action.starts_with("report")).count(), 1);
    assert_eq!(took.last().map(String::as_str), Some("forget"));
    let Some(Effect::CloseSweep { open, status, .. }) = shell.effects.last() else {
        panic!("{:?}", shell.effects)
    };
    assert_eq!(
        (open.iter().map(String::as_str).collect::<Vec<_>>(), *status),
        (vec!["r9"], CloseAs::Finished)
    );
    assert_eq!(shell.phase(), (SweepPhase::Succeeded, "all 10 trials ended"));
    let run = shell.observed.status.run.as_ref().unwrap();
    assert_eq!((run.reason.as_str(), run.closed, run.reported), ("Done", true, true));
    shell.effects.clear();
    shell.reconcile();
    assert_eq!(shell.effects, []);
}

#[test]
fn a_time_limit_with_nothing_found_is_a_failure_and_with_a_best_trial_is_none() {
    let ending = Ending::TimeLimit { seconds: 60.0 };
    let mut shell = running();
    shell.desk().ending = Some(ending.clone());
    shell.reconcile();
    assert_eq!((shell.phase().0, closed_as(&shell)), (SweepPhase::Failed, Some(CloseAs::Failed)));
    let mut shell = running();
    best(&mut shell);
    shell.desk().ending = Some(ending);
    shell.reconcile();
    assert_eq!((shell.phase().0, closed_as(&shell)), (SweepPhase::Succeeded, Some(CloseAs::Finished)));
}

#[test]
fn a_changed_space_closes_the_open_run_and_starts_another() {
    let mut shell = running();
    shell.sweep = hosted(|object| object["spec"]["parameters"][0]["double"]["max"] = json!("10"));
    shell.reconcile();
    assert_eq!(closed_as(&shell), Some(CloseAs::Killed));
    let run = shell.observed.status.run.as_ref().unwrap();
    assert_eq!((run.number, run.outcome), (2, None));
    let took = shell.took();
    assert_eq!(took.iter().filter(|action| action.starts_with("create")).count(), 3, "{took:?}");
}

#[test]
fn an_action_starts_another_run_and_a_limit_that_changes_does_not() {
    let mut shell = running();
    shell.sweep = hosted(|object| {
        object["spec"]["maxTrials"] = json!(50);
        object["spec"]["timeLimitSeconds"] = json!(600);
    });
    shell.reconcile();
    assert_eq!(shell.observed.status.run.as_ref().unwrap().number, 1);
    shell.sweep =
        hosted(|object| object["metadata"]["annotations"] = json!({"podium.dev/action": "run:again"}));
    shell.reconcile();
    assert_eq!(shell.observed.status.run.as_ref().unwrap().number, 2);
    assert_eq!(shell.observed.status.handled_action.as_deref(), Some("again"));
}

#[test]
fn a_new_leader_takes_an_ended_run_to_its_end() {
    let mut shell = running();
    best(&mut shell);
    shell.desk().ending = Some(done(10));
    let service = service();
    // The first plan alone: what follows at once is lost with its leader.
    let first = plan(&shell.sweep, &shell.observed, Ok(&service), at(0));
    shell.observed.status = first.status;
    shell.observed.desk = None;
    shell.observed.workers.clear();
    shell.reconcile();
    assert_eq!(closed_as(&shell), Some(CloseAs::Finished));
    assert_eq!(shell.took(), ["open", "report s", "forget"]);
}

#[test]
fn the_method_that_a_run_began_with_stays_whatever_changes_later() {
    let auto = |object: &mut Value| object["spec"]["algorithm"] = json!({"name": "Auto"});
    let mut shell = Shell::new(auto);
    shell.reconcile();
    let began = shell.observed.status.algorithm.clone().unwrap();
    shell.sweep = hosted(|object| {
        auto(object);
        object["spec"]["maxTrials"] = json!(100_000);
    });
    shell.observed.desk = None;
    shell.done.clear();
    shell.reconcile();
    assert_eq!(shell.observed.status.algorithm.as_ref(), Some(&began));
    let opening = shell.done.iter().find_map(|action| match action {
        SweepAction::Open(opening) => Some(opening.sweep.plan.settings.budget),
        _ => None,
    });
    assert_eq!(opening, Some(Some(10)));
}

#[test]
fn a_release_whose_auto_chooses_otherwise_goes_on_with_the_method_that_the_run_began_with() {
    let mut shell = Shell::new(|object| object["spec"]["algorithm"] = json!({"name": "Auto"}));
    shell.reconcile();
    for began_with in ["TPE", "GP"] {
        shell.observed.status.algorithm.as_mut().unwrap().name = began_with.to_owned();
        shell.observed.desk = None;
        shell.done.clear();
        shell.reconcile();
        let opened = shell.done.iter().find_map(|action| match action {
            SweepAction::Open(opening) => Some(opening.sweep.plan.clone()),
            _ => None,
        });
        let plan = opened.unwrap();
        let settings = &plan.settings;
        let choice = settings.algorithm.choose(&plan.space, settings.budget, settings.parallelism);
        assert_eq!(podium_tuning::report::method(&choice.algorithm), began_with);
    }
}
