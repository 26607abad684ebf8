//! Parameters as environment variables.

use std::collections::BTreeMap;

use podium_search::{Point, Space};

use super::path;
use crate::api::sweep::Parameter;
use crate::domain::violation::Violation;

/// What the name of every parameter's variable begins with.
pub const ENVIRONMENT_PREFIX: &str = "PODIUM_PARAMETER_";

/// Variable with the number of the trial.
pub const TRIAL_NUMBER: &str = "PODIUM_TRIAL_NUMBER";
/// Variable that names the file with all parameters as JSON.
pub const PARAMETERS_FILE: &str = "PODIUM_PARAMETERS_FILE";

/// The variable of each parameter of a space, with its value at a point where it is there.
pub fn environment(space: &Space, point: &Point) -> Vec<(String, Option<String>)> {
    let variable = |parameter: &podium_search::Parameter| {
        (environment_name(&parameter.name), point.get(&parameter.name).map(ToString::to_string))
    };
    space.parameters().iter().map(variable).collect()
}

/// Name of a parameter's environment variable: upper case, with `_` for what is neither letter nor digit.
pub fn environment_name(parameter: &str) -> String {
    let letter =
        |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
    let name: String = parameter.chars().map(letter).collect();
    format!("{ENVIRONMENT_PREFIX}{name}")
}

/// Two parameters must not share a variable: one value would be lost.
pub(super) fn check(parameters: &[Parameter], problems: &mut Vec<Violation>) {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    for parameter in parameters {
        let variable = environment_name(&parameter.name);
        match seen.get(&variable) {
            Some(other) if *other != parameter.name => {
                let message = format!(
                    "{:?} and {other:?} would both be the environment variable {variable}",
                    parameter.name
                );
                problems.push(Violation::new(path(&parameter.name), message));
            }
            _ => {
                seen.insert(variable, &parameter.name);
            }
        }
    }
}
