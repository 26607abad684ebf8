//! What every kind shows: what it is about, its phase and its conditions.

use std::fmt::Debug;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use super::catalogue::Metric;
use super::series::{Facts, ObjectKey, Series};

/// Longest reason in a label; ours are shorter.
const LONGEST: usize = 64;

/// What an object is about: a registered model, and a version of it; empty where it has none.
pub fn info(facts: &mut Facts, key: &ObjectKey, model: &str, version: &str) {
    let [kind, namespace, name] = labels(key);
    let labels = [kind, namespace, name, ("model", model), ("version", version)];
    facts.gauge(Series::new(Metric::ResourceInfo, labels), 1.0);
}

/// The phase, by its name in status.
pub fn phase(facts: &mut Facts, key: &ObjectKey, phase: impl Debug) {
    let [kind, namespace, name] = labels(key);
    let labels = [kind, namespace, name, ("phase", &variant(phase))];
    facts.gauge(Series::new(Metric::ResourcePhase, labels), 1.0);
}

/// The conditions that stand: both statuses of each, so that a comparison with 0 finds something too.
pub fn conditions(facts: &mut Facts, key: &ObjectKey, conditions: &[Condition]) {
    let [kind, namespace, name] = labels(key);
    for condition in conditions {
        let type_ = ("type", condition.type_.as_str());
        for status in ["True", "False"] {
            let labels = [kind, namespace, name, type_, ("status", status)];
            let value = f64::from(u8::from(condition.status == status));
            facts.gauge(Series::new(Metric::ResourceCondition, labels), value);
        }
        let labels = [kind, namespace, name, type_, ("reason", word(&condition.reason))];
        facts.gauge(Series::new(Metric::ResourceReason, labels), 1.0);
    }
}

/// The name of a variant without fields, which is also how status spells it.
pub fn variant(value: impl Debug) -> String {
    format!("{value:?}")
}

/// A reason. One that came from a pod may be anything, and a label must stay a word.
pub fn word(reason: &str) -> &str {
    let is_word = !reason.is_empty()
        && reason.len() <= LONGEST
        && reason.chars().all(|letter| letter.is_ascii_alphanumeric());
    if is_word { reason } else { "Other" }
}

fn labels(key: &ObjectKey) -> [(&'static str, &str); 3] {
    [("kind", key.kind), ("namespace", &key.namespace), ("name", &key.name)]
}
