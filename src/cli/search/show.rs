//! Numbers, times and points as people read them.

use std::time::Duration;

use podium_search::{Point, Value};

/// Names and values on one line.
pub(super) fn parameters(point: &Point) -> String {
    let one = |(name, value): (&str, &Value)| match value {
        Value::Double(number) => format!("{name}={}", short(*number)),
        other => format!("{name}={other}"),
    };
    point.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Six digits are enough to read.
pub(super) fn short(value: f64) -> String {
    let plain = value.to_string();
    if plain.len() <= 9 {
        return plain;
    }
    let text = match value.abs() {
        size if (1e-4..1e6).contains(&size) => {
            let digits =
                [1e5, 1e4, 1e3, 1e2, 1e1, 1.0, 0.1, 0.01, 0.001].iter().position(|power| size >= *power);
            format!("{value:.*}", digits.unwrap_or(9))
        }
        _ => return format!("{value:.5e}"),
    };
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Minutes and seconds.
pub(super) fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_long_as_they_need_to_be_and_no_longer() {
        let shown =
            [0.5, 100.0, 0.123_456_789, -12.345_678_9, 0.000_123_456_7, 123_456.789, 1e-7, 1.0 / 3e7, 1e12]
                .map(short);
        let expected = [
            "0.5",
            "100",
            "0.123457",
            "-12.3457",
            "0.000123457",
            "123457",
            "0.0000001",
            "3.33333e-8",
            "1.00000e12",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn times_are_minutes_and_seconds() {
        assert_eq!(
            [0, 59, 61, 6000].map(|seconds| clock(Duration::from_secs(seconds))),
            ["0:00", "0:59", "1:01", "100:00"]
        );
    }
}
