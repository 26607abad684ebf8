//! What earlier sweeps teach: which of their runs, which of their trials, and how often it is written down.

use std::collections::BTreeSet;

use podium_contract::{OBJECTIVE_TAG, RUN_TAG};
use podium_search::{Finished, Outcome};

use super::*;
use crate::plan::trials::earlier::{FOLDER, Files, MOST, choose, gather, pinned};
use crate::plan::{Known, Query, Reading, Step, Trouble};

fn wanted(sweeps: &[&str]) -> Wanted {
    let plan = sweep(|_| {}).plan;
    Wanted {
        installation: "i".into(),
        namespace: "ml".into(),
        name: "tune".into(),
        run: "run".into(),
        parent_run_id: "p".into(),
        objective: "Minimize cv_loss".into(),
        goal: plan.settings.goal,
        space: plan.space,
        sweeps: sweeps.iter().map(|&name| name.to_owned()).collect(),
    }
}

fn run(id: &str, started_ms: i64, objective: Option<&str>) -> SweepRunFacts {
    let objective = objective.map(|text| (OBJECTIVE_TAG.to_owned(), text.to_owned()));
    let tags = [(RUN_TAG.to_owned(), id.to_owned())].into_iter().chain(objective);
    SweepRunFacts { run_id: id.into(), experiment_id: "1".into(), started_ms, tags: tags.collect() }
}

/// A run that looks for what this sweep looks for.
fn alike(id: &str, started_ms: i64) -> SweepRunFacts {
    run(id, started_ms, Some("Minimize cv_loss"))
}

fn with_runs(known: &mut Known, name: &str, runs: Vec<SweepRunFacts>) {
    known.sweep_runs.insert(("i".into(), "ml".into(), name.into()), Reading::Found(runs));
}

fn with_trials(known: &mut Known, run: &str, runs: Vec<TrialRun>) {
    let stored = Stored { runs, pages: BTreeSet::new() };
    known.trials.insert(("1".into(), run.into()), Reading::Found(stored));
}

/// A trial that ended, as it stands in MLflow.
fn trial(number: i64, parameters: Value, end: Value) -> TrialRun {
    let record =
        json!({"number": number, "attempt": 1, "losses": 0, "worker": "w", "parameters": parameters});
    let result = json!({"attempt": 1, "end": end, "seconds": 1.0});
    TrialRun {
        run_id: format!("r{number}"),
        state: RunState::Finished,
        tags: Tags::from([
            (podium_contract::TRIAL_TAG.to_owned(), record.to_string()),
            (podium_contract::TRIAL_RESULT_TAG.to_owned(), result.to_string()),
        ]),
        metrics: BTreeMap::new(),
    }
}

fn good(number: i64, x: f64, value: f64) -> TrialRun {
    trial(number, json!({"x": x}), serde_json::to_value(complete(value)).unwrap())
}

fn finished(x: f64, value: f64) -> Finished {
    let point = serde_json::Map::from_iter([("x".to_owned(), json!(x))]);
    Finished { point, outcome: Outcome::Complete(value) }
}

fn taught(step: Step<Gathered>) -> Earlier {
    match step {
        Step::Done(Gathered::Taught(earlier)) => earlier,
        other => panic!("{other:?}"),
    }
}

fn refusal(known: &Known, sweeps: &[&str]) -> String {
    match gather(&wanted(sweeps), known) {
        Step::Done(Gathered::Refused(violation)) => violation.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn complete_trials_of_the_newest_run_that_fit_the_space_teach_the_oldest_run_first() {
    let mut known = Known::default();
    with_runs(&mut known, "a", vec![alike("a2", 20), alike("a1", 5)]);
    with_runs(&mut known, "b", vec![alike("b1", 10)]);
    with_trials(&mut known, "a2", vec![good(1, 0.2, 2.0), good(0, 0.1, 3.0), good(2, 1.5, 0.0)]);
    let failed = json!({"Failed": {"message": "broke"}});
    let other = trial(3, json!({"x": 0.5, "y": 1}), serde_json::to_value(complete(1.0)).unwrap());
    let failed = trial(
        1,
        json!({"x": 0.5}),
        serde_json::to_value(TrialEnd::Failed { message: failed.to_string() }).unwrap(),
    );
    with_trials(&mut known, "b1", vec![good(0, 0.3, 1.0), failed, good(2, 0.4, f64::NAN), other]);
    let lesson = |sweep: &str, run: &str, trials, outside| Lesson {
        sweep: sweep.to_owned(),
        run_id: Some(run.to_owned()),
        trials,
        outside,
    };
    let expected = Earlier {
        lessons: vec![lesson("b", "b1", 1, 1), lesson("a", "a2", 2, 1)],
        trials: vec![finished(0.3, 1.0), finished(0.1, 3.0), finished(0.2, 2.0)],
    };
    assert_eq!(taught(gather(&wanted(&["a", "b"]), &known)), expected);
}

#[test]
fn what_must_be_known_is_asked_in_two_rounds() {
    let mut known = Known::default();
    let runs = |name: &str| Query::SweepRuns("i".into(), "ml".into(), name.into());
    assert_eq!(gather(&wanted(&["a", "b"]), &known), Step::Need(vec![runs("a"), runs("b")]));
    with_runs(&mut known, "a", vec![alike("a1", 1)]);
    with_runs(&mut known, "b", vec![alike("b1", 2)]);
    let trials = |run: &str| Query::Trials("1".into(), run.into());
    assert_eq!(gather(&wanted(&["a", "b"]), &known), Step::Need(vec![trials("a1"), trials("b1")]));
}

#[test]
fn a_point_that_several_tried_teaches_once_by_the_newest_run() {
    let mut known = Known::default();
    with_runs(&mut known, "a", vec![alike("a1", 20)]);
    with_runs(&mut known, "b", vec![alike("b1", 10)]);
    with_trials(&mut known, "a1", vec![good(0, 0.5, 1.0)]);
    with_trials(&mut known, "b1", vec![good(0, 0.5, 2.0), good(1, 0.6, 3.0)]);
    let earlier = taught(gather(&wanted(&["a", "b"]), &known));
    assert_eq!(earlier.trials, [finished(0.6, 3.0), finished(0.5, 1.0)]);
    assert_eq!(earlier.lessons.iter().map(|lesson| lesson.trials).collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn of_too_many_trials_the_best_teach() {
    let mut known = Known::default();
    with_runs(&mut known, "a", vec![alike("a1", 1)]);
    let many = MOST as i64 + 3;
    // The first ones are the worst.
    let trials = (0..many).map(|number| good(number, number as f64 / 2e3, -(number as f64))).collect();
    with_trials(&mut known, "a1", trials);
    let earlier = taught(gather(&wanted(&["a"]), &known));
    assert_eq!((earlier.trials.len(), earlier.lessons[0].trials), (MOST, MOST));
    assert_eq!(earlier.trials[0], finished(3.0 / 2e3, -3.0));
}

#[test]
fn a_sweep_that_names_itself_is_taught_by_its_run_before_and_by_nothing_at_first() {
    let mut known = Known::default();
    with_runs(&mut known, "tune", vec![alike("run", 9)]);
    let nothing = Lesson { sweep: "tune".into(), run_id: None, trials: 0, outside: 0 };
    let expected = Earlier { lessons: vec![nothing], trials: vec![] };
    assert_eq!(taught(gather(&wanted(&["tune"]), &known)), expected);
    with_runs(&mut known, "tune", vec![alike("run", 9), alike("before", 5)]);
    with_trials(&mut known, "before", vec![good(0, 0.5, 1.0)]);
    assert_eq!(taught(gather(&wanted(&["tune"]), &known)).lessons[0].run_id.as_deref(), Some("before"));
}

#[test]
fn what_can_not_teach_is_told_with_its_place_its_name_and_what_is_allowed() {
    let mut known = Known::default();
    with_runs(&mut known, "good", vec![alike("g", 1)]);
    with_runs(&mut known, "nobody", vec![]);
    with_runs(&mut known, "other", vec![run("o", 2, Some("Maximize cv_f1_score")), alike("o1", 1)]);
    with_runs(&mut known, "old", vec![run("x", 2, None)]);
    assert_eq!(
        refusal(&known, &["good", "nobody"]),
        "spec.warmStart.sweeps[1]: \"nobody\" has no run in MLflow: allowed are HyperparameterSweeps of namespace \"ml\" that have \
         run, deleted ones too"
    );
    assert_eq!(
        refusal(&known, &["other"]),
        "spec.warmStart.sweeps[0]: \"other\" has the objective \"Maximize cv_f1_score\" in its newest run: allowed are sweeps with \
         this one's, \"Minimize cv_loss\", since other values can't be compared"
    );
    assert_eq!(
        refusal(&known, &["old"]),
        "spec.warmStart.sweeps[0]: \"old\" says no objective in its newest run, which an older Podium made: allowed is one that ran \
         since"
    );
}

#[test]
fn nothing_follows_from_an_mlflow_that_does_not_answer() {
    let trouble = Trouble { reason: "TrackingUnreachable", message: "no answer".into() };
    let mut known = Known::default();
    with_runs(&mut known, "a", vec![alike("a1", 1)]);
    known.trials.insert(("1".into(), "a1".into()), Reading::Unreachable(trouble.clone()));
    let unreachable = Step::Done(Gathered::Unreachable(trouble.clone()));
    assert_eq!(gather(&wanted(&["a"]), &known), unreachable);
    known.sweep_runs.insert(("i".into(), "ml".into(), "a".into()), Reading::Unreachable(trouble));
    assert_eq!(gather(&wanted(&["a"]), &known), unreachable);
}

fn written() -> (Files, Taught, Earlier) {
    let lesson = Lesson { sweep: "a".into(), run_id: Some("a1".into()), trials: 2, outside: 1 };
    let earlier =
        Earlier { lessons: vec![lesson], trials: vec![finished(0.1, 1.0 / 3.0), finished(0.2, 1e-300)] };
    let (effect, taught) = earlier.write("p");
    let Effect::PutFiles { run_id, files } = effect else { panic!("{effect:?}") };
    assert_eq!(run_id, "p");
    let below = |(path, bytes): (String, Vec<u8>)| {
        (path.strip_prefix(&format!("{FOLDER}/")).unwrap().to_owned(), bytes)
    };
    (files.into_iter().map(below).collect(), taught, earlier)
}

#[test]
fn what_is_written_reads_back_to_the_very_bits_by_its_digest_alone() {
    let (mut files, taught, earlier) = written();
    assert_eq!((taught.sums.trials, taught.sums.outside), (2, 1));
    // A late write of a leader that is dead already.
    files.insert("0.json".into(), b"{}".to_vec());
    assert_eq!(pinned(&files, &taught.sums.digest), Some(earlier));
    assert_eq!(pinned(&files, "another"), None);
}

#[test]
fn what_a_leader_wrote_before_it_died_is_taken_and_half_a_file_is_none() {
    let (files, taught, _) = written();
    assert_eq!(choose(&files), Some(taught));
    let half = files.into_iter().map(|(name, bytes)| (name, bytes[..bytes.len() / 2].to_vec())).collect();
    assert_eq!(choose(&half), None);
    assert_eq!(choose(&Files::new()), None);
}

/// The points that a desk gives out one after the other, all told as 1.
fn points(plan: &ValidSweep, earlier: &Earlier, stops_at: Option<i64>) -> Vec<(i64, Value)> {
    let mut office = Office::new(plan.clone());
    office.earlier = Some(earlier.clone());
    office.take_over();
    for number in 0..plan.plan.limits.max_trials as i64 {
        let Asked::Trial { number: given, attempt, .. } = office.ask("w1") else { break };
        if Some(number) == stops_at {
            office.take_over();
        }
        office.tell("w1", (given, attempt), complete(1.0)).unwrap();
    }
    office.parameters()
}

#[test]
fn a_new_leader_suggests_what_would_have_come_and_taught_points_only_when_all_are_tried() {
    for algorithm in ["TPE", "GP", "CMA-ES", "Random", "Sobol", "Grid"] {
        let plan = sweep(|spec| {
            spec["algorithm"] = json!({"name": algorithm, "seed": 3});
            spec["parameters"] = json!([{"name": "x", "int": {"min": 0, "max": 19}}]);
            spec["maxTrials"] = json!(20);
        });
        let taught: Vec<f64> = (0..12).map(f64::from).collect();
        let trials = taught.iter().map(|x| finished(*x, (*x - 4.0).powi(2))).collect();
        let earlier = Earlier { lessons: vec![], trials };
        let undisturbed = points(&plan, &earlier, None);
        let mut tried: Vec<i64> = undisturbed.iter().map(|(_, x)| x.as_i64().unwrap()).collect();
        tried.sort_unstable();
        assert_eq!(tried, (12..20).collect::<Vec<_>>(), "{algorithm}");
        for at in 0..8 {
            assert_eq!(points(&plan, &earlier, Some(at)), undisturbed, "{algorithm}, another leader at {at}");
        }
    }
}
