//! The evidence of a version as gates see it, and what makes all of it inadmissible.

use podium_contract::{
    CONTRACT_VERSION, Evaluated, Evidence, Outcome as StageOutcome, RESULT_TAG, StageResult,
};

use super::outcome::Outcome;
use super::{EVALUATION_DIGEST_TAG, reasons};
use crate::plan::{EvidenceFacts, Reading, RunFacts, RunState, Trouble};

/// All that gates of one version may look at.
#[derive(Debug, Clone, PartialEq)]
pub struct EvidenceView {
    /// Run whose metrics are judged; missing when the version names none or it is gone.
    pub run: Reading<RunFacts>,
    /// Who evaluated, and how.
    pub evaluation: Evaluation,
    /// Whether the model files are those that were evaluated.
    pub bytes: Bytes,
    /// Another version that holds the alias now.
    pub holder: Option<String>,
    /// The holder's run, where logged metrics are compared.
    pub champion_run: Option<Reading<RunFacts>>,
}

/// Who evaluated a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Evaluation {
    /// Our trainer, on the holdout.
    Trainer {
        /// The attempt whose result counts.
        attempt: u32,
        /// The result.
        result: Box<Evaluated>,
        /// The evidence artifact.
        evidence: Reading<EvidenceFacts>,
    },
    /// Anyone: only logged metrics can be read.
    Anyone {
        /// What they say that they were computed on.
        digest: Option<String>,
    },
    /// The run has a result that can't be read.
    Malformed(String),
}

/// Model files beside what was evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bytes {
    /// Not read this time: nothing is decided on it.
    NotRead,
    /// Those that were evaluated.
    AsEvaluated,
    /// Others.
    Changed {
        /// Digest of what was evaluated.
        evaluated: String,
        /// Digest now.
        now: String,
    },
    /// None.
    Missing,
    /// They could not be read.
    Unreachable(Trouble),
}

/// The result of our trainer in a run's tag: `None` when there is none of an evaluation.
pub fn evaluated(run: &RunFacts) -> Result<Option<(u32, Evaluated)>, String> {
    let Some(tag) = run.tags.get(RESULT_TAG) else { return Ok(None) };
    let result: StageResult =
        serde_json::from_str(tag).map_err(|error| format!("tag {RESULT_TAG} can't be read: {error}"))?;
    if result.version != CONTRACT_VERSION {
        return Err(format!("tag {RESULT_TAG} has version {}, expected {CONTRACT_VERSION}", result.version));
    }
    match result.outcome {
        StageOutcome::Evaluated(found) => Ok(Some((result.attempt, found))),
        StageOutcome::Validated(_) | StageOutcome::Trained(_) | StageOutcome::Failed(_) => Ok(None),
    }
}

/// Digest of what a run's metrics were computed on.
pub fn evaluation_digest(run: &RunFacts) -> Option<String> {
    match evaluated(run) {
        Ok(Some((_, result))) => Some(result.evaluation_digest),
        Ok(None) => run.tags.get(EVALUATION_DIGEST_TAG).cloned(),
        Err(_) => None,
    }
}

/// Evidence that may be judged.
pub struct Admitted<'a> {
    pub run: &'a RunFacts,
    pub ours: Option<Ours<'a>>,
    pub digest: Option<String>,
    pub view: &'a EvidenceView,
}

/// Evidence of our trainer.
pub struct Ours<'a> {
    pub attempt: u32,
    pub evidence: &'a Evidence,
}

/// What all gates need: a finished run, the evaluated bytes, and evidence of the attempt that counts.
pub fn admissible(view: &EvidenceView) -> Result<Admitted<'_>, Outcome> {
    bytes(&view.bytes)?;
    let run = match &view.run {
        Reading::Found(run) => run,
        Reading::Missing => {
            let message = "there is no run, so there are no metrics: name a run that has them";
            return Err(Outcome::inconclusive(reasons::MISSING, message));
        }
        Reading::Unreachable(trouble) => return Err(unreachable(trouble)),
    };
    if run.state != RunState::Finished {
        let message = format!(
            "run {} has not finished well ({:?}); metrics of it are no evidence",
            run.run_id, run.state
        );
        return Err(Outcome::inconclusive(reasons::RUN_NOT_FINISHED, message));
    }
    let (ours, digest) = match &view.evaluation {
        Evaluation::Trainer { attempt, result, evidence } => {
            let evidence = trainer_evidence(*attempt, result, evidence)?;
            (Some(Ours { attempt: *attempt, evidence }), Some(result.evaluation_digest.clone()))
        }
        Evaluation::Anyone { digest } => (None, digest.clone()),
        Evaluation::Malformed(why) => return Err(Outcome::error(reasons::EVIDENCE_MALFORMED, why.clone())),
    };
    Ok(Admitted { run, ours, digest, view })
}

fn bytes(bytes: &Bytes) -> Result<(), Outcome> {
    match bytes {
        Bytes::NotRead | Bytes::AsEvaluated => Ok(()),
        Bytes::Changed { evaluated, now } => {
            let message =
                format!("the model files have digest {now}, but {evaluated} was evaluated: evaluate again");
            Err(Outcome::error(reasons::MODEL_CHANGED, message))
        }
        Bytes::Missing => Err(Outcome::error(reasons::MODEL_MISSING, "there are no model files")),
        Bytes::Unreachable(trouble) => Err(unreachable(trouble)),
    }
}

fn unreachable(trouble: &Trouble) -> Outcome {
    Outcome::error(trouble.reason, trouble.message.clone())
}

fn trainer_evidence<'a>(
    attempt: u32,
    result: &Evaluated,
    facts: &'a Reading<EvidenceFacts>,
) -> Result<&'a Evidence, Outcome> {
    let facts = match facts {
        Reading::Found(facts) => facts,
        Reading::Missing => {
            let message = format!("the result names evidence {}, which is not there", result.evidence_digest);
            return Err(Outcome::inconclusive(reasons::EVIDENCE_MISSING, message));
        }
        Reading::Unreachable(trouble) => return Err(unreachable(trouble)),
    };
    if facts.digest != result.evidence_digest {
        let message =
            format!("the evidence has digest {}, the result names {}", facts.digest, result.evidence_digest);
        return Err(Outcome::error(reasons::EVIDENCE_CHANGED, message));
    }
    let evidence = facts.evidence.as_ref().map_err(|why| {
        Outcome::error(reasons::EVIDENCE_MALFORMED, format!("the evidence can't be read: {why}"))
    })?;
    same_evaluation(attempt, result, evidence).map(|()| evidence)
}

fn same_evaluation(attempt: u32, result: &Evaluated, evidence: &Evidence) -> Result<(), Outcome> {
    if evidence.version != CONTRACT_VERSION {
        let message = format!("the evidence has version {}, expected {CONTRACT_VERSION}", evidence.version);
        return Err(Outcome::error(reasons::EVIDENCE_MALFORMED, message));
    }
    if evidence.attempt != attempt {
        let message =
            format!("the evidence is of attempt {}, the result of attempt {attempt}", evidence.attempt);
        return Err(Outcome::error(reasons::STALE_ATTEMPT, message));
    }
    if evidence.model_digest != result.model_digest {
        let message = format!(
            "the evidence is about files {}, the result about {}",
            evidence.model_digest, result.model_digest
        );
        return Err(Outcome::error(reasons::MODEL_CHANGED, message));
    }
    if evidence.evaluation_digest != result.evaluation_digest {
        let message = "evidence and result were computed on other rows (their evaluation digests differ)";
        return Err(Outcome::inconclusive(reasons::NOT_COMPARABLE, message));
    }
    Ok(())
}
