//! What gates read beside metrics: how the winner compares with champion, baseline and dummy on the same rows.
//!
//! The differences of a seeded paired bootstrap are kept, sorted, so that a gate can ask for any confidence later
//! without another look at the holdout.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The evidence artifact of an evaluation run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Evidence {
    /// [`crate::CONTRACT_VERSION`].
    pub version: u32,
    /// The attempt that wrote it.
    pub attempt: u32,
    /// As in the result.
    pub evaluation_digest: String,
    /// As in the result.
    pub model_digest: String,
    /// All metrics on the holdout by name.
    pub metrics: BTreeMap<String, f64>,
    /// One comparison per reference.
    pub comparisons: Vec<Comparison>,
}

/// The winner beside one reference model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Comparison {
    /// What it was compared with.
    pub reference: Reference,
    /// The champion's version.
    pub version: Option<String>,
    /// The outcome.
    pub outcome: ComparisonOutcome,
}

/// What a model is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Reference {
    /// The version that holds the alias.
    Champion,
    /// The winner's learner untuned.
    Baseline,
    /// The class prior, or the mean.
    Dummy,
}

/// Whether the two could be compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
pub enum ComparisonOutcome {
    /// On rows that neither model was fitted on.
    Compared {
        /// How many rows.
        rows: u64,
        /// Differences by metric.
        metrics: BTreeMap<String, Difference>,
    },
    /// No comparison; the reason is one of the gate reasons, `ChampionSawHoldout` or `NotComparable`.
    Refused {
        /// CamelCase.
        reason: String,
        /// One sentence.
        message: String,
    },
}

/// A difference in the direction of improvement: positive means that the winner is better.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Difference {
    /// The winner's value on the shared rows.
    pub winner: f64,
    /// The reference's value on the shared rows.
    pub reference: f64,
    /// Point estimate of the improvement.
    pub improvement: f64,
    /// Quantiles of the bootstrapped improvement at the levels 0.001, 0.002, ... 0.999 (999 numbers, ascending).
    pub quantiles: Vec<f64>,
}

impl Difference {
    /// The improvement that holds at `confidence` (0.5 to 0.999): the bootstrap's quantile at `1 - confidence`,
    /// linear between levels. `None` outside that range or when the evidence is malformed.
    pub fn lower_bound(&self, confidence: f64) -> Option<f64> {
        if !(0.5..=0.999).contains(&confidence) || self.quantiles.len() != 999 {
            return None;
        }
        let position = ((1.0 - confidence) * 1000.0 - 1.0).clamp(0.0, 998.0);
        let below = position.floor();
        let index = below as usize;
        let low = *self.quantiles.get(index)?;
        let high = *self.quantiles.get(index + 1).unwrap_or(&low);
        Some(low + (high - low) * (position - below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference() -> Difference {
        let quantiles = (1..=999).map(|level| f64::from(level) / 1000.0).collect();
        Difference { winner: 0.9, reference: 0.4, improvement: 0.5, quantiles }
    }

    #[test]
    fn the_bound_at_a_confidence_is_the_quantile_below_which_the_rest_lies() {
        let bounds = [0.5, 0.9, 0.95, 0.999].map(|c| difference().lower_bound(c));
        for (bound, expected) in bounds.into_iter().zip([0.5, 0.1, 0.05, 0.001]) {
            assert!((bound.unwrap() - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn a_confidence_out_of_range_and_cut_evidence_give_no_bound() {
        assert_eq!(difference().lower_bound(0.4), None);
        assert_eq!(difference().lower_bound(f64::NAN), None);
        let cut = Difference { quantiles: vec![0.0; 998], ..difference() };
        assert_eq!(cut.lower_bound(0.9), None);
    }
}
