//! Which owners exist in a namespace, and which runs their status names.

use std::collections::BTreeMap;

use kube::api::ListParams;
use kube::{Api, ResourceExt};

use super::{Cluster, Error};
use crate::api::{HyperparameterSweep, TrainingPipeline};
use crate::plan::orphans::LivingOwner;

impl Cluster {
    /// Every object of a namespace that owns runs, by uid. A kind that is missing here would lose its open runs.
    ///
    /// # Errors
    /// When the API server can't be read.
    pub async fn living(&self, namespace: &str) -> Result<BTreeMap<String, LivingOwner>, Error> {
        let pipelines: Api<TrainingPipeline> = self.api(namespace);
        let params = ListParams::default();
        let pipelines = pipelines.list(&params).await.map_err(Error::request("list", "TrainingPipelines"))?;
        let sweeps: Api<HyperparameterSweep> = self.api(namespace);
        let sweeps = sweeps.list(&params).await.map_err(Error::request("list", "HyperparameterSweeps"))?;
        let pipelines = pipelines.items.iter().filter_map(|object| Some((object.uid()?, owner(object))));
        let sweeps = sweeps.items.iter().filter_map(|object| Some((object.uid()?, owner_of_trials(object))));
        Ok(pipelines.chain(sweeps).collect())
    }
}

fn owner_of_trials(sweep: &HyperparameterSweep) -> LivingOwner {
    let run = sweep.status.as_ref().and_then(|status| status.run.as_ref());
    let ids = run.iter().flat_map(|run| [&run.parent_run_id, &run.summary_run_id]);
    LivingOwner {
        pinned: ids.flatten().cloned().collect(),
        open_run: run.filter(|run| !run.closed).map(|run| run.key.clone()),
        trials_unknown: true,
    }
}

fn owner(pipeline: &TrainingPipeline) -> LivingOwner {
    let Some(status) = &pipeline.status else { return LivingOwner::default() };
    let run = status.run.as_ref();
    let ids = run.iter().flat_map(|run| [&run.parent_run_id, &run.evaluation_run_id]);
    let fits = status.tuned.iter().filter_map(|tuned| tuned.fit.as_ref());
    let fits = status.candidates.iter().chain(fits).filter_map(|fit| fit.run_id.clone());
    LivingOwner {
        pinned: ids.flatten().cloned().chain(fits).collect(),
        open_run: run.filter(|run| !run.closed).map(|run| run.key.clone()),
        trials_unknown: false,
    }
}
