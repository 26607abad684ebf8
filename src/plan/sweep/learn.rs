//! What earlier sweeps teach a run stands in MLflow, and its digest in status, before the first trial is given out: so every
//! leader suggests the same, whatever the earlier sweeps come to meanwhile.

use std::time::Duration;

use super::draft::Draft;
use super::{Context, SweepAction, close, tags};
use crate::api::conditions::reasons;
use crate::api::sweep_status::{SweepOutcome, SweepRun};
use crate::plan::trials::{Lesson, Taught, Wanted};
use crate::plan::{AT_ONCE, Event};

/// How soon it goes on once the digest stands in status. Not [`AT_ONCE`], which may leave the status for later: trials rest on it.
const WRITTEN: Duration = Duration::from_millis(1);

/// Whether the search knows what it is to know before its first trial; if not, the next step to that.
pub(super) fn is_done(context: Context<'_>, draft: &mut Draft, run: &SweepRun, parent: &str) -> bool {
    if context.sweep.earlier.is_empty() || run.warm_start.is_some() {
        return true;
    }
    match &context.observed.lesson {
        None => {
            draft.actions.push(SweepAction::Learn(Box::new(wanted(context, run, parent))));
            draft.again(AT_ONCE);
        }
        Some(Ok(taught)) => {
            if let Some(run) = draft.run() {
                run.warm_start = Some(taught.sums.clone());
            }
            draft.events.push(Event::normal("WarmStarted", note(taught)));
            draft.again(WRITTEN);
        }
        Some(Err(refusal)) => {
            let reason = reasons::WARM_START_REFUSED;
            close::end(context, draft, SweepOutcome::Failed, reason, &refusal.to_string());
        }
    }
    false
}

fn wanted(context: Context<'_>, run: &SweepRun, parent: &str) -> Wanted {
    let sweep = context.sweep;
    Wanted {
        installation: sweep.installation.clone(),
        namespace: sweep.owner.namespace.clone(),
        name: sweep.owner.name.clone(),
        run: run.key.clone(),
        parent_run_id: parent.to_owned(),
        objective: tags::objective(context),
        goal: sweep.sweep.plan.settings.goal,
        space: sweep.sweep.plan.space.clone(),
        sweeps: sweep.earlier.clone(),
    }
}

fn note(taught: &Taught) -> String {
    let lessons: Vec<String> = taught.lessons.iter().map(lesson).collect();
    format!("warm start: {}", lessons.join("; "))
}

fn lesson(lesson: &Lesson) -> String {
    let outside = match lesson.outside {
        0 => String::new(),
        outside => format!(", {outside} outside the space"),
    };
    format!("{} trials of {} teach the search{outside}", lesson.trials, lesson.sweep)
}
