//! The record from one state to the next. Times are those of the intent, so that a repeated step writes the same.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::context::number;
use super::reasons;
use crate::api::model_version_status::{Decision, DecisionAction, Hold};
use crate::domain::names::digest;
use crate::domain::version::{
    AliasRecord, HISTORY, Intent, IntentAction, IntentStep, ModelRecord, VERIFIED, Verified,
};

/// Id of the next intent.
pub fn next_id(record: &ModelRecord, uid: &str, alias: &str, to: &str) -> String {
    let sequence = record.sequence + 1;
    let hash = digest(&[uid, alias, to, &sequence.to_string()]);
    format!("{sequence}-{}", hash.get(..10).unwrap_or(&hash))
}

/// Id of a decision that moves nothing.
pub fn decision_id(parts: &[&str]) -> String {
    let hash = digest(parts);
    hash.get(..16).unwrap_or(&hash).to_owned()
}

/// An intent is opened.
pub fn opened(record: &ModelRecord, intent: Intent) -> ModelRecord {
    ModelRecord { sequence: record.sequence + 1, intent: Some(intent), ..record.clone() }
}

/// MLflow took the alias.
pub fn moved(record: &ModelRecord) -> ModelRecord {
    let intent = record.intent.clone().map(|intent| Intent { step: IntentStep::Moved, ..intent });
    ModelRecord { intent, ..record.clone() }
}

/// The intent is given up; nothing was moved.
pub fn aborted(record: &ModelRecord) -> ModelRecord {
    ModelRecord { intent: None, ..record.clone() }
}

/// The intent is done.
pub fn closed(record: &ModelRecord, intent: &Intent) -> ModelRecord {
    let mut alias = record.alias(&intent.alias);
    alias.holder = Some(intent.to.clone());
    alias.hold = hold(&alias, intent);
    verify(&mut alias, intent);
    note(&mut alias, decision(intent));
    with_alias(&aborted(record), &intent.alias, alias)
}

/// A decision about an alias that moves nothing.
pub fn noted(record: &ModelRecord, name: &str, decision: Decision) -> ModelRecord {
    let mut alias = record.alias(name);
    if decision.action == DecisionAction::ReleaseHold {
        alias.hold = None;
    }
    note(&mut alias, decision);
    with_alias(record, name, alias)
}

/// A version that is no longer a target of a rollback.
pub fn without_verified(record: &ModelRecord, name: &str, version: &str) -> ModelRecord {
    let mut alias = record.alias(name);
    alias.verified.retain(|verified| verified.version != version);
    with_alias(record, name, alias)
}

/// The decision that an intent carries out.
pub fn decision(intent: &Intent) -> Decision {
    Decision {
        id: intent.id.clone(),
        action: match intent.action {
            IntentAction::Promote => DecisionAction::Promote,
            IntentAction::Rollback => DecisionAction::Rollback,
        },
        version: intent.to.clone(),
        from: intent.from.clone().filter(|from| *from != intent.to),
        reason: intent.reason.clone(),
        by: intent.by.clone(),
        at: intent.since.clone(),
    }
}

/// A rollback refuses everything up to the bad version; a newer version that is promoted ends the hold.
fn hold(alias: &AliasRecord, intent: &Intent) -> Option<Hold> {
    match intent.action {
        IntentAction::Promote => {
            alias.hold.clone().filter(|hold| number(&intent.to) <= number(&hold.refused_up_to))
        }
        IntentAction::Rollback => {
            let bad = intent.from.iter().chain(alias.hold.as_ref().map(|hold| &hold.refused_up_to));
            let refused_up_to = bad.max_by_key(|version| number(version))?.clone();
            let since: Time = intent.since.clone();
            Some(Hold {
                at: intent.to.clone(),
                refused_up_to,
                reason: reasons::ROLLED_BACK.to_owned(),
                since,
            })
        }
    }
}

fn verify(alias: &mut AliasRecord, intent: &Intent) {
    match intent.action {
        IntentAction::Promote => {
            alias.verified.retain(|verified| verified.version != intent.to);
            let (version, digest) = (intent.to.clone(), intent.model_digest.clone());
            alias.verified.insert(0, Verified { version, digest, at: intent.since.clone() });
            alias.verified.truncate(VERIFIED);
        }
        IntentAction::Rollback => {
            alias.verified.retain(|verified| Some(&verified.version) != intent.from.as_ref())
        }
    }
}

fn note(alias: &mut AliasRecord, decision: Decision) {
    alias.history.insert(0, decision);
    alias.history.truncate(HISTORY);
}

fn with_alias(record: &ModelRecord, name: &str, alias: AliasRecord) -> ModelRecord {
    let mut record = record.clone();
    record.aliases.insert(name.to_owned(), alias);
    record
}
