//! Searches that end in the middle and go on.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::{
    Bench, GATED, PARABOLA, assert_each_trial_once, ended, is_alive, read, signal, spec, two_waiting,
    wait_for, with,
};

#[test]
fn an_interrupted_search_leaves_nothing_running_and_goes_on_with_the_same_trials() {
    for name in ["INT", "TERM"] {
        let bench = Bench::new(with(spec(9), "parallelism", json!(2)));
        let child = bench.command(&[], GATED, &["{x}"]).stdout(Stdio::piped()).spawn().unwrap();
        let pids: Vec<String> = two_waiting(&bench).into_iter().map(|number| bench.pid(number)).collect();
        signal(&child, name);
        let interrupted = ended(child.wait_with_output().unwrap());
        assert_eq!(interrupted.code, Some(130), "{}", interrupted.told);
        assert!(
            interrupted.told.contains("Interrupted: the same command goes on from here."),
            "{}",
            interrupted.told
        );
        assert!(!pids.iter().any(|pid| is_alive(pid)));
        let before = bench.events("start");
        std::fs::write(bench.path("go"), "").unwrap();
        let resumed = bench.search(GATED, &["{x}"]);
        assert_eq!(resumed.code, Some(0), "{}", resumed.told);
        assert!(
            resumed.told.contains(&format!("Goes on: {} trials are kept, 2 of them", before.len())),
            "{}",
            resumed.told
        );
        assert_each_trial_once(&bench, 9);
    }
}

#[test]
fn what_ends_well_because_it_was_interrupted_has_no_result_and_runs_again() {
    let mut spec = spec(1);
    spec["warmStart"] = json!({"trials": [{"parameters": {"x": 3}}]});
    let bench = Bench::new(spec);
    let script = "test -e go && echo loss=1 && exit
        trap 'echo loss=99; exit 0' TERM; touch \"$PODIUM_TRIAL_DIR/ready\"; while :; do sleep 0.05; done";
    let child = bench.command(&[], script, &[]).stdout(Stdio::piped()).spawn().unwrap();
    wait_for("the trial runs", || bench.out("trials/00000/ready").exists());
    signal(&child, "INT");
    assert_eq!(ended(child.wait_with_output().unwrap()).code, Some(130));
    assert_eq!(read(&bench.out("trials/00000/stdout")), "loss=99\n");
    assert_eq!(bench.events("end"), Vec::<Value>::new());
    std::fs::write(bench.path("go"), "").unwrap();
    assert_eq!(bench.search(script, &[]).code, Some(0));
    assert_eq!(bench.results()[0]["value"], 1.0);
}

#[test]
fn a_killed_search_goes_on_without_a_trial_lost_or_doubled_and_ends_what_it_left_running() {
    let bench = Bench::new(with(spec(9), "parallelism", json!(2)));
    let mut child = bench.command(&[], GATED, &["{x}"]).stdout(Stdio::null()).spawn().unwrap();
    let waiting = two_waiting(&bench);
    let left: Vec<String> = waiting.iter().map(|number| bench.pid(*number)).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(left.iter().all(|pid| is_alive(pid)), "nobody could end them");
    // As if it had been killed between the start of a process and the note of its number.
    std::fs::remove_file(bench.out(&format!("trials/{:05}/pid", waiting[0]))).unwrap();
    // As if the power had gone while a line was being written.
    let mut journal = read(&bench.out("journal.jsonl"));
    journal.push_str("{\"event\":\"end\",\"numb");
    std::fs::write(bench.out("journal.jsonl"), journal).unwrap();
    // Nothing opens the gate: what is left behind would wait for ever.
    let resumed = bench.search("echo loss=$1", &["{x}"]);
    assert_eq!(resumed.code, Some(0), "{}", resumed.told);
    assert_each_trial_once(&bench, 9);
    wait_for("what was left behind is gone", || !left.iter().any(|pid| is_alive(pid)));
}

#[test]
fn an_ended_search_says_again_how_it_ended_and_goes_on_when_it_may_try_more() {
    let bench = Bench::new(spec(2));
    assert_eq!(bench.search(PARABOLA, &["{x}"]).code, Some(0));
    let again = bench.search(PARABOLA, &["{x}"]);
    assert!(again.told.contains("Ended: all 2 trials ended."), "{}", again.told);
    assert_eq!(bench.events("start").len(), 2);
    bench.write(spec(4));
    let more = bench.search(PARABOLA, &["{x}"]);
    assert!(more.told.contains("Ended: all 4 trials ended."), "{}", more.told);
    assert_each_trial_once(&bench, 4);
}

#[test]
fn another_space_keeps_what_fits_and_another_metric_is_refused() {
    let mut first = spec(2);
    first["warmStart"] = json!({"trials": [{"parameters": {"x": 1}}, {"parameters": {"x": 8}}]});
    let bench = Bench::new(first);
    assert_eq!(bench.search(PARABOLA, &["{x}"]).code, Some(0));
    bench.write(with(spec(2), "parameters", json!([{"name": "x", "int": {"min": 0, "max": 5}}])));
    let ended = bench.search(PARABOLA, &["{x}"]);
    for expected in [
        "Goes on: 1 trials are kept, 0 of them",
        "1 trials are ignored, as they don't fit the parameters as they are now; the first one, trial 1: parameter \"x\": 8 is not",
        "Ended: all 2 trials ended.",
    ] {
        assert!(ended.told.contains(expected), "{expected}: {}", ended.told);
    }
    assert_eq!(bench.events("start").last().unwrap()["number"], 2);
    bench.write(with(spec(2), "objective", json!({"metric": "accuracy", "goal": "Maximize"})));
    let refused = bench.search(PARABOLA, &["{x}"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.told.contains("holds the search of loss"), "{}", refused.told);
}

#[test]
fn the_best_of_another_space_does_not_outlive_it() {
    let bench = Bench::new(spec(1));
    assert_eq!(bench.search(PARABOLA, &["{x}"]).code, Some(0));
    assert!(bench.out("tuned_model_info.json").exists());
    bench.write(with(spec(1), "parameters", json!([{"name": "y", "int": {"min": 0, "max": 5}}])));
    assert_eq!(bench.search("exit 3", &["{y}"]).code, Some(1));
    assert!(!bench.out("tuned_model_info.json").exists());
}

#[test]
fn a_second_search_of_the_same_folder_is_refused() {
    let bench = Bench::new(spec(9));
    let script = "while ! test -e go; do sleep 0.05; done; echo loss=1";
    let mut child = bench.command(&[], script, &[]).stdout(Stdio::null()).spawn().unwrap();
    wait_for("the first one runs", || bench.out("trials/00000/pid").exists());
    let refused = bench.search(script, &[]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.told.contains(&format!("is used by another podium search, process {}", child.id())),
        "{}",
        refused.told
    );
    std::fs::write(bench.path("go"), "").unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_journal_with_a_broken_line_is_refused_with_its_number() {
    let bench = Bench::new(spec(1));
    assert_eq!(bench.search(PARABOLA, &["{x}"]).code, Some(0));
    let journal = read(&bench.out("journal.jsonl")).replacen("\"event\":\"start\"", "\"event\":\"go\"", 1);
    std::fs::write(bench.out("journal.jsonl"), journal).unwrap();
    let refused = bench.search(PARABOLA, &["{x}"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.told.contains("journal.jsonl, line 2: unknown variant"), "{}", refused.told);
}

#[test]
fn two_searches_with_one_seed_try_the_same_points_and_a_stop_in_between_changes_none() {
    let mut spec = with(spec(25), "algorithm", json!({"name": "TPE", "seed": 5}));
    spec["parameters"] = json!([{"name": "x", "double": {"min": "0", "max": "8"}}, {"name": "k", "categorical": {"values": [1, 2]}}]);
    let script = "awk -v x=\"$1\" -v k=\"$2\" 'BEGIN { print \"loss=\" (x - 3) ^ 2 + k }'";
    let points = |stops: &[u32]| {
        let bench = Bench::new(spec.clone());
        for most in stops {
            bench.write(with(spec.clone(), "maxTrials", json!(most)));
            assert_eq!(bench.search(script, &["{x}", "{k}"]).code, Some(0));
        }
        bench.results().iter().map(|trial| trial["parameters"].clone()).collect::<Vec<_>>()
    };
    let whole = points(&[25]);
    assert_eq!(whole.len(), 25);
    assert_eq!(points(&[7, 13, 25]), whole);
}

#[test]
fn the_example_runs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_podium"))
        .current_dir(root)
        .args([
            "search",
            "-f",
            "examples/search/sweep.yaml",
            "--output",
            folder.path().to_str().unwrap(),
            "--",
        ])
        .args(["examples/search/train.sh", "--lr", "{learning_rate}", "--batch", "{batch_size}"])
        .output()
        .unwrap();
    let ended = ended(output);
    assert_eq!(ended.code, Some(0), "{}", ended.told);
    assert!(ended.told.contains("Ended: all 40 trials ended."), "{}", ended.told);
}
