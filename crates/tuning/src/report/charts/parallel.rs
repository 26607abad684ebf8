//! Complete trials as lines over their parameters.

use podium_charts::{Chart, ChartError, Drawn, Parallel, Upright, draw as drawn, thinned};
use podium_search::{Goal, Parameter};

use super::axis::{axis, number};
use super::note;
use super::objective::Objective;
use crate::report::{Report, TrialResult};

/// Parameters that get an axis.
const MOST_AXES: usize = 10;
/// The best trials are all drawn, so many of them.
const BEST: usize = 50;
/// Lines that stand for all others.
const OTHERS: usize = 150;

/// The picture.
pub(super) fn draw(report: &Report, objective: &Objective<'_>) -> Result<Drawn, ChartError> {
    let parameters = report.foremost(MOST_AXES);
    let mut axes: Vec<Upright> = parameters.iter().map(|parameter| upright(parameter)).collect();
    axes.push(Upright { name: report.metric.clone(), axis: objective.axis.clone(), may_be_absent: false });
    let chosen = chosen(report);
    let drawn_lines = chosen.len();
    let lines: Vec<Vec<Option<f64>>> = chosen.into_iter().map(|trial| line(trial, &parameters)).collect();
    let (count, way) = (objective.scored.len(), objective.label.as_str());
    let trials = if drawn_lines < count {
        format!("{drawn_lines} of {count} complete trials")
    } else {
        format!("{count} complete trials")
    };
    let colours = format!("{trials} by {way}: darker is better, the best in orange");
    drawn(&Chart::Parallel(Parallel {
        title: &format!("Parallel coordinates of {}", report.name),
        note: &note([Some(colours), report.selection(parameters.len())]),
        axes: &axes,
        is_lower_better: report.goal == Goal::Minimize,
        lines: &lines,
    }))
}

fn upright(parameter: &Parameter) -> Upright {
    Upright { name: parameter.name.clone(), axis: axis(parameter), may_be_absent: parameter.when.is_some() }
}

/// The best trials and an even selection of the others, the worst first, so that the best lie on top.
fn chosen(report: &Report) -> Vec<&TrialResult> {
    let mut ranking = report.ranking();
    ranking.retain(|trial| trial.value.is_some_and(f64::is_finite));
    let others = ranking.split_off(ranking.len().min(BEST));
    ranking.extend(thinned(&others, OTHERS));
    ranking.reverse();
    ranking
}

fn line(trial: &TrialResult, parameters: &[&Parameter]) -> Vec<Option<f64>> {
    let value = |parameter: &&Parameter| number(parameter, trial.parameters.get(&parameter.name)?);
    parameters.iter().map(value).chain([trial.value]).collect()
}
