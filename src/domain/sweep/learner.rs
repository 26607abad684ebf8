//! A trial that is a learner of our trainer, with every default resolved.

use std::collections::BTreeMap;

use podium_contract::{self as contract, CV_PREFIX};
use podium_learners::{Algorithm, Parameters};
use serde_json::Value;

use super::path;
use super::trial::Surroundings;
use crate::api::pipeline as api;
use crate::api::pipeline_data::{DataSource, Evaluation, RankingMetric};
use crate::api::sweep::{Goal, HyperparameterSweepSpec, Parameter};
use crate::api::sweep_trial::TrialTemplate;
use crate::domain::pipeline::{candidate, data};
use crate::domain::violation::Violation;

/// What a trial of a learner runs.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidLearner {
    /// Where the rows are.
    pub data: contract::Data,
    /// Secret for the data, as environment variables.
    pub credentials_secret: Option<String>,
    /// What the rows must satisfy.
    pub checks: contract::Checks,
    /// How features are made ready.
    pub preparation: contract::Preparation,
    /// Which rows train.
    pub split: contract::Split,
    /// How predictions are scored, by the objective's metric.
    pub evaluation: contract::Evaluation,
    /// Learner, by its name.
    pub algorithm: &'static str,
    /// Whether it needs the image with libtorch.
    pub torch: bool,
    /// Parameters that all trials share.
    pub parameters: BTreeMap<String, Value>,
    /// The objective as trials log it.
    pub metric: String,
}

/// Validates a learner. Fields are named below `spec.trial`.
pub(super) fn learner(
    around: Surroundings<'_>,
    template: &TrialTemplate,
    algorithm: api::Algorithm,
    data: &DataSource,
    problems: &mut Vec<Violation>,
) -> ValidLearner {
    let spec = around.spec;
    let (learner, torch) = candidate::learner(algorithm);
    let metric = metric(spec, problems);
    let mut found = Vec::new();
    let valid = ValidLearner {
        data: data::data(data, &mut found),
        credentials_secret: data.credentials_secret.clone(),
        checks: data::checks(template.checks.as_ref(), &mut found),
        preparation: data::preparation(template.preparation.as_ref()),
        split: data::split(template.split.as_ref(), data, &mut found),
        evaluation: evaluation(template, data, metric, &mut found),
        algorithm: learner.name(),
        torch,
        parameters: template.parameters.clone().unwrap_or_default(),
        metric: format!("{CV_PREFIX}{}", spec.objective.metric.trim_start_matches(CV_PREFIX)),
    };
    problems.extend(found.into_iter().map(below_trial));
    check_parameters(learner, &valid.parameters, &spec.parameters, problems);
    if around.resources.gpu.is_some() && !torch {
        let message = format!("{} can't use a GPU; only TorchMLP can", learner.name());
        problems.push(Violation::new("spec.resources.gpu", message));
    }
    valid
}

fn below_trial(violation: Violation) -> Violation {
    let field = match violation.field.as_str() {
        "spec.evaluation.metric" => "spec.objective.metric".to_owned(),
        field => field.replacen("spec.", "spec.trial.", 1),
    };
    Violation::new(field, violation.message)
}

/// The objective among the metrics that the trainer logs, in the direction in which it is better.
fn metric(spec: &HyperparameterSweepSpec, problems: &mut Vec<Violation>) -> Option<RankingMetric> {
    let name = spec.objective.metric.trim_start_matches(CV_PREFIX);
    let Ok(metric) = serde_json::from_value::<RankingMetric>(Value::from(name)) else {
        let known = "accuracy, balanced_accuracy, precision, recall, f1_score, roc_auc, average_precision, mcc, log_loss, brier \
                     of classes; mse, rmse, mae, medae, r2_score, mape of numbers";
        let message =
            format!("{:?} is none of the metrics that the trainer logs: {known}", spec.objective.metric);
        problems.push(Violation::new("spec.objective.metric", message));
        return None;
    };
    let better = direction(metric);
    if spec.objective.goal != better {
        let message = format!("{:?} makes {name} worse: state {better:?}", spec.objective.goal);
        problems.push(Violation::new("spec.objective.goal", message));
    }
    Some(metric)
}

fn direction(metric: RankingMetric) -> Goal {
    match metric {
        RankingMetric::Accuracy
        | RankingMetric::BalancedAccuracy
        | RankingMetric::Precision
        | RankingMetric::Recall
        | RankingMetric::F1Score
        | RankingMetric::RocAuc
        | RankingMetric::AveragePrecision
        | RankingMetric::Mcc
        | RankingMetric::R2Score => Goal::Maximize,
        RankingMetric::LogLoss
        | RankingMetric::Brier
        | RankingMetric::Mse
        | RankingMetric::Rmse
        | RankingMetric::Mae
        | RankingMetric::Medae
        | RankingMetric::Mape => Goal::Minimize,
    }
}

fn evaluation(
    template: &TrialTemplate,
    data: &DataSource,
    metric: Option<RankingMetric>,
    problems: &mut Vec<Violation>,
) -> contract::Evaluation {
    let stated = template.evaluation.clone().unwrap_or_default();
    let whole = Evaluation {
        metric,
        average: stated.average,
        calibration: stated.calibration,
        threshold: stated.threshold,
    };
    data::evaluation(Some(&whole), data.task, problems)
}

/// Each parameter at the ends of its range, or each of its values: what the learner refuses there would fail trials later.
fn check_parameters(
    learner: Algorithm,
    shared: &BTreeMap<String, Value>,
    searched: &[Parameter],
    problems: &mut Vec<Violation>,
) {
    if let Err(error) = Parameters::parse(learner, shared) {
        problems.push(Violation::new("spec.trial.parameters", error.to_string()));
        return;
    }
    for parameter in searched {
        if shared.contains_key(&parameter.name) {
            let message = format!("{:?} is searched already, by spec.parameters", parameter.name);
            problems.push(Violation::new("spec.trial.parameters", message));
        }
        let refused = samples(parameter).into_iter().find_map(|value| {
            let with =
                BTreeMap::from_iter(shared.clone().into_iter().chain([(parameter.name.clone(), value)]));
            Parameters::parse(learner, &with).err()
        });
        if let Some(error) = refused {
            problems.push(Violation::new(path(&parameter.name), error.to_string()));
        }
    }
}

/// The ends of its range, or each of its values.
pub(super) fn samples(parameter: &Parameter) -> Vec<Value> {
    if let Some(range) = &parameter.double {
        return [&range.min, &range.max].into_iter().filter_map(|end| end.value()).map(Value::from).collect();
    }
    if let Some(range) = &parameter.int {
        return vec![Value::from(range.min), Value::from(range.max)];
    }
    parameter.categorical.as_ref().map(|list| list.values.clone()).unwrap_or_default()
}
