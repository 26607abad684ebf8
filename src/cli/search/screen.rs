//! Progress: on a terminal a block that is drawn again in its place, elsewhere a line for each trial that ended.

use std::collections::BTreeMap;
use std::io::{Result, Write};
use std::time::{Duration, Instant};

use podium_search::{Outcome, State, Trial};
use podium_tuning::sweep::Sweep;

use super::show::{clock, parameters, short};
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
