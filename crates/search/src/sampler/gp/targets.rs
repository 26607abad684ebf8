//! What each trial stands for in the model.

use crate::sampler::{Evidence, Observation};

/// A deviation below this, in parts of the largest value, is rounding.
const ROUNDING: f64 = 1e-10;

/// Targets of the finished trials, standardised.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Targets {
    /// In the order of the trials, lower is better.
    pub(super) values: Vec<f64>,
    /// What one unit is in the units of the objective.
    pub(super) unit: f64,
}

/// Targets of finished trials: the value of a complete one; of a failed one the worst value of all, so that the region is
/// avoided and the model stays finite; of a pruned one its last value, but never better than half of the complete ones,
/// as it was worse than they were at that step. `None` when no trial is complete.
pub(super) fn targets(finished: &[&Observation]) -> Option<Targets> {
    let complete = |observation: &&Observation| match observation.evidence {
        Evidence::Complete(value) => Some(value),
        Evidence::Pruned { .. } | Evidence::Failed | Evidence::Pending => None,
    };
    let mut sorted: Vec<f64> = finished.iter().filter_map(complete).collect();
    sorted.sort_by(f64::total_cmp);
    let (worst, middle) = (*sorted.last()?, *sorted.get(sorted.len() / 2)?);
    let target = |observation: &&Observation| match observation.evidence {
        Evidence::Complete(value) => value,
        Evidence::Pruned { value, .. } => value.clamp(middle, worst),
        Evidence::Failed | Evidence::Pending => worst,
    };
    Some(standardised(finished.iter().map(target).collect()))
}

fn standardised(mut values: Vec<f64>) -> Targets {
    // By the largest first: squares of very large or small values would overflow or vanish.
    let largest = values.iter().fold(f64::MIN_POSITIVE, |top, value| top.max(value.abs()));
    values.iter_mut().for_each(|value| *value /= largest);
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
    let deviation = variance.sqrt().max(ROUNDING);
    values.iter_mut().for_each(|value| *value = (*value - mean) / deviation);
    Targets { values, unit: deviation * largest }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(evidence: &[Evidence]) -> Option<Targets> {
        let observation = |(number, evidence): (i64, &Evidence)| Observation {
            number,
            row: vec![Some(0.0)],
            evidence: *evidence,
        };
        let all: Vec<Observation> = (0..).zip(evidence).map(observation).collect();
        targets(&all.iter().collect::<Vec<_>>())
    }

    #[test]
    fn values_are_standardised_and_the_unit_leads_back() {
        let targets = of(&[Evidence::Complete(2.0), Evidence::Complete(4.0)]).unwrap();
        assert_eq!(targets, Targets { values: vec![-1.0, 1.0], unit: 1.0 });
    }

    #[test]
    fn a_failure_is_as_bad_as_the_worst_and_a_pruned_trial_lies_between_the_middle_and_the_worst() {
        let pruned = |value| Evidence::Pruned { step: 1, value };
        let complete = [1.0, 2.0, 3.0, 4.0, 9.0].map(Evidence::Complete);
        let others = [Evidence::Failed, pruned(-50.0), pruned(5.0), pruned(50.0)];
        let found = of(&[&complete[..], &others[..]].concat()).unwrap().values;
        let expected =
            of(&[1.0, 2.0, 3.0, 4.0, 9.0, 9.0, 3.0, 5.0, 9.0].map(Evidence::Complete)).unwrap().values;
        assert_eq!(found, expected);
    }

    #[test]
    fn without_a_complete_trial_there_is_nothing_to_learn() {
        assert_eq!(of(&[Evidence::Failed, Evidence::Pruned { step: 1, value: 2.0 }]), None);
    }

    #[test]
    fn equal_values_are_all_0_and_the_largest_and_smallest_doubles_are_no_trouble() {
        assert_eq!(of(&[Evidence::Complete(7.0); 3]).unwrap().values, [0.0; 3]);
        for scale in [1e300, 1e-300] {
            let values = of(&[1.0, 2.0, 3.0].map(|value| Evidence::Complete(value * scale))).unwrap().values;
            assert!((values[0] + 1.5_f64.sqrt()).abs() < 1e-12 && (values[0] + values[2]).abs() < 1e-12);
        }
    }
}
