//! Candidates with checked resources.

use super::trained_by::{Surroundings, TrainedBy, trained_by};
use crate::api::Resources;
use crate::api::common::{Gpu, GpuFallback};
use crate::api::pipeline::{Algorithm, Candidate, TrainingPipelineSpec};
use crate::domain::quantity;
use crate::domain::violation::Violation;
use crate::settings::Grant;

/// A candidate that can be trained.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidCandidate {
    /// Name in the pipeline.
    pub name: String,
    /// What trains it.
    pub trained_by: TrainedBy,
    /// Resources of its pod.
    pub resources: ValidResources,
}

/// Resources of a pod, defaults resolved, request and limit alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidResources {
    /// CPU quantity.
    pub cpu: String,
    /// Memory quantity.
    pub memory: String,
    /// Threads of a learner.
    pub threads: u32,
    /// GPUs.
    pub gpu: Option<ValidGpu>,
}

/// GPUs of a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidGpu {
    /// How many.
    pub count: u32,
    /// Extended resource.
    pub resource_name: String,
    /// Runtime class of the pod.
    pub runtime_class_name: Option<String>,
    /// Whether the CPU may be used when no device works.
    pub fallback_cpu: bool,
}

/// The candidates; one is left out only when a problem with it is told.
pub(super) fn candidates(
    spec: &TrainingPipelineSpec,
    common: &ValidResources,
    grant: &Grant,
    problems: &mut Vec<Violation>,
) -> Vec<ValidCandidate> {
    let mut seen = std::collections::BTreeSet::new();
    spec.candidates
        .iter()
        .filter_map(|stated| {
            let field = format!("spec.candidates[{}]", stated.name);
            if !seen.insert(&stated.name) {
                problems.push(Violation::new(
                    field.as_str(),
                    "the name stands twice; candidates need names of their own",
                ));
            }
            candidate(stated, common, grant, &field, problems)
        })
        .collect()
}

fn candidate(
    stated: &Candidate,
    common: &ValidResources,
    grant: &Grant,
    field: &str,
    problems: &mut Vec<Violation>,
) -> Option<ValidCandidate> {
    let own =
        stated.resources.as_ref().map(|own| resources(Some(own), &format!("{field}.resources"), problems));
    let resources = own.unwrap_or_else(|| common.clone());
    let around = Surroundings { field, resources: &resources, grant };
    let trained_by = trained_by(stated, around, problems)?;
    Some(ValidCandidate { name: stated.name.clone(), trained_by, resources })
}

pub(in crate::domain) fn learner(algorithm: Algorithm) -> (podium_learners::Algorithm, bool) {
    match algorithm {
        Algorithm::LogisticRegression => (podium_learners::Algorithm::LogisticRegression, false),
        Algorithm::LinearRegression => (podium_learners::Algorithm::LinearRegression, false),
        Algorithm::RandomForest => (podium_learners::Algorithm::RandomForest, false),
        Algorithm::TorchMlp => (podium_learners::Algorithm::TorchMlp, true),
    }
}

pub(in crate::domain) fn resources(
    stated: Option<&Resources>,
    field: &str,
    problems: &mut Vec<Violation>,
) -> ValidResources {
    let stated = stated.cloned().unwrap_or_default();
    let cpu = stated.cpu.unwrap_or_else(|| "1".to_owned());
    let memory = stated.memory.unwrap_or_else(|| "2Gi".to_owned());
    let mut positive = |name: &str, text: &str| {
        let value = quantity::parse(text).filter(|value| *value > 0.0);
        if value.is_none() {
            let message = format!("{text:?} is no positive quantity, for example \"2\", \"500m\" or \"4Gi\"");
            problems.push(Violation::new(format!("{field}.{name}"), message));
        }
        value.unwrap_or(1.0)
    };
    let threads = quantity::threads(positive("cpu", &cpu));
    positive("memory", &memory);
    ValidResources { cpu, memory, threads, gpu: stated.gpu.as_ref().map(gpu) }
}

fn gpu(stated: &Gpu) -> ValidGpu {
    ValidGpu {
        count: stated.count.unsigned_abs(),
        resource_name: stated.resource_name.clone().unwrap_or_else(|| "nvidia.com/gpu".to_owned()),
        runtime_class_name: stated.runtime_class_name.clone(),
        fallback_cpu: stated.fallback == Some(GpuFallback::Cpu),
    }
}
