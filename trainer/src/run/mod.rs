//! One run of the trainer, from the document to the exit code: look, read, compute, deliver; or, for a sweep, work.

mod compute;
mod contenders;
mod engine;
mod handed;
mod search;
mod stop;

use std::path::{Path, PathBuf};

use podium_contract::{CONTRACT_VERSION, JobDocument, Stage};
use tracing::{error, info};

pub use stop::Stop;

use crate::deliver::{Found, Session, write_termination};
use crate::failure::Failure;
use crate::machine::data_limit;

/// What is to be done with a document.
#[derive(Debug, Clone)]
pub enum Work {
    /// Its stage.
    Stage {
        /// Where a container of the user's own has left what it made.
        output: PathBuf,
    },
    /// What comes before such a container.
    HandOver {
        /// Where it finds its data.
        input: PathBuf,
    },
}

impl Work {
    /// The stage, at the places of a pod.
    pub fn stage() -> Self {
        Self::Stage { output: podium_contract::HANDED_OUTPUT.into() }
    }
}

/// Does this with the document in this file; answers the exit code.
pub async fn from_file(path: &Path, work: Work) -> u8 {
    let stop = Stop::on_signal();
    let ended = match read(path) {
        Ok(document) => carry_out(document, work, stop).await,
        Err(failure) => Err(failure),
    };
    match ended {
        Ok(()) => podium_contract::Exit::Done.code(),
        Err(failure) => {
            error!(error = %failure, code = failure.code(), "ended without success");
            write_termination(&failure.to_string());
            failure.code()
        }
    }
}

fn read(path: &Path) -> Result<JobDocument, Failure> {
    let refused = |message: String| Failure::specification("InvalidDocument", message);
    let text = std::fs::read_to_string(path)
        .map_err(|error| refused(format!("the document {} can't be read: {error}", path.display())))?;
    let document = JobDocument::from_json(&text)
        .map_err(|error| refused(format!("the document {} makes no sense: {error}", path.display())))?;
    if document.version != CONTRACT_VERSION {
        let message = format!(
            "the document has version {}, this trainer reads {CONTRACT_VERSION}: operator and trainer image must be of one release",
            document.version
        );
        return Err(refused(message));
    }
    Ok(document)
}

/// Carries out a document until its result stands in MLflow.
///
/// # Errors
/// The failure decides the exit code. One that is permanent was written to the run before.
pub async fn carry_out(document: JobDocument, work: Work, stop: Stop) -> Result<(), Failure> {
    // The only provider in the binary; an earlier one, as in tests, is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    let attempt = attempt(&document, &work, &stop);
    tokio::select! {
        biased;
        ended = attempt => ended,
        () = stop.grace_is_over() => Err(Failure::Stopped),
    }
}

async fn attempt(document: &JobDocument, work: &Work, stop: &Stop) -> Result<(), Failure> {
    if let Stage::Search(told) = &document.stage {
        // The operator writes what trials come to: a worker needs no MLflow.
        return search::search(document, told, stop).await;
    }
    let session = Session::open(document)?;
    info!(run = %session.run(), attempt = document.attempt, "looking at the run");
    let found = stop.or(session.look(data_limit())).await?;
    let is_first = matches!(work, Work::HandOver { .. });
    match found {
        Found::Result => {
            info!("a result stands in the run already, nothing is left to do");
            return if is_first { Err(Failure::Finished) } else { Ok(()) };
        }
        Found::Model(kept) => {
            info!("an earlier attempt has trained the model, delivering what is left");
            stop.or(session.deliver_record(&kept.record, kept.outcome, None)).await?;
            return if is_first { Err(Failure::Finished) } else { Ok(()) };
        }
        Found::Nothing => {}
    }
    let failure = match computed(document, work, &session, stop).await {
        Ok(()) => return Ok(()),
        Err(failure) => failure,
    };
    if let Some(failed) = failure.outcome() {
        // What went wrong counts more than that it could not be told.
        if let Err(undelivered) = stop.or(session.fail(failed)).await {
            error!(error = %undelivered, "the failure could not be written to the run");
        }
    }
    Err(failure)
}

async fn computed(
    document: &JobDocument,
    work: &Work,
    session: &Session,
    stop: &Stop,
) -> Result<(), Failure> {
    match work {
        Work::HandOver { input } => handed::hand_over(document, stop, input).await,
        Work::Stage { output } => {
            let done = compute::compute(document, session, stop, output).await?;
            stop.or(session.deliver(done.parcel, done.outcome, done.progress)).await
        }
    }
}
