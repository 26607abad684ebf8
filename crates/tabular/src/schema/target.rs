//! The target column: which task it is and which classes there are.

use std::collections::BTreeSet;

use super::{Task, TaskSpec};
use crate::table::{Cell, Column, ColumnType, number_text};

/// Whole numbers of at most so many values are classes under `Auto`.
const MAX_AUTO_NUMERIC_CLASSES: usize = 20;
/// More classes than this are refused: they are identifiers, or a regression.
const MAX_CLASSES: usize = 1_000;

/// Why the target does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The target has one class only, or none.
    #[error("target column {column:?} has only the class {class:?}; a classifier needs at least 2 classes")]
    OneClass {
        /// The column.
        column: String,
        /// The class, empty when all targets are missing.
        class: String,
    },
    /// The stated task wants another number of classes.
    #[error("target column {column:?} has {found} classes, task {task} needs {allowed}")]
    Classes {
        /// The column.
        column: String,
        /// Classes found.
        found: usize,
        /// The task.
        task: &'static str,
        /// Classes allowed.
        allowed: &'static str,
    },
    /// The target's type can't be the task's.
    #[error(
        "target column {column:?} is {found}, task Regression needs Number (first value that is none: {value:?})"
    )]
    NotNumeric {
        /// The column.
        column: String,
        /// Its type.
        found: ColumnType,
        /// A value.
        value: String,
    },
    /// Timestamps are no target.
    #[error("target column {column:?} is Timestamp; allowed are Number and Text")]
    Timestamp {
        /// The column.
        column: String,
    },
    /// The positive label is none of two classes.
    #[error("positiveLabel {label:?} is not a class of target column {column:?}; allowed: {allowed}")]
    PositiveLabel {
        /// The column.
        column: String,
        /// The label.
        label: String,
        /// The classes.
        allowed: String,
    },
}

/// What the target says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Target {
    pub task: Task,
    pub kind: ColumnType,
    pub classes: Vec<String>,
    pub positive: Option<usize>,
}

/// Reads task, classes and positive class from the target column.
pub(super) fn infer(
    name: &str,
    column: &Column,
    stated: TaskSpec,
    positive: Option<&str>,
) -> Result<Target, TargetError> {
    let kind = column.kind();
    if kind == ColumnType::Timestamp {
        return Err(TargetError::Timestamp { column: name.into() });
    }
    if is_regression(name, column, stated)? {
        return match positive {
            Some(label) => Err(TargetError::PositiveLabel {
                column: name.into(),
                label: label.into(),
                allowed: "none, the task is Regression".into(),
            }),
            None => Ok(Target { task: Task::Regression, kind, classes: Vec::new(), positive: None }),
        };
    }
    let classes = classes(column);
    let task = check_count(name, &classes, stated)?;
    let positive = positive_class(name, &classes, positive)?;
    Ok(Target { task, kind, classes, positive })
}

fn is_regression(name: &str, column: &Column, stated: TaskSpec) -> Result<bool, TargetError> {
    match (stated, column) {
        (TaskSpec::Auto, Column::Number(values)) => Ok(!looks_like_classes(values)),
        (TaskSpec::Regression, Column::Number(_)) => Ok(true),
        (TaskSpec::Regression, _) => Err(TargetError::NotNumeric {
            column: name.into(),
            found: column.kind(),
            value: (0..column.len())
                .map(|r| column.cell(r))
                .find(|c| *c != Cell::Missing)
                .map_or_else(String::new, |c| c.to_string()),
        }),
        (TaskSpec::Auto | TaskSpec::BinaryClassification | TaskSpec::MulticlassClassification, _) => {
            Ok(false)
        }
    }
}

fn looks_like_classes(values: &[f64]) -> bool {
    let mut seen = BTreeSet::new();
    for x in values.iter().filter(|x| !x.is_nan()) {
        if x.fract() != 0.0 || !x.is_finite() {
            return false;
        }
        seen.insert((x + 0.0).to_bits());
        if seen.len() > MAX_AUTO_NUMERIC_CLASSES {
            return false;
        }
    }
    true
}

/// Distinct values as labels, numbers in numeric order, texts by code point.
pub(crate) fn classes(column: &Column) -> Vec<String> {
    match column {
        Column::Number(values) => {
            let mut distinct: Vec<f64> = values.iter().filter(|x| !x.is_nan()).map(|x| x + 0.0).collect();
            distinct.sort_unstable_by(f64::total_cmp);
            distinct.dedup();
            distinct.into_iter().map(number_text).collect()
        }
        Column::Text(values) => {
            let distinct: BTreeSet<&str> = values.iter().filter_map(Option::as_deref).collect();
            distinct.into_iter().map(str::to_owned).collect()
        }
        Column::Timestamp(_) => Vec::new(),
    }
}

fn check_count(name: &str, classes: &[String], stated: TaskSpec) -> Result<Task, TargetError> {
    let wrong =
        |task, allowed| TargetError::Classes { column: name.into(), found: classes.len(), task, allowed };
    if classes.len() < 2 {
        let class = classes.first().cloned().unwrap_or_default();
        return Err(TargetError::OneClass { column: name.into(), class });
    }
    match (stated, classes.len()) {
        (TaskSpec::BinaryClassification, 3..) => Err(wrong("BinaryClassification", "exactly 2")),
        (TaskSpec::MulticlassClassification, 2) => Err(wrong("MulticlassClassification", "at least 3")),
        (_, n) if n > MAX_CLASSES => Err(wrong("classification", "at most 1000")),
        (_, 2) => Ok(Task::BinaryClassification),
        _ => Ok(Task::MulticlassClassification),
    }
}

fn positive_class(name: &str, classes: &[String], label: Option<&str>) -> Result<Option<usize>, TargetError> {
    let refuse = |label: &str, allowed: String| {
        Err(TargetError::PositiveLabel { column: name.into(), label: label.into(), allowed })
    };
    match (label, classes.len()) {
        (None, 2) => Ok(Some(1)),
        (None, _) => Ok(None),
        (Some(label), 2) => match find_label(classes, label) {
            Some(at) => Ok(Some(at)),
            None => refuse(label, classes.join(", ")),
        },
        (Some(label), n) => {
            refuse(label, format!("none, there are {n} classes and a positive label needs 2"))
        }
    }
}

/// By text, or by number: `1.0` is the class `1`.
fn find_label(classes: &[String], label: &str) -> Option<usize> {
    let number = crate::table::parse_number(label).filter(|x| !x.is_nan()).map(number_text);
    classes
        .iter()
        .position(|c| c == label)
        .or_else(|| classes.iter().position(|c| Some(c) == number.as_ref()))
}
