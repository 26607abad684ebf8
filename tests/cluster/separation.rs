//! Two namespaces on one MLflow: neither can use or move what is the other's, and pods know no login but their own.

use serde_json::{Value, json};

use crate::harness::manifests::promoted;
use crate::harness::objects::{message, phase};
use crate::harness::{World, changed, pipeline};

fn version(world: &World, name: &str, model: &str, source: Value) -> Value {
    json!({"apiVersion": "podium.dev/v1alpha1", "kind": "ModelVersion",
        "metadata": {"name": name, "namespace": world.namespace},
        "spec": {"registeredModel": model, "source": source,
            "gates": [{"name": "any", "metric": "f1_score", "min": "0"}], "promotion": {"mode": "Auto"}}})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_can_neither_use_nor_move_the_models_and_runs_of_another() {
    let (ours, theirs) = tokio::join!(World::new("ours"), World::new("theirs"));
    // One installation with two namespaces: its replicas watch one each, and share the records of models.
    let mut configuration = ours.configuration();
    let other = theirs.configuration()["namespaces"][0].clone();
    configuration["namespaces"].as_array_mut().unwrap().push(other);
    ours.configure(configuration.clone());
    theirs.configure(configuration);
    let records = |name: &str| format!("{}/{name}", ours.namespace);
    let one = ours.start_with("one", None, &records("leader-of-ours"));
    let two = theirs.start_with("two", None, &records("leader-of-theirs"));
    one.leads(std::time::Duration::from_secs(60)).await;
    two.leads(std::time::Duration::from_secs(60)).await;
    ours.breast_cancer().await;
    ours.apply(changed(pipeline(&ours, "made"), promoted(&ours))).await;
    let made = ours.succeeded("made", 120).await;
    ours.version_in(&made, "Promoted", 60).await;
    let run = made["status"]["run"]["evaluationRunID"].as_str().unwrap();

    let model = json!({"spec": {"registration": {"registeredModel": ours.model}}});
    theirs.apply(changed(pipeline(&theirs, "stranger"), model)).await;
    let refused = theirs.ended("stranger", 30).await;
    assert_eq!(refused["status"]["conditions"][0]["reason"], "NotAllowed");
    assert!(message(&refused).contains(&ours.model), "{}", message(&refused));

    theirs.apply(version(&theirs, "their-alias", &ours.model, json!({"version": "1"}))).await;
    theirs.apply(version(&theirs, "their-run", &theirs.model, json!({"runID": run}))).await;
    let stalled = |seen: &Value| {
        let conditions = seen["status"]["conditions"].as_array();
        conditions
            .is_some_and(|all| all.iter().any(|one| one["type"] == "Stalled" && one["status"] == "True"))
    };
    let alias = theirs.until("ModelVersion", "their-alias", "refused", 30, stalled).await;
    assert!(message(&alias).contains(&ours.model) && phase(&alias) != "Promoted", "{}", message(&alias));
    let run = theirs.until("ModelVersion", "their-run", "refused", 30, stalled).await;
    assert!(message(&run).contains(&format!("{}/", theirs.namespace)), "{}", message(&run));
    assert!(!ours.tracker.versions(&ours.model).await.is_empty());
    assert_eq!(ours.tracker.alias(&ours.model, "champion").await, Some(1));
    assert_eq!(theirs.tracker.versions(&theirs.model).await.len(), 0, "nothing of theirs was registered");
    assert!(theirs.list("Job", "").await.is_empty());

    // The same name in the other namespace is another experiment.
    theirs.breast_cancer().await;
    theirs.apply(pipeline(&theirs, "made")).await;
    theirs.succeeded("made", 120).await;
    for world in [&ours, &theirs] {
        assert_eq!(
            world.tracker.runs(&world.namespace, "made").await.counts(),
            (1, vec![("logistic", 1)], 1)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pods_see_their_own_login_alone_and_have_no_rights_on_the_api_server() {
    let world = World::new("logins").await;
    world.breast_cancer().await;
    let operators = "the-operators-own-token";
    let login = tempfile::tempdir().unwrap();
    std::fs::write(login.path().join("token"), operators).unwrap();
    let mut configuration = world.configuration();
    configuration["namespaces"][0]["podLogin"] = json!({"secret": "mlflow", "kind": "Token"});
    world.configure(configuration);
    world
        .apply(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "mlflow", "namespace": world.namespace},
            "stringData": {"token": "the-pods-token"}}))
        .await;
    let lease = format!("{}/leader", world.namespace);
    let operator = world.start_with("one", Some(login.path().to_owned()), &lease);
    operator.leads(std::time::Duration::from_secs(60)).await;
    world.apply(changed(pipeline(&world, "careful"), promoted(&world))).await;
    let done = world.succeeded("careful", 120).await;
    world.version_in(&done, "Promoted", 60).await;

    let pods = world.list("Pod", "").await;
    assert_eq!(pods.len(), 3, "validate, train, evaluate");
    for pod in &pods {
        let spec = &pod["spec"];
        assert_eq!(spec["automountServiceAccountToken"], false);
        let env = spec["containers"][0]["env"].as_array().unwrap();
        let token = env.iter().find(|one| one["name"] == "MLFLOW_TRACKING_TOKEN").unwrap();
        assert_eq!(token["valueFrom"]["secretKeyRef"]["name"], "mlflow");
        let volumes: Vec<_> = spec["volumes"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
        assert_eq!(volumes, ["job", "tmp", "data"], "nothing else is mounted");
    }
    for kind in ["Pod", "Job", "ConfigMap", "TrainingPipeline", "ModelVersion", "Event"] {
        for object in world.list(kind, "").await {
            let text = object.to_string();
            assert!(!text.contains(operators) && !text.contains("the-pods-token"), "a {kind} holds a login");
        }
    }
}
