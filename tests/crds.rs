//! Holds `crds/` to the types, and the types to what every field of a custom resource must say.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

use std::path::{Path, PathBuf};

use podium::cli::crd;
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("crds")
}

fn chart_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("charts/podium/files/crds")
}

/// Calls `see` with each schema and its path, root first.
fn walk(schema: &Value, path: &str, see: &mut impl FnMut(&str, &Value)) {
    see(path, schema);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        walk(property, &format!("{path}.{name}"), see);
    }
    if schema["items"].is_object() {
        walk(&schema["items"], &format!("{path}[]"), see);
    }
    if schema["additionalProperties"].is_object() {
        walk(&schema["additionalProperties"], &format!("{path}.*"), see);
    }
}

/// Paths of all schemas for which `is_wrong` holds.
fn wrong(is_wrong: impl Fn(&str, &Value) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for crd in crd::all() {
        let versions = serde_json::to_value(&crd.spec.versions).unwrap();
        let schema = &versions[0]["schema"]["openAPIV3Schema"];
        walk(schema, &crd.spec.names.kind, &mut |path, schema| {
            if is_wrong(path, schema) {
                found.push(path.to_owned());
            }
        });
    }
    found
}

#[test]
fn the_folder_crds_holds_what_the_types_say() {
    let update = std::env::var_os("UPDATE_CRDS").is_some();
    let mut expected = Vec::new();
    for crd in crd::all() {
        let file = folder().join(format!("{}.yaml", crd.spec.names.plural));
        let text = crd::yaml(&crd).unwrap();
        if update {
            std::fs::write(&file, &text).unwrap();
            // The chart can't read what lies outside of it.
            std::fs::write(chart_folder().join(file.file_name().unwrap()), &text).unwrap();
        }
        let held = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(held == text, "{} is old: run UPDATE_CRDS=1 cargo test --test crds", file.display());
        expected.push(file);
    }
    let mut held: Vec<_> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    held.sort();
    expected.sort();
    assert_eq!(held, expected);
}

#[test]
fn every_field_has_a_description() {
    let is_field = |path: &str| !path.ends_with("[]") && !path.ends_with(".*");
    let is_object_meta = |path: &str| path.split('.').nth(1) == Some("metadata");
    let found = wrong(|path, schema| {
        let text = schema["description"].as_str().unwrap_or_default();
        is_field(path) && !is_object_meta(path) && text.len() < 4
    });
    assert_eq!(found, Vec::<String>::new());
}

/// A field that may be left out in Rust but not in the schema makes the API server refuse the object that leaves it out.
#[test]
fn no_field_that_may_be_null_is_required() {
    let found = wrong(|_, schema| {
        let required = schema["required"].as_array().into_iter().flatten();
        required.filter_map(Value::as_str).any(|name| schema["properties"][name]["nullable"] == true)
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn no_field_has_a_default() {
    assert_eq!(wrong(|_, schema| schema.get("default").is_some()), Vec::<String>::new());
}

/// Status is left out: the operator bounds what it writes, and a bound in the schema would refuse a whole status, with
/// the ids that are pinned in it, for the sake of one long message.
#[test]
fn every_text_list_and_map_of_a_spec_is_bounded() {
    let is_unbounded = |schema: &Value| {
        let has = |key: &str| schema.get(key).is_some();
        match schema["type"].as_str() {
            Some("string") => !has("maxLength") && !has("enum") && schema["format"] != "date-time",
            Some("array") => !has("maxItems"),
            Some("object") => has("additionalProperties") && !has("maxProperties"),
            _ => false,
        }
    };
    let found = wrong(|path, schema| path.contains(".spec") && is_unbounded(schema));
    assert_eq!(found, Vec::<String>::new());
}

/// The API server counts with the largest number of steps that a schema allows. Free values are where it stops counting.
#[test]
fn only_the_parameters_of_a_learner_and_their_values_are_free_form() {
    let found = wrong(|_, schema| schema["x-kubernetes-preserve-unknown-fields"] == true);
    let expected = [
        "TrainingPipeline.spec.candidates[].parameters.*",
        "TrainingPipeline.status.tuned[].parameters.*",
        "HyperparameterSweep.spec.parameters[].categorical.values[]",
        "HyperparameterSweep.spec.parameters[].when.in[]",
        "HyperparameterSweep.spec.trial.parameters.*",
        "HyperparameterSweep.spec.warmStart.trials[].parameters.*",
        "HyperparameterSweep.status.best.parameters.*",
        "HyperparameterSweep.status.top[].parameters.*",
    ];
    assert_eq!(found, expected);
}

/// Go's classes are ASCII and Rust's are not, so that `podium check` and the API server would differ on them.
#[test]
fn patterns_mean_the_same_in_go_and_in_rust() {
    let found = wrong(|_, schema| {
        let pattern = schema["pattern"].as_str().unwrap_or_default();
        ["\\s", "\\S", "\\w", "\\W", "\\d", "\\D", "\\b", "[:", "(?"]
            .iter()
            .any(|class| pattern.contains(class))
            || regex::Regex::new(pattern).is_err()
    });
    assert_eq!(found, Vec::<String>::new());
}
