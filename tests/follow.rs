//! `podium follow` on a real API server, with statuses that the test writes in the operator's place.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use support::{ControlPlane, root};

const TIME: &str = "2026-01-01T00:00:00Z";

fn set_status(plane: &ControlPlane, kind: &str, name: &str, mut status: Value) {
    status["observedGeneration"] = json!(1);
    let patch = json!({"status": status}).to_string();
    plane
        .kubectl(&["patch", kind, name, "-n", "ml", "--subresource=status", "--type=merge", "-p", &patch])
        .unwrap();
}

fn follow(plane: &ControlPlane, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_podium"));
    command
        .arg("follow")
        .args(args)
        .args(["-n", "ml"])
        .env("KUBECONFIG", plane.kubeconfig())
        .env_remove("NO_COLOR");
    command
}

/// Exit code and what was told, on both outputs.
fn ended(mut command: Command) -> (Option<i32>, String) {
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

fn apply_version(plane: &ControlPlane, name: &str, status: Value) {
    let object = json!({
        "apiVersion": "podium.dev/v1alpha1", "kind": "ModelVersion", "metadata": {"name": name, "namespace": "ml"},
        "spec": {"registeredModel": "breast-cancer", "source": {"pipelineRef": {"name": "breast-cancer"}}}
    });
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), object.to_string()).unwrap();
    plane.kubectl(&["create", "-f", file.path().to_str().unwrap()]).unwrap();
    set_status(plane, "mv", name, status);
}

fn pipeline_status(phase: &str) -> Value {
    json!({
        "phase": phase, "message": "", "modelVersion": "breast-cancer-1",
        "stages": [{"name": "Train", "phase": "Running", "startedAt": TIME}],
        "candidates": [{"name": "logistic", "phase": "Succeeded", "score": "0.97"}, {"name": "forest", "phase": "Running"}]
    })
}

#[test]
fn a_run_is_followed_live_and_the_exit_code_says_how_it_ended() {
    let plane = ControlPlane::start();
    plane.install_definitions();
    plane.kubectl(&["create", "namespace", "ml"]).unwrap();
    let (code, told) = ended(follow(&plane, &["tp/breast-cancer"]));
    assert_eq!(
        (code, told.as_str()),
        (Some(2), "podium: no TrainingPipeline \"breast-cancer\" in namespace \"ml\"\n")
    );
    plane.kubectl(&["apply", "-f", root().join("examples/breast-cancer.yaml").to_str().unwrap()]).unwrap();
    let (code, told) = ended(follow(&plane, &["tp/breast-cancer", "--timeout", "1"]));
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("waiting for the operator") && told.contains("not ended after 1 s"), "{told}");

    apply_version(
        &plane,
        "old",
        json!({"phase": "Promoted", "message": "", "version": "2", "alias": "champion"}),
    );
    set_status(&plane, "tp", "breast-cancer", pipeline_status("Training"));
    let mut live =
        follow(&plane, &["trainingpipeline", "breast-cancer", "--until", "promoted", "--timeout", "60"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
    let mut lines = BufReader::new(live.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.by_ref().any(|line| line == "forest: Running"), "what goes on is told before the end");

    let decision = json!({"id": "d", "action": "Promote", "version": "3", "from": "2", "reason": "GatesPassed", "by": "operator", "at": TIME});
    let gate = json!({"name": "quality", "result": "Pass", "reason": "WithinBounds", "message": "", "metric": "f1_score", "value": "0.97", "min": "0.9"});
    set_status(
        &plane,
        "mv",
        "old",
        json!({"phase": "Replaced", "message": "", "version": "2", "alias": null}),
    );
    apply_version(
        &plane,
        "breast-cancer-1",
        json!({"phase": "Promoted", "message": "all gates passed", "version": "3", "alias": "champion", "gates": [gate], "history": [decision]}),
    );
    set_status(&plane, "tp", "breast-cancer", pipeline_status("Succeeded"));
    let rest: Vec<_> = lines.collect();
    assert!(live.wait().unwrap().success(), "{rest:#?}");
    for expected in [
        "  quality  f1_score  0.97   ≥ 0.9  -        Pass    WithinBounds",
        "Registered model breast-cancer, version 3. Alias champion: before 2, after 3",
        "The version is Promoted: all gates passed",
    ] {
        assert!(rest.iter().any(|line| line == expected), "{expected}: {rest:#?}");
    }
    let (code, told) = ended(follow(&plane, &["tp/breast-cancer", "--until", "refused"]));
    assert_eq!(code, Some(1), "{told}");
    assert!(told.ends_with("Not reached: refused.\n"), "{told}");
    // On its own, a version is followed as well.
    assert_eq!(ended(follow(&plane, &["mv/breast-cancer-1", "--until", "promoted"])).0, Some(0));
}

fn sweep_status(trials: i64) -> Value {
    json!({
        "phase": "Running", "message": "",
        "conditions": [{"type": "Ready", "status": "False", "reason": "Running", "message": "", "lastTransitionTime": TIME}],
        "run": {"key": "k", "number": 1, "identity": "i", "startedAt": TIME, "experiment": "ml/tune", "parentRunID": "abc"},
        "algorithm": {"name": "TPE", "reason": "40 trials", "trials": 40, "parallelism": 1},
        "trials": {"running": 1, "complete": trials, "stopped": 0, "failed": 0}
    })
}

#[test]
fn a_sweep_is_followed_live_to_its_end_and_when_it_is_deleted() {
    let plane = ControlPlane::start();
    plane.install_definitions();
    plane.kubectl(&["create", "namespace", "ml"]).unwrap();
    let (code, told) = ended(follow(&plane, &["hps/tune"]));
    assert_eq!(
        (code, told.as_str()),
        (Some(2), "podium: no HyperparameterSweep \"tune\" in namespace \"ml\"\n")
    );
    let object = json!({
        "apiVersion": "podium.dev/v1alpha1", "kind": "HyperparameterSweep", "metadata": {"name": "tune", "namespace": "ml"},
        "spec": {
            "objective": {"metric": "f1_score", "goal": "Maximize"}, "maxTrials": 2,
            "parameters": [{"name": "C", "double": {"min": "0.001", "max": "100"}}]
        }
    });
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), object.to_string()).unwrap();
    plane.kubectl(&["create", "-f", file.path().to_str().unwrap()]).unwrap();
    set_status(&plane, "hps", "tune", sweep_status(1));
    let mut live = follow(&plane, &["hps/tune", "--timeout", "60"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(live.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(
        lines.by_ref().any(|line| line.starts_with("Trials: 1/2 1 complete")),
        "it is told before the end"
    );

    let mut status = sweep_status(2);
    status["phase"] = json!("Succeeded");
    status["trials"]["running"] = json!(0);
    status["best"] = json!({"number": 1, "value": "0.97", "runID": "r1", "parameters": {"C": 2.5}});
    status["top"] = json!([status["best"]]);
    for (field, value) in [
        ("outcome", "Succeeded"),
        ("reason", "Done"),
        ("message", "all 2 trials ended"),
        ("finishedAt", TIME),
    ] {
        status["run"][field] = json!(value);
    }
    status["run"]["closed"] = json!(true);
    set_status(&plane, "hps", "tune", status);
    let rest: Vec<_> = lines.collect();
    assert!(live.wait().unwrap().success(), "{rest:#?}");
    for expected in ["  1      0.97      2.5", "The sweep succeeded: all 2 trials ended"] {
        assert!(rest.iter().any(|line| line == expected), "{expected}: {rest:#?}");
    }
    assert_eq!(ended(follow(&plane, &["hps/tune", "--until", "promoted"])).0, Some(2));

    set_status(&plane, "hps", "tune", json!({"phase": "Running", "run": {"outcome": null, "closed": null}}));
    let live = follow(&plane, &["hps", "tune", "--timeout", "60"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    plane.kubectl(&["delete", "hps", "tune", "-n", "ml"]).unwrap();
    let told = live.wait_with_output().unwrap();
    assert_eq!(told.status.code(), Some(2));
    let told = String::from_utf8(told.stderr).unwrap();
    // It may be deleted before the first look.
    assert!(
        told.contains("was deleted while it was followed") || told.contains("no HyperparameterSweep"),
        "{told}"
    );
}
