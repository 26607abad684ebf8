//! Reasons of gates, in one place: they reach status, Events and the record of decisions.

/// The value lies inside its bounds, or the improvement is large enough.
pub const WITHIN_BOUNDS: &str = "WithinBounds";
/// The value lies outside its bounds.
pub const OUT_OF_BOUNDS: &str = "OutOfBounds";
/// The improvement is too small.
pub const TOO_SMALL: &str = "ImprovementTooSmall";
/// NaN, infinite, or the largest number, which is how MLflow stores infinity.
pub const NOT_FINITE: &str = "MetricNotFinite";
/// The run has no such metric.
pub const MISSING: &str = "MetricMissing";
/// Value, step and time are all 0: MLflow stored a body that it could not read.
pub const MALFORMED: &str = "MetricMalformed";
/// The metric is of another attempt than the run's result.
pub const STALE_ATTEMPT: &str = "StaleAttempt";
/// The metric differs from the one in the evidence: it was logged again.
pub const METRIC_CHANGED: &str = "MetricChanged";
/// The run has not finished, or was ended before it did.
pub const RUN_NOT_FINISHED: &str = "RunNotFinished";
/// The result names evidence that is not there.
pub const EVIDENCE_MISSING: &str = "EvidenceMissing";
/// Result or evidence can't be read.
pub const EVIDENCE_MALFORMED: &str = "EvidenceMalformed";
/// The evidence is not the one that the result names.
pub const EVIDENCE_CHANGED: &str = "EvidenceChanged";
/// The two were not evaluated on the same rows, or not in a way that compares.
pub const NOT_COMPARABLE: &str = "NotComparable";
/// The champion was fitted on rows of the holdout.
pub const CHAMPION_SAW_HOLDOUT: &str = "ChampionSawHoldout";
/// Another version holds the alias than the one that was compared with.
pub const BASELINE_MOVED: &str = "BaselineMoved";
/// There is no champion to compare with.
pub const NO_BASELINE: &str = "NoBaseline";
/// The model files are not those that were evaluated.
pub const MODEL_CHANGED: &str = "ModelChanged";
/// There are no model files.
pub const MODEL_MISSING: &str = "ModelMissing";
/// No gate counts.
pub const NO_GATES: &str = "NoGates";
