//! What a call is answered that finds no desk: the sweep's trials are not read yet, or its run is over and they never will be.

use crate::api::HyperparameterSweep;
use crate::api::sweep_status::SweepRun;

use super::{Refusal, Worker};

/// A run that is over: nothing of it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Over {
    /// How it ended.
    pub message: String,
    /// Whether its report is written and its runs are closed: nothing that is told counts any more.
    pub is_closed: bool,
}

impl Over {
    /// The answer to a worker that tells the end of a trial.
    pub fn untold(&self) -> Refusal {
        if self.is_closed { Refusal::Conflict(self.message.clone()) } else { Refusal::NotReady }
    }
}

/// How the run stands that a call is about, by the sweep as it stands on the API server.
///
/// # Errors
/// [`Refusal::NotReady`] while the run is open: there will be a desk. All else is final.
pub fn standing(worker: &Worker, sweep: Option<&HyperparameterSweep>, run: &str) -> Result<Over, Refusal> {
    let own = sweep.filter(|sweep| sweep.metadata.uid.as_ref() == Some(&worker.sweep_uid));
    let Some(sweep) = own.filter(|sweep| sweep.metadata.deletion_timestamp.is_none()) else {
        let message = format!(
            "there is no sweep {}/{} with the uid in the worker's Job",
            worker.namespace, worker.sweep
        );
        return Err(Refusal::Unknown(message));
    };
    // What a worker belongs to was written down before there was one; so this is one that can't be seen yet.
    let current = sweep.status.as_ref().and_then(|status| status.run.as_ref()).ok_or(Refusal::NotReady)?;
    if current.key != run {
        return Err(other_run(run, &current.key));
    }
    if current.outcome.is_none() {
        return Err(Refusal::NotReady);
    }
    Ok(Over { message: message(current), is_closed: current.closed })
}

/// The refusal of a call for a run of the sweep that is not the newest.
pub(super) fn other_run(asked: &str, current: &str) -> Refusal {
    Refusal::Conflict(format!("run {asked} of the sweep is not the open one, which is {current}"))
}

fn message(run: &SweepRun) -> String {
    format!("run {} of the sweep is over: {}: {}", run.key, run.reason, run.message)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn worker() -> Worker {
        Worker { namespace: "ml".into(), sweep: "tune".into(), sweep_uid: "uid".into(), job: "tune-1".into() }
    }

    /// A sweep in mid-run, changed.
    fn sweep(change: impl FnOnce(&mut Value)) -> HyperparameterSweep {
        let mut sweep = json!({
            "metadata": {"name": "tune", "namespace": "ml", "uid": "uid"},
            "spec": {
                "objective": {"metric": "loss", "goal": "Minimize"},
                "parameters": [{"name": "x", "double": {"min": "0", "max": "1"}}],
                "maxTrials": 4, "trial": {"algorithm": "LogisticRegression"},
            },
            "status": {"run": {
                "key": "run", "number": 1, "identity": "i", "method": "Random", "experiment": "e",
                "startedAt": "2026-03-02T08:00:00Z",
            }},
        });
        change(&mut sweep);
        serde_json::from_value(sweep).unwrap()
    }

    fn ended(sweep: &mut Value) {
        sweep["status"]["run"]["outcome"] = json!("Succeeded");
        sweep["status"]["run"]["reason"] = json!("TargetReached");
        sweep["status"]["run"]["message"] = json!("trial 3 reached 0.99");
    }

    #[test]
    fn an_open_run_will_have_its_desk_and_so_will_one_that_is_not_written_down_yet() {
        assert_eq!(standing(&worker(), Some(&sweep(|_| {})), "run"), Err(Refusal::NotReady));
        let new = sweep(|sweep| sweep["status"] = Value::Null);
        assert_eq!(standing(&worker(), Some(&new), "run"), Err(Refusal::NotReady));
    }

    #[test]
    fn a_run_that_ended_is_over_and_what_is_told_of_it_waits_until_it_is_closed_or_counts_no_longer() {
        let message = "run run of the sweep is over: TargetReached: trial 3 reached 0.99".to_owned();
        let over = standing(&worker(), Some(&sweep(ended)), "run").unwrap();
        assert_eq!(over, Over { message: message.clone(), is_closed: false });
        assert_eq!(over.untold(), Refusal::NotReady);

        let closed = sweep(|sweep| {
            ended(sweep);
            sweep["status"]["run"]["closed"] = json!(true);
        });
        let over = standing(&worker(), Some(&closed), "run").unwrap();
        assert_eq!(over, Over { message: message.clone(), is_closed: true });
        assert_eq!(over.untold(), Refusal::Conflict(message));
    }

    #[test]
    fn a_run_before_the_newest_is_refused_as_its_desk_would() {
        let expected = Refusal::Conflict("run before of the sweep is not the open one, which is run".into());
        assert_eq!(standing(&worker(), Some(&sweep(ended)), "before"), Err(expected));
    }

    #[test]
    fn a_sweep_that_is_gone_is_going_or_is_another_one_of_its_name_is_unknown() {
        let expected =
            Err(Refusal::Unknown("there is no sweep ml/tune with the uid in the worker's Job".into()));
        assert_eq!(standing(&worker(), None, "run"), expected);
        let other = sweep(|sweep| sweep["metadata"]["uid"] = json!("other"));
        assert_eq!(standing(&worker(), Some(&other), "run"), expected);
        let going = sweep(|sweep| sweep["metadata"]["deletionTimestamp"] = json!("2026-03-02T08:00:00Z"));
        assert_eq!(standing(&worker(), Some(&going), "run"), expected);
    }
}
