//! Gates whose bounds are numbers and whose form is one of two: absolute, or a comparison.

use std::collections::BTreeSet;

use podium_contract::Reference;

use super::metric::{self, Direction};
use crate::api::{Decimal, Gate, OnMissing};
use crate::domain::violation::Violation;

/// Confidence of a comparison that states none.
const DEFAULT_CONFIDENCE: f64 = 0.95;

/// A gate that can be judged.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidGate {
    /// Name, unique in its list.
    pub name: String,
    /// Metric.
    pub metric: String,
    /// What must hold.
    pub rule: Rule,
    /// Whether it has no effect on the decision.
    pub dry_run: bool,
    /// What a missing metric counts as.
    pub on_missing: OnMissing,
}

/// What must hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// The metric lies within bounds, at least one of which is there.
    Within {
        /// Smallest value that passes.
        min: Option<Bound>,
        /// Largest value that passes.
        max: Option<Bound>,
    },
    /// The improvement over a reference is large enough.
    Improves {
        /// What it is compared with.
        over: Reference,
        /// Smallest improvement that passes.
        min_delta: Bound,
        /// Confidence with which it must hold, 0.5 to 0.999.
        confidence: f64,
    },
}

/// A finite bound, with the text that the user wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// The text.
    pub text: Decimal,
    /// The number.
    pub value: f64,
}

/// Whose metrics gates read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evaluator {
    /// Our trainer: the names that it logs are known.
    Trainer,
    /// Whoever made the run: any name may be there.
    Anyone,
}

/// Reads the gates of a list; `field` is its path.
pub fn gates(
    stated: &[Gate],
    field: &str,
    evaluator: Evaluator,
    problems: &mut Vec<Violation>,
) -> Vec<ValidGate> {
    let mut seen = BTreeSet::new();
    let mut valid = Vec::new();
    for gate in stated {
        let path = format!("{field}[{}]", gate.name);
        if !seen.insert(gate.name.as_str()) {
            problems.push(Violation::new(&path, "stands twice; names of gates must be unique"));
        }
        check_metric(gate, &path, evaluator, problems);
        if let Some(rule) = rule(gate, &path, problems) {
            valid.push(ValidGate {
                name: gate.name.clone(),
                metric: gate.metric.clone(),
                rule,
                dry_run: gate.dry_run.unwrap_or(false),
                on_missing: gate.on_missing.unwrap_or(OnMissing::Inconclusive),
            });
        }
    }
    valid
}

fn check_metric(gate: &Gate, path: &str, evaluator: Evaluator, problems: &mut Vec<Violation>) {
    let known = metric::direction(&gate.metric);
    let field = format!("{path}.metric");
    if known.is_none() && evaluator == Evaluator::Trainer {
        let message =
            format!("{:?} is never logged by the trainer; it logs {}", gate.metric, metric::names());
        problems.push(Violation::new(field, message));
    } else if known == Some(Direction::None) && gate.compare_to.is_some() {
        let message = format!("{:?} gets neither better nor worse; use min or max", gate.metric);
        problems.push(Violation::new(field, message));
    }
}

fn rule(gate: &Gate, path: &str, problems: &mut Vec<Violation>) -> Option<Rule> {
    let before = problems.len();
    let mut read =
        |name: &str, text: &Option<Decimal>| bound(text.as_ref(), &format!("{path}.{name}"), problems);
    let (min, max) = (read("min", &gate.min), read("max", &gate.max));
    let (min_delta, stated) = (read("minDelta", &gate.min_delta), read("confidence", &gate.confidence));
    if let (Some(low), Some(high)) = (&min, &max)
        && low.value > high.value
    {
        let message = format!("{} is larger than max {}", low.text, high.text);
        problems.push(Violation::new(format!("{path}.min"), message));
    }
    let confidence = confidence(stated.as_ref(), path, problems);
    let rule = match (gate.compare_to, min_delta, min.is_some() || max.is_some()) {
        (None, None, true) if gate.confidence.is_none() => Some(Rule::Within { min, max }),
        (Some(over), Some(min_delta), false) => Some(Rule::Improves { over, min_delta, confidence }),
        _ => None,
    };
    if rule.is_none() && problems.len() == before {
        problems.push(Violation::new(path, FORMS));
    }
    rule.filter(|_| problems.len() == before)
}

const FORMS: &str =
    "must have either min or max (or both), or compareTo with minDelta and, if wanted, confidence";

fn bound(text: Option<&Decimal>, field: &str, problems: &mut Vec<Violation>) -> Option<Bound> {
    let text = text?;
    let value = text.value();
    if value.is_none() {
        let message =
            format!("{:?} is not a finite decimal number, for example \"0.65\" or \"-1e-3\"", text.as_str());
        problems.push(Violation::new(field, message));
    }
    Some(Bound { text: text.clone(), value: value? })
}

fn confidence(stated: Option<&Bound>, path: &str, problems: &mut Vec<Violation>) -> f64 {
    let Some(stated) = stated else { return DEFAULT_CONFIDENCE };
    if !(0.5..=0.999).contains(&stated.value) {
        let message = format!("{} must be from 0.5 to 0.999", stated.text);
        problems.push(Violation::new(format!("{path}.confidence"), message));
    }
    stated.value
}
