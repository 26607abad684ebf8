//! An operator that starts before the definitions of its kinds are there, or are new enough.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Request, Response, StatusCode};
use kube::Client;
use kube::client::Body;
use podium::cli::crd;
use podium::run::until_served;
use podium::serve::Readiness;
use serde_json::{Value, json};

/// What the API server says of our group: nothing at first.
type Document = Arc<Mutex<Option<Value>>>;

fn client(document: &Document) -> Client {
    let document = Arc::clone(document);
    let service = tower::service_fn(move |request: Request<Body>| {
        let document = document.lock().unwrap().clone();
        async move {
            assert_eq!(request.uri().path(), "/openapi/v3/apis/podium.dev/v1alpha1");
            let (code, body) = match document {
                Some(document) => (StatusCode::OK, document.to_string()),
                None => (StatusCode::NOT_FOUND, "404 page not found".to_owned()),
            };
            Ok::<_, Infallible>(Response::builder().status(code).body(Body::from(body.into_bytes())).unwrap())
        }
    });
    Client::new(service, "podium-system")
}

/// The document for the definitions as they are in this checkout.
fn ours() -> Value {
    let schemas = crd::all().into_iter().map(|definition| {
        let kind = definition.spec.names.kind;
        let schema = definition.spec.versions.into_iter().next().unwrap().schema.unwrap();
        let mut schema = serde_json::to_value(schema.open_api_v3_schema.unwrap()).unwrap();
        schema["x-kubernetes-group-version-kind"] =
            json!([{"group": "podium.dev", "version": "v1alpha1", "kind": kind}]);
        (format!("dev.podium.v1alpha1.{kind}"), schema)
    });
    json!({"components": {"schemas": schemas.collect::<serde_json::Map<_, _>>()}})
}

/// Waits until the operator says something that contains all of these.
async fn says(readiness: &Readiness, words: &[&str]) {
    for _ in 0..1000 {
        let hindrance = readiness.hindrance().unwrap_or_default();
        if words.iter().all(|word| hindrance.contains(word)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it says {:?}, and not {words:?}", readiness.hindrance());
}

#[tokio::test]
async fn an_operator_installed_before_its_definitions_says_what_is_missing_and_begins_once_they_are_there() {
    let document = Document::default();
    let (client, readiness) = (client(&document), Readiness::starting());
    let waits = until_served(&client, &readiness, Duration::from_millis(5));
    let user = async {
        let kinds = "the API server knows no TrainingPipeline, no HyperparameterSweep and no ModelVersion:";
        says(&readiness, &[kinds, "crds/"]).await;
        let mut old = ours();
        let status =
            &mut old["components"]["schemas"]["dev.podium.v1alpha1.TrainingPipeline"]["properties"]["status"];
        status["properties"]["run"]["properties"].as_object_mut().unwrap().remove("evidenceDigest").unwrap();
        *document.lock().unwrap() = Some(old);
        says(&readiness, &["of an older version, they lack TrainingPipeline.status.run.evidenceDigest:"])
            .await;
        *document.lock().unwrap() = Some(ours());
    };
    let begins = tokio::time::timeout(Duration::from_secs(30), async { tokio::join!(waits, user) }).await;
    assert_eq!((readiness.hindrance(), begins.is_ok()), (None, true));
}
