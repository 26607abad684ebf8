//! Decimals of a sweep.

use crate::api::Decimal;
use crate::domain::violation::Violation;

/// The number, when the text is a finite one.
pub(super) fn required(text: &Decimal, field: &str, problems: &mut Vec<Violation>) -> Option<f64> {
    let value = text.value();
    if value.is_none() {
        let message =
            format!("{:?} is not a finite decimal number, for example \"0.65\" or \"-1e-3\"", text.as_str());
        problems.push(Violation::new(field, message));
    }
    value
}

/// The same for a text that may be left out.
pub(super) fn optional(text: Option<&Decimal>, field: &str, problems: &mut Vec<Violation>) -> Option<f64> {
    required(text?, field, problems)
}
