//! The port on a real MLflow behind https, trusted by the operator's configuration alone.

use std::sync::Arc;

use k8s_openapi::jiff::Timestamp;
use podium::plan::{Effect, Pin, Tags, Trouble};
use podium::settings::{Grant, OperatorConfig};
use podium::tracking::{Login, MlflowTracking, Tracking};

use crate::server;

/// What a configuration gives the namespace ml.
fn grant(url: &str, more: &str) -> Grant {
    drop(rustls::crypto::ring::default_provider().install_default());
    let text = format!("trainerImage: t:1\ntracking: {{uri: '{url}'}}\nnamespaces: [{{name: ml}}]\n{more}");
    OperatorConfig::parse(&text).unwrap().check("cluster").unwrap().grant("ml").unwrap().clone()
}

/// The first thing that the operator does for a run.
async fn parent(grant: &Grant) -> Result<Option<Pin>, Trouble> {
    let port = MlflowTracking::new(Login::None, None, Arc::new(|| true));
    let effect = Effect::EnsureParent {
        experiment: grant.experiment("runs"),
        experiment_tags: Tags::new(),
        key: "key".to_owned(),
        name: "run".to_owned(),
        tags: Tags::new(),
        started_at: Timestamp::UNIX_EPOCH,
    };
    port.carry_out(grant, &effect).await
}

#[tokio::test]
async fn an_authority_in_the_configuration_is_trusted() {
    let server = server::encrypted();
    let pem = serde_json::to_string(&server.authority()).unwrap();
    let made = parent(&grant(&server.url, &format!("certificateAuthorities: {pem}"))).await;
    assert!(matches!(made, Ok(Some(Pin::Parent { fresh: true, .. }))), "{made:?}");
}

#[tokio::test]
async fn without_it_the_object_says_whose_certificate_is_refused_and_what_helps() {
    let url = &server::encrypted().url;
    let host = url.trim_start_matches("https://");
    let trouble = parent(&grant(url, "")).await.unwrap_err();
    assert_eq!(trouble.reason, "TrackingCertificateRefused");
    assert_eq!(
        trouble.message,
        format!(
            "MLflow: MLflow experiments/get-by-name: the certificate of {host} is refused: an authority signed it that is not trusted; add that authority to certificateAuthorities"
        )
    );
}
