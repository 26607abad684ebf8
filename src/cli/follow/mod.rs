//! `podium follow`: live progress of a pipeline and its version, a table at the end, and an exit code to build on.

mod outcome;
mod progress;
pub(in crate::cli) mod style;
mod summary;
pub(in crate::cli) mod table;
#[cfg(test)]
mod tests;
mod view;

use std::io::{IsTerminal, Write};
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use tokio::time::Instant;

use super::FollowArgs;
use crate::cluster::follow::{ReadError, Reader};
use outcome::Outcome;
use progress::Screen;
use style::Style;
use view::{Target, View};

/// Time between two looks.
const INTERVAL: Duration = Duration::from_millis(500);
/// Failed looks in a row after which it is given up: the API server may be restarted meanwhile.
const MOST_FAILURES: u32 = 20;

/// What could not be followed.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The API server can't be asked.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// No such object.
    #[error("no {kind} {name:?} in namespace {namespace:?}")]
    Missing {
        /// Its kind.
        kind: &'static str,
        /// Its name.
        name: String,
        /// The namespace.
        namespace: String,
    },
    /// What is to be followed was not understood.
    #[error("can't follow {0:?}: expected KIND/NAME, the kind being trainingpipeline or modelversion")]
    Target(String),
    /// The time is over.
    #[error("not ended after {0} s")]
    Timeout(u64),
    /// The output is closed.
    #[error("can't write: {0}")]
    Write(#[from] std::io::Error),
    /// No runtime for requests.
    #[error("can't start: {0}")]
    Runtime(std::io::Error),
}

/// Follows to the end; says whether it ended as asked.
///
/// # Errors
/// When it can't be followed to its end.
pub fn run(args: &FollowArgs) -> Result<bool, FollowError> {
    // Two TLS providers in one process make the first client panic; this chooses one before any is made.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(FollowError::Runtime)?;
    runtime.block_on(follow(args))
}

async fn follow(args: &FollowArgs) -> Result<bool, FollowError> {
    let target = Target::parse(&args.target).ok_or_else(|| FollowError::Target(args.target.join(" ")))?;
    let reader = Reader::connect(args.namespace.clone()).await?;
    let mut out = std::io::stdout().lock();
    let is_terminal = out.is_terminal();
    let style = Style::new(is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()));
    let mut screen = Screen::new(is_terminal, style);
    let start = Instant::now();
    let first = look(&reader, &target).await?;
    let before = first.holder();
    let mut view = first;
    loop {
        let now = Timestamp::now();
        screen.draw(&view, now, &mut out)?;
        if let Some(outcome) = Outcome::of(&view) {
            screen.finish(&view, now, &mut out)?;
            let is_reached = outcome.reaches(args.until, before.as_deref(), &view);
            write!(out, "{}", summary::text(&view, before.as_deref(), style))?;
            writeln!(out, "{}", outcome.sentence(args.until, is_reached))?;
            return Ok(is_reached);
        }
        if let Some(limit) = args.timeout.filter(|limit| start.elapsed().as_secs() >= *limit) {
            screen.finish(&view, now, &mut out)?;
            return Err(FollowError::Timeout(limit));
        }
        tokio::time::sleep(INTERVAL).await;
        view = look_again(&reader, &target).await?;
    }
}

async fn look(reader: &Reader, target: &Target) -> Result<View, FollowError> {
    let pipeline = match target {
        Target::Pipeline(name) => reader.pipeline(name).await?,
        Target::Version(_) => None,
    };
    let versions = reader.versions().await?;
    View::new(target, pipeline, versions).ok_or_else(|| FollowError::Missing {
        kind: target.kind(),
        name: target.name().to_owned(),
        namespace: reader.namespace.clone(),
    })
}

async fn look_again(reader: &Reader, target: &Target) -> Result<View, FollowError> {
    let mut failures = 0;
    loop {
        match look(reader, target).await {
            Err(FollowError::Read(_)) if failures < MOST_FAILURES => failures += 1,
            other => return other,
        }
        tokio::time::sleep(INTERVAL).await;
    }
}
