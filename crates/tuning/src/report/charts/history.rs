//! The value of each trial by number, and the best so far.

use podium_charts::{Axis, Chart, ChartError, Drawn, Frame, History, draw as drawn};

use super::objective::Objective;
use super::{note, short};
use crate::report::{Report, Standing};

/// The picture.
pub(super) fn draw(report: &Report, objective: &Objective<'_>) -> Result<Drawn, ChartError> {
    let (best, value) = objective.best;
    let found = format!("best {} by trial {}", short(value), best.number);
    let points = |state: Standing| -> Vec<(f64, f64)> {
        let of_state = report.trials.iter().filter(|trial| trial.state == state);
        of_state
            .filter_map(|trial| Some((place(trial.number), trial.value.filter(|value| value.is_finite())?)))
            .collect()
    };
    let failed: Vec<f64> = report
        .trials
        .iter()
        .filter(|trial| trial.state == Standing::Failed)
        .map(|trial| place(trial.number))
        .collect();
    let best: Vec<(f64, f64)> =
        report.improvements().iter().map(|one| (place(one.trial), one.value)).collect();
    let last = report.trials.iter().map(|trial| place(trial.number)).fold(0.0, f64::max);
    let (complete, stopped) = (points(Standing::Complete), points(Standing::Stopped));
    let beyond = objective.beyond_note_of(complete.iter().chain(&stopped).map(|(_, value)| *value));
    drawn(&Chart::History(History {
        frame: Frame {
            title: &format!("Optimisation history of {}", report.name),
            x: "trial",
            y: &objective.label,
        },
        note: &note([Some(found), beyond]),
        x: &Axis::Whole { low: 0.0, high: last },
        y: &objective.axis,
        complete: &complete,
        stopped: &stopped,
        failed: &failed,
        best: &best,
    }))
}

#[expect(clippy::cast_precision_loss, reason = "nobody runs 2^52 trials")]
fn place(number: i64) -> f64 {
    number as f64
}
