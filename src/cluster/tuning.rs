//! The HyperparameterSweeps that a pipeline makes: observed, made once, stopped and gone on with.

use kube::api::{ListParams, Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};
use serde_json::json;

use super::observe::is_controlled_by;
use super::{Cluster, Error};
use crate::api::sweep_status::SweepPhase;
use crate::api::{HyperparameterSweep, HyperparameterSweepStatus, labels};
use crate::build;
use crate::plan::pipeline::{FoundTrial, OwnedSweep, SweepPlan, SweepState};

impl Cluster {
    /// The sweeps that a pipeline made, of all its runs.
    pub(super) async fn sweeps_of(&self, namespace: &str, uid: &str) -> Result<Vec<OwnedSweep>, Error> {
        let params = ListParams::default().labels(&format!("{}={uid}", labels::OWNER_UID));
        let api: Api<HyperparameterSweep> = self.api(namespace);
        let sweeps = api.list(&params).await.map_err(Error::request("list", "HyperparameterSweeps"))?;
        let ours = sweeps.items.iter().filter(|sweep| is_controlled_by(*sweep, uid));
        Ok(ours.filter_map(owned_sweep).collect())
    }

    /// Created once. A name that exists is ours when its controller is: whatever else it says now was changed since.
    pub(super) async fn create_sweep(&self, plan: &SweepPlan) -> Result<(), Error> {
        let (namespace, name) = (&plan.owner.namespace, &plan.name);
        let api: Api<HyperparameterSweep> = self.api(namespace);
        let what = format!("HyperparameterSweep {namespace}/{name}");
        match api.create(&PostParams::default(), &build::sweep(plan)).await {
            Err(kube::Error::Api(status)) if status.is_already_exists() => {
                let found = api.get(name).await.map_err(Error::request("get", what.clone()))?;
                if is_controlled_by(&found, &plan.owner.uid) { Ok(()) } else { Err(Error::NameTaken(what)) }
            }
            done => done.map(|_| ()).map_err(Error::request("create", what)),
        }
    }

    pub(super) async fn adjust_sweep(
        &self,
        namespace: &str,
        name: &str,
        suspend: bool,
        parallelism: i32,
    ) -> Result<(), Error> {
        let api: Api<HyperparameterSweep> = self.api(namespace);
        let patch = Patch::Merge(json!({"spec": {"suspend": suspend, "parallelism": parallelism}}));
        let what = format!("HyperparameterSweep {namespace}/{name}");
        match api.patch(name, &PatchParams::default(), &patch).await {
            Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
            done => done.map(|_| ()).map_err(Error::request("patch", what)),
        }
    }
}

/// The label was written by us; a sweep without it is none of ours.
fn owned_sweep(sweep: &HyperparameterSweep) -> Option<OwnedSweep> {
    let status = sweep.status.clone().unwrap_or_default();
    Some(OwnedSweep {
        name: sweep.name_any(),
        run: sweep.labels().get(labels::RUN)?.clone(),
        suspend: sweep.spec.suspend.unwrap_or(false),
        parallelism: sweep.spec.parallelism.unwrap_or(1),
        state: if sweep.metadata.deletion_timestamp.is_some() {
            SweepState::Deleting
        } else {
            state(&status)
        },
        progress: status.progress,
        message: status.message,
    })
}

fn state(status: &HyperparameterSweepStatus) -> SweepState {
    match status.phase {
        SweepPhase::Pending | SweepPhase::Running | SweepPhase::Suspended => SweepState::Open,
        SweepPhase::Failed => SweepState::Failed,
        SweepPhase::Succeeded => SweepState::Succeeded(status.best.as_ref().map(|best| FoundTrial {
            value: best.value.clone(),
            parameters: best.parameters.clone(),
            data_digest: status.run.as_ref().and_then(|run| run.data_digest.clone()),
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state_of(status: serde_json::Value) -> SweepState {
        state(&serde_json::from_value(status).unwrap())
    }

    #[test]
    fn a_sweep_is_open_until_it_says_that_it_ended_and_then_tells_its_best_trial() {
        assert_eq!(state_of(json!({"phase": "Pending"})), SweepState::Open);
        assert_eq!(state_of(json!({"phase": "Suspended"})), SweepState::Open);
        assert_eq!(state_of(json!({"phase": "Failed"})), SweepState::Failed);
        assert_eq!(state_of(json!({"phase": "Succeeded"})), SweepState::Succeeded(None));
        let best = json!({"number": 3, "value": "0.9", "runID": "r", "parameters": {"C": 2.5}});
        let found = state_of(json!({"phase": "Succeeded", "best": best}));
        let SweepState::Succeeded(Some(found)) = found else { panic!("{found:?}") };
        assert_eq!((found.value.value(), found.data_digest), (Some(0.9), None));
        assert_eq!(serde_json::to_value(found.parameters).unwrap(), json!({"C": 2.5}));
    }
}
