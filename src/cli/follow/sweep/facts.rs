//! Progress of a sweep: its run, its method, its trials, the best of them.

use k8s_openapi::jiff::Timestamp;

use super::summary::parameters;
use super::{Pace, ended, status};
use crate::api::conditions::{READY, reasons};
use crate::api::sweep_status::{RankedTrial, SweepRun, TrialCounts};
use crate::api::{HyperparameterSweep, HyperparameterSweepStatus};
use crate::cli::follow::screen::Fact;
use crate::cli::follow::words::{join, show, span};

/// Where it is.
pub(in crate::cli::follow) fn facts(object: &HyperparameterSweep, pace: &Pace, now: Timestamp) -> Vec<Fact> {
    let name = format!("HyperparameterSweep {}", object.metadata.name.as_deref().unwrap_or_default());
    let Some(status) = status(object) else {
        return vec![Fact::new(name, "Pending", String::new(), "waiting for the operator")];
    };
    let method = status.algorithm.as_ref();
    let method = method.map(|one| Fact::new("Algorithm".to_owned(), &one.name, String::new(), &one.reason));
    let is_over = status.run.as_ref().is_some_and(|run| run.outcome.is_some());
    // What still ran when the run ended runs no more.
    let counts =
        status.trials.map(|one| TrialCounts { running: if is_over { 0 } else { one.running }, ..one });
    let trials = counts.map(|counts| trials(object, counts, pace.text(object, now)));
    let best = status.best.as_ref().map(|best| the_best(&object.spec.objective.metric, best));
    std::iter::once(itself(name, status, now)).chain(method).chain(trials).chain(best).collect()
}

fn itself(name: String, status: &HyperparameterSweepStatus, now: Timestamp) -> Fact {
    let run = status.run.as_ref();
    let elapsed = span(run.map(|run| &run.started_at), run.and_then(|run| run.finished_at.as_ref()), now);
    let number = run.map(|run| format!("run {}", run.number)).unwrap_or_default();
    let ready = status.conditions.iter().find(|condition| condition.type_ == READY);
    // Then the message has nothing but the counts, which stand in a line of their own.
    let is_plain = ready.is_some_and(|condition| condition.reason == reasons::RUNNING);
    let message = if is_plain { "" } else { status.message.as_str() };
    let rest = if run.is_some_and(is_closing) { "its records in MLflow are being closed" } else { "" };
    let detail = join(&join(&number, message), rest);
    Fact::new(name, &format!("{:?}", status.phase), elapsed, &detail)
}

fn is_closing(run: &SweepRun) -> bool {
    run.outcome.is_some() && !run.closed
}

fn trials(object: &HyperparameterSweep, counts: TrialCounts, pace: String) -> Fact {
    Fact {
        name: "Trials".to_owned(),
        state: format!("{}/{}", ended(counts), object.spec.max_trials),
        detail: format!(
            "{} complete, {} stopped, {} failed, {} running",
            counts.complete, counts.stopped, counts.failed, counts.running
        ),
        aside: pace,
        is_restless: true,
        ..Fact::default()
    }
}

fn the_best(metric: &str, best: &RankedTrial) -> Fact {
    let point = parameters(best).map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>();
    let detail = format!("{metric} of trial {}: {}", best.number, point.join(", "));
    Fact::new("Best".to_owned(), &show(Some(&best.value)), String::new(), detail.trim_end_matches(": "))
}
