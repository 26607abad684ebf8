//! Holds the chart to its documentation and to the operator's own configuration. Needs no cluster.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

mod support;

use podium::settings::OperatorConfig;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use support::chart::{helm, of_kind, render};
use support::root;

/// One right: where, group, resource, object, verb.
type Right = [String; 5];

fn rights(role: &Value, place: &str) -> BTreeSet<Right> {
    let list = |rule: &Value, field: &str| -> Vec<String> {
        rule[field].as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let mut found = BTreeSet::new();
    for rule in role["rules"].as_array().unwrap() {
        let names =
            if rule["resourceNames"].is_null() { vec![String::new()] } else { list(rule, "resourceNames") };
        for (group, resource) in list(rule, "apiGroups").iter().flat_map(|group| {
            list(rule, "resources").into_iter().map(move |resource| (group.clone(), resource))
        }) {
            for (name, verb) in
                names.iter().flat_map(|name| list(rule, "verbs").into_iter().map(move |verb| (name, verb)))
            {
                let place = if rule["resourceNames"].is_null() { place } else { "cluster" };
                found.insert([place.to_owned(), group.clone(), resource.clone(), name.clone(), verb]);
            }
        }
    }
    found
}

/// All rights of the operator's roles.
fn operator_rights(objects: &[Value]) -> BTreeSet<Right> {
    let mut found = BTreeSet::new();
    for role in of_kind(objects, "Role").into_iter().chain(of_kind(objects, "ClusterRole")) {
        let name = role["metadata"]["name"].as_str().unwrap();
        if name.ends_with("-own") {
            found.extend(rights(role, "own"));
        } else if name.ends_with("-workloads") {
            found.extend(rights(role, "served"));
        }
    }
    found
}

/// Rows of a table of docs/rbac.md, below a heading; the cells of a row.
fn table(heading: &str) -> Vec<Vec<String>> {
    let page = std::fs::read_to_string(root().join("docs/rbac.md")).unwrap();
    let part =
        page.split(&format!("\n## {heading}\n")).nth(1).unwrap().split("\n## ").next().unwrap().to_owned();
    let rows = part.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

fn documented() -> BTreeSet<Right> {
    let mut found = BTreeSet::new();
    for row in table("The operator") {
        assert_eq!(row.len(), 6, "{row:?}");
        assert!(row[5].len() > 10, "a reason: {row:?}");
        for verb in row[4].split(", ") {
            found.insert([row[0].clone(), row[1].clone(), row[2].clone(), row[3].clone(), verb.to_owned()]);
        }
    }
    found
}

const NAMESPACED: &str = "{watchNamespace: ml, installation: here}";

#[test]
fn the_chart_lints_clean() {
    helm(&["lint", "--strict", root().join("charts/podium").to_str().unwrap()]).unwrap();
}

#[test]
fn the_operator_has_the_rights_of_the_documentation_and_no_others() {
    assert_eq!(operator_rights(&render("").unwrap()), documented());
}

#[test]
fn with_one_namespace_it_has_the_same_rights_there_and_none_in_the_cluster() {
    let objects = render(NAMESPACED).unwrap();
    let expected = documented().into_iter().filter(|right| right[0] != "cluster").collect();
    assert_eq!(operator_rights(&objects), expected);
    let workloads: Vec<_> = of_kind(&objects, "ClusterRole")
        .into_iter()
        .filter(|role| role["metadata"]["name"].as_str().unwrap().ends_with("-workloads"))
        .collect();
    assert!(workloads.is_empty() && of_kind(&objects, "ClusterRoleBinding").is_empty());
    let namespaces: BTreeSet<_> = of_kind(&objects, "Role")
        .iter()
        .map(|role| role["metadata"]["namespace"].as_str().unwrap())
        .collect();
    assert_eq!(namespaces, BTreeSet::from(["ml", "podium-system"]));
}

#[test]
fn every_binding_names_a_role_that_is_there_and_the_pod_s_account() {
    for values in ["", NAMESPACED] {
        let objects = render(values).unwrap();
        let account = &of_kind(&objects, "ServiceAccount")[0]["metadata"]["name"];
        assert_eq!(
            account,
            &of_kind(&objects, "Deployment")[0]["spec"]["template"]["spec"]["serviceAccountName"]
        );
        for binding in
            of_kind(&objects, "RoleBinding").into_iter().chain(of_kind(&objects, "ClusterRoleBinding"))
        {
            let kind = binding["roleRef"]["kind"].as_str().unwrap();
            let roles = of_kind(&objects, kind);
            assert!(roles.iter().any(|role| role["metadata"]["name"] == binding["roleRef"]["name"]
                && role["metadata"]["namespace"] == binding["metadata"]["namespace"]));
            assert_eq!(&binding["subjects"][0]["name"], account);
            assert_eq!(binding["subjects"][0]["namespace"], "podium-system");
        }
    }
}

#[test]
fn users_get_the_roles_of_the_documentation() {
    let objects = render("").unwrap();
    let mut rendered = BTreeMap::new();
    for role in of_kind(&objects, "ClusterRole") {
        let name = role["metadata"]["name"].as_str().unwrap().rsplit('-').next().unwrap().to_owned();
        if name != "workloads" {
            let label = format!("rbac.authorization.k8s.io/aggregate-to-{name}");
            assert_eq!(role["metadata"]["labels"][&label] == "true", name != "approver", "{name}");
            rendered.insert(name, rights(role, ""));
        }
    }
    let mut expected: BTreeMap<String, BTreeSet<Right>> = BTreeMap::new();
    for row in table("Users") {
        let right =
            |verb: &str| [String::new(), row[1].clone(), row[2].clone(), String::new(), verb.to_owned()];
        expected.entry(row[0].clone()).or_default().extend(row[3].split(", ").map(right));
    }
    assert_eq!(rendered, expected);
}

#[test]
fn no_role_has_a_wildcard_or_reads_secrets() {
    for values in ["", NAMESPACED] {
        for role in render(values).unwrap() {
            let Some(rules) = role["rules"].as_array() else { continue };
            let text = serde_json::to_string(rules).unwrap();
            assert!(!text.contains('*') && !text.contains("secrets"), "{text}");
        }
    }
}

fn config(values: &str) -> OperatorConfig {
    let objects = render(values).unwrap();
    let text = of_kind(&objects, "ConfigMap")[0]["data"]["config.yaml"].as_str().unwrap().to_owned();
    OperatorConfig::parse(&text).unwrap()
}

#[test]
fn the_values_become_the_operator_s_configuration() {
    let values = "
installation: prod
trainer: {image: {reference: 'trainer:1'}, torchImage: {reference: 'torch:1'}}
tracking: {uri: 'http://mlflow:5000', podUri: 'https://mlflow.example.org', existingSecret: login}
certificateAuthorities: |
  # ours
  -----BEGIN CERTIFICATE-----
  AAAA
  -----END CERTIFICATE-----
namespaces:
- name: ml
  models: [churn, wine]
  autoPromote: [churn]
  experimentPrefix: team/
  workspace: ml
  podLogin: {secret: mlflow, kind: Token}
- name: lab
  tracking: {uri: 'http://other:5000', podUri: 'http://other:80'}
  podLogin: {secret: lab, kind: Basic}
";
    let settings = config(values).check("cluster").unwrap();
    assert_eq!((settings.installation.as_str(), settings.trainer_image.as_str()), ("prod", "trainer:1"));
    assert_eq!(settings.torch_trainer_image, "torch:1");
    let ml = settings.grant("ml").unwrap();
    assert_eq!(
        (ml.tracking_uri.as_str(), ml.pod_tracking_uri.as_str()),
        ("http://mlflow:5000", "https://mlflow.example.org")
    );
    let pem = "# ours\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert_eq!(ml.certificate_authorities.as_deref(), Some(pem));
    assert!(ml.may_auto_promote("churn") && !ml.may_auto_promote("wine"));
    assert_eq!((ml.experiment("a"), ml.workspace.as_deref()), ("team/a".to_owned(), Some("ml")));
    assert_eq!(settings.grant("lab").unwrap().pod_tracking_uri, "http://other:80");
}

#[test]
fn without_values_nobody_may_use_anything() {
    let settings = config("").check("cluster").unwrap();
    assert_eq!((settings.installation.as_str(), settings.grants().count()), ("cluster", 0));
}

#[test]
fn the_login_is_mounted_as_files_only_where_there_is_one() {
    let pod = |values: &str| {
        of_kind(&render(values).unwrap(), "Deployment")[0]["spec"]["template"]["spec"].to_string()
    };
    assert!(pod("tracking: {uri: 'http://m', existingSecret: login}").contains(r#""secretName":"login""#));
    let from = r#""envFrom":[{"secretRef":{"name":"bucket"}}]"#;
    assert!(pod("{tracking: {uri: 'http://m'}, artifacts: {existingSecret: bucket}}").contains(from));
    assert!(!pod("tracking: {uri: 'http://m'}").contains("envFrom"));
    assert!(!pod("tracking: {uri: 'http://m'}").contains("secret"));
}

#[test]
fn optional_parts_are_made_when_they_are_asked_for() {
    let values = "{replicas: 2, podDisruptionBudget: {enabled: true}, networkPolicy: {enabled: true}, serviceMonitor: {enabled: true}, prometheusRule: {enabled: true}}";
    let kinds = |values: &str| -> BTreeSet<String> {
        render(values).unwrap().iter().map(|object| object["kind"].as_str().unwrap().to_owned()).collect()
    };
    let more: Vec<_> = kinds(values).difference(&kinds("")).cloned().collect();
    assert_eq!(more, ["NetworkPolicy", "PodDisruptionBudget", "PrometheusRule", "ServiceMonitor"]);
    let less = "{crds: {enabled: false}, rbac: {create: false, aggregate: false}, admissionPolicy: {enabled: false}, serviceAccount: {create: false, name: other}}";
    assert_eq!(kinds(less), BTreeSet::from(["ConfigMap", "Deployment", "Service"].map(str::to_owned)));
}

#[test]
fn definitions_are_kept_when_the_release_goes_unless_it_is_said_otherwise() {
    let kept = |values: &str| -> Vec<bool> {
        let objects = render(values).unwrap();
        let keep = |object: &&Value| object["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep";
        of_kind(&objects, "CustomResourceDefinition").iter().map(keep).collect()
    };
    assert_eq!(kept(""), [true, true]);
    assert_eq!(kept("{crds: {keep: false}}"), [false, false]);
}

#[test]
fn values_that_can_not_work_are_refused_with_their_reason() {
    let refused = [
        ("{replica: 2}", "replica"),
        ("{tracking: {url: 'http://m'}}", "url"),
        ("{tracking: {uri: 'mlflow:5000'}}", "pattern"),
        ("{certificateAuthorities: /etc/ssl/ca.pem}", "certificateAuthorities"),
        ("{namespaces: [{name: ml, podLogin: {secret: a}}]}", "kind"),
        ("{watchNamespace: ml}", "installation is needed with watchNamespace"),
        ("{watchNamespace: ml, installation: a, namespaces: [{name: lab}]}", "no rights there"),
        ("{serviceAccount: {create: false}}", "serviceAccount.name is needed"),
    ];
    for (values, reason) in refused {
        let error = render(values).unwrap_err();
        assert!(error.contains(reason), "{values}: {error}");
    }
}

#[test]
fn the_chart_carries_the_definitions_of_the_folder_crds() {
    for entry in std::fs::read_dir(root().join("crds")).unwrap() {
        let file = entry.unwrap().path();
        let copy = root().join("charts/podium/files/crds").join(file.file_name().unwrap());
        let read = |file: &std::path::Path| std::fs::read_to_string(file).unwrap_or_default();
        assert!(
            read(&file) == read(&copy),
            "{} is old: run UPDATE_CRDS=1 cargo test --test crds",
            copy.display()
        );
    }
}

#[test]
fn every_setting_of_the_pod_is_an_argument_of_podium_run() {
    use clap::CommandFactory;
    let command = podium::cli::Cli::command();
    let run = command.find_subcommand("run").unwrap();
    let known: BTreeSet<_> =
        run.get_arguments().filter_map(|arg| arg.get_env()).map(|name| name.to_str().unwrap()).collect();
    let objects =
        render("{watchNamespace: ml, installation: a, tracking: {uri: 'http://m', existingSecret: s}}")
            .unwrap();
    let container = of_kind(&objects, "Deployment")[0]["spec"]["template"]["spec"]["containers"][0].clone();
    let set = container["env"].as_array().unwrap().iter().map(|variable| variable["name"].as_str().unwrap());
    assert_eq!(set.collect::<BTreeSet<_>>(), known);
}
