//! The chart's Deployment: of two replicas one leads, and when its pod is deleted the other one goes on; one replica does all of
//! its work with rights in one namespace.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::machine::{root, variable};
use crate::harness::manifests::promoted;
use crate::harness::objects::phase;
use crate::harness::once::assert_one_of_each;
use crate::harness::{World, changed, pipeline};

/// Longest until a standby leads: the lease counts for 30 s, and it is looked at each 5 s.
const TAKE_OVER: Duration = Duration::from_secs(30 + 5 + 5);

/// A release of the chart; it is uninstalled when this is dropped, with what it has outside of its namespace.
struct Release<'a>(&'a World);

impl Release<'_> {
    /// The chart in the namespace of `home`, which serves another one, with these values beside those that both tests need.
    fn install<'a>(home: &'a World, world: &World, own: Value) -> Release<'a> {
        let values = json!({
            "image": {"reference": variable("PODIUM_IMAGE")},
            "trainer": {"image": {"reference": variable("PODIUM_TRAINER_IMAGE")}},
            "tracking": {"uri": world.tracker.url},
            "namespaces": [{"name": world.namespace, "models": [world.model], "autoPromote": [world.model]}],
            "otherNamespaces": "Ignore",
            // Tests add them by themselves and leave them to each other.
            "crds": {"enabled": false},
        });
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), changed(values, own).to_string()).unwrap();
        let release = Release(home);
        let chart = root().join("charts/podium");
        let install = ["install", "podium", chart.to_str().unwrap(), "--wait", "--timeout", "90s"];
        helm(home, &[&install[..], &["--values", file.path().to_str().unwrap()]].concat()).unwrap();
        release
    }

    /// What its pods have written.
    fn logs(&self) -> Result<String, String> {
        let of = ["logs", "-n", &self.0.namespace, "-l", "app.kubernetes.io/name=podium", "--tail=-1"];
        cluster("kubectl", &of)
    }
}

impl Drop for Release<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let logs = self.logs().unwrap_or_else(|said| said);
            let tail: Vec<_> = logs.lines().rev().take(120).collect();
            eprintln!("--- logs, the newest lines first:\n{}", tail.join("\n"));
        }
        if let Err(said) = helm(self.0, &["uninstall", "podium"]) {
            eprintln!("the release in {} is left: {said}", self.0.namespace);
        }
    }
}

fn helm(home: &World, arguments: &[&str]) -> Result<String, String> {
    cluster("helm", &[arguments, &["--namespace", &home.namespace]].concat())
}

fn cluster(tool: &str, arguments: &[&str]) -> Result<String, String> {
    let program = root().join("cluster/cluster");
    let output = Command::new(program).arg(tool).args(arguments).output().unwrap();
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// Name of the pod that leads.
async fn leader(home: &World) -> String {
    let lease = home.find("Lease", "podium-leader").await.unwrap_or_default();
    lease["spec"]["holderIdentity"].as_str().unwrap_or_default().to_owned()
}

/// The operator's pods that are there to stay.
async fn replicas(home: &World) -> Vec<String> {
    let pods = home.list("Pod", "app.kubernetes.io/name=podium").await;
    let stay = pods.iter().filter(|pod| pod["metadata"]["deletionTimestamp"].is_null());
    stay.map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

/// Waits until another pod than this one leads, and gives its name.
async fn taken_over(home: &World, from: &str) -> String {
    let begin = Instant::now();
    loop {
        let now = leader(home).await;
        if !now.is_empty() && now != from {
            println!("{now} leads {:?} after {from:?} was deleted", begin.elapsed());
            return now;
        }
        assert!(begin.elapsed() < TAKE_OVER, "nobody leads {TAKE_OVER:?} after {from:?} was deleted");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_chart_s_two_replicas_the_other_one_goes_on_when_the_leader_s_pod_is_deleted() {
    let (home, world) = tokio::join!(World::new("home"), World::new("served"));
    let _release = Release::install(&home, &world, json!({"replicas": 2, "logFormat": "text"}));
    let first = taken_over(&home, "").await;
    assert!(replicas(&home).await.contains(&first));
    world.breast_cancer().await;
    let candidates = json!({"spec": {"candidates": [
        {"name": "logistic", "algorithm": "LogisticRegression"},
        {"name": "forest", "algorithm": "RandomForest", "parameters": {"n_estimators": 600}},
    ]}});
    world.apply(changed(changed(pipeline(&world, "handed-on"), promoted(&world)), candidates)).await;
    let trains = |seen: &Value| seen["status"]["candidates"][1]["phase"] == "Running";
    world.until("TrainingPipeline", "handed-on", "in training", 90, trains).await;

    home.delete("Pod", &first).await;
    let second = taken_over(&home, &first).await;
    // Whoever is deleted by force gets no time to give the lease back.
    home.delete_by_force("Pod", &second).await;
    let third = taken_over(&home, &second).await;
    assert_ne!(third, first, "a pod's name is never used twice");

    let done = world.succeeded("handed-on", 180).await;
    world.version_in(&done, "Promoted", 90).await;
    assert_one_of_each(&world, &home, "handed-on", &[("forest", 1), ("logistic", 1)]).await;
    for candidate in done["status"]["candidates"].as_array().unwrap() {
        assert_eq!(candidate["attempts"], json!({"number": 1}), "trained again: {candidate}");
    }
    assert_eq!(home.get("Lease", "podium-leader").await["spec"]["leaseTransitions"], 2);
    let pods = home.list("Pod", "app.kubernetes.io/name=podium").await;
    assert!(
        pods.iter().all(|pod| phase(pod) == "Running" || pod["metadata"]["deletionTimestamp"].is_string())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn with_rights_in_one_namespace_alone_a_tuned_pipeline_comes_to_its_promotion_and_the_logs_are_json() {
    let (home, world) = tokio::join!(World::new("landlord"), World::new("tenant"));
    let scope = json!({"watchNamespace": world.namespace, "installation": world.namespace});
    let release = Release::install(&home, &world, scope);
    world.breast_cancer().await;
    let tuning = json!({"spec": {"tuning": {"maxTrials": 6, "parallelism": 2, "algorithm": {"name": "Random", "seed": 3}}}});
    world.apply(changed(changed(pipeline(&world, "modest"), promoted(&world)), tuning)).await;
    let done = world.succeeded("modest", 180).await;
    world.version_in(&done, "Promoted", 90).await;
    assert_eq!(done["status"]["tuned"][0]["progress"], "6/6", "{}", done["status"]["tuned"]);

    let logs = release.logs().unwrap();
    assert!(logs.lines().count() >= 2, "{logs}");
    for line in logs.lines() {
        let entry: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        for field in ["timestamp", "level", "target", "message"] {
            assert!(entry[field].is_string(), "no {field}: {line}");
        }
    }
    assert!(!logs.contains("orbidden"), "{logs}");
}
