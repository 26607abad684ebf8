//! Sources of versions, resolved to where their files lie. A version's download address may still be a `runs:/` or
//! `models:/` one, which only clients resolve.

use podium_mlflow::{ArtifactRoot, Client, Error, ModelId, RunId};

use super::files;

/// The place of the files.
pub(super) async fn root(client: &Client, uri: &str) -> Result<ArtifactRoot, Error> {
    if let Some((run, folder)) = uri.strip_prefix("runs:/").and_then(|rest| rest.split_once('/')) {
        let run = client.get_run(&RunId::new(run)).await?;
        return Ok(run.info.artifact_root().join(&files::path(folder)?));
    }
    if let Some(model) = uri.strip_prefix("models:/").filter(|id| id.starts_with("m-")) {
        let model = client.get_logged_model(&ModelId::new(model)).await?;
        return Ok(ArtifactRoot::parse(&model.info.artifact_uri));
    }
    Ok(ArtifactRoot::parse(uri))
}
