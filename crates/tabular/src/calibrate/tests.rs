//! Behaviour of calibration and threshold.

use super::*;
use crate::metric::{Average, MetricName, Rule, score};

const F: [f64; 8] = [-2.0, -1.0, -0.5, 0.1, 0.4, 0.9, 1.5, 3.0];
const Y: [bool; 8] = [false, false, true, false, true, true, false, true];

fn binary(p: &[f64]) -> Predictions {
    Predictions::Probabilities { classes: 2, values: p.iter().flat_map(|p| [1.0 - p, *p]).collect() }
}

fn truth(labels: Vec<u32>, classes: usize) -> Truth {
    Truth::Classes { labels, classes, positive: (classes == 2).then_some(1) }
}

#[test]
fn platt_equals_scikit_learn_with_and_without_weights() {
    let plain = Platt::fit(&F, &Y, &[1.0; 8]);
    assert!((plain.a + 0.448_232_0).abs() < 1e-6 && (plain.b - 0.128_874_3).abs() < 1e-6, "{plain:?}");
    let weighted = Platt::fit(&F, &Y, &[1.0, 2.0, 1.0, 1.0, 3.0, 1.0, 1.0, 2.0]);
    assert!(
        (weighted.a + 0.657_891_1).abs() < 1e-6 && (weighted.b + 0.114_231_8).abs() < 1e-6,
        "{weighted:?}"
    );
}

#[test]
fn platt_stays_finite_where_scores_separate_the_classes_or_are_constant() {
    let apart = Platt::fit(&[0.0, 0.0, 1.0, 1.0], &[false, false, true, true], &[1.0; 4]);
    assert!(apart.a.is_finite() && apart.apply(1.0) > 0.7 && apart.apply(0.0) < 0.3, "{apart:?}");
    let flat = Platt::fit(&[0.3; 4], &[false, true, true, true], &[1.0; 4]);
    assert!((flat.apply(0.3) - (4.0 / 5.0 * 3.0 + 1.0 / 3.0) / 4.0).abs() < 1e-6, "{flat:?}");
    assert_eq!(Platt { a: -1e6, b: 0.0 }.apply(1.0), 1.0);
}

#[test]
fn isotonic_pools_interpolates_and_clips() {
    let fitted = Isotonic::fit(&[1.0, 2.0, 3.0, 4.0], &[false, true, false, true], &[1.0; 4]);
    let at: Vec<f64> = [0.0, 1.0, 2.5, 3.5, 9.0].iter().map(|x| fitted.apply(*x)).collect();
    assert_eq!(at, [0.0, 0.0, 0.5, 0.75, 1.0]);
}

#[test]
fn isotonic_pools_ties_first_and_weighs_rows() {
    let fitted = Isotonic::fit(&[1.0, 1.0, 2.0], &[true, false, true], &[3.0, 1.0, 1.0]);
    assert_eq!((fitted.apply(1.0), fitted.apply(2.0)), (0.75, 1.0));
    let falling = Isotonic::fit(&[1.0, 2.0], &[true, false], &[1.0, 1.0]);
    assert_eq!((falling.apply(0.0), falling.apply(5.0)), (0.5, 0.5));
}

#[test]
fn a_calibrated_model_loses_less() {
    // True probability p, told as p squared: far too low.
    let n = 4000;
    let p: Vec<f64> = (0..n).map(|i| (f64::from(i) + 0.5) / f64::from(n)).collect();
    let labels: Vec<u32> =
        p.iter().enumerate().map(|(i, p)| u32::from((i as f64 * 0.618_034).fract() < *p)).collect();
    let told = binary(&p.iter().map(|p| p * p).collect::<Vec<_>>());
    let truth = truth(labels, 2);
    let loss = |p: &Predictions| score(MetricName::LogLoss, &truth, p, &Rule::standard(2)).unwrap().unwrap();
    for (method, input) in [
        (CalibrationMethod::Platt, CalibrationInput::LogOdds),
        (CalibrationMethod::Platt, CalibrationInput::Probability),
        (CalibrationMethod::Isotonic, CalibrationInput::Probability),
    ] {
        let fitted = Calibration::fit(method, input, &truth, &told, &vec![1.0; n as usize]).unwrap();
        let after = loss(&fitted.apply(&told).unwrap());
        assert!(after < loss(&told) - 0.05, "{method:?} {input:?}: {after} against {}", loss(&told));
        let json = serde_json::to_string(&fitted).unwrap();
        assert!(
            serde_json::from_str::<Calibration>(&json).unwrap() == fitted,
            "a model must come back to the bit"
        );
    }
}

#[test]
fn many_classes_are_calibrated_one_against_the_rest_and_normalised() {
    let values =
        vec![0.6, 0.3, 0.1, 0.2, 0.5, 0.3, 0.1, 0.2, 0.7, 0.4, 0.4, 0.2, 0.3, 0.3, 0.4, 0.5, 0.2, 0.3];
    let predictions = Predictions::Probabilities { classes: 3, values };
    let truth = truth(vec![0, 1, 2, 1, 2, 0], 3);
    let fitted = Calibration::fit(
        CalibrationMethod::Platt,
        CalibrationInput::Probability,
        &truth,
        &predictions,
        &[1.0; 6],
    )
    .unwrap();
    assert_eq!(fitted.calibrators.len(), 3);
    let Predictions::Probabilities { values, .. } = fitted.apply(&predictions).unwrap() else {
        panic!("kind")
    };
    assert!(values.chunks(3).all(|row| (row.iter().sum::<f64>() - 1.0).abs() < 1e-12));
    let zero = Calibrator::Isotonic(Isotonic { x: vec![0.0], y: vec![0.0] });
    let none = Calibration { calibrators: vec![zero.clone(), zero.clone(), zero], ..fitted };
    let Predictions::Probabilities { values, .. } = none.apply(&predictions).unwrap() else { panic!("kind") };
    assert!(values.iter().all(|p| *p == 1.0 / 3.0), "a row of zeros is uniform");
}

#[test]
fn calibration_is_refused_where_it_can_not_be() {
    let fit = |method, truth: &Truth, p: &Predictions, n: usize| {
        Calibration::fit(method, CalibrationInput::Probability, truth, p, &vec![1.0; n])
            .unwrap_err()
            .to_string()
    };
    let (t, p) = (truth(vec![0, 1], 2), binary(&[0.1, 0.9]));
    assert_eq!(
        fit(CalibrationMethod::Isotonic, &t, &p, 2),
        "calibration Isotonic needs at least 1000 out-of-fold rows, there are 2; use Platt"
    );
    assert_eq!(
        fit(CalibrationMethod::Platt, &truth(vec![0, 0], 2), &p, 2),
        "calibration of class 1 needs rows of it and of others; there are 0 of 2"
    );
    assert_eq!(fit(CalibrationMethod::Platt, &t, &p, 3), "3 weights for 2 rows");
    assert_eq!(
        fit(CalibrationMethod::Platt, &Truth::Values(vec![1.0]), &Predictions::Values(vec![1.0]), 1),
        "calibration needs classes, the task is Regression"
    );
}

fn tuned(metric: MetricName, labels: &[u32], p: &[f64]) -> f64 {
    tune_threshold(metric, Average::Binary, &truth(labels.to_vec(), 2), &binary(p)).unwrap()
}

#[test]
fn the_threshold_maximises_the_metric() {
    // All positives are above 0.2, most negatives below.
    let (labels, p) = ([0, 0, 1, 0, 1, 1], [0.05, 0.1, 0.3, 0.25, 0.35, 0.4]);
    let threshold = tuned(MetricName::F1Score, &labels, &p);
    assert!((threshold - 0.275).abs() < 1e-12, "{threshold}");
    // The best of all thresholds, tried one by one.
    let f1 = |t: f64| {
        let rule = Rule { average: Average::Binary, threshold: t };
        score(MetricName::F1Score, &truth(labels.to_vec(), 2), &binary(&p), &rule).unwrap().unwrap()
    };
    let best = (0..1000).map(|i| f1(f64::from(i) / 1000.0)).fold(0.0, f64::max);
    assert_eq!(f1(threshold), best);
}

#[test]
fn of_equally_good_thresholds_the_nearest_to_one_half_is_taken() {
    assert_eq!(tuned(MetricName::Accuracy, &[0, 1], &[0.1, 0.9]), 0.5);
    assert_eq!(tuned(MetricName::Accuracy, &[0, 1], &[0.7, 0.9]), 0.8);
    assert_eq!(tuned(MetricName::F1Score, &[0, 1, 0, 1], &[0.5; 4]), 0.5);
}

#[test]
fn the_threshold_is_of_the_positive_class() {
    let t = Truth::Classes { labels: vec![1, 1, 0], classes: 2, positive: Some(0) };
    let p = binary(&[0.9, 0.8, 0.7]);
    let threshold = tune_threshold(MetricName::F1Score, Average::Binary, &t, &p).unwrap();
    assert!((threshold - 0.25).abs() < 1e-12, "{threshold}");
}

#[test]
fn metrics_without_a_threshold_and_more_classes_are_refused() {
    let (t, p) = (truth(vec![0, 1], 2), binary(&[0.1, 0.9]));
    let error = tune_threshold(MetricName::RocAuc, Average::Binary, &t, &p).unwrap_err().to_string();
    assert_eq!(error, "metric roc_auc can't be computed here: it does not depend on a threshold");
    let p = Predictions::Probabilities { classes: 3, values: vec![0.2, 0.3, 0.5] };
    let error =
        tune_threshold(MetricName::F1Score, Average::Macro, &truth(vec![0], 3), &p).unwrap_err().to_string();
    assert_eq!(error, "metric f1_score can't be computed here: a threshold needs two classes");
}
