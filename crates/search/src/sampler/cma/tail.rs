//! The upper tail of the standard normal distribution, and its inverse.

use std::f64::consts::TAU;

/// The chance that a standard normal number exceeds `z`, accurate to about 1e-12 of itself.
pub(super) fn tail(z: f64) -> f64 {
    if z < 0.0 {
        return 1.0 - tail(-z);
    }
    if z > 3.0 {
        // Mills' ratio as a continued fraction: no cancellation however far out.
        let fraction = (1..=80).rev().fold(z, |fraction, k| z + f64::from(k) / fraction);
        return density(z) / fraction;
    }
    let (mut term, mut sum, mut k) = (z, z, 1.0);
    while term > f64::EPSILON * 1e-2 * sum {
        k += 2.0;
        term *= z * z / k;
        sum += term;
    }
    0.5 - density(z) * sum
}

/// The place that a standard normal number exceeds with this chance, above 0 and at most 1/2.
pub(super) fn exceeded_by(chance: f64) -> f64 {
    // The logarithm of the tail is concave and the start is on its far side, so Newton's steps never overshoot.
    let mut z = (-2.0 * (2.0 * chance).ln()).max(0.0).sqrt();
    for _ in 0..20 {
        let above = tail(z);
        let step = (above / chance).ln() * above / density(z);
        z = (z + step).max(0.0);
        if step.abs() <= 1e-12 * (1.0 + z) {
            break;
        }
    }
    z
}

fn density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / TAU.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_that_of_the_tables() {
        let known = [
            (0.0, 0.5),
            (1.0, 0.158_655_253_931_457_05),
            (2.9, 0.001_865_813_300_384_037_7),
            (3.1, 9.676_032_132_183_555e-4),
            (6.0, 9.865_876_450_376_946e-10),
            (-1.0, 0.841_344_746_068_542_9),
        ];
        for (z, chance) in known {
            assert!((tail(z) / chance - 1.0).abs() < 1e-11, "{z}: {}", tail(z));
        }
    }

    #[test]
    fn the_inverse_finds_the_place_again() {
        for chance in [0.5, 0.4999, 0.3, 0.05, 1e-3, 1e-8, 1e-100] {
            let z = exceeded_by(chance);
            assert!((tail(z) / chance - 1.0).abs() < 1e-9, "{chance}: {z}");
        }
    }
}
