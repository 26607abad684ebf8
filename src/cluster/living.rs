//! Which owners exist in a namespace, and which runs their status names.

use std::collections::BTreeMap;

use kube::api::ListParams;
use kube::{Api, ResourceExt};

use super::{Cluster, Error};
use crate::api::TrainingPipeline;
use crate::plan::orphans::LivingOwner;

impl Cluster {
    /// Every object of a namespace that owns runs, by uid. A kind that is missing here would lose its open runs.
    ///
    /// # Errors
    /// When the API server can't be read.
    pub async fn living(&self, namespace: &str) -> Result<BTreeMap<String, LivingOwner>, Error> {
        let api: Api<TrainingPipeline> = self.api(namespace);
        let all =
            api.list(&ListParams::default()).await.map_err(Error::request("list", "TrainingPipelines"))?;
        Ok(all.items.iter().filter_map(|pipeline| Some((pipeline.uid()?, owner(pipeline)))).collect())
    }
}

fn owner(pipeline: &TrainingPipeline) -> LivingOwner {
    let Some(status) = &pipeline.status else { return LivingOwner::default() };
    let run = status.run.as_ref();
    let ids = run.iter().flat_map(|run| [&run.parent_run_id, &run.evaluation_run_id]);
    let pinned = ids.flatten().cloned().chain(status.candidates.iter().filter_map(|c| c.run_id.clone()));
    LivingOwner {
        pinned: pinned.collect(),
        open_run: run.filter(|run| !run.closed).map(|run| run.key.clone()),
    }
}
