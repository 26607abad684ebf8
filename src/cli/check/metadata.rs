//! Judges `metadata` by the rules that hold for every Kubernetes object.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use regex::Regex;
use serde_json::{Map, Value};

use super::Problem;

const FIELDS: [&str; 15] = [
    "annotations",
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "labels",
    "managedFields",
    "name",
    "namespace",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
];
const SUBDOMAIN: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
const DNS_LABEL: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
const LABEL_VALUE: &str = r"^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$";
const KEY_NAME: &str = r"^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$";
/// Bytes of all annotations together.
const MOST_ANNOTATIONS: usize = 256 * 1024;

/// What is wrong with the metadata of an object.
pub(super) fn problems(object: &Map<String, Value>) -> Vec<Problem> {
    let Some(metadata) = object.get("metadata") else {
        return vec![Problem::new("metadata.name", "is required")];
    };
    let Some(map) = metadata.as_object() else {
        return vec![Problem::new("metadata", "must be object")];
    };
    let mut found = Vec::new();
    for name in map.keys().filter(|name| !FIELDS.contains(&name.as_str())) {
        found.push(Problem::new(format!("metadata.{name}"), "unknown field"));
    }
    found.extend(texts(map, "labels"));
    found.extend(texts(map, "annotations"));
    if found.is_empty() {
        match serde_json::from_value::<ObjectMeta>(without_nulls(map)) {
            Ok(metadata) => found.extend(values(&metadata)),
            Err(error) => found.push(Problem::new("metadata", error.to_string())),
        }
    }
    found
}

/// Labels and annotations are texts; null is taken and dropped.
fn texts(metadata: &Map<String, Value>, field: &str) -> Vec<Problem> {
    let wrong = |(key, value): (&String, &Value)| {
        let is_wrong = !value.is_string() && !value.is_null();
        is_wrong
            .then(|| Problem::new(format!("metadata.{field}.{key}"), format!("must be string, not {value}")))
    };
    match metadata.get(field) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Object(map)) => map.iter().filter_map(wrong).collect(),
        Some(_) => vec![Problem::new(format!("metadata.{field}"), "must be object")],
    }
}

fn without_nulls(metadata: &Map<String, Value>) -> Value {
    let clean = |(key, value): (&String, &Value)| {
        let value = match value {
            Value::Null => return None,
            Value::Object(map) => map
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect(),
            other => other.clone(),
        };
        Some((key.clone(), value))
    };
    Value::Object(metadata.iter().filter_map(clean).collect())
}

fn values(metadata: &ObjectMeta) -> Vec<Problem> {
    let mut found = Vec::new();
    match metadata.name.as_deref() {
        None | Some("") => {
            found.push(Problem::new("metadata.name", "is required (generateName can't be applied)"))
        }
        Some(name) => found.extend(text("metadata.name", name, 253, SUBDOMAIN)),
    }
    if let Some(namespace) = &metadata.namespace {
        found.extend(text("metadata.namespace", namespace, 63, DNS_LABEL));
    }
    for (key, value) in metadata.labels.iter().flatten() {
        found.extend(qualified("metadata.labels", key));
        found.extend(text(&format!("metadata.labels.{key}"), value, 63, LABEL_VALUE));
    }
    let mut size = 0;
    for (key, value) in metadata.annotations.iter().flatten() {
        found.extend(qualified("metadata.annotations", &key.to_lowercase()));
        size += key.len() + value.len();
    }
    if size > MOST_ANNOTATIONS {
        found.push(Problem::new("metadata.annotations", format!("{size} bytes; at most {MOST_ANNOTATIONS}")));
    }
    if metadata.managed_fields.as_ref().is_some_and(|fields| !fields.is_empty()) {
        found.push(Problem::new("metadata.managedFields", "can't be applied: leave it out"));
    }
    found
}

fn text(field: &str, text: &str, most: usize, pattern: &str) -> Option<Problem> {
    let length = text.len();
    if length > most {
        return Some(Problem::new(field, format!("has {length} characters; at most {most}")));
    }
    let is_good = Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text));
    (!is_good).then(|| Problem::new(field, format!("{text:?} does not match {pattern}")))
}

/// A key: an optional DNS prefix and a name of 63 characters.
fn qualified(field: &str, key: &str) -> Option<Problem> {
    let (prefix, name) = match key.split_once('/') {
        None => (None, key),
        Some((prefix, name)) => (Some(prefix), name),
    };
    if let Some(problem) = prefix.and_then(|prefix| text(field, prefix, 253, SUBDOMAIN)) {
        return Some(problem);
    }
    text(field, name, 63, KEY_NAME)
}
