//! `podium check` and a real API server judge the same corpus, and say the same.
//!
//! The API server is asked for a server-side dry-run apply with strict field validation, and gets the file as it is: so
//! it is also its own YAML reader that is compared with.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

mod support;

use std::path::{Path, PathBuf};

use http::{Method, Request};
use podium::cli::check::{Checker, Problem, Verdict, verdicts};
use podium::settings::OperatorConfig;
use support::{ControlPlane, root};

struct Case {
    file: PathBuf,
    text: String,
    verdict: Verdict,
}

impl Case {
    fn name(&self) -> String {
        self.file.strip_prefix(root()).unwrap().display().to_string()
    }

    /// What the first line of a bad manifest promises.
    fn promised(&self) -> Option<&str> {
        self.text.lines().next()?.strip_prefix("# refused: ")
    }

    fn told(&self) -> String {
        lines(&self.verdict.problems)
    }
}

fn lines(problems: &[Problem]) -> String {
    let line = |problem: &Problem| format!("{}: {}", problem.field, problem.message);
    problems.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn cases(folder: &str) -> Vec<Case> {
    let checker = Checker::new().unwrap();
    let mut files: Vec<_> = std::fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{folder}");
    let case = |file: PathBuf| {
        let text = std::fs::read_to_string(&file).unwrap();
        let mut found = verdicts(&checker, &text);
        assert_eq!(found.len(), 1, "{} must hold one document", file.display());
        Case { verdict: found.remove(0), file, text }
    };
    files.into_iter().map(case).collect()
}

#[test]
fn every_good_manifest_passes_the_check() {
    let refused: Vec<_> = cases("tests/corpus/good")
        .into_iter()
        .chain(cases("examples"))
        .filter(|case| !case.verdict.problems.is_empty())
        .map(|case| format!("{}: {}", case.name(), case.told()))
        .collect();
    assert_eq!(refused, Vec::<String>::new());
}

#[test]
fn every_manifest_in_the_readme_passes_the_check() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = text.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default());
    let manifests: Vec<&str> = blocks.filter(|block| block.starts_with("apiVersion: podium.dev/")).collect();
    let kinds: Vec<&str> = manifests.iter().filter_map(|text| text.lines().nth(1)).collect();
    assert_eq!(kinds, ["kind: TrainingPipeline", "kind: HyperparameterSweep", "kind: ModelVersion"]);
    let checker = Checker::new().unwrap();
    for text in manifests {
        let told: Vec<String> =
            verdicts(&checker, text).iter().map(|verdict| lines(&verdict.problems)).collect();
        assert_eq!(told, [""], "{text}");
    }
}

#[test]
fn every_bad_manifest_is_refused_for_what_its_first_line_says() {
    let wrong: Vec<_> = cases("tests/corpus/bad")
        .into_iter()
        .filter(|case| !case.promised().is_some_and(|promised| case.told().contains(promised)))
        .map(|case| format!("{}: {}", case.name(), case.told()))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn what_only_the_operator_refuses_is_told_too_for_what_the_first_line_says() {
    let wrong: Vec<_> = cases("tests/corpus/refused")
        .into_iter()
        .filter(|case| {
            let told = lines(&case.verdict.objections);
            !case.verdict.problems.is_empty()
                || !case.promised().is_some_and(|promised| told.contains(promised))
        })
        .map(|case| format!("{}: {:?}", case.name(), case.verdict))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_operator_objects_to_no_example() {
    let cases = cases("examples").into_iter().filter(|case| !case.verdict.objections.is_empty());
    let objections: Vec<_> =
        cases.map(|case| format!("{}: {}", case.name(), lines(&case.verdict.objections))).collect();
    assert_eq!(objections, Vec::<String>::new());
}

#[test]
fn with_the_operator_s_configuration_names_are_checked_as_well() {
    let checker = |text: &str| {
        let settings = OperatorConfig::parse(text).unwrap().check("here").unwrap();
        Checker::new().unwrap().with_settings(settings)
    };
    let text = std::fs::read_to_string(root().join("examples/wine.yaml")).unwrap();
    let objections = |config: &str| lines(&verdicts(&checker(config), &text)[0].objections);
    let common = "trainerImage: t, tracking: {uri: 'http://m'}";
    assert_eq!(objections(&format!("{{{common}, namespaces: [{{name: ml, models: [wine]}}]}}")), "");
    let told = objections(&format!("{{{common}, namespaces: [{{name: ml, models: [churn]}}]}}"));
    assert!(
        told.contains("spec.registration.registeredModel: registered model \"wine\" is not among"),
        "{told}"
    );
    let told = objections(&format!("{{{common}}}"));
    assert!(
        told.starts_with("metadata.namespace: namespace \"ml\" is not in the operator's configuration"),
        "{told}"
    );
}

#[test]
fn every_rule_of_the_schemas_is_broken_by_a_manifest() {
    fn rules(schema: &serde_json::Value, found: &mut Vec<String>) {
        match schema {
            serde_json::Value::Object(map) => {
                for rule in map
                    .get("x-kubernetes-validations")
                    .and_then(|rules| rules.as_array())
                    .into_iter()
                    .flatten()
                {
                    found.push(rule["message"].as_str().unwrap().to_owned());
                }
                map.values().for_each(|value| rules(value, found));
            }
            serde_json::Value::Array(items) => items.iter().for_each(|value| rules(value, found)),
            _ => {}
        }
    }
    let mut messages = Vec::new();
    for crd in podium::cli::crd::all() {
        rules(&serde_json::to_value(crd).unwrap(), &mut messages);
    }
    // A rule about a change can't be broken by one manifest; the API server's part below breaks these.
    messages.retain(|message| !message.contains("can't change"));
    let told: String = cases("tests/corpus/bad").iter().map(Case::told).collect();
    messages.retain(|message| !told.contains(message));
    assert_eq!(messages, Vec::<String>::new());
}

/// The path at which a manifest would be applied.
fn path(case: &Case) -> String {
    let value: serde_json::Value = serde_yaml_ng::from_str(&case.text).unwrap_or_default();
    let text =
        |pointer: &str| value.pointer(pointer).and_then(|value| value.as_str()).unwrap_or("none").to_owned();
    let plural = format!("{}s", text("/kind").to_lowercase());
    let name: String = text("/metadata/name").bytes().map(|byte| format!("%{byte:02x}")).collect();
    format!("/apis/{}/namespaces/ml/{plural}/{name}", text("/apiVersion"))
}

async fn apply(client: &kube::Client, case: &Case, options: &str) -> Result<(), String> {
    let request = Request::builder()
        .method(Method::PATCH)
        .uri(format!("{}?fieldManager=test&fieldValidation=Strict{options}", path(case)))
        .header("content-type", "application/apply-patch+yaml")
        .body(case.text.clone().into_bytes())
        .unwrap();
    client.request_text(request).await.map(drop).map_err(|error| error.to_string())
}

#[tokio::test]
async fn the_api_server_takes_what_the_check_takes_and_refuses_what_it_refuses() {
    let plane = ControlPlane::start();
    plane.install_definitions();
    plane.kubectl(&["create", "namespace", "ml"]).unwrap();
    let client = plane.client().await;
    let mut differences = Vec::new();
    for folder in ["tests/corpus/good", "tests/corpus/bad", "tests/corpus/refused", "examples"] {
        for case in cases(folder) {
            let server = apply(&client, &case, "&dryRun=All").await;
            if server.is_ok() != case.verdict.problems.is_empty() {
                differences.push(format!(
                    "{}: check: {:?}; API server: {server:?}",
                    case.name(),
                    case.told()
                ));
            }
        }
    }
    assert_eq!(differences, Vec::<String>::new());
    a_source_can_not_change(&plane);
}

/// Rules about changes need a stored object.
fn a_source_can_not_change(plane: &ControlPlane) {
    let file = root().join("tests/corpus/good/version-existing.yaml");
    plane.kubectl(&["apply", "--server-side", "-f", file.to_str().unwrap()]).unwrap();
    let patch = |patch: &str| plane.kubectl(&["patch", "-n", "ml", "mv", "a", "--type=merge", "-p", patch]);
    let error = patch(r#"{"spec": {"source": {"version": "8"}}}"#).unwrap_err();
    assert!(error.contains("source can't change: make a new ModelVersion"), "{error}");
    let error = patch(r#"{"spec": {"registeredModel": "other"}}"#).unwrap_err();
    assert!(error.contains("registeredModel can't change: make a new ModelVersion"), "{error}");
    patch(r#"{"spec": {"promotion": {"mode": "Never"}}}"#).unwrap();
}

#[test]
fn the_command_exits_with_1_when_a_manifest_is_refused() {
    let run = |file: &Path| {
        std::process::Command::new(env!("CARGO_BIN_EXE_podium")).arg("check").arg(file).output().unwrap()
    };
    let good = run(&root().join("tests/corpus/good/pipeline-smallest.yaml"));
    assert_eq!(
        (good.status.code(), String::from_utf8(good.stdout).unwrap().as_str()),
        (Some(0), "0 problems in 1 objects\n")
    );
    let bad = run(&root().join("tests/corpus/bad/folds-1.yaml"));
    assert_eq!(bad.status.code(), Some(1));
    let missing = run(Path::new("no-such-file.yaml"));
    assert_eq!(missing.status.code(), Some(2));
}
