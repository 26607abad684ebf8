//! Predictions that are refused, never scored.

use super::*;

#[test]
fn predictions_that_are_not_finite_are_an_error() {
    let t = Truth::Values(vec![0.0, 1.0]);
    for bad in [f64::NAN, f64::INFINITY] {
        let error = score(M::Rmse, &t, &values(&[0.0, bad]), &Rule::standard(0)).unwrap_err().to_string();
        assert_eq!(error, format!("the prediction of row 1 is {bad}: must be finite"));
    }
    let p = Predictions::Probabilities { classes: 2, values: vec![0.5, 0.5, f64::NAN, 0.5] };
    let error = score(M::RocAuc, &truth(&[0, 1], 2, Some(1)), &p, &rule(Average::Binary)).unwrap_err();
    assert!(matches!(error, MetricError::NotFinite { row: 1, .. }));
}

#[test]
fn probabilities_that_do_not_sum_to_one_are_an_error() {
    let p = Predictions::Probabilities { classes: 2, values: vec![0.5, 0.5, 0.5, 0.6] };
    let error = score(M::LogLoss, &truth(&[0, 1], 2, Some(1)), &p, &rule(Average::Binary)).unwrap_err();
    assert_eq!(error.to_string(), "the probabilities of row 1 are not within 0 and 1 with sum 1: sum is 1.1");
    let p = Predictions::Probabilities { classes: 2, values: vec![1.5, -0.5] };
    assert!(score(M::LogLoss, &truth(&[0], 2, Some(1)), &p, &rule(Average::Binary)).is_err());
}

#[test]
fn lengths_classes_and_tasks_must_fit() {
    let t = truth(&[0, 1], 2, Some(1));
    let error =
        |t: &Truth, p: &Predictions, m| score(m, t, p, &rule(Average::Macro)).unwrap_err().to_string();
    assert_eq!(error(&t, &binary(&[0.5]), M::Accuracy), "1 predictions for 2 rows");
    assert_eq!(
        error(&t, &certain(3, &[0, 1]), M::Accuracy),
        "probabilities of 3 classes where the truth has 2"
    );
    assert_eq!(
        error(&t, &binary(&[0.5, 0.5]), M::Rmse),
        "metric rmse can't be computed here: the task is a classification"
    );
    assert_eq!(
        error(&Truth::Values(vec![1.0]), &values(&[1.0]), M::RocAuc),
        "metric roc_auc can't be computed here: the task is a regression"
    );
    assert_eq!(
        error(&t, &values(&[1.0, 2.0]), M::Accuracy),
        "metric accuracy can't be computed here: truth and predictions are of different tasks"
    );
    let (t, p) = three();
    let binary = score(M::F1Score, &t, &p, &rule(Average::Binary)).unwrap_err().to_string();
    assert_eq!(binary, "metric f1_score can't be computed here: average Binary needs two classes");
}
