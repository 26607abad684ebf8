//! The standard normal distribution, as far as expected improvement needs it.

use std::f64::consts::TAU;

/// From here on downwards the continued fraction is used; it has no cancellation however far out `z` lies.
const TAIL: f64 = -2.0;
/// Terms of the continued fraction: enough for 1e-13 at [`TAIL`], and it converges faster farther out.
const TERMS: u32 = 120;

/// Logarithm and slope of `h(z) = density(z) + z * cdf(z)`, the expected improvement of a standard normal over `-z`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LogImprovement {
    /// `ln h(z)`. Finite for every finite `z`.
    pub(crate) value: f64,
    /// `h'(z) / h(z) = cdf(z) / h(z)`.
    pub(crate) slope: f64,
    /// `density(z) / h(z) = 1 - z * slope`, without the cancellation.
    pub(crate) density: f64,
}

/// `ln h(z)` and its slope, accurate to about 1e-12 for every `z` (Ament et al. 2023, arXiv 2310.20708).
///
/// With `t = -z`, Mills' ratio is `R = 1/(t + c)`, `c = 1/(t + 2/(t + 3/(t + ...)))`, so
/// `h = density * (1 - t R) = density * c / (t + c)`: nothing is subtracted, and plain improvement underflows long
/// before this does.
pub(crate) fn log_improvement(z: f64) -> LogImprovement {
    if z > TAIL {
        let (density, cdf) = (log_density(z).exp(), cdf(z));
        let h = density + z * cdf;
        return LogImprovement { value: h.ln(), slope: cdf / h, density: density / h };
    }
    let t = -z;
    let c = (2..=terms(t)).rev().fold(0.0, |tail, k| f64::from(k) / (t + tail));
    let c = 1.0 / (t + c);
    LogImprovement { value: log_density(z) + (c / (t + c)).ln(), slope: 1.0 / c, density: (t + c) / c }
}

/// The fraction's terms that matter at distance `t`.
fn terms(t: f64) -> u32 {
    // Beyond t = 20 a dozen are plenty; near the switch all of them are needed.
    if t > 20.0 { 16 } else { (f64::from(TERMS) * 4.0 / (t * t)).ceil() as u32 + 12 }
}

fn log_density(z: f64) -> f64 {
    -0.5 * (z * z + TAU.ln())
}

/// The distribution function for `z` above [`TAIL`], by the series `1/2 + density (z + z³/3 + z⁵/15 + ...)`.
fn cdf(z: f64) -> f64 {
    if z > 9.0 {
        return 1.0;
    }
    let (mut term, mut sum, mut k) = (z, z, 1.0);
    while term.abs() > f64::EPSILON * 1e-2 * sum.abs() {
        k += 2.0;
        term *= z * z / k;
        sum += term;
    }
    0.5 + log_density(z).exp() * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `z`, `ln h(z)`, `cdf(z) / h(z)`, from 60-digit arithmetic.
    const REFERENCE: [(f64, f64, f64); 12] = [
        (6.0, 1.7917594692541146, 0.16666666649789214),
        (2.5, 0.9170920655921645, 0.39719771838373846),
        (0.7, -0.17093141922474067, 0.8993414344117392),
        (0.0, -0.9189385332046728, 1.2533141373155003),
        (-0.9, -2.2982829894596515, 1.8326998049212273),
        (-1.9, -4.504931161621667, 2.5977607815393076),
        (-2.1, -5.040839977503972, 2.761836219009847),
        (-3.0, -7.869686059603029, 3.5323375176251606),
        (-4.9, -16.212816407897733, 5.267910100563279),
        (-5.1, -17.285185774704836, 5.455905951876874),
        (-12.0, -77.90910054500735, 12.16335257158574),
        (-40.0, -808.29856835662, 40.04990665764852),
    ];

    fn close(a: f64, b: f64, digits: f64) {
        assert!((a - b).abs() <= digits * b.abs().max(1.0), "{a} against {b}");
    }

    #[test]
    fn the_logarithm_and_its_slope_agree_with_sixty_digits() {
        for (z, value, slope) in REFERENCE {
            let h = log_improvement(z);
            close(h.value, value, 2e-12);
            close(h.slope, slope, 2e-12);
            close(h.density, 1.0 - z * slope, 1e-9);
        }
    }

    #[test]
    fn the_slope_is_that_of_the_value_everywhere() {
        for step in -400..100 {
            let z = f64::from(step) / 10.0 + 0.013;
            let numeric = (log_improvement(z + 1e-5).value - log_improvement(z - 1e-5).value) / 2e-5;
            close(log_improvement(z).slope, numeric, 1e-7);
        }
    }

    #[test]
    fn it_stays_finite_where_plain_improvement_is_zero() {
        let h = log_improvement(-1e8);
        assert!(h.value.is_finite() && h.value < -1e15 && (h.slope / 1e8 - 1.0).abs() < 1e-12, "{h:?}");
    }
}
