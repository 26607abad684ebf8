//! Each parameter against the objective.

use podium_charts::{Chart, ChartError, Drawn, Panel, Panels, Spot, draw as drawn, thinned};
use podium_search::{Domain, Parameter};

use super::axis::{axis, number};
use super::note;
use super::objective::Objective;
use crate::report::{Report, TrialResult};

/// Parameters that get a panel.
const MOST_PANELS: usize = 24;
/// Points of all panels together.
const MOST_SPOTS: usize = 6000;
/// Points of one panel.
const MOST_OF_ONE: usize = 1000;

/// The picture.
pub(super) fn draw(report: &Report, objective: &Objective<'_>) -> Result<Drawn, ChartError> {
    let parameters = report.foremost(MOST_PANELS);
    let each = (MOST_SPOTS / parameters.len().max(1)).min(MOST_OF_ONE);
    let trials = thinned(&objective.scored, each);
    let panels: Vec<Panel> = parameters
        .iter()
        .map(|parameter| Panel {
            title: title(report, parameter),
            x: axis(parameter),
            spots: spots(parameter, &trials),
            marked: place(parameter, objective.best.0).zip(Some(objective.best.1)),
        })
        .collect();
    let count = objective.scored.len();
    let thinning = (trials.len() < count).then(|| format!("{} of {count} complete trials", trials.len()));
    let colours = "darker is later, the best in orange".to_owned();
    drawn(&Chart::Panels(Panels {
        title: &format!("Impact of parameters of {}", report.name),
        note: &note([Some(colours), thinning, report.selection(parameters.len()), objective.beyond_note()]),
        label: &objective.label,
        y: &objective.axis,
        panels: &panels,
    }))
}

/// With the share of the variance, where it is known.
fn title(report: &Report, parameter: &Parameter) -> String {
    let name = &parameter.name;
    let shares =
        report.importance.as_ref().map(|importance| importance.shares.as_slice()).unwrap_or_default();
    match shares.iter().find(|share| share.name == *name) {
        Some(share) => format!("{name} ({:.0} %)", 100.0 * share.share),
        None => name.clone(),
    }
}

/// Trials in which the parameter is absent have no point. They come by number, so the latest lie on top.
fn spots(parameter: &Parameter, trials: &[(&TrialResult, f64)]) -> Vec<Spot> {
    let last = trials.len().saturating_sub(1).max(1) as f64;
    let spot = |(index, (trial, value)): (usize, &(&TrialResult, f64))| {
        Some(Spot { x: place(parameter, trial)?, y: *value, shade: index as f64 / last })
    };
    trials.iter().enumerate().filter_map(spot).collect()
}

/// Where a trial stands on the parameter's axis; points of one category stand side by side.
fn place(parameter: &Parameter, trial: &TrialResult) -> Option<f64> {
    /// Places of one category, and what of its room they take.
    const PLACES: i64 = 13;
    const ROOM: f64 = 0.5;
    let number = number(parameter, trial.parameters.get(&parameter.name)?)?;
    #[expect(clippy::cast_precision_loss, reason = "a number below 13")]
    let aside = match parameter.domain {
        // 5 has no factor in common with 13: trials that follow each other stand apart.
        Domain::Categorical { .. } => ((trial.number * 5).rem_euclid(PLACES) as f64 / 12.0 - 0.5) * ROOM,
        _ => 0.0,
    };
    Some(number + aside)
}
