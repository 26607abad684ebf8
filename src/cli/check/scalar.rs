//! What a plain YAML scalar is, by the API server's rules: YAML 1.1, so `on`, `yes` and `y` are true and `012` is ten.

use serde_json::{Number, Value};

/// A plain scalar.
///
/// # Errors
/// A number that JSON can't hold (`.inf`, `.nan`).
pub(super) fn resolve(text: &str) -> Result<Value, String> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Ok(true.into());
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Ok(false.into());
        }
        _ => {}
    }
    let unsigned = text.trim_start_matches(['+', '-']);
    match unsigned {
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" => {
            return Err(format!("{text} is no JSON number"));
        }
        _ => {}
    }
    if !text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first)) {
        return Ok(text.into());
    }
    let plain = text.replace('_', "");
    Ok(integer(&plain).or_else(|| float(&plain)).unwrap_or_else(|| text.into()))
}

/// An integer with the prefixes 0x, 0o, 0b, or 0 for octal.
fn integer(text: &str) -> Option<Value> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = match digits.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.starts_with(|first: char| first.is_digit(radix)) {
        return None;
    }
    let value = i128::from_str_radix(digits, radix).ok()?;
    let value = if is_negative { -value } else { value };
    let number = i64::try_from(value).map(Number::from).or_else(|_| u64::try_from(value).map(Number::from));
    number.ok().map(Value::Number)
}

fn float(text: &str) -> Option<Value> {
    let is_number = text.chars().all(|letter| letter.is_ascii_digit() || "+-.eE".contains(letter));
    if !is_number || !text.contains(|letter: char| letter.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().and_then(Number::from_f64).map(Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_of_yaml_1_1_are_booleans() {
        for text in ["y", "Yes", "on", "TRUE"] {
            assert_eq!(resolve(text), Ok(json!(true)), "{text}");
        }
        for text in ["n", "No", "off", "False"] {
            assert_eq!(resolve(text), Ok(json!(false)), "{text}");
        }
        assert_eq!(resolve("yEs"), Ok(json!("yEs")));
    }

    #[test]
    fn numbers_take_underscores_prefixes_and_old_octals() {
        let cases = [
            ("0", json!(0)),
            ("-7", json!(-7)),
            ("+7", json!(7)),
            ("1_000", json!(1000)),
            ("012", json!(10)),
            ("0o12", json!(10)),
            ("0x1f", json!(31)),
            ("0b101", json!(5)),
            ("08", json!(8.0)),
            ("1e3", json!(1000.0)),
            (".5", json!(0.5)),
            ("2.", json!(2.0)),
            ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
            ("18446744073709551616", json!(18_446_744_073_709_551_616.0)),
        ];
        for (text, value) in cases {
            assert_eq!(resolve(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_number_is_text() {
        for text in ["1.2.3", "-", "+", ".", "0x", "1a", "2024-01-01", "10m", "--1", "4Gi"] {
            assert_eq!(resolve(text), Ok(json!(text)), "{text}");
        }
        assert!(resolve("-.inf").is_err());
    }
}
