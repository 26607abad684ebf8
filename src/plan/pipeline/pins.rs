//! Where an id from MLflow goes in the status.

use crate::api::TrainingPipelineStatus;
use crate::plan::{Pin, Slot};

/// Pins an id; whether the status changed.
pub fn pin(status: &mut TrainingPipelineStatus, pin: &Pin) -> bool {
    match pin {
        Pin::Parent { experiment_id, run_id, .. } => {
            let Some(run) = status.run.as_mut() else { return false };
            // Both are set, whichever of them was there before.
            set(&mut run.experiment_id, experiment_id) | set(&mut run.parent_run_id, run_id)
        }
        Pin::Run { slot: Slot::Evaluation, run_id, .. } => {
            status.run.as_mut().is_some_and(|run| set(&mut run.evaluation_run_id, run_id))
        }
        Pin::Run { slot: Slot::Candidate(name), run_id, .. } => {
            let tuned = status.tuned.iter_mut().filter_map(|tuned| tuned.fit.as_mut());
            let mut all = status.candidates.iter_mut().chain(tuned);
            let candidate = all.find(|candidate| candidate.name == *name);
            candidate.is_some_and(|candidate| set(&mut candidate.run_id, run_id))
        }
        Pin::Run { slot: Slot::Trial(_) | Slot::Summary, .. } | Pin::Version(_) => false,
    }
}

fn set(place: &mut Option<String>, id: &str) -> bool {
    if place.as_deref() == Some(id) {
        return false;
    }
    *place = Some(id.to_owned());
    true
}
