//! What tests look at.

use super::*;
use crate::api::model_version_status::{Decision, VersionPhase};

impl World {
    pub fn phase(&self, index: usize) -> VersionPhase {
        self.objects[index].status.phase
    }

    pub fn status(&self, index: usize) -> &ModelVersionStatus {
        &self.objects[index].status
    }

    /// Reason of Ready.
    pub fn reason(&self, index: usize) -> &str {
        &self.objects[index].status.conditions[0].reason
    }

    pub fn champion(&self) -> Option<&str> {
        self.aliases.get("champion").map(String::as_str)
    }

    pub fn event(&self, reason: &str) -> Option<&str> {
        self.events.iter().rev().find(|event| event.reason == reason).map(|event| event.note.as_str())
    }

    /// Moves of the champion.
    pub fn champion_moves(&self) -> Vec<&str> {
        self.moves
            .iter()
            .filter(|(alias, _)| alias == "champion")
            .map(|(_, version)| version.as_str())
            .collect()
    }

    /// Decisions of the record, the newest first: action, from, version.
    pub fn decisions(&self) -> Vec<String> {
        let record = &self.record.as_ref().unwrap().0;
        let show =
            |d: &Decision| format!("{:?} {} from {}", d.action, d.version, d.from.as_deref().unwrap_or("-"));
        record.alias("champion").history.iter().map(show).collect()
    }
}
