//! `podium search` with real processes: trials are shell scripts.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with a manifest; the output goes to `out` in it.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new(spec: Value) -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        bench.write(spec);
        bench
    }

    fn write(&self, spec: Value) {
        let manifest = json!({
            "apiVersion": "podium.dev/v1alpha1", "kind": "HyperparameterSweep", "metadata": {"name": "test"}, "spec": spec
        });
        std::fs::write(self.path("sweep.yaml"), manifest.to_string()).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn out(&self, name: &str) -> PathBuf {
        self.path("out").join(name)
    }

    /// A search whose trials are this script of `sh`, with these arguments before and behind.
    fn command(&self, options: &[&str], script: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_podium"));
        command
            .current_dir(self.folder.path())
            .args(["search", "-f", "sweep.yaml", "--output", "out"])
            .args(options)
            .args(["--", "sh", "-c", &script.replace('{', "{{"), "trial"])
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    fn search(&self, script: &str, arguments: &[&str]) -> Ended {
        self.with(&[], script, arguments)
    }

    fn with(&self, options: &[&str], script: &str, arguments: &[&str]) -> Ended {
        ended(self.command(options, script, arguments).output().unwrap())
    }

    fn journal(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.out("journal.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Lines of the journal about one kind of event.
    fn events(&self, event: &str) -> Vec<Value> {
        self.journal().into_iter().filter(|line| line["event"] == event).collect()
    }

    fn results(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.out("all_tuning_results.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    told: String,
}

fn ended(output: Output) -> Ended {
    let text = [output.stdout, output.stderr].concat();
    Ended { code: output.status.code(), told: String::from_utf8(text).unwrap() }
}

/// x from 0 to 8 in steps of 1; the loss is lowest at 3.
fn spec(max_trials: u32) -> Value {
    json!({
        "objective": {"metric": "loss", "goal": "Minimize"},
        "parameters": [{"name": "x", "int": {"min": 0, "max": 8}}],
        "maxTrials": max_trials,
    })
}

fn with(mut spec: Value, field: &str, value: Value) -> Value {
    spec[field] = value;
    spec
}

const PARABOLA: &str = "echo loss=$((($1 - 3) * ($1 - 3)))";

fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn signal(child: &Child, name: &str) {
    assert!(
        Command::new("kill").args([format!("-{name}"), child.id().to_string()]).status().unwrap().success()
    );
}

/// Whether a process is there and has not ended.
fn is_alive(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    status.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

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

#[test]
fn a_trial_behind_the_others_is_stopped_with_all_that_it_started() {
    let mut spec =
        with(spec(2), "earlyStopping", json!({"algorithm": "ASHA", "minSteps": 1, "reductionFactor": 2}));
    spec["warmStart"] = json!({"trials": [{"parameters": {"x": 3}}, {"parameters": {"x": 8}}]});
    let bench = Bench::new(spec);
    // The first trial ends at once; the second one hears SIGTERM, says so, and its child would sleep on.
    let script = "echo loss=$1 step=1; test $1 = 3 && exit
        trap 'echo asked; exit 0' TERM
        sleep 300 & echo $! > \"$PODIUM_TRIAL_DIR/child\"; wait";
    let ended = bench.search(script, &["{x}"]);
    assert_eq!(ended.code, Some(0), "{}", ended.told);
    let results = bench.results();
    assert_eq!((&results[1]["state"], &results[1]["value"]), (&json!("Stopped"), &json!(8.0)));
    assert_eq!(results[1]["message"], "stopped at step 1: 8 is behind 3, the bound of 2 trials");
    assert_eq!(read(&bench.out("trials/00001/stdout")), "loss=8 step=1\nasked\n");
    let child = read(&bench.out("trials/00001/child"));
    assert!(!child.is_empty());
    wait_for("the child is gone", || !is_alive(&child));
}

#[test]
fn a_trial_that_came_to_its_end_before_it_was_judged_has_a_result() {
    let mut spec =
        with(spec(2), "earlyStopping", json!({"algorithm": "ASHA", "minSteps": 1, "reductionFactor": 2}));
    spec["warmStart"] = json!({"trials": [{"parameters": {"x": 3}}, {"parameters": {"x": 8}}]});
    let bench = Bench::new(spec);
    // A line without its end is read when nobody writes any more, and not before.
    let ended = bench.search("printf 'loss=%s step=1' $1", &["{x}"]);
    assert_eq!(ended.code, Some(0), "{}", ended.told);
    let results = bench.results();
    let last = |field: &str| results[1][field].clone();
    assert_eq!((last("state"), last("value"), last("message")), (json!("Complete"), json!(8.0), Value::Null));
}

#[test]
fn who_does_not_hear_sigterm_is_killed_after_the_grace_period() {
    let mut spec = with(spec(1), "timeLimitSeconds", json!(1));
    spec["warmStart"] = json!({"trials": [{"parameters": {"x": 3}}]});
    let bench = Bench::new(spec);
    let start = Instant::now();
    let script = "trap '' TERM; echo $$ > \"$PODIUM_TRIAL_DIR/own\"; while :; do sleep 0.1; done";
    let ended = bench.with(&["--grace-period", "1"], script, &[]);
    assert_eq!(ended.code, Some(1), "{}", ended.told);
    assert!(ended.told.contains("Ended: the time limit of 1 s is over."), "{}", ended.told);
    assert!(start.elapsed() >= Duration::from_secs(2), "it had its grace period");
    assert!(!is_alive(&read(&bench.out("trials/00000/own"))));
    assert_eq!(bench.results()[0]["state"], "Interrupted");
}

#[test]
fn what_a_trial_leaves_behind_ends_with_it() {
    let bench = Bench::new(spec(1));
    let script = "sleep 300 & echo $! > \"$PODIUM_TRIAL_DIR/child\"; echo loss=1";
    let ended = bench.search(script, &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.told);
    let child = read(&bench.out("trials/00000/child"));
    wait_for("the child is gone", || !is_alive(&child));
}

#[test]
fn the_target_ends_the_search_and_what_still_runs() {
    let mut spec = with(spec(9), "parallelism", json!(2));
    spec["objective"]["target"] = json!("0");
    spec["warmStart"] = json!({"trials": [{"parameters": {"x": 8}}, {"parameters": {"x": 3}}]});
    let bench = Bench::new(spec);
    let ended = bench.search(&format!("test $1 = 8 && sleep 300; {PARABOLA}"), &["{x}"]);
    assert_eq!(ended.code, Some(0), "{}", ended.told);
    assert!(ended.told.contains("Ended: trial 1 reached the target with 0."), "{}", ended.told);
    let states: Vec<_> = bench.results().iter().map(|trial| trial["state"].clone()).collect();
    assert_eq!(states, ["Interrupted", "Complete"]);
}

/// A script that sleeps until a file is there, unless the trial's x is small.
const GATED: &str = "test $1 -lt 5 || while ! test -e go; do sleep 0.05; done; echo loss=$1";

#[test]
fn an_interrupted_search_leaves_nothing_running_and_goes_on_with_the_same_trials() {
    for name in ["INT", "TERM"] {
        let bench = Bench::new(with(spec(9), "parallelism", json!(2)));
        let child = bench.command(&[], GATED, &["{x}"]).stdout(Stdio::piped()).spawn().unwrap();
        wait_for("two trials wait", || {
            bench.out("journal.jsonl").exists()
                && bench.events("start").len() - bench.events("end").len() == 2
                && bench.events("end").iter().all(|end| end["outcome"]["Complete"].as_f64().unwrap() < 5.0)
                && bench
                    .events("start")
                    .iter()
                    .filter(|start| start["parameters"]["x"].as_i64().unwrap() >= 5)
                    .count()
                    == 2
        });
        let pids: Vec<String> = bench
            .events("start")
            .iter()
            .map(|start| read(&bench.out(&format!("trials/{:05}/pid", start["number"].as_i64().unwrap()))))
            .collect();
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

/// Each number has one set of parameters and one end.
fn assert_each_trial_once(bench: &Bench, trials: usize) {
    let ends: Vec<_> = bench.events("end").iter().map(|end| end["number"].as_i64().unwrap()).collect();
    let mut sorted = ends.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..i64::try_from(trials).unwrap()).collect::<Vec<_>>());
    let mut parameters = std::collections::BTreeMap::new();
    for start in bench.events("start") {
        let known =
            parameters.entry(start["number"].as_i64().unwrap()).or_insert(start["parameters"].clone());
        assert_eq!(*known, start["parameters"]);
    }
}

#[test]
fn a_killed_search_goes_on_without_a_trial_lost_or_doubled_and_ends_what_it_left_running() {
    let bench = Bench::new(with(spec(9), "parallelism", json!(2)));
    let mut child = bench.command(&[], GATED, &["{x}"]).stdout(Stdio::null()).spawn().unwrap();
    wait_for("two trials wait", || {
        bench.out("journal.jsonl").exists()
            && bench
                .events("start")
                .iter()
                .filter(|start| start["parameters"]["x"].as_i64().unwrap() >= 5)
                .count()
                == 2
            && bench.events("start").len() - bench.events("end").len() == 2
    });
    let waiting: Vec<i64> = bench
        .events("start")
        .iter()
        .filter(|start| start["parameters"]["x"].as_i64().unwrap() >= 5)
        .map(|start| start["number"].as_i64().unwrap())
        .collect();
    let pid = |number: &i64| read(&bench.out(&format!("trials/{number:05}/pid")));
    wait_for("both have written their number", || waiting.iter().all(|number| !pid(number).is_empty()));
    let left: Vec<String> = waiting.iter().map(pid).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(left.iter().all(|pid| is_alive(pid)), "nobody could end them");
    // As if the power had gone while a line was being written.
    let mut journal = read(&bench.out("journal.jsonl"));
    journal.push_str("{\"event\":\"end\",\"numb");
    std::fs::write(bench.out("journal.jsonl"), journal).unwrap();
    let script = format!("test -e go || touch go; {GATED}");
    let resumed = bench.search(&script, &["{x}"]);
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
