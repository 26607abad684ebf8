//! The sweeps that are to teach another one, and those that they wait for.

use std::collections::{BTreeSet, VecDeque};

use kube::Api;

use super::{Cluster, Error};
use crate::api::HyperparameterSweep;
use crate::plan::sweep::{TeacherFacts, TeacherState};

/// Most sweeps that are read: a longer circle of sweeps that wait for each other is not recognised, and waits.
const MOST: usize = 64;

impl Cluster {
    /// The sweeps of these names, and those that they wait for. One that is not there, or goes, is unknown.
    ///
    /// # Errors
    /// When the API server can't be read.
    pub async fn teachers(&self, namespace: &str, names: &[String]) -> Result<Vec<TeacherFacts>, Error> {
        let api: Api<HyperparameterSweep> = self.api(namespace);
        let mut open: VecDeque<String> = names.iter().cloned().collect();
        let mut seen: BTreeSet<String> = names.iter().cloned().collect();
        let mut found = Vec::new();
        while let Some(name) = open.pop_front().filter(|_| found.len() < MOST) {
            let what = format!("HyperparameterSweep {namespace}/{name}");
            let object = api.get_opt(&name).await.map_err(Error::request("get", what))?;
            let teacher = facts(name, object.as_ref());
            if teacher.state == TeacherState::NotStarted {
                open.extend(teacher.sweeps.iter().filter(|name| seen.insert((*name).clone())).cloned());
            }
            found.push(teacher);
        }
        Ok(found)
    }
}

fn facts(name: String, object: Option<&HyperparameterSweep>) -> TeacherFacts {
    let Some(object) = object.filter(|object| object.metadata.deletion_timestamp.is_none()) else {
        return TeacherFacts { name, state: TeacherState::Unknown, sweeps: Vec::new() };
    };
    let sweeps = object.spec.warm_start.as_ref().and_then(|warm_start| warm_start.sweeps.clone());
    TeacherFacts { name, state: state(object), sweeps: sweeps.unwrap_or_default() }
}

fn state(object: &HyperparameterSweep) -> TeacherState {
    let status = object.status.as_ref();
    let Some(run) = status.and_then(|status| status.run.as_ref()) else { return TeacherState::NotStarted };
    // What it is asked for now may be another run, which is not there yet.
    let is_seen = status.and_then(|status| status.observed_generation) == object.metadata.generation;
    match (run.closed, is_seen) {
        (false, _) => TeacherState::Open,
        (true, false) => TeacherState::NotStarted,
        (true, true) => TeacherState::Ended,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn seen(change: impl FnOnce(&mut Value)) -> TeacherFacts {
        let run = json!({"key": "k", "number": 1, "identity": "i", "startedAt": "2026-01-01T00:00:00Z", "experiment": "e"});
        let mut object = json!({
            "apiVersion": "podium.dev/v1alpha1",
            "kind": "HyperparameterSweep",
            "metadata": {"name": "old", "generation": 2},
            "spec": {
                "objective": {"metric": "f1_score", "goal": "Maximize"},
                "parameters": [{"name": "C", "double": {"min": "0.01", "max": "1"}}],
                "maxTrials": 3,
                "warmStart": {"sweeps": ["older"]},
                "trial": {"data": {"uri": "configmap://data/rows.csv", "target": "y"}, "algorithm": "LogisticRegression"},
            },
            "status": {"observedGeneration": 2, "run": run},
        });
        change(&mut object);
        facts("old".to_owned(), Some(&serde_json::from_value(object).unwrap()))
    }

    #[test]
    fn a_sweep_has_ended_once_the_run_of_its_present_spec_is_closed_in_mlflow() {
        assert_eq!(seen(|object| object["status"] = json!({})).state, TeacherState::NotStarted);
        assert_eq!(seen(|_| {}).state, TeacherState::Open);
        assert_eq!(
            seen(|object| object["status"]["run"]["outcome"] = json!("Succeeded")).state,
            TeacherState::Open
        );
        let closed = |object: &mut Value| object["status"]["run"]["closed"] = json!(true);
        let ended = TeacherFacts {
            name: "old".to_owned(),
            state: TeacherState::Ended,
            sweeps: vec!["older".to_owned()],
        };
        assert_eq!(seen(closed), ended);
        let changed = seen(|object| {
            closed(object);
            object["metadata"]["generation"] = json!(3);
        });
        assert_eq!(changed.state, TeacherState::NotStarted, "its changed spec may ask for another run");
        let going = seen(|object| {
            closed(object);
            object["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        });
        assert_eq!(going.state, TeacherState::Unknown, "MLflow remembers it, or nobody does");
    }
}
