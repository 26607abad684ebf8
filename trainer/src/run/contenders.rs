//! The models that an evaluation compares, read from MLflow.

use podium_artifacts::Files;
use podium_contract::{Evaluate, MODEL_FOLDER};
use podium_mlflow::RunId;
use tracing::warn;

use crate::deliver::Session;
use crate::failure::Failure;
use crate::model::Reading;
use crate::stage::Contenders;

/// Winner and champion; each of at most `limit` bytes, to be used with so many threads.
///
/// # Errors
/// MLflow away for too long, or no winner. A champion that can't be read is no error: the comparison is refused.
pub async fn read(
    session: &Session,
    stage: &Evaluate,
    limit: u64,
    threads: u32,
) -> Result<Contenders, Failure> {
    let run = RunId::new(&stage.winner_run);
    let patience = session.patience();
    let found = patience.until("the winner's run", async || session.client().get_run(&run).await).await?;
    let store = session.store(&found.info.artifact_uri)?;
    let winner =
        patience.until("the winner's model", async || store.get_all(MODEL_FOLDER, limit).await).await?;
    let champion = match &stage.champion {
        None => None,
        Some(champion) => Some(files(session, &champion.artifact_uri, limit).await.map_err(|failure| {
            warn!(version = %champion.version, error = %failure, "the champion can't be read");
            failure.to_string()
        })),
    };
    Ok(Contenders { winner, champion, reading: Reading { limit, threads } })
}

async fn files(session: &Session, uri: &str, limit: u64) -> Result<Files, Failure> {
    let store = session.store(uri)?;
    session.patience().until("the champion's model", async || store.get_all("", limit).await).await
}
