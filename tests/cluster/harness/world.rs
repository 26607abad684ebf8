//! A test's own world: a namespace under the restricted Pod Security level, a configuration, a lease, operators.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use kube::Client;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::machine::{self, HOST, free_port, root, unique, variable};
use super::operator::{Operator, Start};
use super::tracker::Tracker;

/// A namespace with what belongs to it. Dropped, the namespace goes; what a failed test saw is told first.
pub struct World {
    pub namespace: String,
    /// Registered model that the namespace owns and that may be promoted without a person.
    pub model: String,
    /// Registered model that it owns and that a person must promote.
    pub manual: String,
    pub client: Client,
    pub tracker: Tracker,
    /// Where its operator serves trials: workers know the address from their birth, so it outlives a replica.
    trials: SocketAddr,
    folder: TempDir,
}

impl World {
    /// A world on the MLflow server that most tests share.
    pub async fn new(stem: &str) -> Self {
        Self::on(stem, Tracker::shared()).await
    }

    /// A world on an MLflow server.
    pub async fn on(stem: &str, tracker: Tracker) -> Self {
        let client = machine::client().await;
        let namespace = unique(stem);
        let world = Self {
            model: format!("{namespace}-auto"),
            manual: format!("{namespace}-manual"),
            namespace,
            client,
            tracker,
            trials: format!("{HOST}:{}", free_port(HOST)).parse().unwrap(),
            folder: tempfile::tempdir().unwrap(),
        };
        world.definitions().await;
        world
            .apply(json!({
                "apiVersion": "v1", "kind": "Namespace",
                "metadata": {"name": world.namespace, "labels": {
                    "podium.dev/test": "yes",
                    "pod-security.kubernetes.io/enforce": "restricted",
                    "pod-security.kubernetes.io/warn": "restricted",
                }}
            }))
            .await;
        world.configure(world.configuration());
        world
    }

    /// The definitions are the cluster's, so a demo beside us keeps its own: they are only added where missing.
    async fn definitions(&self) {
        for file in std::fs::read_dir(root().join("crds")).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            let definition: Value = serde_yaml_ng::from_str(&text).unwrap();
            let name = definition["metadata"]["name"].as_str().unwrap().to_owned();
            match self.find("CustomResourceDefinition", &name).await {
                None => drop(self.apply(definition).await),
                Some(found) => assert!(
                    self.would_be(definition).await["spec"] == found["spec"],
                    "the cluster's {name} is not this checkout's: end the demo, or give it the definitions in crds/"
                ),
            }
            let established = |seen: &Value| {
                let conditions = seen["status"]["conditions"].as_array();
                conditions.is_some_and(|all| {
                    all.iter().any(|one| one["type"] == "Established" && one["status"] == "True")
                })
            };
            self.until("CustomResourceDefinition", &name, "established", 30, established).await;
        }
    }

    /// The operator's configuration for this world.
    pub fn configuration(&self) -> Value {
        let mut configuration = json!({
            "installation": self.namespace,
            "trainerImage": variable("PODIUM_TRAINER_IMAGE"),
            "tracking": {"uri": self.tracker.url},
            "namespaces": [{
                "name": self.namespace,
                "models": [self.model, self.manual],
                "autoPromote": [self.model],
            }],
        });
        if let Some(image) = torch_image() {
            configuration["torchTrainerImage"] = json!(image);
        }
        configuration
    }

    /// Writes the configuration that operators start with from now on.
    pub fn configure(&self, configuration: Value) {
        std::fs::write(self.config(), configuration.to_string()).unwrap();
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("config.yaml")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("operator.log")
    }

    /// Starts a replica; those of one world share its lease.
    pub fn start(&self, identity: &str) -> Operator {
        self.start_with(identity, None, &format!("{}/leader", self.namespace))
    }

    /// Starts a replica with variables in its environment, and waits until it leads.
    pub async fn lead_with(&self, variables: Vec<(&str, String)>) -> Operator {
        let operator = self.start_as("replica", variables);
        operator.leads(std::time::Duration::from_secs(60)).await;
        operator
    }

    /// Starts a replica with variables in its environment.
    pub fn start_as(&self, identity: &str, variables: Vec<(&str, String)>) -> Operator {
        let lease = format!("{}/leader", self.namespace);
        Operator::start(Start { variables, ..self.replica(identity, &lease) })
    }

    /// Starts a replica with a login of its own for MLflow, or another lease.
    pub fn start_with(&self, identity: &str, login: Option<PathBuf>, lease: &str) -> Operator {
        Operator::start(Start { login, ..self.replica(identity, lease) })
    }

    fn replica<'a>(&'a self, identity: &'a str, lease: &'a str) -> Start<'a> {
        Start {
            config: self.config(),
            namespace: &self.namespace,
            lease,
            identity,
            login: None,
            trials: None,
            variables: Vec::new(),
            log: self.log(),
        }
    }

    /// Starts a replica that serves trials.
    pub fn start_with_trials(&self) -> Operator {
        let lease = format!("{}/leader", self.namespace);
        Operator::start(Start { trials: Some(self.trials), ..self.replica("replica", &lease) })
    }

    /// Starts a replica that serves trials, and waits until it leads.
    pub async fn lead_with_trials(&self) -> Operator {
        let operator = self.start_with_trials();
        operator.leads(std::time::Duration::from_secs(60)).await;
        operator
    }

    /// Starts the operator and waits until it leads.
    pub async fn lead(&self) -> Operator {
        let operator = self.start("replica");
        operator.leads(std::time::Duration::from_secs(60)).await;
        operator
    }
}

/// Image with libtorch, where it was built.
pub fn torch_image() -> Option<String> {
    std::env::var("PODIUM_TORCH_IMAGE").ok().filter(|image| !image.is_empty())
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.log()).unwrap_or_default();
            let tail: Vec<_> = log.lines().rev().take(60).collect();
            eprintln!(
                "--- operator of {}, its last lines, the newest first:\n{}",
                self.namespace,
                tail.join("\n")
            );
        }
        let _ = Command::new(root().join("cluster/cluster"))
            .args(["kubectl", "delete", "namespace", &self.namespace, "--wait=false"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}
