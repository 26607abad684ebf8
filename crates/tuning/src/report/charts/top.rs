//! The best trials.

use podium_charts::{Bar, Bars, Chart, ChartError, Drawn, Frame, draw as drawn};

use super::axis::text;
use super::objective::Objective;
use super::short;
use crate::report::{Report, TOP, TrialResult};

/// Bars begin at 0, unless that would make them all alike: then their differences are below this part of the whole.
const ALIKE: f64 = 0.2;

/// The picture.
pub(super) fn draw(report: &Report, objective: &Objective<'_>) -> Result<Drawn, ChartError> {
    let mut ranking = report.ranking();
    ranking.retain(|trial| trial.value.is_some_and(f64::is_finite));
    ranking.truncate(TOP);
    let bars: Vec<Bar> = ranking.iter().filter_map(|trial| bar(report, trial)).collect();
    let from = beginning(&bars);
    let cut = if from == 0.0 { "" } else { "; bars do not begin at 0" };
    let frame = Frame {
        title: &match bars.len() {
            1 => format!("The best trial of {}", report.name),
            count => format!("The {count} best trials of {}", report.name),
        },
        x: &format!("{}{cut}", objective.label),
        y: "",
    };
    drawn(&Chart::Bars(Bars { frame, bars: &bars, from }))
}

fn bar(report: &Report, trial: &TrialResult) -> Option<Bar> {
    let value = trial.value?;
    let setting = |name: &String| trial.parameters.get(name).map(|value| format!("{name} {}", text(value)));
    let settings: Vec<String> =
        report.parameters.iter().filter_map(|parameter| setting(&parameter.name)).collect();
    Some(Bar {
        name: format!("trial {}", trial.number),
        value,
        label: short(value),
        note: settings.join(", "),
        ..Bar::default()
    })
}

/// 0, or a value below all when all are of one sign and nearly alike.
fn beginning(bars: &[Bar]) -> f64 {
    let low = bars.iter().map(|bar| bar.value).fold(f64::INFINITY, f64::min);
    let high = bars.iter().map(|bar| bar.value).fold(f64::NEG_INFINITY, f64::max);
    let range = high - low;
    let is_alike = range > 0.0 && range < ALIKE * low.abs().max(high.abs());
    if is_alike && low > 0.0 {
        (low - range / 2.0).max(0.0)
    } else if is_alike && high < 0.0 {
        (high + range / 2.0).min(0.0)
    } else {
        0.0
    }
}
