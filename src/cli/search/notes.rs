//! What is to be said about a search that goes on.

use podium_tuning::sweep::Restored;
use serde_json::Value;

use super::manifest::Manifest;
use crate::cli::SearchArgs;

/// One sentence each, none when nothing was there before. `last` is the spec and the command of the last session, `retried` the
/// number of failed trials that run again.
pub(super) fn notes(
    last: Option<&(Value, Vec<String>)>,
    manifest: &Manifest,
    args: &SearchArgs,
    restored: &Restored,
    retried: usize,
) -> Vec<String> {
    let Some((spec, command)) = last else { return Vec::new() };
    let mut notes = vec![format!(
        "Goes on: {} trials are kept, {} of them have no result yet and run again.",
        restored.kept, restored.pending
    )];
    if retried > 0 {
        notes.push(format!("{retried} of these had failed."));
    }
    let changed = |field: &str| spec.get(field) != manifest.spec.get(field);
    if let Some((number, error)) = restored.ignored.first() {
        notes.push(format!(
            "{} trials are ignored, as they don't fit the parameters as they are now; the first one, trial {number}: {error}.",
            restored.ignored.len()
        ));
    }
    if changed("parameters") && restored.ignored.is_empty() {
        notes.push("The parameters changed; all trials fit them and are kept.".to_owned());
    }
    if changed("algorithm") {
        notes.push(
            "The algorithm changed; all trials are kept, new suggestions come from the new one.".to_owned(),
        );
    }
    if spec["objective"]["goal"] != manifest.spec["objective"]["goal"] {
        notes.push("The goal changed; all values are kept and ranked the other way round.".to_owned());
    }
    if *command != args.command {
        notes.push("The command changed; trials that ended keep the results of the old one.".to_owned());
    }
    notes
}
