//! Which trials the model sees when there are too many.

/// Indices, ascending, of at most `limit` trials: half of them the best, a quarter the newest, the rest spread evenly over
/// the others. `targets` are by ascending trial number.
///
/// The best say where the optimum is, the newest what was just tried there, the others keep the rest of the space known.
pub(super) fn subset(targets: &[f64], limit: usize) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..targets.len()).collect();
    if targets.len() <= limit {
        return indices;
    }
    let newest = indices.split_off(targets.len() - limit / 4);
    // A stable sort: of equal targets the lower number comes first.
    indices.sort_by(|a, b| targets[*a].total_cmp(&targets[*b]));
    let mut others = indices.split_off(limit / 2);
    others.sort_unstable();
    let wanted = limit - limit / 2 - newest.len();
    let spread = (0..wanted).map(|k| others[k * others.len() / wanted]);
    let mut chosen: Vec<usize> = indices.into_iter().chain(newest).chain(spread).collect();
    chosen.sort_unstable();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_to_the_limit_all_trials_are_taken() {
        assert_eq!(subset(&[3.0, 1.0, 2.0], 3), [0, 1, 2]);
    }

    #[test]
    fn beyond_it_the_best_the_newest_and_a_spread_are_taken_each_once() {
        let targets: Vec<f64> = (0..100).map(|i| f64::from((i * 37 + 11) % 100)).collect();
        let chosen = subset(&targets, 16);
        assert_eq!(chosen.len(), 16);
        assert!(chosen.windows(2).all(|pair| pair[0] < pair[1]));
        assert!((96..100).all(|newest| chosen.contains(&newest)));
        for best in 0..8 {
            let index = targets.iter().position(|t| *t == f64::from(best)).unwrap();
            assert!(chosen.contains(&index), "target {best}");
        }
        assert!(chosen.iter().filter(|i| **i < 48).count() >= 2);
    }
}
