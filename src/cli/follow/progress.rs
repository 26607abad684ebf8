//! Progress of a pipeline and its version: its stages, its candidates, their searches.

use k8s_openapi::jiff::Timestamp;

use super::screen::Fact;
use super::view::View;
use super::words::{join, span};
use crate::api::pipeline_status::{CandidateStatus, StageName, StepPhase, TrainingPipelineStatus};
use crate::api::tuning::TunedStatus;

/// Where a pipeline and its version are.
pub(super) fn facts(view: &View, now: Timestamp) -> Vec<Fact> {
    let mut found = Vec::new();
    if let Some(pipeline) = &view.pipeline {
        let name = format!("TrainingPipeline {}", pipeline.metadata.name.as_deref().unwrap_or_default());
        match view.pipeline_status() {
            None => found.push(Fact::new(name, "Pending", String::new(), "waiting for the operator")),
            Some(status) => found.extend(pipeline_facts(name, status, now)),
        }
    }
    if let Some(version) = &view.version {
        let name = format!("ModelVersion {}", version.metadata.name.as_deref().unwrap_or_default());
        found.push(match view.version_status() {
            None => Fact::new(name, "Pending", String::new(), "waiting for the operator"),
            Some(status) => Fact::new(name, &format!("{:?}", status.phase), String::new(), &status.message),
        });
    }
    found
}

fn pipeline_facts(name: String, status: &TrainingPipelineStatus, now: Timestamp) -> Vec<Fact> {
    let run = status.run.as_ref();
    let elapsed = span(run.map(|run| &run.started_at), run.and_then(|run| run.finished_at.as_ref()), now);
    let mut found = vec![Fact::new(name, &format!("{:?}", status.phase), elapsed, &status.message)];
    for stage in &status.stages {
        let elapsed = span(stage.started_at.as_ref(), stage.finished_at.as_ref(), now);
        let detail = match stage.name {
            StageName::Validate if stage.message.is_empty() => data(status),
            StageName::Train => join(&progress(&status.candidates), &stage.message),
            StageName::Validate | StageName::Tune | StageName::Evaluate | StageName::Register => {
                stage.message.clone()
            }
        };
        found.push(Fact::new(format!("{:?}", stage.name), &format!("{:?}", stage.phase), elapsed, &detail));
        if stage.name == StageName::Train {
            found.extend(status.candidates.iter().map(|candidate| candidate_fact(candidate, status, now)));
        }
        if stage.name == StageName::Tune {
            found.extend(status.tuned.iter().map(|tuned| tuned_fact(tuned, now)));
        }
    }
    found
}

fn candidate_fact(candidate: &CandidateStatus, status: &TrainingPipelineStatus, now: Timestamp) -> Fact {
    let metric = status.best.as_ref().map_or("score", |best| best.metric.as_str());
    let score = candidate.score.as_ref().map(|score| format!("cv_{metric} {score}")).unwrap_or_default();
    Fact {
        name: candidate.name.clone(),
        state: format!("{:?}", candidate.phase),
        elapsed: span(candidate.started_at.as_ref(), candidate.finished_at.as_ref(), now),
        detail: join(&score, &candidate.message),
        is_part: true,
        ..Fact::default()
    }
}

fn tuned_fact(tuned: &TunedStatus, now: Timestamp) -> Fact {
    let trials = tuned.progress.as_ref().map(|progress| format!("{progress} trials")).unwrap_or_default();
    let scores = tuned.untuned.as_ref().zip(tuned.tuned.as_ref());
    let change = scores.map(|(before, after)| format!("from {before} to {after}")).unwrap_or_default();
    Fact {
        // A name of its own: what was said last is known by it.
        name: format!("{} (search)", tuned.candidate),
        state: format!("{:?}", tuned.phase),
        elapsed: span(tuned.started_at.as_ref(), tuned.finished_at.as_ref(), now),
        detail: join(&join(&trials, &change), &tuned.message),
        is_part: true,
        ..Fact::default()
    }
}

fn progress(candidates: &[CandidateStatus]) -> String {
    let count = |phase: StepPhase| candidates.iter().filter(|candidate| candidate.phase == phase).count();
    let (good, bad) = (count(StepPhase::Succeeded), count(StepPhase::Failed));
    let failed = if bad == 0 { String::new() } else { format!(", {bad} failed") };
    format!("{}/{} candidates{failed}", good + bad, candidates.len())
}

fn data(status: &TrainingPipelineStatus) -> String {
    let Some(data) = status.run.as_ref().and_then(|run| run.data.as_ref()) else { return String::new() };
    let classes = if data.classes > 0 { format!(", {} classes", data.classes) } else { String::new() };
    format!("{} rows, {} features{classes}", data.rows, data.features)
}
