//! The sweeper: what nobody owns any more in MLflow is closed, at start, when an owner was deleted, and each minute.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;

use super::{Context, Error};
use crate::cluster::watch::Key;
use crate::plan::Known;
use crate::plan::orphans::{Household, first, plan};
use crate::settings::Grant;

/// Time between two rounds.
const PERIOD: Duration = Duration::from_secs(60);
/// Owners that go within this time are swept after together: a namespace that is deleted takes all of its own along.
const TOGETHER: Duration = Duration::from_millis(500);

/// Sweeps until the process ends; `gone` names the owners that were deleted.
pub async fn sweep_forever(context: &Context, mut gone: UnboundedReceiver<Key>) {
    loop {
        context.sweep(|_| true).await;
        let mut minute = std::pin::pin!(tokio::time::sleep(PERIOD));
        loop {
            let namespaces = tokio::select! {
                () = &mut minute => break,
                namespaces = left(&mut gone) => namespaces,
            };
            context.sweep(|namespace| namespaces.contains(namespace)).await;
        }
    }
}

/// Namespaces of the owners that went. Nothing is lost with a call that is given up: what gives it up sweeps everywhere.
async fn left(gone: &mut UnboundedReceiver<Key>) -> BTreeSet<String> {
    let Some(first) = gone.recv().await else { return std::future::pending().await };
    tokio::time::sleep(TOGETHER).await;
    let more = std::iter::from_fn(|| gone.try_recv().ok());
    std::iter::once(first).chain(more).map(|key| key.namespace).collect()
}

impl Context {
    /// Sweeps the chosen namespaces once.
    pub async fn sweep(&self, chosen: impl Fn(&str) -> bool) {
        for grant in self.settings.grants().filter(|grant| chosen(&grant.namespace)) {
            match sweep(self, grant).await {
                Ok(0) => {}
                Ok(count) => {
                    tracing::info!(
                        namespace = grant.namespace,
                        count,
                        "what had no owner in MLflow was cleared"
                    )
                }
                Err(error) => {
                    tracing::warn!(namespace = grant.namespace, %error, "sweeping failed; it is tried again")
                }
            }
        }
    }
}

async fn sweep(context: &Context, grant: &Grant) -> Result<usize, Error> {
    let now = (context.now)();
    let installation = context.settings.installation.clone();
    // observe: runs first, then who lives. The other way round, the run of an owner that came in between has none.
    let mut known = Known::default();
    context.answer(grant, first(&installation), &mut known).await;
    let mut owners = context.cluster.living(&grant.namespace).await?;
    for (uid, owner) in &mut owners {
        if let Some(runs) = context.trials.runs(uid) {
            owner.pinned.extend(runs);
            owner.trials_unknown = false;
        }
    }
    let (namespace, models) = (grant.namespace.clone(), grant.models.clone());
    let home = Household { namespace, installation, models, owners };
    // plan
    let decided = context.decide(grant, &mut known, |known| plan(&home, known, now)).await?;
    // apply
    let trouble = match decided {
        Ok(effects) => match context.carry_out(grant, &effects).await {
            (_, None) => return Ok(effects.len()),
            (_, Some(trouble)) => trouble,
        },
        Err(trouble) => trouble,
    };
    tracing::warn!(namespace = grant.namespace, message = trouble.message, "MLflow could not be swept");
    Ok(0)
}
