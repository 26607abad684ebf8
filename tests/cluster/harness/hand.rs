//! Models that somebody trained outside of Podium: a run with metrics and files, as plain clients of MLflow leave them.

use podium_mlflow::{
    Batch, CreateModelVersion, CreateRun, MetricPoint, RunId, RunStatus, UpdateRun, VersionNumber,
};
use serde_json::{Value, json};

use super::World;

fn now_ms() -> i64 {
    k8s_openapi::jiff::Timestamp::now().as_millisecond()
}

impl World {
    /// A finished run below the namespace's prefix with an f1_score, and files of a model in one of its folders.
    pub async fn run_by_hand(&self, f1_score: f64, folder: &str) -> String {
        let client = &self.tracker.client;
        let experiment =
            client.get_or_create_experiment(&format!("{}/by-hand", self.namespace), &[]).await.unwrap();
        let create = CreateRun {
            experiment_id: experiment.experiment_id,
            run_name: None,
            start_time_ms: now_ms(),
            tags: vec![],
        };
        let run = client.create_run(&create).await.unwrap();
        let id = run.info.run_id.clone();
        let metrics = vec![MetricPoint::new("f1_score", f1_score, now_ms(), 0)];
        client.log_batch(&id, &Batch { metrics, ..Batch::default() }).await.unwrap();
        let path = format!("{folder}/MLmodel").parse().unwrap();
        let text = format!("flavors: {{}}\nrun_id: {}\n", id.as_str());
        client.put_artifact(&run.info.artifact_root(), &path, text.into()).await.unwrap();
        client.update_run(&id, &UpdateRun::end(RunStatus::Finished, now_ms())).await.unwrap();
        id.as_str().to_owned()
    }

    /// A registered version of a run's folder `model`.
    pub async fn version_by_hand(&self, model: &str, f1_score: f64) -> String {
        let run = self.run_by_hand(f1_score, "model").await;
        self.tracker.client.get_or_create_registered_model(model, "", &[]).await.unwrap();
        let create = CreateModelVersion {
            name: model.to_owned(),
            source: format!("runs:/{run}/model"),
            model_id: None,
            run_id: Some(RunId::new(run)),
            description: String::new(),
            tags: vec![],
        };
        self.tracker.client.create_model_version(&create).await.unwrap().version.to_string()
    }

    /// Moves an alias as somebody does in MLflow's page.
    pub async fn alias_by_hand(&self, model: &str, alias: &str, version: &str) {
        let number = VersionNumber::new(version.parse().unwrap());
        self.tracker.client.set_registered_model_alias(model, alias, number).await.unwrap();
    }

    /// A ModelVersion with one gate, an f1_score of at least 0.5.
    pub fn model_version(&self, name: &str, model: &str, source: Value, mode: &str) -> Value {
        json!({"apiVersion": "podium.dev/v1alpha1", "kind": "ModelVersion",
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": {"registeredModel": model, "source": source,
                "gates": [{"name": "quality", "metric": "f1_score", "min": "0.5"}],
                "promotion": {"mode": mode}}})
    }

    /// Waits until a ModelVersion is in a phase for a reason.
    pub async fn version_is(&self, name: &str, phase: &str, reason: &str, seconds: u64) -> Value {
        let good =
            |seen: &Value| super::objects::phase(seen) == phase && super::objects::reason(seen) == reason;
        self.until("ModelVersion", name, &format!("{phase} for {reason}"), seconds, good).await
    }

    /// A new version of a model, made by hand and promoted to `champion` without a person.
    pub async fn promoted_by_hand(&self, name: &str) -> String {
        let version = self.version_by_hand(&self.model, 0.9).await;
        let source = json!({"version": version});
        self.apply(self.model_version(name, &self.model, source, "Auto")).await;
        self.version_is(name, "Promoted", "Promoted", 60).await;
        version
    }
}
