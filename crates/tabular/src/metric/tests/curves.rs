//! Behaviour of the confusion matrix and the curves.

use super::*;

#[test]
fn the_confusion_matrix_counts_by_truth_then_prediction() {
    assert_eq!(Confusion::of(3, &[0, 0, 1, 2], &[0, 2, 1, 2]).rows(), [[1, 0, 1], [0, 1, 0], [0, 0, 1]]);
}

#[test]
fn curves_have_scikit_learns_points() {
    let (scores, positive) = one_vs_rest(&truth(&Y, 2, Some(1)), &binary(&P), 1).unwrap();
    let roc = roc_curve(&scores, &positive).unwrap();
    let sixth = |n: f64| n / 6.0;
    let points: Vec<(f64, f64, Option<f64>)> =
        roc.iter().map(|p| (p.false_positive_rate, p.true_positive_rate, p.threshold)).collect();
    assert_eq!(
        points,
        [
            (0.0, 0.0, None),
            (0.0, sixth(1.0), Some(0.9)),
            (0.0, sixth(2.0), Some(0.8)),
            (sixth(1.0), sixth(2.0), Some(0.65)),
            (sixth(1.0), 0.5, Some(0.55)),
            (sixth(2.0), 0.5, Some(0.5)),
            (sixth(4.0), sixth(4.0), Some(0.4)),
            (sixth(4.0), sixth(5.0), Some(0.35)),
            (sixth(4.0), 1.0, Some(0.2)),
            (sixth(5.0), 1.0, Some(0.1)),
            (1.0, 1.0, Some(0.05)),
        ]
    );
    let pr = precision_recall_curve(&scores, &positive).unwrap();
    let expected = [1.0, 1.0, 2.0 / 3.0, 0.75, 0.6, 0.5, 5.0 / 9.0, 0.6, 6.0 / 11.0, 0.5];
    assert_eq!(pr.iter().map(|p| p.precision).collect::<Vec<_>>(), expected);
    assert_eq!(roc_curve(&[0.5, 0.6], &[true, true]), None);
    assert_eq!(precision_recall_curve(&[0.5], &[false]), None);
}

#[test]
fn long_curves_are_thinned_and_keep_their_ends() {
    let scores: Vec<f64> = (0..10_000).map(|i| f64::from(i) / 10_000.0).collect();
    let positive: Vec<bool> = (0..10_000).map(|i| i % 3 == 0).collect();
    let roc = roc_curve(&scores, &positive).unwrap();
    assert_eq!(roc.len(), MAX_POINTS);
    assert_eq!((roc[0].threshold, roc[MAX_POINTS - 1].false_positive_rate), (None, 1.0));
}

#[test]
fn calibration_bins_hold_their_rows() {
    let bins = calibration_curve(&[0.05, 0.25, 0.05, 1.0], &[false, true, true, true], 10);
    let found: Vec<(f64, f64, usize)> =
        bins.iter().map(|b| (b.mean_predicted, b.fraction_positive, b.count)).collect();
    assert_eq!(found, [(0.05, 0.5, 2), (0.25, 1.0, 1), (1.0, 1.0, 1)]);
}
