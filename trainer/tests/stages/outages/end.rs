//! How a stage has ended: all that stands in its run, but for what differs between two runs that nothing disturbed.

use std::collections::BTreeMap;

use podium_artifacts::{Access, Files, Store, of_bytes, of_files};
use podium_contract::{EVIDENCE_ARTIFACT, Evaluated, Evidence, Outcome, StageResult, Trained};
use podium_mlflow::{ArtifactRoot, Client, DatasetInput, Run, RunId};

use crate::mlflow::{is_finished, result};

/// Times that are measured anew each time.
const TIMES: [&str; 2] = ["training_time", "inference_time_ms"];
/// Files that name their run, its attempt or a time.
const OWN_FILES: [&str; 5] = [
    "model/MLmodel",
    "podium/record.json",
    "best_model_info.json",
    "pipeline_context.json",
    EVIDENCE_ARTIFACT,
];

/// What stands in a run.
#[derive(Debug, PartialEq)]
pub struct End {
    is_finished: bool,
    outcome: Outcome,
    evidence: Option<Evidence>,
    metrics: BTreeMap<String, f64>,
    params: BTreeMap<String, String>,
    tags: Vec<String>,
    datasets: Vec<DatasetInput>,
    /// With their digests where these are the same in each run.
    files: BTreeMap<String, Option<String>>,
}

impl End {
    /// Reads it; what belongs together must be of one attempt.
    pub async fn of(client: &Client, id: &RunId, result_tag: &str) -> Self {
        let run = client.get_run(id).await.unwrap();
        let StageResult { attempt, outcome, .. } = result(&run, result_tag).unwrap();
        let store = Store::of(client, ArtifactRoot::parse(&run.info.artifact_uri), &Access::of_process(None))
            .unwrap();
        let files = store.get_all("", 1 << 30).await.unwrap();
        let evidence = evidence(&files, &outcome, attempt);
        assert_model_is_its_own(&files, &outcome, &run);
        let digest = |name: &String, body| (!OWN_FILES.contains(&name.as_str())).then(|| of_bytes(body));
        let mut tags: Vec<String> = run.data.tags.iter().map(|tag| tag.key.clone()).collect();
        tags.sort();
        Self {
            is_finished: is_finished(&run),
            outcome: lasting(outcome),
            evidence,
            metrics: metrics(client, &run, attempt).await,
            params: run.data.params.iter().map(|param| (param.key.clone(), param.value.clone())).collect(),
            tags,
            datasets: run.inputs.dataset_inputs.clone(),
            files: files.iter().map(|(name, body)| (name.clone(), digest(name, body))).collect(),
        }
    }
}

/// Each metric stands there once for each attempt that came so far, and counts for the last one.
async fn metrics(client: &Client, run: &Run, attempt: u32) -> BTreeMap<String, f64> {
    // Curves are nice to have: their steps are the learner's, and each attempt writes its own.
    let points = run.data.metrics.iter().filter(|point| !point.key.starts_with("train_loss/"));
    let mut metrics = BTreeMap::new();
    for point in points {
        let history = client.get_metric_history(&run.info.run_id, &point.key).await.unwrap();
        let mut steps: Vec<i64> = history.iter().map(|point| point.step).collect();
        steps.sort_unstable();
        assert!(steps.is_sorted_by(|one, next| one < next), "{} of attempts {steps:?}", point.key);
        assert_eq!(point.step, i64::from(attempt), "{}", point.key);
        metrics.insert(point.key.clone(), point.value.get());
    }
    without_times(metrics)
}

fn without_times(mut metrics: BTreeMap<String, f64>) -> BTreeMap<String, f64> {
    metrics.retain(|name, _| !TIMES.contains(&name.as_str()));
    metrics
}

/// The outcome without times, and without digests of files with times or the run's name.
fn lasting(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Trained(found) => Outcome::Trained(Trained {
            metrics: without_times(found.metrics),
            model_digest: String::new(),
            ..found
        }),
        Outcome::Evaluated(found) => Outcome::Evaluated(Evaluated {
            metrics: without_times(found.metrics),
            model_digest: String::new(),
            evidence_digest: String::new(),
            ..found
        }),
        Outcome::Validated(_) | Outcome::Failed(_) => outcome,
    }
}

/// The evidence that the result stands for.
fn evidence(files: &Files, outcome: &Outcome, attempt: u32) -> Option<Evidence> {
    let Outcome::Evaluated(found) = outcome else { return None };
    let file = &files[EVIDENCE_ARTIFACT];
    assert_eq!(of_bytes(file), found.evidence_digest);
    let evidence: Evidence = serde_json::from_slice(file).unwrap();
    assert_eq!((evidence.attempt, &evidence.model_digest), (attempt, &found.model_digest));
    assert_eq!(evidence.metrics, found.metrics);
    let metrics = without_times(evidence.metrics);
    Some(Evidence { attempt: 0, model_digest: String::new(), metrics, ..evidence })
}

fn assert_model_is_its_own(files: &Files, outcome: &Outcome, run: &Run) {
    let (Outcome::Trained(Trained { model_digest, .. }) | Outcome::Evaluated(Evaluated { model_digest, .. })) =
        outcome
    else {
        return;
    };
    let model = files.iter().filter_map(|(name, body)| Some((name.strip_prefix("model/")?, body)));
    let model: Files = model.map(|(name, body)| (name.to_owned(), body.clone())).collect();
    assert_eq!(of_files(&model), *model_digest);
    let text = String::from_utf8_lossy(&model["MLmodel"]);
    assert!(text.contains(run.info.run_id.as_str()), "{text}");
}
