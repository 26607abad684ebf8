//! Progress: on a terminal a block that is drawn again in its place, elsewhere a line for each trial that ended.

use std::collections::BTreeMap;
use std::io::{Result, Write};
use std::time::{Duration, Instant};

use podium_search::{Outcome, Point, State, Trial};
use podium_tuning::sweep::Sweep;

use super::trial::RunningTrial;
use crate::cli::follow::style::Style;

/// Running trials that the block lists one by one.
const MOST_LISTED: usize = 12;
/// Time between two blocks.
const INTERVAL: Duration = Duration::from_millis(200);

/// Lines are cut at the edge of the terminal: a wrapped one would count twice, and the block could not be found again.
const CUT: &str = "\x1b[?7l";
/// Lines wrap again.
const WRAP: &str = "\x1b[?7h";

/// What is to be shown.
pub(super) struct View<'a> {
    /// The course so far.
    pub sweep: &'a Sweep,
    /// What runs.
    pub running: &'a BTreeMap<i64, RunningTrial>,
    /// Time that the search has run.
    pub elapsed: Duration,
}

/// Where progress is shown.
pub(super) struct Screen {
    is_terminal: bool,
    style: Style,
    /// Lines of the block that was drawn last.
    drawn: usize,
    last: Option<Instant>,
}

impl Screen {
    /// A screen on which nothing stands yet.
    pub fn new(is_terminal: bool, style: Style) -> Self {
        Self { is_terminal, style, drawn: 0, last: None }
    }

    /// Shows where it is, on a terminal and not too often.
    pub fn draw(&mut self, view: &View, out: &mut impl Write) -> Result<()> {
        if self.is_terminal && self.last.is_none_or(|last| last.elapsed() >= INTERVAL) {
            self.last = Some(Instant::now());
            self.redraw(&block(view, self.style), out)?;
        }
        Ok(())
    }

    /// Says that a trial ended, where no block is drawn.
    pub fn ended(&mut self, sweep: &Sweep, number: i64, out: &mut impl Write) -> Result<()> {
        let Some(trial) = sweep.study().trial(number).filter(|_| !self.is_terminal) else { return Ok(()) };
        let best = sweep
            .study()
            .best()
            .and_then(|best| Some(format!("; best {} of trial {}", short(best.value()?), best.number)));
        writeln!(
            out,
            "trial {number}: {} [{}]{}",
            outcome(sweep, trial),
            parameters(&trial.point),
            best.unwrap_or_default()
        )?;
        out.flush()
    }

    /// The last block stays; nothing is drawn over it.
    pub fn finish(&mut self, view: &View, out: &mut impl Write) -> Result<()> {
        if self.is_terminal {
            self.redraw(&block(view, self.style), out)?;
            self.drawn = 0;
        }
        writeln!(out)
    }

    fn redraw(&mut self, lines: &[String], out: &mut impl Write) -> Result<()> {
        if self.drawn > 0 {
            // Up to the first line of the block, and all below is cleared.
            write!(out, "\x1b[{}A\x1b[J", self.drawn)?;
        }
        write!(out, "{CUT}")?;
        for line in lines {
            writeln!(out, "{line}")?;
        }
        write!(out, "{WRAP}")?;
        self.drawn = lines.len();
        out.flush()
    }
}

fn block(view: &View, style: Style) -> Vec<String> {
    let (counts, limits) = (view.sweep.counts(), view.sweep.limits());
    let mut lines = vec![format!(
        "  {} {}/{} trials ended, {} stopped early, {} failed, {} running",
        style.bold(&clock(view.elapsed)),
        counts.ended(),
        limits.max_trials,
        counts.stopped,
        counts.failed,
        view.running.len()
    )];
    if let Some((best, value)) = view.sweep.study().best().and_then(|best| Some((best, best.value()?))) {
        lines.push(format!(
            "  best: trial {}, {} {} [{}]",
            best.number,
            view.sweep.metric(),
            style.bold(&short(value)),
            parameters(&best.point)
        ));
    }
    lines.extend(
        view.running.iter().take(MOST_LISTED).map(|(number, trial)| running(view.sweep, *number, trial)),
    );
    if view.running.len() > MOST_LISTED {
        lines.push(format!("    and {} more", view.running.len() - MOST_LISTED));
    }
    lines
}

fn running(sweep: &Sweep, number: i64, trial: &RunningTrial) -> String {
    let last = sweep.last_report(number);
    let last = last.map(|(step, value)| format!("step {step}: {}", short(value))).unwrap_or_default();
    let seconds = clock(trial.started.elapsed());
    format!("    trial {number:<6} {seconds:>8}  {last:<24} [{}]", parameters(&trial.point))
}

/// How a trial ended.
fn outcome(sweep: &Sweep, trial: &Trial) -> String {
    match trial.state {
        State::Pending => "has no result".to_owned(),
        State::Finished(Outcome::Complete(value)) => format!("{} {}", sweep.metric(), short(value)),
        State::Finished(Outcome::Pruned { step, value }) => sweep.cut(trial.number).map_or_else(
            || format!("stopped at step {step}, {} {}", sweep.metric(), short(value)),
            ToString::to_string,
        ),
        State::Finished(Outcome::Failed) => {
            let failure = sweep.failure(trial.number).map(ToString::to_string);
            format!("failed: {}", failure.unwrap_or_default())
        }
    }
}

/// Names and values on one line.
pub(super) fn parameters(point: &Point) -> String {
    let one = |(name, value): (&str, &podium_search::Value)| match value {
        podium_search::Value::Double(number) => format!("{name}={}", short(*number)),
        other => format!("{name}={other}"),
    };
    point.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Six digits are enough to read.
pub(super) fn short(value: f64) -> String {
    let plain = value.to_string();
    if plain.len() <= 9 {
        return plain;
    }
    let text = match value.abs() {
        size if (1e-4..1e6).contains(&size) => {
            let digits =
                [1e5, 1e4, 1e3, 1e2, 1e1, 1.0, 0.1, 0.01, 0.001].iter().position(|power| size >= *power);
            format!("{value:.*}", digits.unwrap_or(9))
        }
        _ => return format!("{value:.5e}"),
    };
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Minutes and seconds.
pub(super) fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_long_as_they_need_to_be_and_no_longer() {
        let shown =
            [0.5, 100.0, 0.123_456_789, -12.345_678_9, 0.000_123_456_7, 123_456.789, 1e-7, 1.0 / 3e7, 1e12]
                .map(short);
        let expected = [
            "0.5",
            "100",
            "0.123457",
            "-12.3457",
            "0.000123457",
            "123457",
            "0.0000001",
            "3.33333e-8",
            "1.00000e12",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn times_are_minutes_and_seconds() {
        assert_eq!(
            [0, 59, 61, 6000].map(|seconds| clock(Duration::from_secs(seconds))),
            ["0:00", "0:59", "1:01", "100:00"]
        );
    }
}
