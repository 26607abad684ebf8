//! Numbers that people would write at an axis.

/// Multiples of 1, 2 or 5 times a power of ten, at least `least` apart.
pub(super) fn linear(low: f64, high: f64, most: usize, least: f64) -> Vec<(f64, String)> {
    let most = most.max(2);
    let step = step((high / 2.0 - low / 2.0) / (most - 1) as f64 * 2.0).max(least);
    // No range, or one that doubles can't divide.
    if !step.is_normal() || low + step == low || high - step == high {
        return vec![(low, number(low, 0.0))];
    }
    let first = (low / step - 1e-6).ceil();
    (0..=most)
        .map(|index| (first + index as f64) * step + 0.0)
        .take_while(|value| *value <= high + step * 1e-6)
        .map(|value| (value, number(value, step)))
        .collect()
}

/// The smallest multiple that leaves no more steps than asked for.
fn step(at_least: f64) -> f64 {
    let power = 10_f64.powf(at_least.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    steps.into_iter().find(|step| *step >= at_least * (1.0 - 1e-9)).unwrap_or(at_least)
}

/// Powers of ten, with 2 and 5 times them when they alone are few.
pub(super) fn log(low: f64, high: f64, most: usize) -> Vec<(f64, String)> {
    if !(low > 0.0 && low < high && high.is_finite()) {
        return vec![(low, number(low, 0.0))];
    }
    let found = [&[1][..], &[1, 3], &[1, 2, 5]].map(|factors| decades(low, high, factors));
    let [powers, thirds, fifths] = found;
    let fits = [fifths, thirds, powers.clone()].into_iter().find(|ticks| ticks.len() <= most.max(2));
    let ticks = fits.unwrap_or_else(|| {
        let every = powers.len().div_ceil(most.max(2));
        powers.into_iter().step_by(every).collect()
    });
    if ticks.len() < 2 { linear(low, high, most, 0.0) } else { ticks }
}

fn decades(low: f64, high: f64, factors: &[u32]) -> Vec<(f64, String)> {
    #[expect(clippy::cast_possible_truncation, reason = "logarithms of doubles are small")]
    let powers = low.log10().floor() as i32..=high.log10().ceil() as i32;
    let tick = |power: i32, factor: u32| {
        // Parsed, not multiplied: the nearest double has the shortest name.
        let value: f64 = format!("{factor}e{power}").parse().ok()?;
        let (least, most) = (low * (1.0 - 1e-9), high * (1.0 + 1e-9));
        (least <= value && value <= most).then(|| (value, number(value, 0.0)))
    };
    powers.flat_map(|power| factors.iter().filter_map(move |factor| tick(power, *factor))).collect()
}

/// A number with the digits that a step needs, or with its own when there is none.
fn number(value: f64, step: f64) -> String {
    let size = value.abs().max(step);
    let is_plain = value == 0.0 || (1e-4..1e6).contains(&size);
    let digits = |of: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 17")]
        let digits = of.ceil().clamp(0.0, 17.0) as usize;
        digits
    };
    // A step of 0.25 has no power of ten of its own, but no step here is one.
    let power = (step.log10() + 1e-9).floor();
    match (is_plain, step > 0.0) {
        (true, true) => format!("{value:.*}", digits(-power)),
        (false, true) => format!("{value:.*e}", digits((value.abs().log10() + 1e-9).floor() - power)),
        (true, false) => format!("{value}"),
        (false, false) => format!("{value:e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(ticks: Vec<(f64, String)>) -> Vec<String> {
        ticks.into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn linear_axes_are_named_at_round_numbers() {
        for (low, high, least, expected) in [
            (0.0, 1.0, 0.0, &["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"][..]),
            (-0.31, 0.11, 0.0, &["-0.3", "-0.2", "-0.1", "0.0", "0.1"]),
            (0.0, 2.0, 1.0, &["0", "1", "2"]),
            (16.0, 9999.0, 1.0, &["2000", "4000", "6000", "8000"]),
            (2e-7, 9e-7, 0.0, &["2e-7", "4e-7", "6e-7", "8e-7"]),
            (0.0, 3e9, 0.0, &["0", "1e9", "2e9", "3e9"]),
            (1234567.1, 1234567.4, 0.0, &["1.2345671e6", "1.2345672e6", "1.2345673e6", "1.2345674e6"]),
            (7.0, 7.0, 0.0, &["7"]),
        ] {
            assert_eq!(names(linear(low, high, 6, least)), expected, "{low} to {high}");
        }
    }

    #[test]
    fn log_axes_are_named_at_powers_of_ten_and_between_when_these_are_few() {
        for (low, high, expected) in [
            (1e-4, 1.0, &["0.0001", "0.001", "0.01", "0.1", "1"][..]),
            (16.0, 256.0, &["20", "50", "100", "200"]),
            (0.001, 0.3, &["0.001", "0.003", "0.01", "0.03", "0.1", "0.3"]),
            (1e-12, 1e6, &["1e-12", "1e-8", "0.0001", "1", "10000"]),
            (3.0, 4.0, &["3.0", "3.2", "3.4", "3.6", "3.8", "4.0"]),
        ] {
            assert_eq!(names(log(low, high, 6)), expected, "{low} to {high}");
        }
    }

    #[test]
    fn no_range_is_too_wide_too_narrow_or_no_range_at_all() {
        let odd = [f64::MIN, -1e300, -1.0, 0.0, f64::MIN_POSITIVE, 1.0, 1.0 + f64::EPSILON, 1e300, f64::MAX];
        for low in odd {
            for high in odd.into_iter().filter(|high| *high >= low) {
                assert!(linear(low, high, 6, 0.0).len() <= 7, "{low} to {high}");
                assert!(log(low, high, 6).len() <= 7, "{low} to {high}");
            }
        }
    }
}
