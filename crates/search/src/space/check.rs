//! Finds everything that is wrong with a list of parameters.

use std::collections::BTreeMap;

use super::dimension::{Dimension, is_same, to_internal};
use super::parameter::{Condition, Domain, Parameter, Scale};
use super::violation::{Reason, Violation};

/// The largest int: its neighbours and half-units are exact in a double.
const LARGEST: i64 = 1 << 51;

/// All violations, in the order of the parameters.
pub(super) fn violations(parameters: &[Parameter]) -> Vec<Violation> {
    if parameters.is_empty() {
        return vec![Violation { parameter: String::new(), reason: Reason::EmptySpace }];
    }
    let mut found = Vec::new();
    let mut known: BTreeMap<&str, &Parameter> = BTreeMap::new();
    for parameter in parameters {
        let mut reasons = domain(parameter);
        if parameter.name.is_empty() {
            reasons.push(Reason::EmptyName);
        } else if known.insert(&parameter.name, parameter).is_some() {
            reasons.push(Reason::RepeatedName);
        }
        found.extend(reasons.into_iter().map(|reason| (parameter, reason)));
    }
    // Conditions rest on the domains: with wrong ones they would only add noise.
    if found.is_empty() {
        for parameter in parameters {
            let reasons = conditions(parameter, &known);
            found.extend(reasons.into_iter().map(|reason| (parameter, reason)));
        }
    }
    let violation =
        |(parameter, reason): (&Parameter, _)| Violation { parameter: parameter.name.clone(), reason };
    found.into_iter().map(violation).collect()
}

fn domain(parameter: &Parameter) -> Vec<Reason> {
    if let Some(step) = parameter.unfit_step {
        return vec![Reason::WholeStep { step }];
    }
    match &parameter.domain {
        Domain::Double { min, max, scale, step } => double(*min, *max, *scale, *step).into_iter().collect(),
        Domain::Int { min, max, scale, step } => int(*min, *max, *scale, *step).into_iter().collect(),
        Domain::Categorical { values } => categories(values),
    }
}

fn double(min: f64, max: f64, scale: Scale, step: Option<f64>) -> Option<Reason> {
    if !(max - min).is_finite() {
        return Some(Reason::NotFinite { min, max });
    }
    if min >= max {
        return Some(Reason::Bounds { min, max });
    }
    if scale == Scale::Log && min <= 0.0 {
        return Some(Reason::LogFrom { min, at_least: "above 0" });
    }
    let step = step?;
    if scale == Scale::Log {
        return Some(Reason::StepOnLog);
    }
    let count = (max - min) / step;
    #[expect(clippy::cast_precision_loss, reason = "a power of 2")]
    let fits = step > 0.0 && count >= 1.0 - 1e-9 && count <= LARGEST as f64;
    (!fits).then_some(Reason::Step { step })
}

#[expect(clippy::cast_precision_loss, reason = "for a message")]
fn int(min: i64, max: i64, scale: Scale, step: Option<i64>) -> Option<Reason> {
    let range = -LARGEST..=LARGEST;
    if !range.contains(&min) || !range.contains(&max) {
        return Some(Reason::TooLarge { min, max });
    }
    if min >= max {
        return Some(Reason::Bounds { min: min as f64, max: max as f64 });
    }
    if scale == Scale::Log && min < 1 {
        return Some(Reason::LogFrom { min: min as f64, at_least: "of at least 1" });
    }
    let step = step?;
    if scale == Scale::Log {
        return Some(Reason::StepOnLog);
    }
    (step < 1 || step > max - min).then_some(Reason::Step { step: step as f64 })
}

fn categories(values: &[serde_json::Value]) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if values.len() < 2 {
        reasons.push(Reason::TooFewValues { found: values.len() });
    }
    for (index, value) in values.iter().enumerate() {
        if value.is_array() || value.is_object() {
            reasons.push(Reason::NotScalar { value: value.clone() });
        } else if values.iter().take(index).any(|earlier| is_same(earlier, value)) {
            reasons.push(Reason::RepeatedValue { value: value.clone() });
        }
    }
    reasons
}

fn conditions(parameter: &Parameter, known: &BTreeMap<&str, &Parameter>) -> Vec<Reason> {
    let Some(Condition { parameter: name, values }) = &parameter.when else { return Vec::new() };
    let Some(parent) = known.get(name.as_str()) else {
        return vec![Reason::UnknownParent { parent: name.clone() }];
    };
    if matches!(parent.domain, Domain::Double { .. }) {
        return vec![Reason::DoubleParent { parent: name.clone() }];
    }
    if values.is_empty() {
        return vec![Reason::NoConditionValues { parent: name.clone() }];
    }
    if is_circular(parameter, known) {
        return vec![Reason::Cycle];
    }
    let dimension = Dimension::of(&parent.domain);
    let is_unknown = |value: &&serde_json::Value| to_internal(&parent.domain, &dimension, value).is_none();
    let reason =
        |value: &serde_json::Value| Reason::ConditionValue { parent: name.clone(), value: value.clone() };
    values.iter().filter(is_unknown).map(reason).collect()
}

/// Whether the way up never ends.
fn is_circular(parameter: &Parameter, known: &BTreeMap<&str, &Parameter>) -> bool {
    let mut place = parameter;
    for _ in 0..=known.len() {
        let parent = place.when.as_ref().and_then(|condition| known.get(condition.parameter.as_str()));
        match parent {
            Some(parent) => place = parent,
            None => return false,
        }
    }
    true
}
