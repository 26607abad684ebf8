//! Reads the evidence of a version and judges its gates. It asks in three rounds: version, run and holder; evidence,
//! files and the holder's version; the holder's run.

use podium_contract::{ComparisonOutcome, MODEL_DIGEST_TAG, Reference};

use super::context::Desk;
use super::report::{self, Say};
use super::stop::{Go, answered, both, stop, where_some};
use super::{claim, reasons};
use crate::api::model_version_status::{GateStatus, VersionPhase};
use crate::domain::names::digest;
use crate::domain::version::Rule;
use crate::plan::gate::{self, Bytes, Evaluation, EvidenceView, Verdict};
use crate::plan::{Effect, FileDigest, Reading, RunFacts, Tags, VersionFacts};

/// What the gates say.
pub struct Judged {
    /// Who holds the alias.
    pub holder: Option<String>,
    /// Each gate.
    pub gates: Vec<GateStatus>,
    /// All of them.
    pub verdict: Verdict,
    /// Digest of the model files that the evidence is about.
    pub model_digest: Option<String>,
    /// Digest of the evidence.
    pub evidence_digest: String,
    /// Whether the evidence can still change by itself.
    pub may_change: bool,
    /// The tag with the digest, when the version lacks it.
    pub tag: Option<Effect>,
}

/// Judges the gates; `files` reads the model files too, which nothing is decided without.
pub fn evaluate(desk: &Desk, files: bool) -> Go<Judged> {
    let context = desk.context;
    let (known, model) = (context.known, &context.version.model);
    let run = where_some(desk.source.run_id.as_ref(), |id| answered(known.run(id)));
    let (holder, (version, (run, claimed))) = both(
        desk.holder_of(desk.alias()),
        both(answered(known.version(model, &desk.number)), both(run, answered(known.model(model)))),
    )?;
    claim::check(context, claimed)?;
    let Some(version) = version else { return gone(desk, holder.as_deref()) };
    let other = holder.clone().filter(|holder| *holder != desk.number);
    let run = run.filter(|run| !run.deleted);

    let wanted = other.as_ref().filter(|_| compares_with_champion(desk));
    let (evaluation, (files, champion)) = both(
        evaluation(desk, run),
        both(
            where_some(files.then_some(version), |version| {
                answered(known.files(&version.artifact_uri)).map(Some)
            }),
            where_some(wanted, |holder| answered(known.version(model, holder))),
        ),
    )?;
    let champion_run = champion_run(desk, &evaluation, champion)?;

    let expected = expected_digest(desk, &evaluation, version);
    let bytes = bytes(files, expected.as_deref());
    let model_digest = expected.or_else(|| files.flatten().map(|files| files.digest.clone()));
    let view = EvidenceView {
        run: run.map_or(Reading::Missing, |run| Reading::Found(run.clone())),
        evaluation,
        bytes,
        holder: other,
        champion_run,
    };
    let gates: Vec<GateStatus> = context.version.gates.iter().map(|gate| gate::judge(gate, &view)).collect();
    Ok(Judged {
        verdict: gate::aggregate(&gates),
        gates,
        evidence_digest: evidence_digest(desk, &view, model_digest.as_deref()),
        may_change: !matches!(view.evaluation, Evaluation::Trainer { .. }),
        tag: tag(desk, version, model_digest.as_ref()),
        model_digest,
        holder,
    })
}

fn gone<T>(desk: &Desk, holder: Option<&str>) -> Go<T> {
    let message =
        format!("version {} of model {:?} is no longer in MLflow", desk.number, desk.context.version.model);
    let say = Say::stalled(VersionPhase::Error, reasons::VERSION_MISSING, message);
    stop(report::of(desk, desk.context.status().clone(), holder, say))
}

fn compares_with_champion(desk: &Desk) -> bool {
    let over_champion = |rule: &Rule| matches!(rule, Rule::Improves { over: Reference::Champion, .. });
    desk.context.version.gates.iter().any(|gate| over_champion(&gate.rule))
}

fn evaluation(desk: &Desk, run: Option<&RunFacts>) -> Go<Evaluation> {
    let Some(run) = run else { return Ok(Evaluation::Anyone { digest: None }) };
    match gate::evaluated(run) {
        Err(why) => Ok(Evaluation::Malformed(why)),
        Ok(None) => Ok(Evaluation::Anyone { digest: gate::evaluation_digest(run) }),
        Ok(Some((attempt, result))) => {
            let facts = answered(desk.context.known.evidence(&run.run_id))?;
            let evidence = facts.map_or(Reading::Missing, |facts| Reading::Found(facts.clone()));
            Ok(Evaluation::Trainer { attempt, result: Box::new(result), evidence })
        }
    }
}

/// The holder's run, where only logged metrics can be compared.
fn champion_run(
    desk: &Desk,
    evaluation: &Evaluation,
    champion: Option<&VersionFacts>,
) -> Go<Option<Reading<RunFacts>>> {
    let scored = match evaluation {
        Evaluation::Trainer { evidence: Reading::Found(facts), .. } => {
            facts.evidence.as_ref().is_ok_and(|evidence| {
                evidence.comparisons.iter().any(|comparison| {
                    comparison.reference == Reference::Champion
                        && matches!(comparison.outcome, ComparisonOutcome::Compared { .. })
                })
            })
        }
        _ => false,
    };
    let Some(id) = champion.and_then(|champion| champion.run_id.as_ref()).filter(|_| !scored) else {
        return Ok(None);
    };
    let run = answered(desk.context.known.run(id))?;
    Ok(Some(run.map_or(Reading::Missing, |run| Reading::Found(run.clone()))))
}

/// Digest of the files that were evaluated: as the trainer states it, else as first seen.
fn expected_digest(desk: &Desk, evaluation: &Evaluation, version: &VersionFacts) -> Option<String> {
    match evaluation {
        Evaluation::Trainer { result, .. } => Some(result.model_digest.clone()),
        Evaluation::Anyone { .. } | Evaluation::Malformed(_) => {
            let pinned = desk.context.status().model_digest.as_ref();
            pinned.or_else(|| version.tags.get(MODEL_DIGEST_TAG)).cloned()
        }
    }
}

fn bytes(files: Option<Option<&FileDigest>>, expected: Option<&str>) -> Bytes {
    match (files, expected) {
        (None, _) => Bytes::NotRead,
        (Some(None), _) => Bytes::Missing,
        (Some(Some(found)), Some(expected)) if found.digest != expected => {
            Bytes::Changed { evaluated: expected.to_owned(), now: found.digest.clone() }
        }
        (Some(Some(_)), _) => Bytes::AsEvaluated,
    }
}

fn tag(desk: &Desk, version: &VersionFacts, digest: Option<&String>) -> Option<Effect> {
    let digest = digest.filter(|_| !version.tags.contains_key(MODEL_DIGEST_TAG))?;
    Some(Effect::TagVersion {
        model: desk.context.version.model.clone(),
        version: desk.number.clone(),
        tags: Tags::from([(MODEL_DIGEST_TAG.to_owned(), digest.clone())]),
    })
}

/// What an approval names: our trainer's evidence, or the points that the gates read.
fn evidence_digest(desk: &Desk, view: &EvidenceView, model_digest: Option<&str>) -> String {
    if let Evaluation::Trainer { result, .. } = &view.evaluation {
        return result.evidence_digest.clone();
    }
    let mut parts = vec![model_digest.unwrap_or_default().to_owned()];
    if let Reading::Found(run) = &view.run {
        parts.push(run.run_id.clone());
        for gate in &desk.context.version.gates {
            parts.push(format!("{}={:?}", gate.metric, run.metrics.get(&gate.metric)));
        }
    }
    digest(&parts.iter().map(String::as_str).collect::<Vec<_>>())
}
