//! Which metric ranks, in which direction, and how classes are averaged. Parsed once, so that nothing later can be a wrong name.

use podium_contract::{Calibration, Evaluation, Threshold};
use podium_tabular::metric::{Average, Basis, Goal, MetricName};
use podium_tabular::schema::{Schema, Task};

use crate::failure::Failure;
use crate::specification;

/// How models are ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scoring {
    /// The metric.
    pub metric: MetricName,
    /// Its direction.
    pub goal: Goal,
    /// Average over classes; `Binary` for regression, where it means nothing.
    pub average: Average,
}

impl Scoring {
    /// The stated metric, or the task's default.
    ///
    /// # Errors
    /// A metric that does not exist, does not fit the task or ranks nothing; the average `Binary` for more than two classes.
    pub fn resolve(evaluation: &Evaluation, schema: &Schema) -> Result<Self, Failure> {
        let metric = match &evaluation.metric {
            Some(name) => MetricName::parse(name).filter(|metric| fits(*metric, schema.task)),
            None => Some(default_metric(schema.task)),
        };
        let ranked = metric.and_then(|metric| Some((metric, metric.goal()?)));
        let Some((metric, goal)) = ranked else {
            return Err(unknown(evaluation.metric.as_deref().unwrap_or_default(), schema.task));
        };
        check_decision(evaluation, metric, schema.task)?;
        Ok(Self { metric, goal, average: average(evaluation, schema)? })
    }

    /// Whether more is better.
    pub const fn higher_is_better(&self) -> bool {
        matches!(self.goal, Goal::Maximize)
    }
}

/// Calibration and threshold are about probabilities; neither is left out in silence where it means nothing.
fn check_decision(evaluation: &Evaluation, metric: MetricName, task: Task) -> Result<(), Failure> {
    if evaluation.calibration != Calibration::None && !task.is_classification() {
        let message = format!(
            "evaluation.calibration {:?} needs classes, the task is {task:?}",
            evaluation.calibration
        );
        return Err(Failure::specification("InvalidCalibration", message));
    }
    if evaluation.threshold == Threshold::Auto {
        let message = match (task, metric.basis()) {
            (Task::BinaryClassification, Basis::Labels) => return Ok(()),
            (Task::BinaryClassification, _) => format!(
                "evaluation.threshold Auto needs a metric that depends on it, {metric} does not; \
                 allowed: accuracy, balanced_accuracy, precision, recall, f1_score, mcc"
            ),
            _ => format!("evaluation.threshold Auto needs two classes, the task is {task:?}"),
        };
        return Err(Failure::specification("InvalidThreshold", message));
    }
    Ok(())
}

fn default_metric(task: Task) -> MetricName {
    match task {
        Task::BinaryClassification => MetricName::RocAuc,
        Task::MulticlassClassification => MetricName::LogLoss,
        Task::Regression => MetricName::Rmse,
    }
}

fn fits(metric: MetricName, task: Task) -> bool {
    match metric.basis() {
        Basis::Labels | Basis::Probabilities => task.is_classification(),
        Basis::Values => !task.is_classification(),
        // A time or a size does not say which model is good.
        Basis::Measurement => false,
    }
}

fn unknown(name: &str, task: Task) -> Failure {
    let known: Vec<&str> =
        MetricName::ALL.iter().filter(|metric| fits(**metric, task)).map(|metric| metric.as_str()).collect();
    let message = format!("evaluation.metric {name:?} can't rank a {task:?}; allowed: {}", known.join(", "));
    Failure::specification("InvalidMetric", message)
}

fn average(evaluation: &Evaluation, schema: &Schema) -> Result<Average, Failure> {
    let stated = evaluation.average.map(specification::average);
    match (stated, schema.task) {
        (Some(Average::Binary), Task::MulticlassClassification) => {
            let message = format!(
                "evaluation.average Binary needs two classes, target {:?} has {}; use Macro or Weighted",
                schema.target,
                schema.classes.len()
            );
            Err(Failure::specification("InvalidAverage", message))
        }
        (Some(average), _) => Ok(average),
        (None, Task::MulticlassClassification) => Ok(Average::Macro),
        (None, Task::BinaryClassification | Task::Regression) => Ok(Average::Binary),
    }
}
