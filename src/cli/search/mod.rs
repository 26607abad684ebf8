//! `podium search`: a sweep's search against a command, without a cluster.
//!
//! What happens next is decided by `podium_tuning::sweep`; this folder runs processes, reads what they print, and keeps a journal
//! from which the search goes on after whatever ended it.

mod drive;
mod error;
mod folder;
mod hear;
mod journal;
mod line;
mod manifest;
mod metrics;
mod notes;
mod process;
mod resume;
mod screen;
mod show;
mod signals;
mod summary;
mod tail;
mod trial;

use std::io::{IsTerminal, Write};
use std::time::Duration;

use podium_search::Algorithm;
use podium_tuning::report::{Report, method};
use podium_tuning::sweep::{Ending, Sweep};

use super::SearchArgs;
use super::follow::style::Style;
use crate::domain::sweep::Template;
pub use error::SearchError;

use drive::Driver;
use folder::Folder;
use journal::Journal;
use manifest::Manifest;
use screen::Screen;

/// How a search finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// It ended, and there is a best trial.
    Best,
    /// It ended without one, or failed.
    NoBest,
    /// A signal ended it; the same command goes on.
    Interrupted,
}

/// Searches to the end.
///
/// # Errors
/// When the sweep, the command or the folder can't be used.
pub fn run(args: &SearchArgs) -> Result<Finish, SearchError> {
    let manifest = Manifest::read(&args.file, args.parallelism)?;
    let template = Template::parse(&args.command, &manifest.sweep.plan.space)?;
    let mut out = std::io::stdout().lock();
    let is_terminal = out.is_terminal();
    let style = Style::new(is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()));
    let folder = Folder::open(args.output.as_deref(), &manifest.name)?;
    let (journal, past) = Journal::open(&folder)?;
    let session = resume::resume(&manifest, args, journal, past)?;
    for note in &session.notes {
        writeln!(out, "{note}")?;
    }
    writeln!(out, "{}", greeting(&manifest, &session.sweep, &folder))?;
    let grace = Duration::from_secs(args.grace_period);
    let mut screen = Screen::new(is_terminal, style);
    let mut driver = Driver::new(session, &folder, &template, grace);
    let ending = driver.run(&mut screen, &mut out)?;
    let report = driver.report(&manifest.name, ending.clone());
    folder.write_report(&report)?;
    // A report without pictures is a report.
    match report.charts() {
        Ok(pictures) => folder.write_pictures(&pictures)?,
        Err(error) => writeln!(out, "The report has no charts: {error}")?,
    }
    write!(out, "{}", summary::text(&report, ending.as_ref(), folder.root(), style))?;
    Ok(finish(&report, ending.as_ref()))
}

fn finish(report: &Report, ending: Option<&Ending>) -> Finish {
    match ending {
        None => Finish::Interrupted,
        Some(ending) if ending.is_failure() || report.ranking().is_empty() => Finish::NoBest,
        Some(_) => Finish::Best,
    }
}

fn greeting(manifest: &Manifest, sweep: &Sweep, folder: &Folder) -> String {
    let (settings, choice, limits) = (sweep.study().settings(), sweep.study().choice(), sweep.limits());
    let method = match settings.algorithm {
        Algorithm::Auto => choice.reason.clone(),
        _ => method(&choice.algorithm),
    };
    let (name, goal, metric) = (&manifest.name, settings.goal, sweep.metric());
    format!(
        "Sweep {name}: {goal:?} {metric}, at most {} trials, {} at once, in {}\nAlgorithm: {method}",
        limits.max_trials,
        limits.parallelism,
        folder.root().display(),
    )
}
