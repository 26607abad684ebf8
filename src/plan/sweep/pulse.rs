//! Says that MLflow is away while trials run, and looks where nothing was heard of it: trials can take hours.

use super::draft::Draft;
use super::{Context, SweepAction};
use crate::plan::pipeline::JobState;
use crate::plan::pulse::{AWAY, EVERY};
use crate::plan::trials::View;

/// What workers ask and tell is heard for nothing; a look is made where they are silent. Without a worker nobody would look
/// again, so nothing is said either: it would be said for ever.
pub(super) fn look(context: Context<'_>, view: &View, parent: &str, draft: &mut Draft) {
    let mut workers = context.observed.workers_of(&view.run);
    if context.sweep.suspend || !workers.any(|worker| worker.state == JobState::Running) {
        return;
    }
    let every = match &view.contact.trouble {
        Some(trouble) => {
            draft.hinder(trouble.reason, &trouble.message);
            AWAY
        }
        None => EVERY,
    };
    if context.now.duration_since(view.contact.at).unsigned_abs() >= every {
        draft.actions.push(SweepAction::Pulse { run_id: parent.to_owned() });
    }
}
