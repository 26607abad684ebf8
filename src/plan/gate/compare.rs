//! Comparisons: the improvement over champion, baseline or dummy on the same rows, with the stated confidence.

use podium_contract::{Comparison, ComparisonOutcome, Difference, Reference};

use super::absolute;
use super::evidence::{Admitted, Ours, evaluation_digest};
use super::outcome::Outcome;
use super::reasons;
use super::value::show;
use crate::api::model_version_status::GateResult;
use crate::domain::version::{Bound, ValidGate, metric};
use crate::plan::{Reading, RunFacts};

/// Judges the improvement over a reference.
pub fn judge(
    gate: &ValidGate,
    over: Reference,
    bound: &Bound,
    confidence: f64,
    admitted: &Admitted,
) -> Outcome {
    let rule = Asked { gate, bound, confidence };
    let outcome = match over {
        Reference::Champion => champion(&rule, admitted),
        Reference::Baseline | Reference::Dummy => trained(&rule, over, admitted),
    };
    let compared_to = match (over, &admitted.view.holder) {
        (Reference::Champion, Some(version)) => format!("champion {version}"),
        _ => name(over).to_owned(),
    };
    outcome.compared_to(compared_to)
}

struct Asked<'a> {
    gate: &'a ValidGate,
    bound: &'a Bound,
    confidence: f64,
}

fn name(reference: Reference) -> &'static str {
    match reference {
        Reference::Champion => "champion",
        Reference::Baseline => "baseline",
        Reference::Dummy => "dummy",
    }
}

fn find(ours: &Ours, over: Reference) -> Option<Comparison> {
    ours.evidence.comparisons.iter().find(|comparison| comparison.reference == over).cloned()
}

/// Baseline and dummy are trained and scored beside the winner, so only our trainer's evidence has them.
fn trained(rule: &Asked, over: Reference, admitted: &Admitted) -> Outcome {
    match admitted.ours.as_ref().and_then(|ours| find(ours, over)) {
        Some(comparison) => compared(rule, name(over), &comparison.outcome),
        None => {
            let message =
                format!("the evidence holds no comparison with the {}; only pipelines make one", name(over));
            Outcome::inconclusive(reasons::NOT_COMPARABLE, message)
        }
    }
}

fn champion(rule: &Asked, admitted: &Admitted) -> Outcome {
    let stated = admitted.ours.as_ref().map(|ours| find(ours, Reference::Champion));
    match (stated, &admitted.view.holder) {
        (None | Some(None), None) => {
            let message = "there is no champion yet: the other gates decide";
            Outcome::inconclusive(reasons::NO_BASELINE, message)
        }
        (None, Some(holder)) => logged(rule, holder, admitted),
        (Some(Some(comparison)), Some(holder)) if comparison.version.as_ref() == Some(holder) => {
            against_holder(rule, holder, &comparison.outcome, admitted)
        }
        (Some(comparison), holder) => moved(comparison.and_then(|found| found.version), holder.as_deref()),
    }
}

fn moved(was: Option<String>, now: Option<&str>) -> Outcome {
    let was = was.map_or_else(|| "no champion".to_owned(), |version| format!("champion {version}"));
    let now = now.map_or_else(|| "no version".to_owned(), |version| format!("version {version}"));
    let message =
        format!("the evaluation compared with {was}, but {now} holds the alias now: evaluate again");
    Outcome::inconclusive(reasons::BASELINE_MOVED, message)
}

/// A champion that the trainer could not score may still have logged metrics of the same rows.
fn against_holder(rule: &Asked, holder: &str, outcome: &ComparisonOutcome, admitted: &Admitted) -> Outcome {
    match outcome {
        ComparisonOutcome::Refused { reason, .. } if reason == reasons::NOT_COMPARABLE => {
            match logged(rule, holder, admitted) {
                found if found.reason != reasons::NOT_COMPARABLE => found,
                _ => compared(rule, "champion", outcome),
            }
        }
        _ => compared(rule, "champion", outcome),
    }
}

fn compared(rule: &Asked, what: &str, outcome: &ComparisonOutcome) -> Outcome {
    match outcome {
        ComparisonOutcome::Refused { reason, message } => {
            let known = [reasons::CHAMPION_SAW_HOLDOUT, reasons::NOT_COMPARABLE];
            let reason = known.into_iter().find(|known| known == reason).unwrap_or(reasons::NOT_COMPARABLE);
            Outcome::inconclusive(reason, message.clone())
        }
        ComparisonOutcome::Compared { rows, metrics } => match metrics.get(&rule.gate.metric) {
            None => absolute::missing(rule.gate, &format!("comparison with the {what}")),
            Some(difference) => bootstrapped(rule, what, *rows, difference),
        },
    }
}

fn bootstrapped(rule: &Asked, what: &str, rows: u64, difference: &Difference) -> Outcome {
    let ascending = difference.quantiles.windows(2).all(|pair| matches!(pair, [low, high] if low <= high));
    let Some(lower) = difference.lower_bound(rule.confidence).filter(|_| ascending) else {
        let message = format!("the bootstrap of {} is malformed", rule.gate.metric);
        return Outcome::error(reasons::EVIDENCE_MALFORMED, message);
    };
    let how = format!(
        "at confidence {} (point estimate {}, {rows} rows)",
        show(rule.confidence),
        show(difference.improvement)
    );
    improvement(rule, what, lower, &how)
}

fn improvement(rule: &Asked, what: &str, value: f64, how: &str) -> Outcome {
    let metric = &rule.gate.metric;
    if !value.is_finite() {
        let message = format!("the improvement of {metric} over the {what} is {value}, which is not finite");
        return Outcome::new(GateResult::Fail, reasons::NOT_FINITE, message);
    }
    let (result, reason, sign) = if value >= rule.bound.value {
        (GateResult::Pass, reasons::WITHIN_BOUNDS, ">=")
    } else {
        (GateResult::Fail, reasons::TOO_SMALL, "<")
    };
    let message =
        format!("{metric} improves on the {what} by {} {sign} {} {how}", show(value), rule.bound.text);
    Outcome::new(result, reason, message).value(value)
}

/// Without predictions on shared rows there are only two logged values; they count where both were computed on the
/// same rows, and without a bootstrap.
fn logged(rule: &Asked, holder: &str, admitted: &Admitted) -> Outcome {
    let champion = match &admitted.view.champion_run {
        Some(Reading::Found(run)) => run,
        Some(Reading::Unreachable(trouble)) => {
            return Outcome::error(trouble.reason, trouble.message.clone());
        }
        Some(Reading::Missing) | None => {
            let message = format!("champion {holder} has no run whose metrics could be compared");
            return Outcome::inconclusive(reasons::NOT_COMPARABLE, message);
        }
    };
    match (&admitted.digest, evaluation_digest(champion)) {
        (Some(mine), Some(theirs)) if *mine == theirs => logged_difference(rule, champion, admitted),
        _ => {
            let message = format!(
                "champion {holder} was not evaluated on the same rows (evaluation digests are absent or differ)"
            );
            Outcome::inconclusive(reasons::NOT_COMPARABLE, message)
        }
    }
}

fn logged_difference(rule: &Asked, champion: &RunFacts, admitted: &Admitted) -> Outcome {
    let name = &rule.gate.metric;
    let values = absolute::metric(rule.gate, admitted.run, admitted.ours.as_ref())
        .and_then(|mine| absolute::metric(rule.gate, champion, None).map(|theirs| (mine, theirs)));
    let (mine, theirs) = match values {
        Ok(values) => values,
        Err(refused) => return refused,
    };
    let difference = match metric::direction(name) {
        Some(metric::Direction::Up) => mine - theirs,
        Some(metric::Direction::Down) => theirs - mine,
        Some(metric::Direction::None) | None => {
            let message = format!("nobody knows whether more or less of {name} is better: use min or max");
            return Outcome::inconclusive(reasons::NOT_COMPARABLE, message);
        }
    };
    improvement(rule, "champion", difference, "by logged values, without a bootstrap")
}
