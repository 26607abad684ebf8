//! The registered model of a pipeline.

use crate::api::Gate;
use crate::api::model_version::Promotion;
use crate::api::pipeline::Registration;
use crate::domain::version::{self, Evaluator};
use crate::domain::violation::Violation;
use crate::settings::Grant;

/// A registration inside the namespace's grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidRegistration {
    /// Registered model.
    pub model: String,
    /// Gates as written, all good: the ModelVersion gets them.
    pub gates: Option<Vec<Gate>>,
    /// Promotion as written, all good.
    pub promotion: Option<Promotion>,
    /// Alias of the champion that an evaluation compares with.
    pub alias: String,
    /// ModelVersions kept.
    pub history: usize,
}

pub(super) fn registration(
    stated: Option<&Registration>,
    grant: &Grant,
    problems: &mut Vec<Violation>,
) -> Option<ValidRegistration> {
    let stated = stated?;
    if let Err(error) = grant.model(&stated.registered_model) {
        problems.push(Violation::new("spec.registration.registeredModel", error.to_string()));
    }
    // Judged here too, so that nothing is trained for a gate that no model can pass.
    let gates = stated.gates.as_deref().unwrap_or_default();
    version::gates(gates, "spec.registration.gates", Evaluator::Trainer, problems);
    let promotion = version::promotion(stated.promotion.as_ref(), "spec.registration.promotion", problems);
    Some(ValidRegistration {
        model: stated.registered_model.clone(),
        gates: stated.gates.clone(),
        promotion: stated.promotion.clone(),
        alias: promotion.alias,
        history: stated.history_limit.map_or(10, |limit| limit.unsigned_abs() as usize),
    })
}
