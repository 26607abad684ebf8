//! The tables at the end of a sweep: the best trials, the parameters to use, why it ended, where it stands in MLflow.

use serde_json::Value;

use super::{ended, status};
use crate::api::sweep::Goal;
use crate::api::sweep_status::{RankedTrial, SweepRun};
use crate::api::{HyperparameterSweep, HyperparameterSweepStatus};
use crate::cli::follow::style::Style;
use crate::cli::follow::table::table;
use crate::cli::follow::words::{NONE, digits, show, span};

/// Parameters that the table of trials has room for.
const MOST_PARAMETERS: usize = 6;

/// All that is to be told.
pub(in crate::cli::follow) fn text(object: &HyperparameterSweep, style: Style) -> String {
    let Some(status) = status(object) else { return String::new() };
    let mut parts = vec![top(object, status, style)];
    parts.extend(status.best.as_ref().map(|best| to_use(object, best, style)));
    if let Some(run) = &status.run {
        parts.push(end(object, status, run));
        parts.push(records(status, run));
    }
    parts.retain(|part| !part.is_empty());
    parts.iter().map(|part| format!("{part}\n")).collect()
}

/// Parameters of a trial, as they are to be used.
pub(super) fn parameters(trial: &RankedTrial) -> impl Iterator<Item = (&String, String)> {
    trial.parameters.iter().flatten().map(|(name, value)| (name, exact(value)))
}

fn top(object: &HyperparameterSweep, status: &HyperparameterSweepStatus, style: Style) -> String {
    if status.top.is_empty() {
        return String::new();
    }
    let objective = &object.spec.objective;
    let names: Vec<&str> = object.spec.parameters.iter().map(|one| one.name.as_str()).collect();
    let left_out = names.len().saturating_sub(MOST_PARAMETERS);
    let names: Vec<&str> = names.into_iter().take(MOST_PARAMETERS).collect();
    let heading = [&["Trial", objective.metric.as_str()], names.as_slice()].concat();
    let row = |trial: &RankedTrial| {
        let value = |name: &&str| trial.parameters.as_ref().and_then(|all| all.get(*name));
        let cells = names.iter().map(|name| value(name).map_or_else(|| NONE.to_owned(), short));
        [trial.number.to_string(), show(Some(&trial.value))].into_iter().chain(cells).collect()
    };
    let rows: Vec<Vec<String>> = status.top.iter().map(row).collect();
    let better = match objective.goal {
        Goal::Maximize => "higher",
        Goal::Minimize => "lower",
    };
    let more = if left_out > 0 { format!("; {left_out} more parameters") } else { String::new() };
    let title = format!("The best trials ({better} is better{more})\n");
    format!("{}{}", style.bold(&title), table(&heading, &rows, style))
}

/// The parameters of the best trial, digit by digit.
fn to_use(object: &HyperparameterSweep, best: &RankedTrial, style: Style) -> String {
    let rows: Vec<_> = parameters(best).map(|(name, value)| vec![name.clone(), value]).collect();
    let metric = &object.spec.objective.metric;
    let title =
        format!("The parameters to use: trial {}, {metric} {}\n", best.number, show(Some(&best.value)));
    format!("{}{}", style.bold(&title), table(&["Parameter", "Value"], &rows, style))
}

fn end(object: &HyperparameterSweep, status: &HyperparameterSweepStatus, run: &SweepRun) -> String {
    let counts = status.trials.unwrap_or_default();
    let Some(finished) = &run.finished_at else { return String::new() };
    let method = status.algorithm.as_ref().map_or(NONE, |method| method.name.as_str());
    format!(
        "Run {} ended by {}, after {} of {} trials ({} complete, {} stopped, {} failed) in {}, by {method}\n",
        run.number,
        run.reason,
        ended(counts),
        object.spec.max_trials,
        counts.complete,
        counts.stopped,
        counts.failed,
        span(Some(&run.started_at), Some(finished), finished.0),
    )
}

fn records(status: &HyperparameterSweepStatus, run: &SweepRun) -> String {
    let id = |id: Option<&String>| id.map_or(NONE, String::as_str).to_owned();
    let best = status.best.as_ref().map(|best| format!(", best trial {}", best.run_id)).unwrap_or_default();
    format!(
        "MLflow: experiment {:?}, run {}, report {}{best}\n",
        run.experiment,
        id(run.parent_run_id.as_ref()),
        id(run.summary_run_id.as_ref()),
    )
}

fn exact(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

/// Six digits are enough to compare.
fn short(value: &Value) -> String {
    let text = exact(value);
    match value.as_f64() {
        Some(number) if value.is_f64() && text.len() > 9 => digits(number),
        _ => text,
    }
}
