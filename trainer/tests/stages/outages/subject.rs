//! A stage that can be run any number of times, each in a run of its own, and how it ends where nothing is in its way.

use podium_contract::{Champion, JobDocument, RESULT_TAG, VALIDATE_RESULT_TAG};
use podium_mlflow::RunId;

use super::end::End;
use crate::data::DataServer;
use crate::document::candidate;
use crate::mlflow;
use crate::pipeline::Pipeline;
use crate::pod;
use crate::proxy::{Mode, Proxy};

/// A stage.
pub struct Subject {
    pub name: &'static str,
    /// Requests of a run with nothing in its way.
    pub requests: usize,
    /// Those among them that may change something.
    pub writes: usize,
    _server: DataServer,
    pipeline: Pipeline,
    document: JobDocument,
    result_tag: &'static str,
    wanted: End,
}

/// A shared file, validated.
pub async fn pipeline(name: &str, file: &str) -> (DataServer, Pipeline) {
    let server = DataServer::start().await;
    let uri = server.put_shared(file);
    let pipeline = Pipeline::validated(name, &uri, "target", |_| {}).await;
    (server, pipeline)
}

impl Subject {
    pub async fn validation() -> Self {
        let (server, pipeline) = pipeline("outages-validation", "breast_cancer.csv").await;
        let document = pipeline.base.clone();
        Self::of("validation", server, pipeline, document, VALIDATE_RESULT_TAG).await
    }

    pub async fn training() -> Self {
        let (server, pipeline) = pipeline("outages-training", "breast_cancer.csv").await;
        let logistic = candidate("logistic", "LogisticRegression", &[]);
        let document = pipeline.train_document(&RunId::new("its own"), logistic);
        Self::of("training", server, pipeline, document, RESULT_TAG).await
    }

    /// Beside a champion, so that nothing which an evaluation may read is left out. Of numbers: they have two charts where
    /// classes have five, and charts are most of its time.
    pub async fn evaluation() -> Self {
        let (server, pipeline) = pipeline("outages-evaluation", "diabetes.csv").await;
        let linear = candidate("linear", "LinearRegression", &[]);
        let (id, run, trained) = pipeline.train(&linear).await;
        let champion = Champion {
            model: "demo".to_owned(),
            alias: "champion".to_owned(),
            version: "3".to_owned(),
            run_id: Some(id.to_string()),
            artifact_uri: format!("{}/model", run.info.artifact_uri),
            model_digest: Some(trained.model_digest.clone()),
        };
        let winner = (linear, &id, &trained);
        let document = pipeline.evaluate_document(&RunId::new("its own"), winner, Some(champion));
        Self::of("evaluation", server, pipeline, document, RESULT_TAG).await
    }

    async fn of(
        name: &'static str,
        server: DataServer,
        pipeline: Pipeline,
        mut document: JobDocument,
        result_tag: &'static str,
    ) -> Self {
        let proxy = Proxy::start(&mlflow::shared().url, Mode::Pass).await;
        let id = pipeline.run(name).await;
        document.tracking.run_id = id.to_string();
        pod::run_well(&through(&proxy, &document)).await;
        let wanted = End::of(&pipeline.client, &id, result_tag).await;
        let (requests, writes) = (proxy.requests(), proxy.writes());
        Self { name, requests, writes, _server: server, pipeline, document, result_tag, wanted }
    }

    /// The document of a run of its own.
    pub async fn document(&self) -> JobDocument {
        let mut document = self.document.clone();
        document.tracking.run_id = self.pipeline.run(self.name).await.to_string();
        document
    }

    /// The document's run holds what it would hold if nothing had been in the way.
    pub async fn assert_ended_as_ever(&self, document: &JobDocument, how: &str) {
        let id = RunId::new(&document.tracking.run_id);
        let end = End::of(&self.pipeline.client, &id, self.result_tag).await;
        assert_eq!(end, self.wanted, "{}, {how}", self.name);
    }
}

/// The document of a pod that speaks to MLflow by a proxy.
pub fn through(proxy: &Proxy, document: &JobDocument) -> JobDocument {
    let mut document = document.clone();
    document.tracking.uri = proxy.url();
    document
}
