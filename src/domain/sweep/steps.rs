//! How many steps a trial of a learner has at the most: a rule that judges none of them would stop nothing, without a word.

use std::collections::BTreeMap;

use podium_learners::{Algorithm, Parameters};
use serde_json::Value;

use super::learner::samples;
use super::stopping::first_judged;
use crate::api::sweep::{HyperparameterSweepSpec, Parameter};
use crate::api::sweep_trial::TrialTemplate;
use crate::domain::pipeline::candidate;
use crate::domain::pipeline::data::FOLDS;
use crate::domain::violation::Violation;

/// Says so where the first step at which trials are judged is their last one, or later. What else is wrong is told elsewhere.
pub fn judged_too_late(spec: &HyperparameterSweepSpec) -> Option<Violation> {
    let (field, first) = first_judged(spec.early_stopping.as_ref()?)?;
    let template = spec.trial.as_ref()?;
    let (learner, _) = candidate::learner(template.algorithm?);
    let most = most_steps(learner, template, &spec.parameters)?;
    if first < i64::from(most) {
        return None;
    }
    let what = match learner.stride() {
        Some(stride) => format!("{}; a step is {stride}", stride.parameter()),
        None => "a step is a fold".to_owned(),
    };
    let message = format!(
        "{first} must be below {most}, the steps that a trial has at the most ({what}): nothing would be stopped"
    );
    Some(Violation::new(format!("spec.earlyStopping.{field}"), message))
}

fn most_steps(learner: Algorithm, template: &TrialTemplate, searched: &[Parameter]) -> Option<u32> {
    let Some(stride) = learner.stride() else {
        let folds = template.split.as_ref().and_then(|split| split.folds);
        return Some(folds.unwrap_or(FOLDS).unsigned_abs());
    };
    let shared = template.parameters.clone().unwrap_or_default();
    let steps = |given: &BTreeMap<String, Value>| Parameters::parse(learner, given).ok()?.steps();
    let Some(parameter) = searched.iter().find(|parameter| parameter.name == stride.parameter()) else {
        return steps(&shared);
    };
    let with = |value: Value| {
        let mut given = shared.clone();
        given.insert(parameter.name.clone(), value);
        steps(&given)
    };
    // Where it is not always searched, the other trials have the learner's own.
    let without = parameter.when.as_ref().and_then(|_| steps(&shared));
    samples(parameter).into_iter().filter_map(with).chain(without).max()
}
