//! The covariance: Matérn 5/2 with a length scale for each dimension (Snoek et al. 2012).

/// What a fit decides. Distances are of features: places in [0, 1], and 0 or 1 between categories.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kernel {
    /// Inverse squared length scale of each dimension.
    pub(super) weights: Vec<f64>,
    /// Variance of the function, of standardised targets.
    pub(super) scale: f64,
    /// Variance of the noise, of standardised targets.
    pub(super) noise: f64,
}

/// Correlation at a squared distance, and its derivative by the squared distance.
///
/// By the square and not by the distance: nothing is divided by a distance of 0.
pub(super) fn matern(squared: f64) -> (f64, f64) {
    let root = (5.0 * squared).sqrt();
    let decay = (-root).exp();
    ((1.0 + root + 5.0 / 3.0 * squared) * decay, -5.0 / 6.0 * (1.0 + root) * decay)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_derivative_is_that_of_the_correlation() {
        assert_eq!(matern(0.0), (1.0, -5.0 / 6.0));
        for squared in [1e-6, 0.01, 0.3, 1.0, 7.0, 60.0] {
            let step = squared * 1e-5;
            let numeric = (matern(squared + step).0 - matern(squared - step).0) / (2.0 * step);
            assert!((matern(squared).1 / numeric - 1.0).abs() < 1e-5, "at {squared}");
        }
    }
}
