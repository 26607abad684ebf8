//! The torch learner through the whole pipeline, and a device that is not there. `scripts/torch` puts the plugin beside the program.

use std::path::Path;

use podium_contract::{Gpu, Outcome, RESULT_TAG};
use serde_json::json;

use super::data::DataServer;
use super::document::candidate;
use super::mlflow::{metric, outcome};
use super::pipeline::Pipeline;
use super::pod;

#[tokio::test(flavor = "multi_thread")]
async fn a_perceptron_is_trained_evaluated_and_fails_clearly_or_falls_back_without_a_device() {
    let plugin = Path::new(env!("CARGO_BIN_EXE_podium-trainer")).with_file_name("libpodium_torch.so");
    assert!(plugin.exists(), "{} is missing: run scripts/torch", plugin.display());
    let server = DataServer::start().await;
    let uri = server.put_shared("breast_cancer.csv");
    let pipeline = Pipeline::validated("torch", &uri, "target", |_| {}).await;
    let mut net = candidate("net", "TorchMLP", &[("hidden", json!([16])), ("epochs", json!(30))]);
    let (id, run, trained) = pipeline.train(&net).await;
    assert!(metric(&run, "cv_roc_auc") > 0.97, "{}", metric(&run, "cv_roc_auc"));
    assert!(!trained.gpu_used);
    // One point an epoch.
    let curve = pipeline.client.get_metric_history(&id, "train_loss/whole").await.unwrap();
    assert!(curve.len() > 5 && curve.last().unwrap().value.get() < curve[0].value.get());
    let (run, _) = pipeline.evaluate((&net, &id, &trained), None).await;
    assert!(metric(&run, "roc_auc") > 0.96);

    // This machine has no GPU.
    for (fallback_cpu, wanted) in [(false, 4), (true, 0)] {
        net.gpu = Some(Gpu { count: 1, fallback_cpu });
        let id = pipeline.run("candidate").await;
        let (code, log) = pod::run(&pipeline.train_document(&id, net.clone())).await;
        assert_eq!(code, wanted, "{log}");
        let run = pipeline.client.get_run(&id).await.unwrap();
        match outcome(&run, RESULT_TAG) {
            Outcome::Failed(failed) => assert_eq!(failed.reason, "DeviceMissing"),
            Outcome::Trained(_) => assert_eq!(metric(&run, "gpu_used"), 0.0),
            other => panic!("{other:?}"),
        }
    }
}
