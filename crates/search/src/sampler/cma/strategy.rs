//! The constants of a generation: weights and learning rates by dimension and number of members.

/// Constants after Hansen 2016, arXiv 1604.00772, table 1, with negative weights (active CMA-ES).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Strategy {
    /// Weight of each rank, best first. The positive ones sum up to 1; the others push the covariance away from bad steps.
    pub weights: Vec<f64>,
    /// Variance effective selection mass of the positive weights.
    pub mass: f64,
    /// Learning rate of the step size path.
    pub path_sigma: f64,
    /// Damping of the step size.
    pub damping: f64,
    /// Learning rate of the covariance path.
    pub path: f64,
    /// Learning rate of the rank-one update.
    pub rank_one: f64,
    /// Learning rate of the rank-mu update.
    pub rank_mu: f64,
    /// Expected length of a standard normal vector.
    pub length: f64,
}

/// The usual number of members of a generation.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
pub(super) fn population(dimensions: usize) -> usize {
    4 + (3.0 * real(dimensions).ln()).floor() as usize
}

impl Strategy {
    /// The constants for at least one dimension and two members.
    pub(super) fn new(dimensions: usize, members: usize) -> Self {
        let n = real(dimensions);
        let raw: Vec<f64> =
            (1..=members).map(|rank| (f64::midpoint(real(members), 1.0)).ln() - real(rank).ln()).collect();
        let (good, bad) = raw.split_at(members / 2);
        let (mass, bad_mass) = (effective(good), effective(bad));
        let path_sigma = (mass + 2.0) / (n + mass + 5.0);
        let rank_one = 2.0 / ((n + 1.3).powi(2) + mass);
        let rank_mu =
            (2.0 * (0.25 + mass + 1.0 / mass - 2.0) / ((n + 2.0).powi(2) + mass)).min(1.0 - rank_one);
        // The three bounds keep the total weight and the covariance positive.
        let away = (1.0 + rank_one / rank_mu)
            .min(1.0 + 2.0 * bad_mass / (bad_mass + 2.0))
            .min((1.0 - rank_one - rank_mu) / (n * rank_mu));
        let (up, down) = (good.iter().sum::<f64>(), bad.iter().map(|weight| weight.abs()).sum::<f64>());
        Self {
            weights: raw.iter().map(|raw| if *raw > 0.0 { raw / up } else { raw * away / down }).collect(),
            mass,
            path_sigma,
            damping: 1.0 + 2.0 * (((mass - 1.0) / (n + 1.0)).sqrt() - 1.0).max(0.0) + path_sigma,
            path: (4.0 + mass / n) / (n + 4.0 + 2.0 * mass / n),
            rank_one,
            rank_mu,
            length: n.sqrt() * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n * n)),
        }
    }
}

fn effective(weights: &[f64]) -> f64 {
    weights.iter().sum::<f64>().powi(2) / weights.iter().map(|weight| weight * weight).sum::<f64>()
}

/// A count as a real number.
#[expect(clippy::cast_precision_loss, reason = "counts of members and dimensions are small")]
pub(super) fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_fall_from_good_to_bad_and_the_covariance_can_never_lose_more_than_it_has() {
        for dimensions in [1, 2, 6, 20, 50] {
            for members in [2, 3, 4, population(dimensions), 40] {
                let strategy = Strategy::new(dimensions, members);
                let good: f64 = strategy.weights.iter().filter(|weight| **weight > 0.0).sum();
                let bad: f64 = strategy.weights.iter().filter(|weight| **weight < 0.0).sum();
                assert!((good - 1.0).abs() < 1e-12);
                // Not strictly: the bounds may leave nothing of the negative ones.
                assert!(strategy.weights.windows(2).all(|pair| pair[0] >= pair[1]));
                let kept = 1.0 - strategy.rank_one - strategy.rank_mu * (1.0 + real(dimensions) * bad.abs());
                assert!(kept > -1e-12, "{dimensions} {members} {kept}");
            }
        }
    }

    /// Numbers of the package `cmaes` 0.13.1 for 6 dimensions; its rank-mu rate is the older one without the quarter.
    #[test]
    fn constants_agree_with_another_implementation() {
        assert_eq!([1, 2, 6, 50].map(population), [4, 6, 9, 15]);
        let strategy = Strategy::new(6, 9);
        let near = |found: f64, known: f64| assert!((found / known - 1.0).abs() < 1e-12, "{found} {known}");
        near(strategy.mass, 2.840_610_429_717_053_4);
        near(strategy.path, 0.408_649_688_274_815_46);
        near(strategy.rank_one, 0.035_631_182_071_398_72);
        near(strategy.path_sigma, 0.349_739_663_167_155);
        near(strategy.damping, 1.349_739_663_167_155);
        near(strategy.length, 2.350_667_735_964_544_5);
        near(strategy.weights[0], 0.493_738_377_484_340_9);
        near(strategy.weights[3], 0.068_455_287_476_945_68);
        near(strategy.weights[8] / strategy.weights[5], -0.745_069_862_150_622 / -0.231_108_164_405_498_42);
    }
}
