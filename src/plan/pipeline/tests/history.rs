//! Which ended runs status keeps.

use super::*;
use crate::api::pipeline_status::RunOutcome::{self, Failed, Succeeded};

/// The history after runs that ended so, one after another.
fn history_of(limit: i64, outcomes: &[RunOutcome]) -> Vec<(i64, RunOutcome)> {
    let mut status = TrainingPipelineStatus::default();
    let mut pipeline = pipeline(json!({"limits": {"historyLimit": limit}}));
    for outcome in outcomes {
        pipeline.action = Some(format!("run-{}", status.history.len()));
        status = plan_from(&pipeline, status, &Known::default()).status;
        let run = status.run.as_mut().unwrap();
        (run.outcome, run.closed, run.evaluation_run_id) =
            (Some(*outcome), true, Some(run.number.to_string()));
        status.handled_action = None;
    }
    status = plan_from(&pipeline, status, &Known::default()).status;
    let named = |run: &crate::api::pipeline_status::EndedRun| {
        assert_eq!(run.evaluation_run_id, Some(run.number.to_string()));
        (run.number, run.outcome)
    };
    status.history.iter().map(named).collect()
}

#[test]
fn the_newest_runs_are_kept_and_the_last_that_succeeded_however_old() {
    let kept = history_of(2, &[Succeeded, Succeeded, Failed, Failed, Failed]);
    assert_eq!(kept, [(5, Failed), (4, Failed), (2, Succeeded)]);
    let kept = history_of(2, &[Succeeded, Failed, Succeeded]);
    assert_eq!(kept, [(3, Succeeded), (2, Failed)]);
    let kept = history_of(0, &[Succeeded, Failed, Failed]);
    assert_eq!(kept, [(3, Failed), (1, Succeeded)]);
}
