//! Where an id from MLflow goes in the status.

use crate::api::TrainingPipelineStatus;
use crate::plan::{Pin, Slot};

/// Pins an id; whether the status changed.
pub fn pin(status: &mut TrainingPipelineStatus, pin: Pin) -> bool {
    let (place, id) = match pin {
        Pin::Experiment(id) => (status.run.as_mut().map(|run| &mut run.experiment_id), id),
        Pin::Run(Slot::Parent, id) => (status.run.as_mut().map(|run| &mut run.parent_run_id), id),
        Pin::Run(Slot::Evaluation, id) => (status.run.as_mut().map(|run| &mut run.evaluation_run_id), id),
        Pin::Run(Slot::Candidate(name), id) => {
            let candidate = status.candidates.iter_mut().find(|candidate| candidate.name == name);
            (candidate.map(|candidate| &mut candidate.run_id), id)
        }
        Pin::Version(_) => (None, String::new()),
    };
    match place {
        Some(place) if place.as_ref() != Some(&id) => {
            *place = Some(id);
            true
        }
        _ => false,
    }
}
