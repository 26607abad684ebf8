//! Times and numbers as people read them.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

use crate::api::Decimal;

/// Nothing to show.
pub(super) const NONE: &str = "-";

/// Two texts, one after the other; an empty one is left out.
pub(super) fn join(first: &str, second: &str) -> String {
    [first, second].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ")
}

/// Minutes and seconds between two times, or until now.
pub(super) fn span(start: Option<&Time>, end: Option<&Time>, now: Timestamp) -> String {
    let Some(start) = start else { return String::new() };
    clock(end.map_or(now, |end| end.0).duration_since(start.0).as_secs())
}

/// Minutes and seconds.
pub(super) fn clock(seconds: i64) -> String {
    let seconds = seconds.max(0);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// Six digits are enough to read.
pub(super) fn show(value: Option<&Decimal>) -> String {
    let Some(value) = value else { return NONE.to_owned() };
    match value.value() {
        Some(number) if value.as_str().len() > 9 => digits(number),
        _ => value.to_string(),
    }
}

/// A number of which six digits are shown.
pub(super) fn digits(number: f64) -> String {
    if number != 0.0 && (1e-4..1e6).contains(&number.abs()) {
        let digits = (5 - number.abs().log10().floor() as i32).clamp(0, 9);
        format!("{number:.*}", digits.unsigned_abs() as usize)
    } else {
        format!("{number:.3e}")
    }
}
