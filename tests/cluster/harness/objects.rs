//! Objects on the API server, as JSON: applied, read, waited for.

use std::time::{Duration, Instant};

use kube::api::{ApiResource, DeleteParams, DynamicObject, ListParams, Patch, PatchParams};
use kube::core::GroupVersionKind;
use kube::{Api, Error};
use serde_json::{Value, json};

use super::World;

/// Group, version, plural and whether it is namespaced.
fn resource(kind: &str) -> (ApiResource, bool) {
    let (group, version, plural, namespaced) = match kind {
        "TrainingPipeline" => ("podium.dev", "v1alpha1", "trainingpipelines", true),
        "HyperparameterSweep" => ("podium.dev", "v1alpha1", "hyperparametersweeps", true),
        "ModelVersion" => ("podium.dev", "v1alpha1", "modelversions", true),
        "Job" => ("batch", "v1", "jobs", true),
        "Pod" => ("", "v1", "pods", true),
        "Event" => ("", "v1", "events", true),
        "ConfigMap" => ("", "v1", "configmaps", true),
        "Secret" => ("", "v1", "secrets", true),
        "ResourceQuota" => ("", "v1", "resourcequotas", true),
        "PersistentVolumeClaim" => ("", "v1", "persistentvolumeclaims", true),
        "PersistentVolume" => ("", "v1", "persistentvolumes", false),
        "Namespace" => ("", "v1", "namespaces", false),
        "Node" => ("", "v1", "nodes", false),
        "Lease" => ("coordination.k8s.io", "v1", "leases", true),
        "CustomResourceDefinition" => ("apiextensions.k8s.io", "v1", "customresourcedefinitions", false),
        other => panic!("the harness does not know the kind {other}"),
    };
    let kind = GroupVersionKind::gvk(group, version, kind);
    (ApiResource::from_gvk_with_plural(&kind, plural), namespaced)
}

fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().expect("an object has a name")
}

impl World {
    fn api(&self, kind: &str) -> Api<DynamicObject> {
        let (resource, namespaced) = resource(kind);
        match namespaced {
            true => Api::namespaced_with(self.client.clone(), &self.namespace, &resource),
            false => Api::all_with(self.client.clone(), &resource),
        }
    }

    /// Applies an object, as `kubectl apply --server-side` does.
    pub async fn apply(&self, object: Value) -> Value {
        let name = name(&object).to_owned();
        self.try_apply(object).await.unwrap_or_else(|error| panic!("{name} was refused: {error}"))
    }

    /// Applies an object that may be refused.
    pub async fn try_apply(&self, object: Value) -> Result<Value, Error> {
        let kind = object["kind"].as_str().unwrap().to_owned();
        let params = PatchParams::apply("test").force();
        let applied = self.api(&kind).patch(name(&object), &params, &Patch::Apply(&object)).await?;
        Ok(serde_json::to_value(applied).unwrap())
    }

    /// What an object would become by being applied.
    pub async fn would_be(&self, object: Value) -> Value {
        let kind = object["kind"].as_str().unwrap().to_owned();
        let params = PatchParams { dry_run: true, ..PatchParams::apply("test").force() };
        let applied = self.api(&kind).patch(name(&object), &params, &Patch::Apply(&object)).await.unwrap();
        serde_json::to_value(applied).unwrap()
    }

    /// Changes an object by a JSON merge patch.
    pub async fn change(&self, kind: &str, name: &str, patch: Value) -> Value {
        let changed =
            self.api(kind).patch(name, &PatchParams::default(), &Patch::Merge(patch)).await.unwrap();
        serde_json::to_value(changed).unwrap()
    }

    /// An object, when there is one.
    pub async fn find(&self, kind: &str, name: &str) -> Option<Value> {
        self.api(kind).get_opt(name).await.unwrap().map(|found| serde_json::to_value(found).unwrap())
    }

    /// An object.
    pub async fn get(&self, kind: &str, name: &str) -> Value {
        self.find(kind, name).await.unwrap_or_else(|| panic!("no {kind} {name}"))
    }

    /// All objects of a kind that some labels select.
    pub async fn list(&self, kind: &str, labels: &str) -> Vec<Value> {
        let found = self.api(kind).list(&ListParams::default().labels(labels)).await.unwrap();
        found.items.into_iter().map(|object| serde_json::to_value(object).unwrap()).collect()
    }

    /// Deletes an object, in the background.
    pub async fn delete(&self, kind: &str, name: &str) {
        self.api(kind).delete(name, &DeleteParams::background()).await.unwrap();
    }

    /// Deletes an object with no time to end in, as `kubectl delete --force --grace-period=0` does.
    pub async fn delete_by_force(&self, kind: &str, name: &str) {
        self.api(kind).delete(name, &DeleteParams::background().grace_period(0)).await.unwrap();
    }

    /// Sets the annotation by which people act.
    pub async fn act(&self, kind: &str, name: &str, action: &str) {
        self.change(kind, name, json!({"metadata": {"annotations": {"podium.dev/action": action}}})).await;
    }

    /// Notes of the Events about an object with one reason, in no order.
    pub async fn told(&self, name: &str, reason: &str) -> Vec<String> {
        let ours = |event: &&Value| event["involvedObject"]["name"] == name && event["reason"] == reason;
        let note = |event: &Value| event["message"].as_str().unwrap_or_default().to_owned();
        self.list("Event", "").await.iter().filter(ours).map(note).collect()
    }

    /// Waits until an Event about an object has a reason, and gives its note.
    pub async fn until_told(&self, name: &str, reason: &str, seconds: u64) -> String {
        let begin = Instant::now();
        loop {
            if let Some(note) = self.told(name, reason).await.pop() {
                return note;
            }
            assert!(
                begin.elapsed() < Duration::from_secs(seconds),
                "no Event {reason} about {name} after {seconds} s"
            );
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Waits until there is no such object any more.
    pub async fn gone(&self, kind: &str, name: &str, seconds: u64) {
        self.until(kind, name, "gone", seconds, Value::is_null).await;
    }

    /// Waits until an object is as it should be; the message of a failure names what was waited for and what was seen.
    pub async fn until(
        &self,
        kind: &str,
        name: &str,
        what: &str,
        seconds: u64,
        good: impl Fn(&Value) -> bool,
    ) -> Value {
        let begin = Instant::now();
        loop {
            let seen = self.find(kind, name).await.unwrap_or_default();
            if good(&seen) {
                return seen;
            }
            if begin.elapsed() > Duration::from_secs(seconds) {
                let status = serde_json::to_string_pretty(&seen["status"]).unwrap();
                panic!(
                    "{kind} {name} is not {what} after {seconds} s; its status: {status}\n{}",
                    self.pods().await
                );
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until a pipeline's run has ended and gives the pipeline.
    pub async fn ended(&self, name: &str, seconds: u64) -> Value {
        let ended = |seen: &Value| matches!(phase(seen), "Succeeded" | "Failed");
        self.until("TrainingPipeline", name, "ended", seconds, ended).await
    }

    /// Waits until a pipeline has succeeded and gives it.
    pub async fn succeeded(&self, name: &str, seconds: u64) -> Value {
        let pipeline = self.ended(name, seconds).await;
        assert_eq!(phase(&pipeline), "Succeeded", "{}", pipeline["status"]["message"]);
        pipeline
    }

    /// Waits until the ModelVersion of a pipeline is in a phase and gives it.
    pub async fn version_in(&self, pipeline: &Value, wanted: &str, seconds: u64) -> Value {
        let name = pipeline["status"]["modelVersion"].as_str().expect("the pipeline has a ModelVersion");
        self.until("ModelVersion", name, wanted, seconds, |seen| phase(seen) == wanted).await
    }

    /// Pods of the namespace that hold resources: neither ended nor being deleted.
    pub async fn holding(&self) -> Vec<String> {
        let holds = |pod: &&Value| {
            pod["metadata"].get("deletionTimestamp").is_none()
                && !matches!(phase(pod), "Succeeded" | "Failed")
        };
        self.list("Pod", "").await.iter().filter(holds).map(|pod| name(pod).to_owned()).collect()
    }

    /// Waits until an Event warns of an object in words with these in them; it comes just after the status.
    pub async fn warned(&self, name: &str, named: &[&str]) {
        let warns = |event: &Value| {
            event["involvedObject"]["name"] == name
                && event["type"] == "Warning"
                && named.iter().all(|part| event["message"].as_str().unwrap_or_default().contains(part))
        };
        let begin = Instant::now();
        loop {
            let events = self.list("Event", "").await;
            if events.iter().any(warns) {
                return;
            }
            assert!(begin.elapsed() < Duration::from_secs(10), "no Event warns of {name}: {events:?}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Waits until no pod of the namespace holds resources.
    pub async fn idle(&self, seconds: u64) {
        let begin = Instant::now();
        loop {
            let holding = self.holding().await;
            if holding.is_empty() {
                return;
            }
            assert!(
                begin.elapsed() < Duration::from_secs(seconds),
                "pods still run after {seconds} s: {holding:?}"
            );
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// The model's record, once it rests: an intent is closed only when the status of its object stands.
    pub async fn record(&self, model: &str) -> Value {
        let begin = Instant::now();
        loop {
            let all = self.list("ConfigMap", "podium.dev/model-record").await;
            let ours = |record: &&Value| record["metadata"]["annotations"]["podium.dev/model"] == model;
            let record = all.iter().find(ours).unwrap_or_else(|| panic!("no record of {model}"));
            let record: Value =
                serde_json::from_str(record["data"]["record.json"].as_str().unwrap()).unwrap();
            if record.get("intent").is_none() {
                return record;
            }
            assert!(begin.elapsed() < Duration::from_secs(20), "its intent stays open: {record}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// A ConfigMap with one file of text.
    pub async fn file(&self, name: &str, key: &str, text: &str) {
        self.apply(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": self.namespace},
            "data": {key: text}})).await;
    }

    /// A ConfigMap with one file of bytes.
    pub async fn bytes(&self, name: &str, key: &str, bytes: &[u8]) {
        use base64::Engine;
        let text = base64::prelude::BASE64_STANDARD.encode(bytes);
        self.apply(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": self.namespace},
            "binaryData": {key: text}})).await;
    }

    async fn pods(&self) -> String {
        let mut lines = vec!["pods:".to_owned()];
        for pod in self.list("Pod", "").await {
            let state = &pod["status"]["containerStatuses"][0]["state"];
            lines.push(format!("  {} {} {state}", name(&pod), phase(&pod)));
        }
        lines.join("\n")
    }
}

/// The phase of an object.
pub fn phase(object: &Value) -> &str {
    object["status"]["phase"].as_str().unwrap_or_default()
}

/// Reason of an object's condition Ready.
pub fn reason(object: &Value) -> &str {
    let conditions = object["status"]["conditions"].as_array();
    let ready = conditions.and_then(|all| all.iter().find(|one| one["type"] == "Ready"));
    ready.and_then(|ready| ready["reason"].as_str()).unwrap_or_default()
}

/// The message of an object's status.
pub fn message(object: &Value) -> &str {
    object["status"]["message"].as_str().unwrap_or_default()
}
