//! Aliases that MLflow takes, and who decides.

use crate::api::model_version::{Promotion, PromotionMode};
use crate::domain::violation::Violation;

/// Which alias, and who decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidPromotion {
    /// Who decides.
    pub mode: PromotionMode,
    /// Alias of the version in production.
    pub alias: String,
    /// Alias of the one before it; never equal to `alias`.
    pub previous: String,
}

/// Reads a promotion; `field` is its path.
pub fn promotion(stated: Option<&Promotion>, field: &str, problems: &mut Vec<Violation>) -> ValidPromotion {
    let stated = stated.cloned().unwrap_or_default();
    let alias = stated.alias.unwrap_or_else(|| "champion".to_owned());
    let previous = stated.previous_alias.unwrap_or_else(|| "previous".to_owned());
    for (name, value) in [("alias", &alias), ("previousAlias", &previous)] {
        if let Some(why) = refused(value) {
            problems.push(Violation::new(format!("{field}.{name}"), format!("{value:?} {why}")));
        }
    }
    if alias == previous {
        let message = format!("{previous:?} must differ from alias");
        problems.push(Violation::new(format!("{field}.previousAlias"), message));
    }
    ValidPromotion { mode: stated.mode.unwrap_or(PromotionMode::Manual), alias, previous }
}

/// Why MLflow would refuse an alias.
fn refused(alias: &str) -> Option<&'static str> {
    let lower = alias.to_ascii_lowercase();
    let digits = lower.strip_prefix('v').filter(|rest| !rest.is_empty());
    if lower == "latest" {
        Some("is reserved by MLflow")
    } else if digits.is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit())) {
        Some("is reserved by MLflow: v and digits mean a version")
    } else if alias.is_empty() || alias.len() > 255 {
        Some("must have 1 to 255 characters")
    } else if !alias.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
        Some("may hold only letters, digits, - and _")
    } else {
        None
    }
}
