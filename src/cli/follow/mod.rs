//! `podium follow`: live progress of a pipeline and its version, or of a sweep, a table at the end, and an exit code to
//! build on.

mod followed;
mod outcome;
mod progress;
mod screen;
pub(in crate::cli) mod style;
mod summary;
mod sweep;
pub(in crate::cli) mod table;
mod target;
#[cfg(test)]
mod tests;
mod view;
mod words;

use std::io::{IsTerminal, Write};
use std::time::Duration;

use k8s_openapi::jiff::Timestamp;
use tokio::time::Instant;

use super::{FollowArgs, Until};
use crate::cluster::follow::{ReadError, Reader};
use followed::{Followed, Look};
use screen::Screen;
use style::Style;
use target::Target;
use view::View;

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
    /// It was there, and is not any more.
    #[error("{kind} {name:?} in namespace {namespace:?} was deleted while it was followed")]
    Gone {
        /// Its kind.
        kind: &'static str,
        /// Its name.
        name: String,
        /// The namespace.
        namespace: String,
    },
    /// What is to be followed was not understood.
    #[error(
        "can't follow {0:?}: expected KIND/NAME, the kind being trainingpipeline, modelversion or hyperparametersweep"
    )]
    Target(String),
    /// It never comes to what is waited for.
    #[error("a {kind} is never {}: --until {} is for pipelines and versions", until.name(), until.name())]
    Never {
        /// Its kind.
        kind: &'static str,
        /// What was asked for.
        until: Until,
    },
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
    if !target.can_reach(args.until) {
        return Err(FollowError::Never { kind: target.kind(), until: args.until });
    }
    let reader = Reader::connect(args.namespace.clone()).await?;
    watch(args, &reader, &target).await
}

/// Looks again and again until it has ended.
async fn watch(args: &FollowArgs, reader: &Reader, target: &Target) -> Result<bool, FollowError> {
    let mut out = std::io::stdout().lock();
    let is_terminal = out.is_terminal();
    let style = Style::new(is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()));
    let mut screen = Screen::new(is_terminal, style);
    let start = Instant::now();
    let first = look(reader, target).await?.ok_or_else(|| missing(reader, target))?;
    let mut followed = Followed::new(first, Timestamp::now());
    loop {
        let now = Timestamp::now();
        let facts = followed.facts(now);
        screen.draw(&facts, now, &mut out)?;
        if let Some(end) = followed.end(args.until, style) {
            screen.finish(&facts, now, &mut out)?;
            write!(out, "{}", end.text)?;
            return Ok(end.is_reached);
        }
        if let Some(limit) = args.timeout.filter(|limit| start.elapsed().as_secs() >= *limit) {
            screen.finish(&facts, now, &mut out)?;
            return Err(FollowError::Timeout(limit));
        }
        tokio::time::sleep(INTERVAL).await;
        let Some(next) = look_again(reader, target).await? else {
            screen.finish(&facts, now, &mut out)?;
            return Err(gone(reader, target));
        };
        followed.see(next, Timestamp::now());
    }
}

fn missing(reader: &Reader, target: &Target) -> FollowError {
    let (kind, name, namespace) = (target.kind(), target.name().to_owned(), reader.namespace.clone());
    FollowError::Missing { kind, name, namespace }
}

fn gone(reader: &Reader, target: &Target) -> FollowError {
    let (kind, name, namespace) = (target.kind(), target.name().to_owned(), reader.namespace.clone());
    FollowError::Gone { kind, name, namespace }
}

/// `None` when what is followed is not there.
async fn look(reader: &Reader, target: &Target) -> Result<Option<Look>, ReadError> {
    let pipeline = match target {
        Target::Sweep(name) => {
            return Ok(reader.sweep(name).await?.map(|object| Look::Sweep(Box::new(object))));
        }
        Target::Pipeline(name) => reader.pipeline(name).await?,
        Target::Version(_) => None,
    };
    let view = View::new(target, pipeline, reader.versions().await?);
    Ok(view.map(|view| Look::Model(Box::new(view))))
}

async fn look_again(reader: &Reader, target: &Target) -> Result<Option<Look>, ReadError> {
    let mut failures = 0;
    loop {
        match look(reader, target).await {
            Err(_) if failures < MOST_FAILURES => failures += 1,
            other => return other,
        }
        tokio::time::sleep(INTERVAL).await;
    }
}
