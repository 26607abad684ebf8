//! The tables at the end of a pipeline: candidates, the winner on the holdout, gates, the alias before and after.

use std::collections::BTreeSet;

use super::style::Style;
use super::table::table;
use super::view::View;
use super::words::{NONE, show};
use crate::api::Decimal;
use crate::api::model_version_status::{DecisionAction, GateStatus, ModelVersionStatus};
use crate::api::pipeline_status::{Best, CandidateStatus, TrainingPipelineStatus};

/// Metrics that the table of candidates has room for.
const MOST_METRICS: usize = 6;

/// All that is to be told; `before` held the alias at the first look.
pub(super) fn text(view: &View, before: Option<&str>, style: Style) -> String {
    let mut parts = Vec::new();
    if let Some(status) = view.pipeline_status() {
        parts.push(candidates(status, style));
        parts.extend(status.best.as_ref().map(|best| winner(best, style)));
    }
    if let Some(status) = view.version_status() {
        parts.push(gates(status, style));
        parts.push(alias(view, status, before));
    }
    if let Some(run) = view.pipeline_status().and_then(|status| status.run.as_ref()) {
        let id = run.parent_run_id.as_deref().unwrap_or(NONE);
        parts.push(format!("MLflow: experiment {:?}, run {id}\n", run.experiment));
    }
    parts.retain(|part| !part.is_empty());
    parts.iter().map(|part| format!("{part}\n")).collect()
}

fn candidates(status: &TrainingPipelineStatus, style: Style) -> String {
    if status.candidates.is_empty() {
        return String::new();
    }
    let names: BTreeSet<&str> =
        status.candidates.iter().flat_map(|candidate| candidate.metrics.keys()).map(String::as_str).collect();
    let ranking =
        status.best.as_ref().map_or_else(|| "score".to_owned(), |best| format!("cv_{}", best.metric));
    let names: Vec<_> = names.into_iter().filter(|name| *name != ranking).take(MOST_METRICS).collect();
    let heading = [&["Candidate", "Phase", ranking.as_str()], names.as_slice()].concat();
    let row = |candidate: &CandidateStatus| {
        let is_best = status.best.as_ref().is_some_and(|best| best.candidate == candidate.name);
        let mark = if is_best { " *" } else { "" };
        let mut row = vec![
            format!("{}{mark}", candidate.name),
            format!("{:?}", candidate.phase),
            show(candidate.score.as_ref()),
        ];
        row.extend(names.iter().map(|name| show(candidate.metrics.get(*name))));
        row
    };
    let tuned = status.tuned.iter().filter_map(|tuned| tuned.fit.as_ref());
    let rows: Vec<_> = status.candidates.iter().chain(tuned).map(row).collect();
    format!(
        "{}{}",
        style.bold("Candidates, by cross-validation (* the winner)\n"),
        table(&heading, &rows, style)
    )
}

fn winner(best: &Best, style: Style) -> String {
    let metric = &best.metric;
    let row = |name: &str, value: Option<&Decimal>| vec![name.to_owned(), show(value)];
    let improvement = best.improvement_percent.as_ref().map(|percent| match percent.as_str() {
        "0.00" | "-0.00" => " (as good as the baseline)".to_owned(),
        text => match text.strip_prefix('-') {
            Some(loss) => format!(" ({loss} % worse than the baseline)"),
            None => format!(" ({text} % better than the baseline)"),
        },
    });
    let rows = [
        row(&format!("{} (winner)", best.candidate), best.value.as_ref()),
        row("baseline", best.baseline.as_ref()),
        row("dummy", best.dummy.as_ref()),
    ];
    let title = format!("On the holdout{}\n", improvement.unwrap_or_default());
    format!("{}{}", style.bold(&title), table(&["Model", metric], &rows, style))
}

fn gates(status: &ModelVersionStatus, style: Style) -> String {
    if status.gates.is_empty() {
        return String::new();
    }
    let row = |gate: &GateStatus| {
        let bounds = [("≥", gate.min.as_ref()), ("≤", gate.max.as_ref())];
        let bound: Vec<_> =
            bounds.iter().filter_map(|(sign, bound)| Some(format!("{sign} {}", (*bound)?))).collect();
        let note = if gate.dry_run { "without effect" } else { gate.reason.as_str() };
        vec![
            gate.name.clone(),
            gate.metric.clone(),
            show(gate.value.as_ref()),
            bound.join(", "),
            gate.compared_to.clone().unwrap_or_else(|| NONE.to_owned()),
            format!("{:?}", gate.result),
            note.to_owned(),
        ]
    };
    let rows: Vec<_> = status.gates.iter().map(row).collect();
    let heading = ["Gate", "Metric", "Value", "Bound", "Against", "Result", "Reason"];
    format!("{}{}", style.bold("Gates\n"), table(&heading, &rows, style))
}

fn alias(view: &View, status: &ModelVersionStatus, before: Option<&str>) -> String {
    let promoted = status.history.iter().find(|decision| decision.action == DecisionAction::Promote);
    // When the move was over before the first look, the decision still knows who held the alias.
    let before = match promoted {
        Some(decision) => decision.from.as_deref(),
        None => before,
    };
    let after = view.holder();
    let version = status.version.as_deref().unwrap_or(NONE);
    format!(
        "Registered model {}, version {version}. Alias {}: before {}, after {}\n",
        view.model().unwrap_or(NONE),
        view.alias(),
        before.unwrap_or("none"),
        after.as_deref().unwrap_or("none")
    )
}
