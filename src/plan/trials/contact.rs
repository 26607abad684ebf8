//! Whether MLflow takes what the desk has written.

use k8s_openapi::jiff::Timestamp;

use super::Desk;
use crate::plan::Trouble;

/// When MLflow was last heard of, or waited for in vain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// When.
    pub at: Timestamp,
    /// Why it can't be used, as the first failure since the last answer had it: so that people do not see it change by each
    /// call that fails.
    pub trouble: Option<Trouble>,
}

impl Desk {
    /// MLflow has answered.
    pub fn heard(&mut self, now: Timestamp) {
        self.contact = Contact { at: now, trouble: None };
    }

    /// MLflow can't be used.
    pub fn unheard(&mut self, trouble: &Trouble, now: Timestamp) {
        self.contact.at = now;
        self.contact.trouble.get_or_insert_with(|| trouble.clone());
    }
}
