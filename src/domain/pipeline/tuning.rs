//! Tuning: the sweep of each candidate, as it would be written by hand.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use podium_learners::{Range, Searched};
use serde_json::Value;

use super::{RunIdentity, candidate};
use crate::api::pipeline::{Candidate, TrainingPipelineSpec};
use crate::api::pipeline_data::Evaluation;
use crate::api::sweep::{
    self, AlgorithmName, Categories, DoubleRange, EarlyStopping, Goal, IntRange, Parameter, Scale,
    SearchAlgorithm, SweepLimits,
};
use crate::api::sweep_trial::{TrialEvaluation, TrialTemplate};
use crate::api::tuning::{Preset, Tuning};
use crate::api::{Decimal, HyperparameterSweepSpec, TrainingPipeline};
use crate::domain::sweep::{judged_too_late, validate};
use crate::domain::violation::Violation;

/// Trials for a candidate when nobody says how many.
const TRIALS: i32 = 40;
/// Longest name of an experiment that a sweep's schema takes, in characters.
const LONGEST: usize = 200;

/// How the best candidates are tuned.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidTuning {
    /// How many of them.
    pub top: usize,
    /// Trials at the same time.
    pub parallelism: i32,
    /// The sweep of each candidate in the spec's order, but for its objective; none where there is nothing to search, and none
    /// for a container.
    sweeps: Vec<Option<HyperparameterSweepSpec>>,
}

/// What a sweep makes better, known once the candidates are trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Objective<'a> {
    /// The metric.
    pub metric: &'a str,
    /// Whether more of it is better.
    pub higher_is_better: bool,
}

impl ValidTuning {
    /// The sweep for the candidate at this place; none when its learner has nothing to search.
    pub fn sweep(&self, place: usize, objective: Objective<'_>) -> Option<HyperparameterSweepSpec> {
        let sweep = self.sweeps.get(place)?.clone()?;
        let goal = if objective.higher_is_better { Goal::Maximize } else { Goal::Minimize };
        let metric = objective.metric.to_owned();
        Some(HyperparameterSweepSpec { objective: sweep::Objective { metric, goal, target: None }, ..sweep })
    }
}

pub(super) fn tuning(pipeline: &TrainingPipeline, problems: &mut Vec<Violation>) -> Option<ValidTuning> {
    let spec = &pipeline.spec;
    let stated = spec.tuning.as_ref()?;
    let experiment = spec.experiment.clone().or_else(|| pipeline.metadata.name.clone()).unwrap_or_default();
    let experiment: String = experiment.chars().take(LONGEST).collect();
    let mut sweeps: Vec<_> =
        spec.candidates.iter().map(|candidate| sweep(spec, stated, candidate, &experiment)).collect();
    let idle = without_idle_rules(&mut sweeps).filter(|_| !made_a_run(pipeline));
    problems.extend(idle.map(below_tuning));
    for sweep in sweeps.iter().flatten() {
        for found in validate(sweep, None).err().unwrap_or_default() {
            let found = below_tuning(found);
            if !problems.contains(&found) {
                problems.push(found);
            }
        }
    }
    Some(ValidTuning {
        top: stated.top_candidates.map_or(1, |top| top.unsigned_abs() as usize),
        parallelism: stated.parallelism.unwrap_or(1),
        sweeps,
    })
}

/// Whether the pipeline's run was made of this spec: what an earlier operator took is not refused afterwards.
fn made_a_run(pipeline: &TrainingPipeline) -> bool {
    let run = pipeline.status.as_ref().and_then(|status| status.run.as_ref());
    run.is_some_and(|run| run.identity == RunIdentity::of(&pipeline.spec).as_str())
}

/// One rule stands for all candidates, and trials of one may have more steps than those of another: a sweep whose trials it would
/// judge too late goes without it. Where that is each of them, it is told.
fn without_idle_rules(sweeps: &mut [Option<HyperparameterSweepSpec>]) -> Option<Violation> {
    let (mut too_late, mut is_idle) = (None, true);
    for sweep in sweeps.iter_mut().flatten() {
        match judged_too_late(sweep) {
            Some(found) => {
                too_late.get_or_insert(found);
                sweep.early_stopping = sweep.early_stopping.take().and_then(patience_alone);
            }
            None => is_idle = false,
        }
    }
    too_late.filter(|_| is_idle)
}

fn patience_alone(stated: EarlyStopping) -> Option<EarlyStopping> {
    let (patience, tolerance) = (Some(stated.patience?), stated.tolerance);
    Some(EarlyStopping { patience, tolerance, ..EarlyStopping::default() })
}

/// A problem of a sweep, where the pipeline's spec has it.
fn below_tuning(violation: Violation) -> Violation {
    Violation::new(violation.field.replacen("spec.", "spec.tuning.", 1), violation.message)
}

fn sweep(
    spec: &TrainingPipelineSpec,
    tuning: &Tuning,
    stated: &Candidate,
    experiment: &str,
) -> Option<HyperparameterSweepSpec> {
    let preset = tuning.preset.unwrap_or_default();
    let algorithm = stated.algorithm?;
    let (learner, _) = candidate::learner(algorithm);
    let searched = match preset {
        Preset::Space => learner.space(),
        Preset::Grid => learner.grid(),
    };
    if searched.is_empty() {
        return None;
    }
    Some(HyperparameterSweepSpec {
        experiment: Some(experiment.to_owned()),
        suspend: None,
        // Known only once the candidates are trained.
        objective: sweep::Objective { metric: "score".to_owned(), goal: Goal::Maximize, target: None },
        algorithm: Some(search_algorithm(tuning, preset)),
        parameters: searched.iter().map(parameter).collect(),
        max_trials: tuning.max_trials.unwrap_or_else(|| most_trials(searched, preset)),
        parallelism: tuning.parallelism,
        max_failed_trials: None,
        time_limit_seconds: tuning.time_limit_seconds,
        gpu_time_limit_seconds: None,
        early_stopping: tuning.early_stopping.clone(),
        warm_start: None,
        trial: Some(trial(spec, stated, searched)),
        resources: stated.resources.clone().or_else(|| spec.resources.clone()),
        scheduling: spec.scheduling.clone(),
        limits: spec.limits.as_ref().map(|limits| SweepLimits {
            backoff_limit: limits.backoff_limit,
            ttl_seconds_after_finished: limits.ttl_seconds_after_finished,
            operator_timeout_seconds: None,
            trial_deadline_seconds: None,
        }),
    })
}

/// What a trial runs: what the pipeline runs for the candidate, with the searched parameters left open.
fn trial(spec: &TrainingPipelineSpec, stated: &Candidate, searched: &[Searched]) -> TrialTemplate {
    let mut shared: BTreeMap<String, Value> = stated.parameters.clone().unwrap_or_default();
    shared.retain(|name, _| !searched.iter().any(|searched| searched.name == name));
    let evaluation = |stated: &Evaluation| TrialEvaluation {
        average: stated.average,
        calibration: stated.calibration,
        threshold: stated.threshold,
    };
    TrialTemplate {
        data: Some(spec.data.clone()),
        checks: spec.checks.clone(),
        preparation: spec.preparation.clone(),
        split: spec.split.clone(),
        evaluation: spec.evaluation.as_ref().map(evaluation),
        algorithm: stated.algorithm,
        parameters: Some(shared).filter(|shared| !shared.is_empty()),
        container: None,
    }
}

fn search_algorithm(tuning: &Tuning, preset: Preset) -> SearchAlgorithm {
    let stated = tuning.algorithm.clone().unwrap_or_default();
    let name = match (stated.name, preset) {
        (None | Some(AlgorithmName::Auto), Preset::Grid) => Some(AlgorithmName::Grid),
        (name, _) => name,
    };
    SearchAlgorithm { name, seed: stated.seed, counts: None, noise: None }
}

/// A grid is tried as a whole.
fn most_trials(searched: &[Searched], preset: Preset) -> i32 {
    let values = |searched: &Searched| match searched.values {
        Range::Values(values) => values.len(),
        Range::Double { .. } | Range::Int { .. } => 1,
    };
    match preset {
        Preset::Space => TRIALS,
        Preset::Grid => i32::try_from(searched.iter().map(values).product::<usize>()).unwrap_or(i32::MAX),
    }
}

fn parameter(searched: &Searched) -> Parameter {
    let scale = |log: bool| log.then_some(Scale::Log);
    let mut parameter =
        Parameter { name: searched.name.to_owned(), double: None, int: None, categorical: None, when: None };
    match searched.values {
        Range::Double { min, max, log } => {
            let (min, max) = (Decimal::from(min), Decimal::from(max));
            parameter.double = Some(DoubleRange { min, max, scale: scale(log), step: None });
        }
        Range::Int { min, max, log } => {
            parameter.int =
                Some(IntRange { min: min.into(), max: max.into(), scale: scale(log), step: None });
        }
        Range::Values(values) => {
            let values = values.iter().map(|value| value.to_json()).collect();
            parameter.categorical = Some(Categories { values });
        }
    }
    parameter
}
