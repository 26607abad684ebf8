//! Reports of a running trial, sent beside the fit: new steps soon, a heartbeat when there are none.

use podium_contract::{Report, Reported};
use tracing::warn;

use super::board::Board;
use super::{Refusal, TrialService};

/// Why a trial is not to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The operator has seen enough of it.
    Stop,
    /// It is somebody else's by now, or over.
    Drop,
    /// There is nobody to report to.
    Gone(Refusal),
}

/// Reports what the trial writes on its board until it is not to go on. `report` names the trial.
pub(super) async fn report_until_over(service: &TrialService, board: &Board, mut report: Report) -> Verdict {
    let pace = service.pace();
    let mut sent = 0;
    let mut epoch = service.epoch();
    loop {
        // Many steps of a quick trial go in one report, and a trial that is over by then in none.
        tokio::time::sleep(pace.report).await;
        let rest = pace.heartbeat.saturating_sub(pace.report);
        // When none come in this time it is a heartbeat.
        let _ = tokio::time::timeout(rest, board.more_than(sent)).await;
        report.steps = board.from(sent);
        match service.report(&report).await {
            Ok(Reported::Continue) => sent += report.steps.len(),
            Ok(Reported::Stop) => return Verdict::Stop,
            Ok(Reported::Drop) => return Verdict::Drop,
            Err(refusal @ (Refusal::Conflict(_) | Refusal::Unknown(_))) => {
                warn!(trial = report.number, %refusal, "the trial is not this worker's any more");
                return Verdict::Drop;
            }
            Err(refusal) => return Verdict::Gone(refusal),
        }
        if service.epoch() > epoch {
            // A new leader knows only what stands in MLflow: it is told everything again.
            epoch = service.epoch();
            sent = if sent == report.steps.len() { sent } else { 0 };
        }
    }
}
