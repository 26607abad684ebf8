//! Where the trials of a sweep's run stand in MLflow.

use podium_contract::{KEY_TAG, ROLE_TAG, RUN_TAG, TRIAL_TAG, TrialRecord};

use crate::domain::names::digest;
use crate::plan::Tags;

/// Role of a trial's run.
pub(crate) const TRIAL_ROLE: &str = "trial";

/// Where the trials of a sweep's run stand in MLflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Installation of the operator.
    pub installation: String,
    /// Uid of the sweep.
    pub owner_uid: String,
    /// Key of the sweep's run.
    pub run: String,
    /// The experiment.
    pub experiment_id: String,
    /// The parent run.
    pub parent_run_id: String,
    /// Tags by which every run names its owner.
    pub owner_tags: Tags,
}

impl Place {
    /// Key under which exactly one run of a trial may exist.
    pub(super) fn key(&self, number: i64) -> String {
        digest(&[&self.installation, &self.owner_uid, &self.run, TRIAL_ROLE, &number.to_string()])
    }

    /// Tags of a trial's run when it is created, the key not among them.
    pub(super) fn tags(&self, record: &TrialRecord) -> Tags {
        let mut tags = self.owner_tags.clone();
        tags.extend(
            [
                (ROLE_TAG, TRIAL_ROLE.to_owned()),
                (RUN_TAG, self.run.clone()),
                ("mlflow.parentRunId", self.parent_run_id.clone()),
            ]
            .map(|(key, value)| (key.to_owned(), value)),
        );
        tags.insert(TRIAL_TAG.to_owned(), record_text(record));
        debug_assert!(!tags.contains_key(KEY_TAG));
        tags
    }
}

/// A record as it stands in its tag.
pub(super) fn record_text(record: &TrialRecord) -> String {
    // Numbers, texts and booleans of a space: all finite, so they are JSON.
    serde_json::to_string(record).unwrap_or_default()
}
