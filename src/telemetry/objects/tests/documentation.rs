use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use podium_mlflow::{Observation, Observer};
use serde_json::json;

use super::sweep::{running, sweep};
use super::{condition, pipeline, pipeline_status, run, version, version_status};
use crate::telemetry::Metrics;

/// A metric as it is told of: kind, labels, help.
type Told = (String, BTreeSet<String>, String);

/// Every metric once.
fn everything() -> String {
    let metrics = Metrics::default();
    metrics.reconciled("TrainingPipeline", Some("Request"));
    metrics.took("TrainingPipeline", Duration::from_millis(3));
    metrics.leads(true);
    metrics.observe(Observation {
        operation: "runs/get",
        code: "OK".to_owned(),
        duration: Duration::from_millis(3),
    });
    metrics.answered_worker("ask", 200, Duration::from_millis(3));
    metrics.forbade_worker(403, "NotOfAJob");
    let status = pipeline_status(json!({
        "conditions": [condition("Ready", "True", "Running")], "run": run("one", None),
        "candidates": [{"name": "logistic", "phase": "Running", "attempts": {"number": 1}}],
        "history": [{"number": 0, "key": "zero", "outcome": "Succeeded", "startedAt": "2026-03-01T08:00:00Z",
                     "finishedAt": "2026-03-01T09:00:00Z"}],
    }));
    metrics.pipeline(&pipeline("churn"), &status, &status);
    metrics.sweep(&sweep("tune"), &running(1), &running(2));
    let old = version_status(json!({
        "version": "7", "transition": {"id": "1-a", "to": "7", "since": "2026-03-02T09:00:00Z"},
    }));
    let new = version_status(json!({
        "version": "7", "alias": "champion",
        "gates": [{"name": "quality", "result": "Pass", "reason": "WithinBounds", "message": "", "metric": "f1_score",
                   "value": "0.9", "min": "0.6", "max": "1"}],
        "history": [{"id": "1-a", "action": "Promote", "version": "7", "reason": "AllGatesPassed", "by": "operator",
                     "at": "2026-03-02T09:00:00Z"}],
    }));
    metrics.version(&version("churn-7"), &old, &new);
    metrics.encode()
}

/// What the text says of each metric, by the name that queries use.
fn told(text: &str) -> BTreeMap<String, Told> {
    let mut help = BTreeMap::new();
    let mut kinds = BTreeMap::new();
    let mut found: BTreeMap<String, Told> = BTreeMap::new();
    for line in text.lines().filter(|line| *line != "# EOF") {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        match words[..] {
            ["#", "HELP", name, text] => drop(help.insert(name, text)),
            ["#", "TYPE", name, kind] => drop(kinds.insert(name, kind)),
            ["#", ..] => {}
            _ => {
                let name = line.split(['{', ' ']).next().unwrap();
                let family = kinds.keys().copied().find(|family| {
                    let rest = name.strip_prefix(family);
                    rest.is_some_and(|rest| {
                        ["", "_total", "_info", "_bucket", "_sum", "_count"].contains(&rest)
                    })
                });
                let family = family.unwrap_or_else(|| panic!("{name} has no TYPE"));
                let shown = if kinds[family] == "histogram" { family } else { name };
                let labels = line.split_once('{').map_or("", |(_, rest)| rest.split_once('}').unwrap().0);
                let labels = labels.split(',').filter_map(|pair| Some(pair.split_once('=')?.0.to_owned()));
                let labels = labels.filter(|label| label != "le");
                let one = found
                    .entry(shown.to_owned())
                    .or_insert_with(|| (kinds[family].to_owned(), BTreeSet::new(), help[family].to_owned()));
                one.1.extend(labels);
            }
        }
    }
    found
}

fn documented() -> BTreeMap<String, Told> {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/metrics.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| `podium_"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let plain = |cell: &str| cell.replace('`', "");
        let labels =
            plain(cells[2]).split(", ").filter(|label| !label.is_empty()).map(str::to_owned).collect();
        (plain(cells[0]), (cells[1].to_owned(), labels, cells[3].to_owned()))
    })
    .collect()
}

#[test]
fn the_page_of_metrics_holds_each_one_with_its_kind_labels_and_help() {
    assert_eq!(documented(), told(&everything()));
}

#[test]
fn names_have_units_and_help_is_a_sentence() {
    for (name, (kind, _, help)) in told(&everything()) {
        assert!(name.starts_with("podium_") && help.ends_with('.'), "{name}: {help}");
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name} is a {kind}");
        assert!(kind != "histogram" || name.ends_with("_seconds"), "{name} has no unit");
    }
}
