//! Where a ModelVersion's model comes from: a pipeline, a run, or a version that a Python user registered.

use serde_json::{Value, json};

use crate::harness::machine::python;
use crate::harness::objects::{message, phase};
use crate::harness::{World, changed, pipeline};

/// What a Python user does who knows MLflow and scikit-learn and nothing of Podium. Prints the version's number.
const TRAINED_IN_PYTHON: &str = "
import sys, mlflow
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split

mlflow.set_tracking_uri(sys.argv[1])
mlflow.set_experiment('somewhere-else')
x, y = load_breast_cancer(return_X_y=True)
train, test, train_y, test_y = train_test_split(x, y, random_state=0)
model = LogisticRegression(max_iter=5000).fit(train, train_y)
with mlflow.start_run():
    mlflow.log_metric('f1_score', f1_score(test_y, model.predict(test)))
    mlflow.log_metric('their_own', 0.25)
    info = mlflow.sklearn.log_model(model, name='model', registered_model_name=sys.argv[2],
                                    serialization_format='cloudpickle')
print(info.registered_model_version)
";

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_a_python_user_registered_is_judged_by_its_logged_metrics_and_promoted() {
    let world = World::new("python").await;
    let _operator = world.lead().await;
    let number = python(TRAINED_IN_PYTHON, &[&world.tracker.url, &world.model]);
    let gates = |own: &str| {
        json!({"spec": {"gates": [
            {"name": "quality", "metric": "f1_score", "min": "0.9"},
            {"name": "own", "metric": "their_own", "max": own},
        ]}})
    };
    let theirs = world.model_version("theirs", &world.model, json!({"version": number}), "Auto");
    world.apply(changed(theirs.clone(), gates("0.2"))).await;
    let seen = world.version_is("theirs", "Rejected", "OutOfBounds", 60).await;
    assert_eq!(message(&seen), "gate own: their_own 0.25 > 0.2 (1/2 gates)");
    world.apply(changed(theirs, gates("0.25"))).await;
    let seen = world.version_is("theirs", "Promoted", "Promoted", 30).await;
    assert_eq!((&seen["status"]["version"], &seen["status"]["gateSummary"]), (&json!(number), &json!("2/2")));
    assert_eq!(world.tracker.alias(&world.model, "champion").await.unwrap().to_string(), number);
    let versions = world.tracker.versions(&world.model).await;
    assert_eq!(versions.len(), 1, "it was adopted, not registered again");
    let digest = versions[0].tags.iter().find(|tag| tag.key == "podium.dev/model-digest").unwrap();
    assert_eq!(seen["status"]["modelDigest"], digest.value.as_str(), "all files of the model were read");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_and_its_folder_become_a_version_and_a_folder_without_files_is_named() {
    let world = World::new("by-run").await;
    let _operator = world.lead().await;
    let run = world.run_by_hand(0.8, "exported/best").await;
    let source = |path: &str| json!({"runID": run, "artifactPath": path});
    world.apply(world.model_version("there", &world.model, source("exported/best"), "Auto")).await;
    world.apply(world.model_version("nothing", &world.model, source("exported/worst"), "Auto")).await;
    world.apply(world.model_version("unknown", &world.model, json!({"runID": "0".repeat(32)}), "Auto")).await;
    let seen = world.version_is("there", "Promoted", "Promoted", 30).await;
    assert_eq!(seen["status"]["source"], source("exported/best"));
    let seen = world.version_is("nothing", "Error", "ModelMissing", 30).await;
    assert_eq!(message(&seen), format!("run {run} has no model files in \"exported/worst\""));
    world.version_is("unknown", "Pending", "SourceMissing", 30).await;
    let versions = world.tracker.versions(&world.model).await;
    let sources: Vec<_> = versions.iter().map(|version| version.source.as_str()).collect();
    assert_eq!(sources, [format!("runs:/{run}/exported/best")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_s_last_good_run_is_pinned_when_there_is_one() {
    let world = World::new("by-name").await;
    world.breast_cancer().await;
    let _operator = world.lead().await;
    let better = json!({"spec": {"gates": [
        {"name": "quality", "metric": "f1_score", "min": "0.9"},
        {"name": "better", "metric": "f1_score", "compareTo": "dummy", "minDelta": "0.1", "confidence": "0.9"},
    ]}});
    let source = json!({"pipelineRef": {"name": "source"}});
    world.apply(changed(world.model_version("named", &world.model, source, "Auto"), better)).await;
    let seen = world.version_is("named", "Pending", "SourceMissing", 30).await;
    assert!(message(&seen).contains("there is no pipeline \"source\""), "{}", message(&seen));
    world.apply(pipeline(&world, "source")).await;
    world.version_is("named", "Pending", "SourcePending", 30).await;
    let done = world.succeeded("source", 120).await;
    let run = &done["status"]["run"];
    let seen = world.version_is("named", "Promoted", "Promoted", 30).await;
    let status = &seen["status"];
    assert_eq!(
        (&status["source"]["runID"], &status["evidenceDigest"], &status["modelDigest"]),
        (&run["evaluationRunID"], &run["evidenceDigest"], &run["modelDigest"])
    );
    assert_eq!(status["gates"][1]["comparedTo"], "dummy");

    // Another run of the pipeline is another model: it needs a ModelVersion of its own.
    world.act("TrainingPipeline", "source", "run:again").await;
    let again = |seen: &Value| seen["status"]["run"]["number"] == 2 && phase(seen) == "Succeeded";
    world.until("TrainingPipeline", "source", "run again", 120, again).await;
    let later = world.get("ModelVersion", "named").await;
    assert_eq!((&later["status"]["source"], phase(&later)), (&status["source"], "Promoted"));
    assert_eq!(world.tracker.versions(&world.model).await.len(), 1);
}
