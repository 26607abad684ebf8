//! Moving an alias: the intent first, then the alias, read back, the record closed. Before the alias has moved a failure
//! gives the intent up; after it there is only forward.

use std::time::Duration;

use super::context::{Context, Desk, Ledger};
use super::evaluate::Judged;
use super::report::{self, Say};
use super::settled::{self, Standing, standing};
use super::stop::{Go, answered, both, stop, where_some};
use super::{VersionPlan, decide, ledger, proof, reasons, retry};
use crate::api::ModelVersionStatus;
use crate::api::model_version_status::VersionPhase;
use crate::domain::version::{ALIASES, Intent, IntentAction, IntentOwner, IntentStep};
use crate::plan::gate::reasons::{BASELINE_MOVED, MODEL_CHANGED};
use crate::plan::{Effect, Event, VersionFacts};

/// Seconds after which the open intent of an object that is gone is carried on by another: later than any write of its
/// leader can still arrive.
const ORPHANED: i64 = 60;

/// Opens the promotion of a version whose gates passed.
pub fn promote(desk: &mut Desk, judged: &Judged, by: &str, reason: &str) -> Go<VersionPlan> {
    let alias = desk.alias().to_owned();
    let aliases = &desk.ledger.record.aliases;
    if aliases.len() >= ALIASES && !aliases.contains_key(&alias) {
        let message =
            format!("{ALIASES} aliases of this model are in use already; {alias:?} would be one more");
        let say = Say::stalled(VersionPhase::Error, reasons::TOO_MANY_ALIASES, message);
        return Ok(report::of(desk, decide::judged_status(desk, judged), judged.holder.as_deref(), say));
    }
    let intent = Intent {
        from: judged.holder.clone(),
        run_id: desk.source.run_id.clone(),
        model_digest: judged.model_digest.clone().unwrap_or_default(),
        evidence_digest: judged.evidence_digest.clone(),
        gates: judged.gates.clone(),
        ..blank(desk, IntentAction::Promote, &desk.number, by, reason)
    };
    let mut plan = open(desk, intent, decide::judged_status(desk, judged));
    plan.effects.extend(judged.tag.clone());
    Ok(plan)
}

/// An intent of this object, without what it rests on.
pub fn blank(desk: &Desk, action: IntentAction, to: &str, by: &str, reason: &str) -> Intent {
    let (context, alias) = (desk.context, desk.alias());
    let owner = &context.version.owner;
    Intent {
        id: ledger::next_id(&desk.ledger.record, &owner.uid, alias, to),
        action,
        alias: alias.to_owned(),
        previous_alias: context.version.promotion.previous.clone(),
        from: None,
        to: to.to_owned(),
        step: IntentStep::Opened,
        owner: IntentOwner { name: owner.name.clone(), uid: owner.uid.clone() },
        by: by.to_owned(),
        reason: reason.to_owned(),
        since: context.time(),
        epoch: context.observed.epoch,
        run_id: None,
        model_digest: String::new(),
        evidence_digest: String::new(),
        gates: Vec::new(),
    }
}

/// Writes an intent into the record; of two objects that try, the resourceVersion lets one through.
pub fn open(desk: &mut Desk, intent: Intent, base: ModelVersionStatus) -> VersionPlan {
    let (holder, say) = (intent.from.clone(), moving(desk, &intent, retry::AT_ONCE));
    desk.ledger.record = ledger::opened(&desk.ledger.record, intent);
    let mut plan = report::of(desk, base, holder.as_deref(), say);
    plan.actions.push(desk.put(desk.ledger.record.clone()));
    plan
}

fn moving(desk: &Desk, intent: &Intent, requeue: Duration) -> Say {
    let from = intent.from.as_deref().unwrap_or("no version");
    let message =
        format!("{} moves from {from} to version {} (intent {})", intent.alias, intent.to, intent.id);
    Say::working(resting(desk), reasons::PROMOTING, message, requeue)
}

fn resting(desk: &Desk) -> VersionPhase {
    match desk.context.status().phase {
        VersionPhase::Pending | VersionPhase::Error => VersionPhase::Evaluating,
        phase => phase,
    }
}

/// Carries an open intent on, or waits for whoever opened it.
pub fn carry_on(desk: &Desk) -> Go<()> {
    let Some(intent) = &desk.ledger.record.intent else { return Ok(()) };
    if is_mine(desk.context, intent) || is_orphan(desk.context, intent) {
        return stop(advance(desk, intent)?);
    }
    wait(desk, intent)
}

/// Whether this object opened an intent.
pub fn is_mine(context: &Context, intent: &Intent) -> bool {
    intent.owner.uid == context.version.owner.uid
}

fn is_orphan(context: &Context, intent: &Intent) -> bool {
    let age = context.now.as_second() - intent.since.0.as_second();
    !context.observed.siblings.contains(&intent.owner.uid) && age >= ORPHANED
}

fn wait(desk: &Desk, intent: &Intent) -> Go<()> {
    let context = desk.context;
    if standing(desk) != Standing::Open {
        let mut plan = VersionPlan::idle(context.status().clone());
        plan.requeue = Some(retry::SOON);
        return stop(plan);
    }
    let message = format!(
        "ModelVersion {:?} moves {} to version {} (intent {}); this one goes on when that is done",
        intent.owner.name, intent.alias, intent.to, intent.id
    );
    let say = Say::working(VersionPhase::Evaluating, reasons::ANOTHER_PROMOTION, message, retry::SOON);
    stop(report::idle(context, context.status().clone(), say))
}

fn advance(desk: &Desk, intent: &Intent) -> Go<VersionPlan> {
    let (known, model) = (desk.context.known, &desk.context.version.model);
    let (holder, (to, from)) = both(
        desk.holder_of(&intent.alias),
        both(
            answered(known.version(model, &intent.to)),
            where_some(intent.from.as_ref(), |from| answered(known.version(model, from))),
        ),
    )?;
    let (arrived, untouched) = (holder.as_ref() == Some(&intent.to), holder == intent.from);
    match (intent.step, to) {
        (IntentStep::Opened, None) => {
            Ok(abort(desk, intent, reasons::VERSION_MISSING, "its version is no longer in MLflow"))
        }
        (IntentStep::Opened, Some(to)) if arrived => Ok(close(desk, intent, &holder, Some(to), from)),
        (IntentStep::Opened, Some(to)) if untouched => set_alias(desk, intent, to),
        (IntentStep::Opened, Some(_)) => {
            Ok(abort(desk, intent, BASELINE_MOVED, "another version took the alias meanwhile"))
        }
        // A replica of MLflow may still answer with the old holder: say it again, which changes nothing.
        (IntentStep::Moved, Some(_)) if untouched && !arrived => Ok(set_again(desk, intent)),
        (IntentStep::Moved, to) => Ok(close(desk, intent, &holder, to, from)),
    }
}

/// The bytes are looked at once more, since an artifact can be overwritten in MLflow without a trace.
fn set_alias(desk: &Desk, intent: &Intent, to: &VersionFacts) -> Go<VersionPlan> {
    let files = answered(desk.context.known.files(&to.artifact_uri))?;
    if files.is_none_or(|files| files.digest != intent.model_digest) {
        return Ok(abort(desk, intent, MODEL_CHANGED, "its model files are not those that were evaluated"));
    }
    let mut plan = set_again(desk, intent);
    plan.actions.push(desk.put(ledger::moved(&desk.ledger.record)));
    plan.requeue = Some(retry::AT_ONCE);
    Ok(plan)
}

fn set_again(desk: &Desk, intent: &Intent) -> VersionPlan {
    let mut plan = if is_mine(desk.context, intent) {
        let say = moving(desk, intent, Duration::from_secs(1));
        report::of(desk, with_evidence(desk, intent), intent.from.as_deref(), say)
    } else {
        VersionPlan {
            requeue: Some(Duration::from_secs(1)),
            ..VersionPlan::idle(desk.context.status().clone())
        }
    };
    plan.effects.push(Effect::SetAlias {
        model: desk.context.version.model.clone(),
        alias: intent.alias.clone(),
        version: intent.to.clone(),
    });
    plan
}

/// Status with what the intent was decided on, so that a status lost in a crash is whole again.
fn with_evidence(desk: &Desk, intent: &Intent) -> ModelVersionStatus {
    let status = desk.context.status().clone();
    match intent.action {
        IntentAction::Rollback => status,
        IntentAction::Promote => ModelVersionStatus {
            gate_summary: Some(crate::plan::gate::aggregate(&intent.gates).summary()),
            gates: intent.gates.clone(),
            evidence_digest: Some(intent.evidence_digest.clone()),
            model_digest: Some(intent.model_digest.clone()),
            ..status
        },
    }
}

fn abort(desk: &Desk, intent: &Intent, reason: &str, why: &str) -> VersionPlan {
    let message = format!("the move of {} to version {} was given up: {why}", intent.alias, intent.to);
    let after = after(desk, intent, ledger::aborted(&desk.ledger.record));
    let mut plan = if is_mine(desk.context, intent) {
        let say = Say::working(resting(desk), reason, message.clone(), retry::AT_ONCE);
        report::of(&after, desk.context.status().clone(), intent.from.as_deref(), say)
    } else {
        VersionPlan { requeue: Some(retry::AT_ONCE), ..VersionPlan::idle(desk.context.status().clone()) }
    };
    plan.actions.push(desk.put(after.ledger.record));
    plan.events.push(Event::warning(reasons::ABORTED, message));
    plan
}

fn close(
    desk: &Desk,
    intent: &Intent,
    holder: &Option<String>,
    to: Option<&VersionFacts>,
    from: Option<&VersionFacts>,
) -> VersionPlan {
    let after = after(desk, intent, ledger::closed(&desk.ledger.record, intent));
    let idle = || VersionPlan::idle(desk.context.status().clone());
    let mut plan = if is_mine(desk.context, intent) && intent.alias == desk.alias() {
        settled::report(&after, with_evidence(desk, intent), holder.as_deref()).unwrap_or_else(idle)
    } else {
        VersionPlan { requeue: Some(retry::AT_ONCE), ..idle() }
    };
    let model = &desk.context.version.model;
    if let Some(to) = to {
        let tags = proof::of_intent(desk.context, intent);
        plan.effects.push(Effect::TagVersion { model: model.clone(), version: to.version.clone(), tags });
    }
    if let Some(from) = from.filter(|from| from.version != intent.to) {
        let (alias, version) = (intent.previous_alias.clone(), from.version.clone());
        plan.effects.push(Effect::SetAlias { model: model.clone(), alias, version });
    }
    plan.actions.push(desk.close_intent(after.ledger.record));
    plan
}

/// The desk as it is once the record is written.
fn after<'a>(desk: &Desk<'a>, intent: &Intent, record: crate::domain::version::ModelRecord) -> Desk<'a> {
    let asked = desk.context.action().is_some_and(|action| action.raw == intent.by);
    Desk {
        context: desk.context,
        source: desk.source.clone(),
        ledger: Ledger { record, resource_version: desk.ledger.resource_version.clone() },
        number: desk.number.clone(),
        handled: asked.then(|| intent.by.clone()),
        events: Vec::new(),
    }
}
