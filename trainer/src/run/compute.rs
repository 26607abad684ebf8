//! From the document to a parcel: what has to be read is read, then the stage computes on the document's threads.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use podium_contract::{Candidate, JobDocument, Outcome, Stage};
use tracing::info;

use super::engine::Engine;
use super::{Stop, contenders, handed};
use crate::deliver::{Parcel, Progress, Session};
use crate::failure::Failure;
use crate::fit::Surroundings;
use crate::machine::{data_limit, pool};
use crate::source::{Reader, SourceError, Trust};
use crate::stage;

/// What a stage has come to.
pub struct Done {
    /// What is to be delivered.
    pub parcel: Parcel,
    /// The result.
    pub outcome: Outcome,
    /// Learning curves on their way.
    pub progress: Option<Progress>,
}

/// Computes the document's stage.
///
/// # Errors
/// What the data, the specification, the learner or the user's container (whose work lies in `output`) are at fault for; a stop.
pub async fn compute(
    document: &JobDocument,
    session: &Session,
    stop: &Stop,
    output: &Path,
) -> Result<Done, Failure> {
    let bytes = stop.or(read(document)).await?;
    info!(bytes = bytes.len(), "the data are read");
    match &document.stage {
        Stage::Validate => {
            let owned = document.clone();
            let (parcel, outcome) = on_pool(document.threads, move || stage::validate(bytes, &owned)).await?;
            Ok(Done { parcel, outcome, progress: None })
        }
        Stage::Train(train) => {
            fit(document, session, stop, &train.candidate, move |document, run, around| {
                let Stage::Train(train) = &document.stage else { return Err(wrong_stage()) };
                stage::train(bytes, document, train, run, around)
            })
            .await
        }
        Stage::Judge(judge) => {
            let (owned, judge, run) = (document.clone(), judge.clone(), session.run().to_string());
            let made = handed::made(output, data_limit())?;
            let work = move || stage::judge(bytes, &owned, &judge, made, &run);
            let (parcel, outcome) = on_pool(document.threads, work).await?;
            Ok(Done { parcel, outcome, progress: None })
        }
        Stage::Evaluate(evaluate) => {
            let reading = contenders::read(session, evaluate, data_limit(), document.threads);
            let contenders = stop.or(reading).await?;
            fit(document, session, stop, &evaluate.winner, move |document, run, around| {
                let Stage::Evaluate(evaluate) = &document.stage else { return Err(wrong_stage()) };
                stage::evaluate(bytes, document, evaluate, &contenders, run, around)
            })
            .await
        }
        // Has no run of its own to deliver to: it branched off before.
        Stage::Search(_) => Err(wrong_stage()),
    }
}

pub(super) fn wrong_stage() -> Failure {
    Failure::specification("InvalidDocument", "the stage of the document is not the one that runs")
}

pub(super) async fn read(document: &JobDocument) -> Result<Bytes, Failure> {
    let trust = Trust::new(document.certificate_authorities.as_deref());
    let fetched =
        Reader::new(data_limit(), trust).read(&document.data.uri).await.map_err(|error| match &error {
            SourceError::Uri(_) => Failure::specification(error.reason(), &error),
            _ => Failure::data(error.reason(), &error),
        })?;
    if let Some(version) = &fetched.version {
        info!(%version, "the source states a version");
    }
    Ok(fetched.bytes)
}

/// Runs a stage that fits models, on the pool, watched.
async fn fit<F>(
    document: &JobDocument,
    session: &Session,
    stop: &Stop,
    candidate: &Candidate,
    stage: F,
) -> Result<Done, Failure>
where
    F: FnOnce(&JobDocument, &str, &Surroundings<'_>) -> Result<(Parcel, Outcome), Failure> + Send + 'static,
{
    let threads = document.threads;
    let engine = Engine::of(candidate)?;
    let progress = Arc::new(Progress::start(session.client(), session.run()));
    let (owned, stop, watched) = (document.clone(), stop.clone(), Arc::clone(&progress));
    let run = session.run().to_string();
    let threads_of = pool(threads)?;
    let work = move || {
        let interrupt = || stop.is_asked();
        let watch = |phase, step| watched.step(phase, step);
        let around = Surroundings {
            pool: &threads_of,
            interrupt: &interrupt,
            watch: &watch,
            torch: engine.torch(),
            device: engine.device,
        };
        threads_of.install(|| stage(&owned, &run, &around))
    };
    let (parcel, outcome) = blocking(work).await?;
    Ok(Done { parcel, outcome, progress: Arc::into_inner(progress) })
}

pub(super) async fn on_pool<T: Send + 'static>(
    threads: u32,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let pool = pool(threads)?;
    blocking(move || pool.install(work)).await
}

/// Computes beside the network. A panic is a bug of ours and is told as one.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(Failure::Bug(error.to_string())),
    }
}
