//! The version in MLflow: made once and pinned, or adopted as it is.

use podium_contract::MODEL_DIGEST_TAG;

use super::context::{Context, Ledger};
use super::report::{self, Say};
use super::stop::{Go, answered, both, stop};
use super::{claim, reasons, retry};
use crate::api::model_version_status::{ResolvedSource, VersionPhase};
use crate::domain::names::digest;
use crate::domain::version::ValidSource;
use crate::plan::gate::evaluated;
use crate::plan::gate::reasons::{EVIDENCE_MALFORMED, MODEL_CHANGED, MODEL_MISSING};
use crate::plan::{Effect, RunFacts};

/// The pinned number; it stops to register or to adopt.
pub fn version(context: &Context, source: &ResolvedSource, _ledger: &Ledger) -> Go<String> {
    if let Some(number) = &context.status().version {
        return Ok(number.clone());
    }
    match (&context.version.source, &source.run_id, &source.artifact_path) {
        (ValidSource::Version(number), _, _) => adopt(context, number),
        (_, Some(run_id), Some(path)) => register(context, run_id, path),
        _ => fail(context, reasons::SOURCE_MISSING, "the pinned source names no run".to_owned()),
    }
}

fn adopt(context: &Context, number: &str) -> Go<String> {
    claim::model(context, answered(context.known.model(&context.version.model))?)?;
    let mut status = context.status().clone();
    status.version = Some(number.to_owned());
    stop(report::idle(context, status, registering()))
}

fn register(context: &Context, run_id: &str, path: &str) -> Go<String> {
    let model = &context.version.model;
    let (facts, run) = both(answered(context.known.model(model)), answered(context.known.run(run_id)))?;
    claim::model(context, facts)?;
    let Some(run) = run else {
        return fail(context, reasons::SOURCE_MISSING, format!("run {run_id} is no longer in MLflow"));
    };
    let digest = files(context, run, path)?;
    let mut tags = claim::version_tags(context);
    tags.insert(MODEL_DIGEST_TAG.to_owned(), digest.clone());
    let owner = &context.version.owner;
    let mut status = context.status().clone();
    status.model_digest = Some(digest);
    let mut plan = report::idle(context, status, registering());
    plan.effects.push(Effect::EnsureVersion {
        model: model.clone(),
        key: key(&owner.uid, run_id, path),
        source: format!("runs:/{run_id}/{path}"),
        run_id: Some(run_id.to_owned()),
        tags,
        description: format!("Registered by Podium for ModelVersion {}/{}.", owner.namespace, owner.name),
    });
    stop(plan)
}

/// Key under which exactly one version may exist.
pub fn key(uid: &str, run_id: &str, path: &str) -> String {
    digest(&["version", uid, run_id, path])
}

/// Digest of the model files in the run, which must be those that were evaluated. MLflow itself registers a version
/// without looking whether there are any.
fn files(context: &Context, run: &RunFacts, path: &str) -> Go<String> {
    let uri = format!("{}/{path}", run.artifact_uri.trim_end_matches('/'));
    let Some(found) = answered(context.known.files(&uri))? else {
        return fail(context, MODEL_MISSING, format!("run {} has no model files in {path:?}", run.run_id));
    };
    match evaluated(run) {
        Err(why) => fail(context, EVIDENCE_MALFORMED, why),
        Ok(Some((_, result))) if result.model_digest != found.digest => {
            let message = format!(
                "the model files of run {} have digest {}, but {} was evaluated: evaluate again",
                run.run_id, found.digest, result.model_digest
            );
            fail(context, MODEL_CHANGED, message)
        }
        Ok(_) => Ok(found.digest.clone()),
    }
}

fn registering() -> Say {
    Say::working(VersionPhase::Evaluating, reasons::REGISTERING, "the version is registered", retry::AT_ONCE)
}

fn fail<T>(context: &Context, reason: &str, message: String) -> Go<T> {
    stop(report::idle(context, context.status().clone(), Say::stalled(VersionPhase::Error, reason, message)))
}
