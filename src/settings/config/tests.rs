//! The configuration as a whole: what it gives a namespace, and what is refused.

use super::*;

fn check(text: &str) -> Result<Settings, ConfigError> {
    OperatorConfig::parse(text)?.check("cluster")
}

#[test]
fn a_namespace_gets_a_prefix_of_its_own_and_owns_nothing_unless_it_is_said() {
    let settings =
        check("{trainerImage: t:1, tracking: {uri: 'http://m:5000/'}, namespaces: [{name: ml}]}").unwrap();
    let expected = Grant {
        namespace: "ml".into(),
        tracking_uri: "http://m:5000".into(),
        pod_tracking_uri: "http://m:5000".into(),
        certificate_authorities: None,
        workspace: None,
        experiment_prefix: "ml/".into(),
        models: vec![],
        auto_promote: vec![],
        pod_login: None,
    };
    assert_eq!(settings.grant("ml"), Ok(&expected));
    assert_eq!(settings.grant("other"), Err(NotGranted::Namespace("other".into())));
    assert_eq!(settings.installation, "cluster");
}

#[test]
fn every_namespace_trusts_the_authorities_that_are_given_and_text_that_holds_none_is_refused() {
    let with = |authorities: &str| {
        let namespaces = "namespaces: [{name: a}, {name: b}]";
        let text = serde_json::to_string(authorities).unwrap();
        check(&format!(
            "{{trainerImage: t:1, tracking: {{uri: 'https://m'}}, certificateAuthorities: {text}, {namespaces}}}"
        ))
    };
    let pem = "Our own:\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for grant in with(pem).unwrap().grants() {
        assert_eq!(grant.certificate_authorities.as_deref(), Some(pem), "{}", grant.namespace);
    }
    for text in ["", "/etc/ssl/ca.pem", "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n"] {
        assert!(matches!(with(text), Err(ConfigError::Authorities(_))), "{text}");
    }
}

#[test]
fn two_namespaces_of_one_server_share_neither_experiments_nor_models() {
    let overlap = check(
        "{trainerImage: t:1, tracking: {uri: 'http://m'}, namespaces: [{name: a, experimentPrefix: x}, {name: b, experimentPrefix: xy}]}",
    );
    assert!(matches!(overlap, Err(ConfigError::Overlap { .. })));
    let shared = check(
        "{trainerImage: t:1, tracking: {uri: 'http://m'}, namespaces: [{name: a, models: [m]}, {name: b, models: [m]}]}",
    );
    let expected = ConfigError::SharedModel { model: "m".into(), first: "a".into(), second: "b".into() };
    assert_eq!(shared, Err(expected));
}

#[test]
fn objects_of_other_namespaces_are_refused_unless_another_operator_has_them() {
    let refuse = check("{trainerImage: t:1}").unwrap();
    let ignore = check(
        "{trainerImage: t:1, tracking: {uri: 'http://m'}, otherNamespaces: Ignore, namespaces: [{name: a}]}",
    )
    .unwrap();
    assert_eq!([refuse.ignores("b"), ignore.ignores("b"), ignore.ignores("a")], [false, true, false]);
}

#[test]
fn a_prefix_that_leaves_no_room_for_names_is_refused() {
    let long = "p".repeat(201);
    let text = format!(
        "{{trainerImage: t:1, tracking: {{uri: 'http://m'}}, namespaces: [{{name: a, experimentPrefix: {long}}}]}}"
    );
    assert_eq!(check(&text), Err(ConfigError::Prefix { namespace: "a".into(), length: 201 }));
}

#[test]
fn a_mistyped_key_and_an_unowned_model_are_refused() {
    assert!(matches!(check("{trainerImage: t:1, namespace: []}"), Err(ConfigError::Syntax(_))));
    let unowned =
        check("{trainerImage: t:1, tracking: {uri: 'http://m'}, namespaces: [{name: a, autoPromote: [m]}]}");
    assert_eq!(unowned, Err(ConfigError::AutoPromote { namespace: "a".into(), model: "m".into() }));
}
