//! Who may decide about a model: one namespace of one installation. The record in Kubernetes arbitrates between
//! namespaces, a tag in MLflow between installations (best effort: MLflow has no compare-and-swap).

use podium_contract::{INSTALLATION_TAG, NAMESPACE_TAG, OWNER_TAG, OWNER_UID_TAG};

use super::context::{Context, Ledger};
use super::report::{self, Say};
use super::stop::{Go, answered, stop};
use super::{RecordState, RecordWrite, VersionAction, reasons, retry};
use crate::api::model_version_status::VersionPhase;
use crate::domain::version::{Claim, ModelRecord};
use crate::plan::{Effect, ModelFacts, Tags};

/// The record of a model that this namespace owns; it stops to create one.
pub fn record(context: &Context) -> Go<Ledger> {
    let version = context.version;
    match &context.observed.record {
        RecordState::Unreadable(error) => fail(context, reasons::RECORD_UNREADABLE, error.to_string()),
        RecordState::Absent => create(context),
        RecordState::Present { record, .. } if record.claim.namespace != version.owner.namespace => {
            let message = format!(
                "model {:?} is owned by namespace {:?}, whose versions alone may be promoted",
                version.model, record.claim.namespace
            );
            fail(context, reasons::MODEL_CLAIMED, message)
        }
        RecordState::Present { record, .. } if record.claim.installation != context.observed.installation => {
            elsewhere(context, &record.claim.installation)
        }
        RecordState::Present { record, resource_version } => {
            Ok(Ledger { record: (**record).clone(), resource_version: resource_version.clone() })
        }
    }
}

fn create(context: &Context) -> Go<Ledger> {
    let version = context.version;
    let facts = answered(context.known.model(&version.model))?;
    check(context, facts)?;
    let claim = Claim {
        namespace: version.owner.namespace.clone(),
        installation: context.observed.installation.clone(),
    };
    let mut plan = report::idle(context, context.status().clone(), registering());
    plan.actions.push(VersionAction::PutRecord(RecordWrite {
        model: version.model.clone(),
        record: Box::new(ModelRecord::new(claim)),
        expected: None,
    }));
    stop(plan)
}

/// The registered model exists and carries our claim; it stops to see to that.
pub fn model(context: &Context, facts: Option<&ModelFacts>) -> Go<()> {
    check(context, facts)?;
    let model = context.version.model.clone();
    let tags = Tags::from([
        (INSTALLATION_TAG.to_owned(), context.observed.installation.clone()),
        (NAMESPACE_TAG.to_owned(), context.version.owner.namespace.clone()),
    ]);
    let effect = match facts {
        Some(facts) if facts.tags.contains_key(INSTALLATION_TAG) => return Ok(()),
        Some(_) => Effect::TagModel { model, tags },
        None => Effect::EnsureModel { model, tags },
    };
    let mut plan = report::idle(context, context.status().clone(), registering());
    plan.effects.push(effect);
    stop(plan)
}

/// A model that another installation claimed is refused.
pub fn check(context: &Context, facts: Option<&ModelFacts>) -> Go<()> {
    let claimed = facts.and_then(|facts| facts.tags.get(INSTALLATION_TAG));
    match claimed.filter(|installation| **installation != context.observed.installation) {
        None => Ok(()),
        Some(other) => elsewhere(context, other),
    }
}

/// Tags of a version that we register.
pub fn version_tags(context: &Context) -> Tags {
    let owner = &context.version.owner;
    Tags::from([
        (INSTALLATION_TAG.to_owned(), context.observed.installation.clone()),
        (NAMESPACE_TAG.to_owned(), owner.namespace.clone()),
        (OWNER_TAG.to_owned(), owner.name.clone()),
        (OWNER_UID_TAG.to_owned(), owner.uid.clone()),
    ])
}

fn registering() -> Say {
    Say::working(VersionPhase::Pending, reasons::REGISTERING, "the model is being claimed", retry::AT_ONCE)
}

fn elsewhere<T>(context: &Context, installation: &str) -> Go<T> {
    let message = format!(
        "model {:?} is owned by installation {installation:?}, this one is {:?}; remove the tag {INSTALLATION_TAG} of the model once the other is gone",
        context.version.model, context.observed.installation
    );
    fail(context, reasons::CLAIMED_ELSEWHERE, message)
}

fn fail<T>(context: &Context, reason: &str, message: String) -> Go<T> {
    let phase = if context.status().version.is_some() { context.status().phase } else { VersionPhase::Error };
    stop(report::idle(context, context.status().clone(), Say::stalled(phase, reason, message)))
}
