//! The sweeper: what nobody owns any more in MLflow is closed, at start and each minute.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Context, Error};
use crate::tracking::Living;

/// Time between two rounds.
const PERIOD: Duration = Duration::from_secs(60);
/// A run younger than this may be about to be pinned.
const YOUNG_MS: i64 = 120_000;

/// Sweeps until the process ends.
pub async fn sweep_forever(context: &Context) {
    loop {
        for grant in context.settings.grants() {
            match sweep(context, grant).await {
                Ok(0) => {}
                Ok(runs) => {
                    tracing::info!(namespace = grant.namespace, runs, "runs without an owner were closed")
                }
                Err(error) => {
                    tracing::warn!(namespace = grant.namespace, %error, "sweeping failed; it is tried again")
                }
            }
        }
        tokio::time::sleep(PERIOD).await;
    }
}

async fn sweep(context: &Context, grant: &crate::settings::Grant) -> Result<usize, Error> {
    let now_ms = (context.now)().as_millisecond();
    let owners: BTreeMap<_, _> = context.cluster.living(&grant.namespace).await?;
    let installation = context.settings.installation.clone();
    let living = Living { installation, owners, before_ms: now_ms - YOUNG_MS, now_ms };
    match context.tracking.sweep(grant, &living).await {
        Ok(count) => Ok(count),
        Err(trouble) => {
            tracing::warn!(
                namespace = grant.namespace,
                message = trouble.message,
                "MLflow could not be swept"
            );
            Ok(0)
        }
    }
}
