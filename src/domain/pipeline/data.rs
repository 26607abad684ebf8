//! Data, checks, preparation, split and evaluation with every default resolved.

use podium_contract as contract;

use crate::api::Decimal;
use crate::api::pipeline_data::{self as api, Checks, ColumnCheck, DataSource, Preparation};
use crate::domain::violation::Violation;

/// Folds of the training part where nobody says how many.
pub(in crate::domain) const FOLDS: i32 = 5;

pub(in crate::domain) fn data(stated: &DataSource, problems: &mut Vec<Violation>) -> contract::Data {
    let features = stated.features.clone().unwrap_or_default();
    let data = contract::Data {
        uri: stated.uri.clone(),
        format: stated.format.or_else(|| by_extension(&stated.uri)).unwrap_or_else(|| {
            let message = format!("the format can't be told from {:?}: state Csv or Parquet", stated.uri);
            problems.push(Violation::new("spec.data.format", message));
            contract::Format::Csv
        }),
        target: stated.target.clone(),
        positive_label: stated.positive_label.clone(),
        task: stated.task.unwrap_or(contract::TaskChoice::Auto),
        exclude: features.exclude.unwrap_or_default(),
        categorical: features.categorical.unwrap_or_default(),
        weight_column: stated.weight_column.clone(),
        time_column: stated.time_column.clone(),
        group_column: stated.group_column.clone(),
    };
    check_path(&data.uri, problems);
    check_roles(&data, problems);
    data
}

fn by_extension(uri: &str) -> Option<contract::Format> {
    let path = uri.split(['?', '#']).next().unwrap_or(uri).to_ascii_lowercase();
    match path.rsplit('.').next() {
        Some("csv") => Some(contract::Format::Csv),
        Some("parquet" | "pq") => Some(contract::Format::Parquet),
        _ => None,
    }
}

/// A claim's path must stay inside the claim.
fn check_path(uri: &str, problems: &mut Vec<Violation>) {
    if uri.starts_with("pvc://") && uri.split('/').any(|part| part == "..") {
        problems.push(Violation::new("spec.data.uri", format!("{uri:?} must not leave the claim by \"..\"")));
    }
}

/// The target is no feature, no weight, no time and no group, and is not left out.
fn check_roles(data: &contract::Data, problems: &mut Vec<Violation>) {
    let target = &data.target;
    let roles = [
        ("spec.data.weightColumn", data.weight_column.as_ref()),
        ("spec.data.timeColumn", data.time_column.as_ref()),
        ("spec.data.groupColumn", data.group_column.as_ref()),
        ("spec.data.features.exclude", data.exclude.iter().find(|column| *column == target)),
        ("spec.data.features.categorical", data.categorical.iter().find(|column| *column == target)),
    ];
    for (field, column) in roles {
        if column == Some(target) {
            problems.push(Violation::new(field, format!("{target:?} is the target already")));
        }
    }
}

pub(in crate::domain) fn checks(stated: Option<&Checks>, problems: &mut Vec<Violation>) -> contract::Checks {
    let Some(stated) = stated else { return contract::Checks { min_rows: 1, ..contract::Checks::default() } };
    contract::Checks {
        min_rows: stated.min_rows.unwrap_or(1).unsigned_abs(),
        max_duplicates: share(stated.max_duplicates.as_ref(), "spec.checks.maxDuplicates", problems),
        columns: stated.columns.iter().flatten().map(|check| column(check, problems)).collect(),
    }
}

fn column(check: &ColumnCheck, problems: &mut Vec<Violation>) -> contract::ColumnCheck {
    let field = |name: &str| format!("spec.checks.columns[{}].{name}", check.name);
    let min = check.min.as_ref().and_then(|value| number(value, &field("min"), problems));
    let max = check.max.as_ref().and_then(|value| number(value, &field("max"), problems));
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        problems.push(Violation::new(field("min"), format!("{min} is larger than max, {max}")));
    }
    contract::ColumnCheck {
        name: check.name.clone(),
        r#type: check.r#type,
        required: check.required.unwrap_or(true),
        min,
        max,
        max_missing: share(check.max_missing.as_ref(), &field("maxMissing"), problems),
    }
}

pub(in crate::domain) fn preparation(stated: Option<&Preparation>) -> contract::Preparation {
    let stated = stated.cloned().unwrap_or_default();
    contract::Preparation {
        missing: stated.missing.unwrap_or(contract::Missing::Median),
        scaling: stated.scaling.unwrap_or(contract::Scaling::Standard),
        encoding: stated.encoding.unwrap_or(contract::Encoding::OneHot),
        imbalance: stated.imbalance.unwrap_or(contract::Imbalance::None),
    }
}

pub(in crate::domain) fn split(
    stated: Option<&api::Split>,
    data: &DataSource,
    problems: &mut Vec<Violation>,
) -> contract::Split {
    let stated = stated.cloned().unwrap_or_default();
    let split = contract::Split {
        holdout: stated
            .holdout
            .as_ref()
            .and_then(|value| within(value, 0.01, 0.9, "spec.split.holdout", problems))
            .unwrap_or(0.2),
        strategy: stated.strategy.unwrap_or(contract::Strategy::Auto),
        folds: stated.folds.unwrap_or(FOLDS).unsigned_abs(),
        gap: stated.gap.unwrap_or(0).unsigned_abs(),
        seed: stated.seed.unwrap_or(0).unsigned_abs(),
    };
    let missing = match split.strategy {
        contract::Strategy::TimeOrdered if data.time_column.is_none() => Some("spec.data.timeColumn"),
        contract::Strategy::Group if data.group_column.is_none() => Some("spec.data.groupColumn"),
        _ => None,
    };
    if let Some(field) = missing {
        problems.push(Violation::new(field, format!("is needed by the strategy {:?}", split.strategy)));
    }
    split
}

pub(in crate::domain) fn evaluation(
    stated: Option<&api::Evaluation>,
    task: Option<contract::TaskChoice>,
    problems: &mut Vec<Violation>,
) -> contract::Evaluation {
    let stated = stated.cloned().unwrap_or_default();
    let metric = stated.metric.and_then(|metric| serde_json::to_value(metric).ok());
    let evaluation = contract::Evaluation {
        metric: metric.as_ref().and_then(serde_json::Value::as_str).map(str::to_owned),
        average: stated.average,
        calibration: stated.calibration.unwrap_or(contract::Calibration::None),
        threshold: stated.threshold.unwrap_or(contract::Threshold::Half),
    };
    check_task(task, &evaluation, problems);
    check_decision(task, &evaluation, problems);
    evaluation
}

/// What can't be said about a regression, where the task is stated; an inferred one is checked by the validate stage.
fn check_task(
    task: Option<contract::TaskChoice>,
    evaluation: &contract::Evaluation,
    problems: &mut Vec<Violation>,
) {
    const REGRESSION: [&str; 6] = ["mse", "rmse", "mae", "medae", "r2_score", "mape"];
    let (Some(task), Some(metric)) = (task, evaluation.metric.as_deref()) else { return };
    let fits = match task {
        contract::TaskChoice::Auto => true,
        contract::TaskChoice::Regression => REGRESSION.contains(&metric),
        contract::TaskChoice::BinaryClassification | contract::TaskChoice::MulticlassClassification => {
            !REGRESSION.contains(&metric)
        }
    };
    if !fits {
        let message = format!("{metric} is no metric of {task:?}");
        problems.push(Violation::new("spec.evaluation.metric", message));
    }
}

/// A threshold is tuned for a metric that depends on it, and there is one only between two classes; calibration is of
/// probabilities. What depends on an inferred task is left to the trainer.
fn check_decision(
    task: Option<contract::TaskChoice>,
    evaluation: &contract::Evaluation,
    problems: &mut Vec<Violation>,
) {
    const BY_LABELS: [&str; 6] = ["accuracy", "balanced_accuracy", "precision", "recall", "f1_score", "mcc"];
    let metric = evaluation.metric.as_deref();
    if evaluation.threshold == contract::Threshold::Auto
        && !metric.is_some_and(|metric| BY_LABELS.contains(&metric))
    {
        let message = format!(
            "Auto needs a metric that depends on the threshold, and evaluation.metric is {}; allowed: {}",
            metric.unwrap_or("not stated"),
            BY_LABELS.join(", ")
        );
        problems.push(Violation::new("spec.evaluation.threshold", message));
    } else if evaluation.threshold == contract::Threshold::Auto
        && matches!(
            task,
            Some(contract::TaskChoice::Regression | contract::TaskChoice::MulticlassClassification)
        )
    {
        problems.push(Violation::new("spec.evaluation.threshold", "Auto needs a task of two classes"));
    }
    if evaluation.calibration != contract::Calibration::None && task == Some(contract::TaskChoice::Regression)
    {
        let message = format!("{:?} needs classes, and data.task is Regression", evaluation.calibration);
        problems.push(Violation::new("spec.evaluation.calibration", message));
    }
}

fn number(value: &Decimal, field: &str, problems: &mut Vec<Violation>) -> Option<f64> {
    let number = value.value();
    if number.is_none() {
        problems.push(Violation::new(field, format!("{:?} is no decimal number", value.as_str())));
    }
    number
}

fn share(value: Option<&Decimal>, field: &str, problems: &mut Vec<Violation>) -> Option<f64> {
    within(value?, 0.0, 1.0, field, problems)
}

fn within(value: &Decimal, min: f64, max: f64, field: &str, problems: &mut Vec<Violation>) -> Option<f64> {
    let number = number(value, field, problems)?;
    if (min..=max).contains(&number) {
        return Some(number);
    }
    problems.push(Violation::new(field, format!("{value} is not from {min} to {max}")));
    None
}
