//! Where an id from MLflow goes in the status.

use crate::api::HyperparameterSweepStatus;
use crate::plan::{Pin, Slot};

/// Pins an id; whether the status changed. Trials are pinned on the desk.
pub fn pin(status: &mut HyperparameterSweepStatus, pin: &Pin) -> bool {
    let Some(run) = status.run.as_mut() else { return false };
    match pin {
        Pin::Parent { experiment_id, run_id, .. } => {
            // Both are set, whichever of them was there before.
            set(&mut run.experiment_id, experiment_id) | set(&mut run.parent_run_id, run_id)
        }
        Pin::Run { slot: Slot::Summary, run_id, .. } => set(&mut run.summary_run_id, run_id),
        Pin::Run { slot: Slot::Candidate(_) | Slot::Evaluation | Slot::Trial(_), .. } | Pin::Version(_) => {
            false
        }
    }
}

fn set(place: &mut Option<String>, id: &str) -> bool {
    if place.as_deref() == Some(id) {
        return false;
    }
    *place = Some(id.to_owned());
    true
}
