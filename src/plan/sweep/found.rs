//! What was found, as status: small whatever the parameters are.

use crate::api::HyperparameterSweepStatus;
use crate::api::sweep_status::RankedTrial;

/// Most bytes of the best trial's parameters as JSON: as many as a trial's parameters may have in MLflow.
const MOST_OF_BEST: usize = 7_000;
/// Most bytes of the parameters of the best and the ten best together. With four messages of 1,000 bytes and all else a status stays
/// below 16 KiB.
const MOST: usize = 9_000;

/// Notes the best trials. Parameters that are too long are left out, of the ten best first: they stand in the trials' runs.
pub(super) fn note(top: &[RankedTrial], status: &mut HyperparameterSweepStatus) {
    status.best = top.first().cloned();
    status.top = top.to_vec();
    let best = top.first().map_or(0, length);
    if best + top.iter().map(length).sum::<usize>() > MOST {
        status.top.iter_mut().for_each(|trial| trial.parameters = None);
    }
    if let Some(found) = status.best.as_mut().filter(|_| best > MOST_OF_BEST) {
        found.parameters = None;
    }
}

fn length(trial: &RankedTrial) -> usize {
    trial
        .parameters
        .as_ref()
        .map_or(0, |parameters| serde_json::to_string(parameters).map_or(0, |text| text.len()))
}
