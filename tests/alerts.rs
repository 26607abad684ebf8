//! Holds the chart's alerts to their tests, their pages and the metrics that there are. Needs no cluster.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;
use serde_json::{Value, json};
use support::chart::{of_kind, render};
use support::root;

const ENABLED: &str = "prometheusRule: {enabled: true}";

/// The groups of rules that the chart renders with these values.
fn spec(values: &str) -> Value {
    of_kind(&render(values).unwrap(), "PrometheusRule")[0]["spec"].clone()
}

fn rules(values: &str) -> Vec<Value> {
    spec(values)["groups"][0]["rules"].as_array().unwrap().clone()
}

fn names(rules: &[Value]) -> BTreeSet<String> {
    rules.iter().map(|rule| rule["alert"].as_str().unwrap().to_owned()).collect()
}

/// Files of a folder with this ending.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == ending)).collect();
    found.sort();
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn promtool(folder: &Path, args: &[&str]) {
    let output = Command::new(root().join("cluster/cluster"))
        .current_dir(folder)
        .arg("promtool")
        .args(args)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "promtool {args:?}:\n{}{}", text(&output.stdout), text(&output.stderr));
}

#[test]
fn prometheus_takes_the_rules_and_each_alert_fires_and_rests_when_it_should() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rules.yaml"), spec(ENABLED).to_string()).unwrap();
    promtool(folder.path(), &["check", "rules", "--lint=all", "--lint-fatal", "rules.yaml"]);
    for file in files("tests/alerts", "yaml") {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        std::fs::copy(&file, folder.path().join(&name)).unwrap();
        promtool(folder.path(), &["test", "rules", &name]);
    }
}

#[test]
fn each_alert_has_a_test_in_which_it_fires_and_one_in_which_it_does_not() {
    let (mut fires, mut rests) = (BTreeSet::new(), BTreeSet::new());
    for file in files("tests/alerts", "yaml") {
        let mut tests: serde_yaml_ng::Value = serde_yaml_ng::from_str(&read(&file)).unwrap();
        tests.apply_merge().unwrap();
        for test in tests["tests"].as_sequence().unwrap() {
            for case in test["alert_rule_test"].as_sequence().unwrap() {
                let name = case["alertname"].as_str().unwrap().to_owned();
                let fired = case["exp_alerts"].as_sequence().is_some_and(|alerts| !alerts.is_empty());
                if fired {
                    fires.insert(name)
                } else {
                    rests.insert(name)
                };
            }
        }
    }
    let all = names(&rules(ENABLED));
    assert_eq!((&fires, &rests), (&all, &all));
}

#[test]
fn each_alert_has_a_page_and_stands_in_the_list_with_its_severity() {
    let list = read(&root().join("docs/runbooks/README.md"));
    let rows: BTreeSet<(String, String)> = list
        .lines()
        .filter(|line| line.starts_with("| [Podium"))
        .map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
            let name = cells[0].trim_start_matches('[').split(']').next().unwrap();
            assert_eq!(cells[0], format!("[{name}]({name}.md)"));
            (name.to_owned(), cells[1].to_owned())
        })
        .collect();
    let alerts = rules(ENABLED);
    let severity = |rule: &Value| rule["labels"]["severity"].as_str().unwrap().to_owned();
    let expected =
        alerts.iter().map(|rule| (rule["alert"].as_str().unwrap().to_owned(), severity(rule))).collect();
    assert_eq!(rows, expected);

    let pages = files("docs/runbooks", "md");
    let stems = pages.iter().map(|page| page.file_stem().unwrap().to_str().unwrap().to_owned());
    assert_eq!(stems.filter(|stem| stem != "README").collect::<BTreeSet<_>>(), names(&alerts));
    for rule in alerts {
        let page = root().join(rule["annotations"]["runbook"].as_str().unwrap());
        let text = read(&page);
        assert!(text.starts_with(&format!("# {}\n", rule["alert"].as_str().unwrap())), "{}", page.display());
        for part in ["\n## Impact\n", "\n## What to look at\n", "\n## What to do\n"] {
            assert!(text.contains(part), "{} has no part{part}", page.display());
        }
    }
}

#[test]
fn rules_tests_and_pages_name_only_metrics_that_there_are() {
    let name = Regex::new(r"\bpodium_[a-z_]+").unwrap();
    let used = |text: &str| -> BTreeSet<String> {
        name.find_iter(text).map(|found| found.as_str().to_owned()).collect()
    };
    let page = read(&root().join("docs/metrics.md"));
    let rows = page.lines().filter(|line| line.starts_with("| `podium_"));
    let known: BTreeSet<String> = rows.map(|row| row.split('`').nth(1).unwrap().to_owned()).collect();
    let pages = files("docs/runbooks", "md").into_iter().chain(files("tests/alerts", "yaml"));
    let texts = pages.map(|file| read(&file)).chain([spec(ENABLED).to_string(), page]);
    let unknown: BTreeSet<_> =
        texts.flat_map(|text| used(&text)).filter(|name| !known.contains(name)).collect();
    assert_eq!(unknown, BTreeSet::new());
}

#[test]
fn the_values_choose_series_labels_thresholds_and_what_is_left_out() {
    let values = "
prometheusRule:
  enabled: true
  labels: {release: monitoring}
  alertLabels: {team: ml}
  job: other
  disabled: [PodiumNoLeader]
  runbookUrl: https://example.org/runbooks/
  stuckSeconds: 100
  recentSeconds: 1000000
";
    let objects = render(values).unwrap();
    assert_eq!(of_kind(&objects, "PrometheusRule")[0]["metadata"]["labels"]["release"], "monitoring");
    let alerts = rules(values);
    let one = |name: &str| alerts.iter().find(|rule| rule["alert"] == name).cloned();
    assert_eq!(one("PodiumNoLeader"), None);
    let down = one("PodiumOperatorDown").unwrap();
    assert_eq!(down["labels"], json!({"severity": "critical", "team": "ml"}));
    assert_eq!(down["expr"], r#"absent(podium_build_info{job="other",namespace="podium-system"})"#);
    assert_eq!(down["annotations"]["runbook_url"], "https://example.org/runbooks/PodiumOperatorDown.md");
    let expression = |name: &str| one(name).unwrap()["expr"].as_str().unwrap().to_owned();
    assert!(expression("PodiumRunStuck").ends_with(r#"{job="other"} > 100"#));
    let stuck = expression("PodiumSweepStuck");
    assert!(stuck.contains(r#"{job="other"} > 100 "#) && stuck.contains("[100s]"), "{stuck}");
    assert!(expression("PodiumRollbackHappened").ends_with(" < 1000000"));

    let error = render("prometheusRule: {enabled: true, disabled: [PodiumNoLeeder]}").unwrap_err();
    assert!(error.contains(r#""PodiumNoLeeder" is no alert; there are PodiumOperatorDown, "#), "{error}");
}

#[test]
fn the_scrape_keeps_the_namespace_of_objects() {
    let objects = render("serviceMonitor: {enabled: true}").unwrap();
    assert_eq!(of_kind(&objects, "ServiceMonitor")[0]["spec"]["endpoints"][0]["honorLabels"], true);
}
