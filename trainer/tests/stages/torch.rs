//! The torch learner through the whole pipeline, and a device that is not there. `scripts/torch` puts the plugin beside the program.

use std::collections::BTreeSet;
use std::path::Path;

use podium_contract::{Gpu, Outcome, RESULT_TAG};
use serde_json::json;

use super::data::DataServer;
use super::document::candidate;
use super::mlflow::{metric, outcome};
use super::pipeline::Pipeline;
use super::pod;

/// Shared libraries that the trainer loads while it trains a candidate: the loader of the system writes them down.
async fn loaded(pipeline: &Pipeline, candidate: podium_contract::Candidate) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("loader");
    let id = pipeline.run(&candidate.name).await;
    let variables = [("LD_DEBUG", "files"), ("LD_DEBUG_OUTPUT", log.to_str().unwrap())];
    let (code, told) = pod::run_with(&pipeline.train_document(&id, candidate), &variables).await;
    assert_eq!(code, 0, "{told}");
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
    let lines = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect::<String>();
    // As in `16253:	calling init: /lib/x86_64-linux-gnu/libc.so.6`.
    let started = lines.lines().filter_map(|line| line.split("calling init: ").nth(1));
    started.filter_map(|path| Some(Path::new(path.trim()).file_name()?.to_str()?.to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn torch_is_loaded_for_a_perceptron_and_for_no_other_learner_though_it_lies_beside_the_program() {
    let plugin = Path::new(env!("CARGO_BIN_EXE_podium-trainer")).with_file_name("libpodium_torch.so");
    assert!(plugin.exists(), "{} is missing: run scripts/torch", plugin.display());
    let server = DataServer::start().await;
    let uri = server.put_shared("breast_cancer.csv");
    let classes = Pipeline::validated("torch-loaded", &uri, "target", |_| {}).await;
    let uri = server.put_shared("diabetes.csv");
    let numbers = Pipeline::validated("torch-loaded-numbers", &uri, "target", |_| {}).await;
    let of_torch = |all: &BTreeSet<String>| {
        assert!(all.iter().any(|name| name.starts_with("libc.so")), "the loader says what it does: {all:?}");
        all.iter().filter(|name| name.contains("torch") || name.contains("c10")).cloned().collect::<Vec<_>>()
    };
    for (pipeline, algorithm) in
        [(&classes, "LogisticRegression"), (&classes, "RandomForest"), (&numbers, "LinearRegression")]
    {
        let all = loaded(pipeline, candidate("other", algorithm, &[])).await;
        assert_eq!(of_torch(&all), Vec::<String>::new(), "{algorithm}");
    }
    let net = candidate("net", "TorchMLP", &[("hidden", json!([4])), ("epochs", json!(2))]);
    let found = of_torch(&loaded(&classes, net).await);
    for wanted in ["libpodium_torch.so", "libtorch_cpu.so", "libc10.so"] {
        assert!(found.iter().any(|name| name == wanted), "{wanted} is not among {found:?}");
    }
}

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
