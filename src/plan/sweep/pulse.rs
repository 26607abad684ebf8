//! Says that MLflow is away while trials run, and looks where nothing was heard of it: trials can take hours.

use super::draft::Draft;
use super::{Context, SweepAction};
use crate::plan::pipeline::JobState;
use crate::plan::pulse::{AWAY, EVERY};
use crate::plan::trials::View;

/// What workers ask and tell is heard for nothing; a look is made where they are silent.
pub(super) fn look(context: Context<'_>, view: &View, parent: &str, draft: &mut Draft) {
    let contact = &view.contact;
    let every = if let Some(trouble) = &contact.trouble {
        draft.hinder(trouble.reason, &trouble.message);
        AWAY
    } else {
        EVERY
    };
    let is_silent = context.now.duration_since(contact.at).unsigned_abs() >= every;
    let mut workers = context.observed.workers_of(&view.run);
    if is_silent && !context.sweep.suspend && workers.any(|worker| worker.state == JobState::Running) {
        draft.actions.push(SweepAction::Pulse { run_id: parent.to_owned() });
    }
}
