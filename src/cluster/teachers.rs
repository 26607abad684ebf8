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
