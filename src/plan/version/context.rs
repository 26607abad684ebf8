//! What every step of the planner looks at.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

use super::stop::{Go, answered};
use super::{Observed, RecordWrite, VersionAction};
use crate::api::ModelVersionStatus;
use crate::api::model_version_status::ResolvedSource;
use crate::domain::version::{Action, AliasRecord, ModelRecord, ValidVersion};
use crate::plan::{Event, Known};

/// The object, what was observed and what is known.
pub struct Context<'a> {
    pub version: &'a ValidVersion,
    pub observed: &'a Observed,
    pub known: &'a Known,
    pub now: Timestamp,
}

/// The model's record as observed.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    pub record: ModelRecord,
    pub resource_version: String,
}

/// A version that stands in MLflow, with its record and what is to be said beside the next step.
pub struct Desk<'a> {
    pub context: &'a Context<'a>,
    pub source: ResolvedSource,
    pub ledger: Ledger,
    pub number: String,
    pub handled: Option<String>,
    pub events: Vec<Event>,
}

/// Times are written in whole seconds, so they must be compared in whole seconds.
pub fn whole_second(now: Timestamp) -> Timestamp {
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

impl<'a> Context<'a> {
    pub fn new(version: &'a ValidVersion, observed: &'a Observed, known: &'a Known, now: Timestamp) -> Self {
        Self { version, observed, known, now: whole_second(now) }
    }

    pub fn status(&self) -> &ModelVersionStatus {
        &self.observed.status
    }

    pub fn time(&self) -> Time {
        Time(self.now)
    }

    /// A well-formed action that is not in status as handled.
    pub fn action(&self) -> Option<&Action> {
        let action = self.version.action.as_ref()?.as_ref().ok()?;
        (self.status().handled_action.as_ref() != Some(&action.raw)).then_some(action)
    }
}

impl<'a> Desk<'a> {
    pub fn new(context: &'a Context<'a>, source: ResolvedSource, ledger: Ledger, number: String) -> Self {
        Self { context, source, ledger, number, handled: None, events: Vec::new() }
    }

    /// The alias of the spec.
    pub fn alias(&self) -> &str {
        &self.context.version.promotion.alias
    }

    /// What was decided about it.
    pub fn alias_record(&self) -> AliasRecord {
        self.ledger.record.alias(self.alias())
    }

    /// Who holds an alias now.
    pub fn holder_of(&self, alias: &str) -> Go<Option<String>> {
        let facts = answered(self.context.known.alias(&self.context.version.model, alias))?;
        Ok(facts.map(|facts| facts.version.clone()))
    }

    /// Writes the record at the resourceVersion that was observed.
    pub fn put(&self, record: ModelRecord) -> VersionAction {
        VersionAction::PutRecord(self.record_write(record))
    }

    /// Writes the record without its intent, once status holds what was decided on it.
    pub fn close_intent(&self, record: ModelRecord) -> VersionAction {
        VersionAction::CloseIntent(self.record_write(record))
    }

    fn record_write(&self, record: ModelRecord) -> RecordWrite {
        RecordWrite {
            model: self.context.version.model.clone(),
            record: Box::new(record),
            expected: Some(self.ledger.resource_version.clone()),
        }
    }
}

/// Order of versions: by number. Numbers in MLflow only grow.
pub fn number(version: &str) -> u64 {
    version.parse().unwrap_or(0)
}
