//! What the objective depends on.

use podium_charts::{Bar, Bars, Chart, ChartError, Drawn, Frame, draw as drawn};

use crate::report::Report;

/// Bars of parameters.
const MOST: usize = 20;

/// The picture; none when nothing can be said about importance.
pub(super) fn draw(report: &Report) -> Result<Option<Drawn>, ChartError> {
    let Ok(importance) = &report.importance else { return Ok(None) };
    let bar = |name: &str, share: f64| Bar {
        name: name.to_owned(),
        value: share,
        label: format!("{:.0} %", 100.0 * share),
        ..Bar::default()
    };
    let mut bars: Vec<Bar> = importance.shares.iter().map(|one| bar(&one.name, one.share)).collect();
    bars.sort_by(|first, second| second.value.total_cmp(&first.value));
    let hidden = bars.len().saturating_sub(MOST);
    bars.truncate(MOST);
    bars.push(Bar { is_aside: true, ..bar("combinations", importance.interactions) });
    let rest = if hidden == 0 { String::new() } else { format!("; {hidden} parameters matter less") };
    let frame = Frame {
        title: &format!("Importance of parameters of {}", report.name),
        x: &format!("share of the variance of {} (fANOVA){rest}", report.metric),
        y: "",
    };
    drawn(&Chart::Bars(Bars { frame, bars: &bars, from: 0.0 })).map(Some)
}
