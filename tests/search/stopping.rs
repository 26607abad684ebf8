//! What ends before its time, and what it leaves behind.

use serde_json::{Value, json};

use crate::support::{Bench, PARABOLA, is_alive, read, spec, wait_for, with};

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
    let script = "trap 'touch \"$PODIUM_TRIAL_DIR/asked\"' TERM; echo $$ > \"$PODIUM_TRIAL_DIR/own\"; while :; do sleep 0.1; done";
    let ended = bench.with(&["--grace-period", "1"], script, &[]);
    assert_eq!(ended.code, Some(1), "{}", ended.told);
    assert!(ended.told.contains("Ended: the time limit of 1 s is over."), "{}", ended.told);
    assert!(bench.out("trials/00000/asked").exists(), "it was asked before it was killed");
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
