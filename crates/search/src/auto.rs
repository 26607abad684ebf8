//! Which method suits a space and a budget.

use crate::GpOptions;
use crate::algorithm::{Algorithm, Choice, TpeOptions};
use crate::space::{Dimension, Space};

/// A Gaussian process beyond so many trials costs more than it gains.
const MANY_TRIALS: u64 = 300;
/// Beyond so many at a time it works on guesses more than on results.
const MANY_AT_A_TIME: u32 = 16;
/// Beyond so many parameters distances say little.
const MANY_PARAMETERS: usize = 20;
/// Categories without an order that need a trial each before they say anything.
const MANY_CATEGORIES: usize = 20;

/// The method, and why in a sentence. That parameters depend on others speaks for neither: with 100 trials the process leaves a
/// thousandth of TPE's regret there too.
pub(crate) fn choose(space: &Space, budget: Option<u64>, parallelism: u32) -> Choice {
    match reason_for_tpe(space, budget, parallelism) {
        Some(reason) => Choice {
            algorithm: Algorithm::Tpe(TpeOptions::default()),
            reason: format!("TPE, because {reason}"),
        },
        None => {
            let reason = format!(
                "GP, because a Gaussian process learns most from few trials, and nothing speaks against one: \
                 at most {MANY_PARAMETERS} parameters, {MANY_CATEGORIES} categories each, \
                 {MANY_TRIALS} trials and {MANY_AT_A_TIME} at the same time"
            );
            Choice { algorithm: Algorithm::Gp(GpOptions::default()), reason }
        }
    }
}

fn reason_for_tpe(space: &Space, budget: Option<u64>, parallelism: u32) -> Option<String> {
    let parameters = space.parameters();
    for (parameter, dimension) in parameters.iter().zip(space.dimensions()) {
        match dimension {
            Dimension::Categories { count } if *count > MANY_CATEGORIES => {
                return Some(format!(
                    "{:?} has {count} categories, more than {MANY_CATEGORIES}",
                    parameter.name
                ));
            }
            Dimension::Categories { .. } | Dimension::Real { .. } | Dimension::Cells { .. } => {}
        }
    }
    if parameters.len() > MANY_PARAMETERS {
        return Some(format!("there are {} parameters, more than {MANY_PARAMETERS}", parameters.len()));
    }
    if parallelism > MANY_AT_A_TIME {
        return Some(format!("{parallelism} trials run at the same time, more than {MANY_AT_A_TIME}"));
    }
    let trials = budget.filter(|trials| *trials > MANY_TRIALS)?;
    Some(format!("{trials} trials are planned, more than {MANY_TRIALS}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Parameter;

    fn chosen(parameters: Vec<Parameter>, budget: Option<u64>, parallelism: u32) -> String {
        let choice = choose(&Space::new(parameters).unwrap(), budget, parallelism);
        let is_gp = matches!(choice.algorithm, Algorithm::Gp(_));
        assert_eq!(is_gp, choice.reason.starts_with("GP, because"));
        assert_eq!(!is_gp, matches!(choice.algorithm, Algorithm::Tpe(_)));
        choice.reason
    }

    fn doubles(count: usize) -> Vec<Parameter> {
        (0..count).map(|index| Parameter::double(format!("x{index}"), 0.0, 1.0)).collect()
    }

    #[test]
    fn a_small_space_and_a_small_budget_get_a_gaussian_process() {
        assert!(chosen(doubles(20), Some(300), 16).starts_with("GP"));
        assert!(chosen(doubles(2), None, 1).starts_with("GP"));
        let conditional =
            vec![Parameter::int("layers", 1, 3), Parameter::int("width", 8, 64).when("layers", [2, 3])];
        assert!(chosen(conditional, None, 1).starts_with("GP"));
    }

    #[test]
    fn what_speaks_against_one_is_the_reason_for_tpe() {
        let expected = [
            (
                chosen(vec![Parameter::categorical("c", 0..21)], None, 1),
                "TPE, because \"c\" has 21 categories, more than 20",
            ),
            (chosen(doubles(21), None, 1), "TPE, because there are 21 parameters, more than 20"),
            (chosen(doubles(2), None, 17), "TPE, because 17 trials run at the same time, more than 16"),
            (chosen(doubles(2), Some(301), 1), "TPE, because 301 trials are planned, more than 300"),
        ];
        for (reason, words) in expected {
            assert_eq!(reason, words);
        }
    }
}
