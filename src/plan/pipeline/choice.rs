//! Which candidates are tuned: the best learners. Nobody knows the parameters of a container; it may win as it is.

use super::Context;
use super::draft::Draft;
use super::ranking::ranked;
use crate::api::pipeline_status::{CandidateStatus, RankedBy, Run, StageName, StepPhase};
use crate::api::tuning::TunedStatus;
use crate::domain::names::child_name;
use crate::domain::pipeline::TrainedBy;

/// Chooses, the best first, and says so where the best of all can't be tuned.
pub(super) fn choose(context: Context<'_>, draft: &mut Draft, run: &Run, ranked_by: &RankedBy, top: usize) {
    let ranked = ranked(&draft.status.candidates, ranked_by);
    let best = ranked.first().and_then(|(place, _)| untunable(context, *place));
    let learners = ranked.iter().filter(|(place, _)| untunable(context, *place).is_none()).take(top);
    let chosen = learners.filter_map(|(place, _)| draft.status.candidates.get(*place));
    draft.status.tuned = chosen.map(|candidate| untouched(context, run, candidate)).collect();
    if let Some(stage) = draft.stage(StageName::Tune) {
        stage.message =
            best.map(|name| format!("{name} is the best, and a container is not tuned")).unwrap_or_default();
    }
}

/// The name of the candidate at a place, if it is a container.
fn untunable<'a>(context: Context<'a>, place: usize) -> Option<&'a str> {
    let candidate = context.pipeline.candidates.get(place)?;
    match &candidate.trained_by {
        TrainedBy::Learner(_) => None,
        TrainedBy::Container(_) => Some(&candidate.name),
    }
}

fn untouched(context: Context<'_>, run: &Run, candidate: &CandidateStatus) -> TunedStatus {
    let owner = &context.pipeline.owner;
    TunedStatus {
        candidate: candidate.name.clone(),
        sweep: child_name(&owner.name, &[&owner.uid, &run.key, "sweep", &candidate.name]),
        phase: StepPhase::Pending,
        progress: None,
        last_progress_time: None,
        started_at: None,
        finished_at: None,
        untuned: candidate.score.clone(),
        tuned: None,
        cv_improvement_percent: None,
        parameters: None,
        fit: None,
        message: String::new(),
    }
}

/// What the stage says when all searches have ended.
pub(super) fn ended(draft: &mut Draft) -> String {
    let all = draft.status.tuned.len();
    let better = draft.status.tuned.iter().filter(|tuned| tuned.fit.is_some()).count();
    let said = draft.stage(StageName::Tune).map(|stage| stage.message.clone()).unwrap_or_default();
    match (all, said.as_str()) {
        (0, "") => "there is nothing to tune".to_owned(),
        (0, said) => said.to_owned(),
        (_, "") => format!("{better} of {all} became better"),
        (_, said) => format!("{said}; {better} of {all} others became better"),
    }
}
