//! Reads the one sweep of a manifest, judged as the API server and the operator would.

use std::io::Read;
use std::path::Path;

use kube::CustomResourceExt;
use serde_json::Value;

use super::SearchError;
use crate::api::HyperparameterSweep;
use crate::cli::check::{Checker, read_documents, verdicts};
use crate::domain::sweep::{self, ValidSweep};

/// Why no earlier sweep can teach a search without a cluster.
const NO_EARLIER: &str = "earlier sweeps stand in MLflow, which podium search does not read: leave it out here, and name their \
                          best points in warmStart.trials";

/// Why no GPU seconds are counted without a cluster.
const NO_GPUS: &str = "counts the GPUs of pods, which podium search does not have: leave it out here, and take timeLimitSeconds";

/// A sweep to search.
#[derive(Debug)]
pub(super) struct Manifest {
    /// Its name.
    pub name: String,
    /// Its spec as JSON, for the journal.
    pub spec: Value,
    /// What is to be done.
    pub sweep: ValidSweep,
}

impl Manifest {
    /// Reads a file with one document; `parallelism` stands in for the sweep's own.
    pub fn read(file: &Path, parallelism: Option<u32>) -> Result<Self, SearchError> {
        let text = text(file).map_err(|source| SearchError::Read { file: file.to_owned(), source })?;
        Self::parse(&text, parallelism, file)
    }

    fn parse(text: &str, parallelism: Option<u32>, file: &Path) -> Result<Self, SearchError> {
        let wrong = |problems: String| SearchError::Manifest { file: file.to_owned(), problems };
        let checker = Checker::of(&[HyperparameterSweep::crd()])?;
        let verdicts = verdicts(&checker, text);
        let found: Vec<String> = verdicts
            .iter()
            .flat_map(|verdict| &verdict.problems)
            .map(|problem| format!("  {}: {}", problem.field, problem.message))
            .collect();
        if !found.is_empty() {
            return Err(wrong(found.join("\n")));
        }
        let [document] = <[Value; 1]>::try_from(read_documents(text)).map_err(|documents| {
            wrong(format!("  expected one document, a HyperparameterSweep, found {}", documents.len()))
        })?;
        if verdicts.iter().any(|verdict| !verdict.is_ours) {
            return Err(wrong(
                "  expected apiVersion podium.dev/v1alpha1 and kind HyperparameterSweep".to_owned(),
            ));
        }
        let object: HyperparameterSweep =
            serde_json::from_value(document.clone()).map_err(|error| wrong(format!("  {error}")))?;
        let sweep = sweep::validate(&object.spec, parallelism).map_err(|violations| {
            wrong(violations.iter().map(|violation| format!("  {violation}")).collect::<Vec<_>>().join("\n"))
        })?;
        let is_taught = object.spec.warm_start.as_ref().and_then(|start| start.sweeps.as_ref());
        if is_taught.is_some_and(|sweeps| !sweeps.is_empty()) {
            return Err(wrong(format!("  spec.warmStart.sweeps: {NO_EARLIER}")));
        }
        if object.spec.gpu_time_limit_seconds.is_some() {
            return Err(wrong(format!("  spec.gpuTimeLimitSeconds: {NO_GPUS}")));
        }
        Ok(Self { name: object.metadata.name.unwrap_or_default(), spec: document["spec"].clone(), sweep })
    }
}

fn text(file: &Path) -> std::io::Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "apiVersion: podium.dev/v1alpha1
kind: HyperparameterSweep
metadata: {name: demo}
spec:
  objective: {metric: loss, goal: Minimize}
  parameters:
  - {name: x, double: {min: \"0\", max: \"1\"}}
  maxTrials: 3
";

    fn told(text: &str) -> String {
        match Manifest::parse(text, None, Path::new("f.yaml")) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_good_manifest_is_read_with_its_name() {
        let manifest = Manifest::parse(GOOD, Some(4), Path::new("f.yaml")).unwrap();
        assert_eq!((manifest.name.as_str(), manifest.sweep.plan.limits.parallelism), ("demo", 4));
        assert_eq!(manifest.spec["maxTrials"], 3);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_field() {
        for (from, to, expected) in [
            ("maxTrials: 3", "maxTrials: 0", "  spec.maxTrials: 0 is too small; at least 1"),
            ("goal: Minimize", "goal: Up", "  spec.objective.goal: \"Up\" is not one of Minimize, Maximize"),
            ("maxTrials: 3", "maxTrials: 3\n  trials: 4", "  spec.trials: unknown field"),
            ("min: \"0\"", "min: \"1\"", "  spec.parameters[x]: min 1 must be below max 1"),
            (
                "double:",
                "int: {min: 0, max: 1}, double:",
                "a parameter needs exactly one of double, int, categorical",
            ),
            (
                "maxTrials: 3",
                "maxTrials: 3\n  maxFailedTrials: 4",
                "maxFailedTrials must be at most maxTrials",
            ),
            (
                "maxTrials: 3",
                "maxTrials: 3\n  earlyStopping: {algorithm: Median, minSteps: 3}",
                "earlyStopping.minSteps and reductionFactor are only for ASHA",
            ),
            (
                "kind: HyperparameterSweep",
                "kind: TrainingPipeline",
                "no podium.dev/v1alpha1 TrainingPipeline",
            ),
            ("apiVersion: podium.dev/v1alpha1", "apiVersion: v1", "expected apiVersion podium.dev/v1alpha1"),
            ("metadata: {name: demo}", "metadata: {}", "metadata.name"),
        ] {
            let told = told(&GOOD.replace(from, to));
            assert!(told.contains(expected), "{expected}: {told}");
        }
        let taught = told(&GOOD.replace("maxTrials: 3", "maxTrials: 3\n  warmStart: {sweeps: [last-week]}"));
        assert!(taught.contains("  spec.warmStart.sweeps: earlier sweeps stand in MLflow"), "{taught}");
        let budget = "maxTrials: 3\n  gpuTimeLimitSeconds: 9\n  resources: {gpu: {count: 1}}";
        let told_budget = told(&GOOD.replace("maxTrials: 3", budget));
        assert!(told_budget.contains("  spec.gpuTimeLimitSeconds: counts the GPUs of pods"), "{told_budget}");
        assert!(told(&format!("{GOOD}---\n{GOOD}")).contains("expected one document"));
        assert!(told("").contains("found 0"));
    }
}
