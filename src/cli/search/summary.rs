//! What is told at the end: the best trials, and why it is over.

use std::path::Path;

use podium_tuning::report::{Report, TrialResult};
use podium_tuning::sweep::Ending;
use serde_json::Value;

use super::show::short;
use crate::cli::follow::style::Style;
use crate::cli::follow::table::table;

/// Rows of the table.
const TOP: usize = 10;
/// Parameters that the table has room for; the report has them all.
const MOST_PARAMETERS: usize = 6;

/// All that is to be told.
pub(super) fn text(report: &Report, ending: Option<&Ending>, folder: &Path, style: Style) -> String {
    let ranking = report.ranking();
    let mut text = String::new();
    if !ranking.is_empty() {
        text.push_str(&best_trials(report, &ranking, style));
        text.push('\n');
    }
    text.push_str(&importance(report, style));
    text.push_str(&format!("{}\n", counts(report)));
    text.push_str(&match ending {
        None => "Interrupted: the same command goes on from here.\n".to_owned(),
        Some(ending) if ending.is_failure() => {
            format!("{}: {ending}.\nMend it, then run it again with --retry-failed.\n", style.state("Failed"))
        }
        Some(ending) => format!("Ended: {ending}.\n"),
    });
    text.push_str(&format!("Report: {}\n", folder.display()));
    text
}

fn best_trials(report: &Report, ranking: &[&TrialResult], style: Style) -> String {
    let shown: Vec<&String> =
        report.parameters.iter().take(MOST_PARAMETERS).map(|parameter| &parameter.name).collect();
    let mut heading = vec!["Trial", report.metric.as_str()];
    heading.extend(shown.iter().map(|name| name.as_str()));
    heading.push("Seconds");
    let row = |trial: &&TrialResult| {
        let mut row = vec![trial.number.to_string(), number(trial.value)];
        row.extend(shown.iter().map(|name| trial.parameters.get(*name).map_or_else(|| "-".to_owned(), cell)));
        row.push(trial.seconds.map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.1}")));
        row
    };
    let rows: Vec<_> = ranking.iter().take(TOP).map(row).collect();
    let hidden = report.parameters.len().saturating_sub(MOST_PARAMETERS);
    let rest =
        if hidden == 0 { String::new() } else { format!("  and {hidden} more parameters in the report\n") };
    format!("{}{}{rest}", style.bold("Best trials\n"), table(&heading, &rows, style))
}

/// What matters most, as bars; nothing when too little is known.
fn importance(report: &Report, style: Style) -> String {
    /// Characters of a bar that stands for everything.
    const WIDTH: f64 = 30.0;
    let Ok(importance) = &report.importance else { return String::new() };
    let mut shares: Vec<(&str, f64)> =
        importance.shares.iter().map(|one| (one.name.as_str(), one.share)).collect();
    shares.sort_by(|first, second| second.1.total_cmp(&first.1));
    shares.truncate(TOP);
    shares.push(("combinations", importance.interactions));
    let row = |(name, share): &(&str, f64)| {
        let bar: String =
            (0..30).map(f64::from).take_while(|place| *place + 0.5 < share * WIDTH).map(|_| '█').collect();
        vec![(*name).to_owned(), format!("{:.0} %", 100.0 * share), bar]
    };
    let rows: Vec<_> = shares.iter().map(row).collect();
    let title = style.bold("What the objective depends on (fANOVA)\n");
    format!("{title}{}\n", table(&["Parameter", "Share", ""], &rows, style))
}

fn counts(report: &Report) -> String {
    let counts = report.summary().trials;
    format!(
        "{} trials: {} complete, {} stopped early, {} failed, {} without a result",
        report.trials.len(),
        counts.complete,
        counts.stopped,
        counts.failed,
        counts.pending
    )
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), short)
}

fn cell(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_f64() => number.as_f64().map_or_else(|| value.to_string(), short),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
