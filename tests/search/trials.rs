//! What a trial is told, what it says, and what of it counts.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Bench, PARABOLA, ended, read, spec, with};

#[test]
fn every_point_of_a_small_space_is_tried_once_and_the_best_is_reported() {
    let bench = Bench::new(with(spec(20), "parallelism", json!(4)));
    let ended = bench.search(PARABOLA, &["{x}"]);
    assert_eq!(ended.code, Some(0), "{}", ended.told);
    assert!(ended.told.contains("Ended: every point of the space was tried, in 9 trials."), "{}", ended.told);
    let mut tried: Vec<_> =
        bench.results().iter().map(|trial| trial["parameters"]["x"].as_i64().unwrap()).collect();
    tried.sort_unstable();
    assert_eq!(tried, (0..=8).collect::<Vec<_>>());
    let best: Value = serde_json::from_str(&read(&bench.out("tuned_model_info.json"))).unwrap();
    assert_eq!((&best["value"], &best["parameters"]), (&json!(0.0), &json!({"x": 3})));
    assert_eq!(read(&bench.out("all_tuning_results.csv")).lines().count(), 10);
    let summary: Value = serde_json::from_str(&read(&bench.out("tuning_summary_report.json"))).unwrap();
    assert_eq!(summary["ending"]["reason"], "Exhausted");
    assert!(read(&bench.out("charts/optimization_history.svg")).contains("best 0 by trial"));
    assert!(std::fs::read(bench.out("charts/top_trials.png")).unwrap().starts_with(b"\x89PNG"));
    // Nine trials are too few to say what matters.
    assert!(!bench.out("charts/parameter_importance.svg").exists());
}

#[test]
fn a_program_gets_its_parameters_three_ways_and_those_that_are_not_there_not_at_all() {
    let mut spec = spec(1);
    spec["parameters"] = json!([
        {"name": "booster", "categorical": {"values": ["gbdt", "dart"]}},
        {"name": "drop-rate", "double": {"min": "0", "max": "0.5"}, "when": {"parameter": "booster", "in": ["dart"]}},
        {"name": "x", "int": {"min": 0, "max": 8}},
    ]);
    spec["warmStart"] = json!({"trials": [{"parameters": {"booster": "gbdt", "x": 5}}]});
    let bench = Bench::new(spec);
    let script = "echo \"$# $1 $2\" \"$PODIUM_PARAMETER_X\" \"${PODIUM_PARAMETER_DROP_RATE-none}\" > \"$PODIUM_TRIAL_DIR/seen\"
        cp \"$PODIUM_PARAMETERS_FILE\" \"$PODIUM_TRIAL_DIR/copy.json\"
        echo \"{\\\"loss\\\": 0.5}\" > \"$PODIUM_METRICS_FILE\"";
    let mut command = bench.command(&[], script, &["--x={x}", "--drop={drop-rate}", "{{{booster}}"]);
    let ended = ended(command.env("PODIUM_PARAMETER_DROP_RATE", "inherited").output().unwrap());
    assert_eq!(ended.code, Some(0), "{}", ended.told);
    assert_eq!(read(&bench.out("trials/00000/seen")), "2 --x=5 {gbdt} 5 none\n");
    let copy: Value = serde_json::from_str(&read(&bench.out("trials/00000/copy.json"))).unwrap();
    assert_eq!(copy, json!({"booster": "gbdt", "x": 5}));
    assert_eq!(bench.results()[0]["value"], 0.5);
}

#[test]
fn the_last_value_counts_and_nan_is_a_failure() {
    let spec =
        with(spec(2), "warmStart", json!({"trials": [{"parameters": {"x": 1}}, {"parameters": {"x": 2}}]}));
    let bench = Bench::new(spec);
    let script = "echo loss=0.1 step=1; echo acc=0.9 loss=0.4 step=2; test $1 = 1 || echo loss=nan";
    let ended = bench.search(script, &["{x}"]);
    assert_eq!(ended.code, Some(0), "{}", ended.told);
    let results = bench.results();
    assert_eq!((&results[0]["value"], &results[0]["step"]), (&json!(0.4), &json!(2)));
    assert_eq!(results[0]["metrics"], json!({"loss": 0.4, "acc": 0.9}));
    assert_eq!(results[1]["message"], "the objective is not a finite number");
}

#[test]
fn an_exit_code_is_a_failure_told_with_the_last_words() {
    let bench = Bench::new(with(spec(9), "maxFailedTrials", json!(1)));
    let ended = bench.search("echo loss=1; echo 'out of memory' >&2; exit 3", &["{x}"]);
    assert_eq!(ended.code, Some(1), "{}", ended.told);
    let expected = "Failed: 2 trials failed, 1 are allowed; the last one: exit code 3: out of memory.";
    assert!(ended.told.contains(expected), "{}", ended.told);
}

#[test]
fn a_metric_that_nobody_logs_ends_the_search_with_the_names_that_were_logged_and_a_mended_script_goes_on() {
    let bench = Bench::new(spec(9));
    let ended = bench.search("echo accuracy=1 val_loss=2", &["{x}"]);
    assert_eq!(ended.code, Some(1), "{}", ended.told);
    let expected = "no trial logged the objective \"loss\"; they logged accuracy, val_loss";
    assert!(ended.told.contains(expected), "{}", ended.told);
    assert_eq!(bench.events("start").len(), 3);
    let before = bench.events("start");
    let ended = bench.with(&["--retry-failed"], PARABOLA, &["{x}"]);
    assert_eq!(ended.code, Some(0), "{}", ended.told);
    assert!(ended.told.contains("3 of these had failed.\nThe command changed"), "{}", ended.told);
    let after: Vec<_> = bench.events("start").into_iter().skip(3).collect();
    assert_eq!(after.len(), 9);
    for (first, again) in before.iter().zip(&after) {
        assert_eq!((&first["number"], &first["parameters"]), (&again["number"], &again["parameters"]));
    }
}

#[test]
fn a_program_that_is_not_there_and_a_name_that_is_none_are_refused_before_anything_runs() {
    let bench = Bench::new(spec(9));
    let output = Command::new(env!("CARGO_BIN_EXE_podium"))
        .current_dir(bench.folder.path())
        .args(["search", "-f", "sweep.yaml", "--", "./train.sh", "--lr", "{lr}"])
        .output()
        .unwrap();
    let told = ended(output);
    assert_eq!(told.code, Some(2));
    assert!(
        told.told.contains("argument \"{lr}\": \"lr\" is no parameter of the sweep (x)"),
        "{}",
        told.told
    );
    let output = Command::new(env!("CARGO_BIN_EXE_podium"))
        .current_dir(bench.folder.path())
        .args(["search", "-f", "sweep.yaml", "--output", "out", "--", "./no-such-program"])
        .output()
        .unwrap();
    let told = ended(output);
    assert_eq!(told.code, Some(2));
    assert!(told.told.contains("can't start \"./no-such-program\": No such file"), "{}", told.told);
}
