//! The parameters of a sweep as a space.

use podium_search::{self as search, Domain, Reason, Space};

use super::{number, path};
use crate::api::sweep::{Condition, DoubleRange, IntRange, Parameter, Scale};
use crate::domain::violation::Violation;

/// The space, when nothing is wrong with it.
pub(super) fn space(parameters: &[Parameter], problems: &mut Vec<Violation>) -> Option<Space> {
    let before = problems.len();
    let read: Vec<_> = parameters.iter().filter_map(|one| parameter(one, problems)).collect();
    if problems.len() > before {
        return None;
    }
    match Space::new(read) {
        Ok(space) => Some(space),
        Err(search::InvalidSpace(violations)) => {
            problems.extend(violations.iter().map(violation));
            None
        }
    }
}

fn violation(violation: &search::Violation) -> Violation {
    let field = match violation.reason {
        Reason::EmptySpace => "spec.parameters".to_owned(),
        _ => path(&violation.parameter),
    };
    Violation::new(field, violation.reason.to_string())
}

fn parameter(parameter: &Parameter, problems: &mut Vec<Violation>) -> Option<search::Parameter> {
    let name = &parameter.name;
    let domain = match (&parameter.double, &parameter.int, &parameter.categorical) {
        (Some(range), None, None) => double(range, &format!("{}.double", path(name)), problems)?,
        (None, Some(range), None) => int(range),
        (None, None, Some(categories)) => Domain::Categorical { values: categories.values.clone() },
        _ => {
            problems.push(Violation::new(path(name), "needs exactly one of double, int, categorical"));
            return None;
        }
    };
    let mut read = search::Parameter::new(name, domain);
    read.when = parameter.when.as_ref().map(condition);
    Some(read)
}

fn double(range: &DoubleRange, field: &str, problems: &mut Vec<Violation>) -> Option<Domain> {
    let min = number::required(&range.min, &format!("{field}.min"), problems);
    let max = number::required(&range.max, &format!("{field}.max"), problems);
    let step = match &range.step {
        None => None,
        Some(step) => Some(number::required(step, &format!("{field}.step"), problems)?),
    };
    Some(Domain::Double { min: min?, max: max?, scale: scale(range.scale), step })
}

fn int(range: &IntRange) -> Domain {
    Domain::Int { min: range.min, max: range.max, scale: scale(range.scale), step: range.step }
}

fn scale(scale: Option<Scale>) -> search::Scale {
    match scale {
        None | Some(Scale::Linear) => search::Scale::Linear,
        Some(Scale::Log) => search::Scale::Log,
    }
}

fn condition(condition: &Condition) -> search::Condition {
    search::Condition { parameter: condition.parameter.clone(), values: condition.values.clone() }
}
