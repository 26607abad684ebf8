//! GPUs that were asked for: used, or a clear failure, or the CPU where that was allowed.

use podium_contract::{Gpu, Outcome, RESULT_TAG};

use super::data::DataServer;
use super::document::candidate;
use super::mlflow::{metric, outcome};
use super::pipeline::Pipeline;
use super::pod;

#[tokio::test(flavor = "multi_thread")]
async fn a_gpu_for_a_learner_without_use_for_it_fails_clearly_or_falls_back_as_stated() {
    let server = DataServer::start().await;
    let uri = server.put_shared("iris.csv");
    let pipeline = Pipeline::validated("devices", &uri, "species", |_| {}).await;
    for (fallback_cpu, wanted) in [(false, 4), (true, 0)] {
        let mut logistic = candidate("logistic", "LogisticRegression", &[]);
        logistic.gpu = Some(Gpu { count: 1, fallback_cpu });
        let id = pipeline.run("candidate").await;
        let (code, log) = pod::run(&pipeline.train_document(&id, logistic)).await;
        assert_eq!(code, wanted, "{log}");
        let run = pipeline.client.get_run(&id).await.unwrap();
        match outcome(&run, RESULT_TAG) {
            Outcome::Failed(failed) => {
                assert_eq!(failed.reason, "DeviceMissing");
                assert!(failed.message.contains("fallback: Cpu"), "{}", failed.message);
            }
            Outcome::Trained(trained) => {
                assert!(!trained.gpu_used);
                assert_eq!(metric(&run, "gpu_used"), 0.0);
            }
            other => panic!("{other:?}"),
        }
    }
}
