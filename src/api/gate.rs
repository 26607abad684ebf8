//! Gates: the evidence that a model must show before it is promoted.

use podium_contract::Reference;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Decimal;

/// One condition on a metric of the holdout. Evidence that is missing, not finite or not comparable is never a pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    {"rule": "has(self.min) || has(self.max) || has(self.minDelta)",
     "message": "a gate needs a bound: min, max, or compareTo with minDelta"},
    {"rule": "has(self.compareTo) == has(self.minDelta)",
     "message": "compareTo and minDelta belong together"},
    {"rule": "!has(self.compareTo) || !(has(self.min) || has(self.max))",
     "message": "a gate has absolute bounds (min, max) or a comparison (compareTo, minDelta), not both: write two gates"},
    {"rule": "!has(self.confidence) || has(self.compareTo)",
     "message": "confidence is only for a comparison"},
    {"rule": "!has(self.confidence) || (double(self.confidence) >= 0.5 && double(self.confidence) <= 0.999)",
     "message": "confidence must be from \"0.5\" to \"0.999\""},
    {"rule": "!(has(self.min) && has(self.max)) || double(self.min) <= double(self.max)",
     "message": "min must not be larger than max"},
    {"rule": "[has(self.min) ? double(self.min) : 0.0, has(self.max) ? double(self.max) : 0.0, has(self.minDelta) ? double(self.minDelta) : 0.0].all(x, x > -1e300 && x < 1e300)",
     "message": "min, max and minDelta must lie between -1e300 and 1e300"},
]))]
pub struct Gate {
    /// Name of the gate, unique in its list.
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"))]
    pub name: String,
    /// Metric of the evaluation run, for example f1_score or inference_time_ms.
    #[schemars(length(min = 1, max = 250))]
    pub metric: String,
    /// Smallest value that passes, inclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<Decimal>,
    /// Largest value that passes, inclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Decimal>,
    /// Model to compare with on rows that neither was fitted on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare_to: Option<Reference>,
    /// Smallest improvement, in the direction in which the metric gets better; negative allows a loss.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_delta: Option<Decimal>,
    /// Confidence with which minDelta must hold, by paired bootstrap, "0.5" to "0.999". Default: "0.95".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Decimal>,
    /// Measured and shown, but without effect on the decision. Default: false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    /// What a missing metric counts as. Default: Inconclusive. Pass is not offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_missing: Option<OnMissing>,
}

/// What a missing metric counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OnMissing {
    /// Not promoted, may still be measured.
    Inconclusive,
    /// Not promoted, rejected.
    Fail,
}
