//! Holds the chart to its documentation and to the operator's own configuration. Needs no cluster.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

mod support;

use podium::settings::OperatorConfig;
use serde_json::{Value, json};
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
                // What the role in the whole cluster says of one object goes with it.
                let place = if place == "served" && !name.is_empty() { "cluster" } else { place };
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
        } else if name.ends_with("-callers") {
            found.extend(rights(role, "callers"));
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
fn with_one_namespace_it_has_the_same_rights_there_and_in_the_cluster_reviews_tokens_alone() {
    let objects = render(NAMESPACED).unwrap();
    let expected = documented().into_iter().filter(|right| right[0] != "cluster").collect();
    assert_eq!(operator_rights(&objects), expected);
    assert!(!names(&objects, "ClusterRole").iter().any(|name| name.ends_with("-workloads")));
    assert_eq!(names(&objects, "ClusterRoleBinding"), ["podium-podium-system-callers"]);
    let namespaces: BTreeSet<_> = of_kind(&objects, "Role")
        .iter()
        .map(|role| role["metadata"]["namespace"].as_str().unwrap())
        .collect();
    assert_eq!(namespaces, BTreeSet::from(["ml", "podium-system"]));
}

fn names(objects: &[Value], kind: &str) -> Vec<String> {
    let name = |object: &&Value| object["metadata"]["name"].as_str().unwrap().to_owned();
    of_kind(objects, kind).iter().map(name).collect()
}

#[test]
fn without_the_trial_service_there_is_nothing_of_it() {
    let values = "{watchNamespace: ml, installation: here, crds: {enabled: false}, trials: {enabled: false}, networkPolicy: {enabled: true}, namespaces: [{name: ml}]}";
    let objects = render(values).unwrap();
    let left_out = |right: &Right| {
        let is_own_event = right[0] == "own" && right[2] == "events";
        right[0] == "cluster" || right[0] == "callers" || right[2] == "secrets" || is_own_event
    };
    let expected = documented().into_iter().filter(|right| !left_out(right)).collect();
    assert_eq!(operator_rights(&objects), expected);
    assert!(of_kind(&objects, "ClusterRoleBinding").is_empty());
    assert_eq!(names(&objects, "Service"), ["podium"]);
    let text = serde_json::to_string(&objects).unwrap();
    assert!(!text.contains("TRIALS") && !text.contains("8443") && !text.contains(r#""trials""#));
}

#[test]
fn workers_find_every_replica_at_the_address_that_they_are_told() {
    let objects = render("{networkPolicy: {enabled: true}, namespaces: [{name: ml}, {name: lab}]}").unwrap();
    let service = of_kind(&objects, "Service")
        .into_iter()
        .find(|one| one["metadata"]["name"] == "podium-trials")
        .unwrap();
    let spec = &service["spec"];
    assert_eq!((&spec["clusterIP"], &spec["publishNotReadyAddresses"]), (&json!("None"), &json!(true)));
    let container = &of_kind(&objects, "Deployment")[0]["spec"]["template"]["spec"]["containers"][0];
    let told = |name: &str| {
        container["env"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap()["value"].clone()
    };
    assert_eq!(told("PODIUM_TRIALS_URI"), "https://podium-trials.podium-system.svc:8443");
    assert_eq!(told("PODIUM_TRIALS_LISTEN"), "0.0.0.0:8443");
    let port = container["ports"].as_array().unwrap().iter().find(|port| port["name"] == "trials").unwrap();
    assert_eq!((&port["containerPort"], &spec["ports"][0]["port"]), (&json!(8443), &json!(8443)));

    let ingress = &of_kind(&objects, "NetworkPolicy")[0]["spec"]["ingress"];
    let rule = ingress.as_array().unwrap().iter().find(|rule| rule["ports"][0]["port"] == "trials").unwrap();
    let from = &rule["from"][0]["namespaceSelector"]["matchExpressions"][0];
    assert_eq!(
        from,
        &json!({"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["ml", "lab"]})
    );
    // Nobody, and not everybody, where no namespace is served.
    let nobody = render("{networkPolicy: {enabled: true}}").unwrap();
    assert_eq!(of_kind(&nobody, "NetworkPolicy")[0]["spec"]["ingress"].as_array().unwrap().len(), 1);
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
        if !["workloads", "callers"].contains(&name.as_str()) {
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
fn no_role_has_a_wildcard_or_reads_another_secret_than_the_operator_s_own() {
    for values in ["", NAMESPACED] {
        for role in render(values).unwrap() {
            let Some(rules) = role["rules"].as_array() else { continue };
            assert!(!serde_json::to_string(rules).unwrap().contains('*'), "{rules:?}");
            for [place, _, resource, name, verb] in rights(&role, &role["metadata"]["name"].to_string()) {
                let own = place == r#""podium-own""# && (verb == "create" || name == "podium-leader-trials");
                assert!(resource != "secrets" || own, "{place}: {verb} {name:?}");
            }
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
    assert_eq!(kept(""), [true, true, true]);
    assert_eq!(kept("{crds: {keep: false}}"), [false, false, false]);
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
