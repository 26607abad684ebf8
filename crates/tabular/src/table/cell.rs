//! One cell: strict parsing of text into numbers and instants, and back.

use jiff::Timestamp;

/// Largest whole number that f64 holds exactly together with all smaller ones: 2^53.
pub(super) const MAX_EXACT: u64 = 1 << 53;

/// The number a text stands for. `NaN` (any case) is a missing number. `None` for anything that is not a plain decimal:
/// infinity, hexadecimal, identifiers with leading zeros (`007`), and whole numbers beyond 2^53, which f64 would bend.
pub(crate) fn parse_number(text: &str) -> Option<f64> {
    let text = text.trim_ascii();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let bytes = digits.as_bytes();
    match bytes {
        [] => return None,
        [b'0', b'0'..=b'9', ..] => return None,
        [b'0'..=b'9' | b'.', ..] => {}
        _ => return digits.eq_ignore_ascii_case("nan").then_some(f64::NAN),
    }
    let value: f64 = text.parse().ok().filter(|v: &f64| v.is_finite())?;
    // Compared as an integer: as f64, 2^53 + 1 has already become 2^53.
    let bent =
        bytes.iter().all(u8::is_ascii_digit) && digits.parse::<u64>().map_or(true, |whole| whole > MAX_EXACT);
    (!bent).then_some(value)
}

/// The shortest decimal text of a number: `1`, `0.5`, `-3.25`; negative zero is `0`.
pub(crate) fn number_text(value: f64) -> String {
    if value == 0.0 { "0".into() } else { value.to_string() }
}

/// Nanoseconds since the epoch of an RFC 3339 date-time (`2024-07-13T05:34:40Z`) or full date (midnight UTC);
/// `None` for anything else and outside the years 1678 to 2261.
pub(crate) fn parse_timestamp(text: &str) -> Option<i64> {
    let text = text.trim_ascii();
    let bytes = text.as_bytes();
    if bytes.len() < 10 || bytes[4] != b'-' || bytes[7] != b'-' || !bytes[..4].iter().all(u8::is_ascii_digit)
    {
        return None;
    }
    let instant = match bytes.get(10) {
        None => jiff::civil::Date::strptime("%Y-%m-%d", text)
            .ok()?
            .at(0, 0, 0, 0)
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()?
            .timestamp(),
        Some(b'T' | b't' | b' ') if has_seconds_and_offset(bytes) => text.parse::<Timestamp>().ok()?,
        Some(_) => return None,
    };
    i64::try_from(instant.as_nanosecond()).ok()
}

fn has_seconds_and_offset(bytes: &[u8]) -> bool {
    let n = bytes.len();
    if n < 20 || bytes[13] != b':' || bytes[16] != b':' {
        return false;
    }
    matches!(bytes[n - 1], b'Z' | b'z')
        || (n >= 25 && matches!(bytes[n - 6], b'+' | b'-') && bytes[n - 3] == b':')
}

/// An instant as RFC 3339 in UTC.
pub(crate) fn timestamp_text(ns: i64) -> String {
    Timestamp::from_nanosecond(i128::from(ns)).map_or_else(|_| ns.to_string(), |t| t.to_string())
}
