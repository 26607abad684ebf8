//! Whether the champion can be compared at all, and on which rows: those that neither model was fitted on.

use podium_artifacts::{Files, of_files};
use podium_contract::{Champion, ComparisonOutcome, NATIVE_MODEL};
use podium_tabular::compare::{NotComparable, shared_rows};

use super::{CHAMPION_SAW_HOLDOUT, NOT_COMPARABLE, refused};
use crate::model::{Reading, TrainedModel, read};
use crate::stage::Pin;

/// A champion whose files were read.
#[derive(Debug)]
pub struct Rival {
    /// The model.
    pub model: TrainedModel,
}

impl Rival {
    /// The champion's model from its files, read so.
    ///
    /// # Errors
    /// A refusal: files that are not those of its digest, no model of ours, another target or other classes.
    pub fn of(
        champion: &Champion,
        files: &Files,
        pin: &Pin,
        reading: Reading,
    ) -> Result<Self, ComparisonOutcome> {
        let version = &champion.version;
        if let Some(digest) = champion.model_digest.as_deref().filter(|digest| *digest != of_files(files)) {
            let message =
                format!("the files of version {version} are not those that were evaluated ({digest})");
            return Err(refused(NOT_COMPARABLE, message));
        }
        if !files.contains_key(NATIVE_MODEL) {
            let message =
                format!("version {version} has no {NATIVE_MODEL}: which rows it was fitted on is unknown");
            return Err(refused(CHAMPION_SAW_HOLDOUT, message));
        }
        let model = read(files, reading)
            .map_err(|error| refused(NOT_COMPARABLE, format!("version {version} can't be read: {error}")))?;
        match difference(&model, pin) {
            Some(what) => Err(refused(NOT_COMPARABLE, format!("version {version} has {what}"))),
            None => Ok(Self { model }),
        }
    }
}

/// What makes the champion's answers mean something else than the winner's.
fn difference(model: &TrainedModel, pin: &Pin) -> Option<String> {
    let (old, new) = (&model.body.schema, &pin.schema);
    if (old.task, &old.target) != (new.task, &new.target) {
        Some(format!(
            "target {:?} as {:?}, the winner has {:?} as {:?}",
            old.target, old.task, new.target, new.task
        ))
    } else if (&old.classes, old.positive) != (&new.classes, new.positive) {
        Some("other classes, or another positive label, than the winner".to_owned())
    } else {
        None
    }
}

/// Holdout rows that neither winner nor champion was fitted on.
///
/// # Errors
/// A refusal when they are fewer than 100 or not known.
pub fn champion_rows(
    pin: &Pin,
    winner: &TrainedModel,
    champion: &TrainedModel,
) -> Result<Vec<usize>, ComparisonOutcome> {
    let loaded = &pin.loaded;
    shared_rows(
        &loaded.table,
        &loaded.digests,
        &pin.split.holdout,
        &pin.schema,
        Some(&winner.trained_rows),
        Some(&champion.trained_rows),
    )
    .map_err(|error| {
        let reason = match &error {
            NotComparable::NoTrainedRows { .. }
            | NotComparable::OtherColumns { .. }
            | NotComparable::TooFewRows { .. } => CHAMPION_SAW_HOLDOUT,
            NotComparable::Undefined { .. }
            | NotComparable::NoDirection { .. }
            | NotComparable::Predictions { .. }
            | NotComparable::Groups { .. } => NOT_COMPARABLE,
        };
        refused(reason, error)
    })
}
