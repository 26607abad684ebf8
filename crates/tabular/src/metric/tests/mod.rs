//! Behaviour of metrics; figures are scikit-learn 1.9.1's on the same rows.

mod curves;
mod refusals;

use super::MetricName as M;
use super::*;

const Y: [u32; 12] = [0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 0, 1];
const P: [f64; 12] = [0.1, 0.4, 0.35, 0.8, 0.65, 0.9, 0.4, 0.4, 0.55, 0.05, 0.5, 0.2];
const Y3: [u32; 12] = [0, 2, 1, 1, 0, 2, 2, 0, 1, 2, 0, 1];
#[rustfmt::skip]
const P3: [f64; 36] = [
    0.7, 0.2, 0.1, 0.1, 0.3, 0.6, 0.2, 0.5, 0.3, 0.4, 0.35, 0.25, 0.5, 0.25, 0.25, 0.3, 0.3, 0.4,
    0.25, 0.5, 0.25, 0.6, 0.3, 0.1, 0.1, 0.8, 0.1, 0.05, 0.15, 0.8, 0.3, 0.4, 0.3, 0.2, 0.6, 0.2,
];

fn truth(labels: &[u32], classes: usize, positive: Option<u32>) -> Truth {
    Truth::Classes { labels: labels.to_vec(), classes, positive }
}

fn binary(p: &[f64]) -> Predictions {
    Predictions::Probabilities { classes: 2, values: p.iter().flat_map(|p| [1.0 - p, *p]).collect() }
}

fn three() -> (Truth, Predictions) {
    (truth(&Y3, 3, None), Predictions::Probabilities { classes: 3, values: P3.to_vec() })
}

fn rule(average: Average) -> Rule {
    Rule { average, threshold: 0.5 }
}

fn close(found: Option<f64>, expected: f64, what: M) {
    let found = found.unwrap_or_else(|| panic!("{what} is undefined"));
    assert!(
        (found - expected).abs() < 1e-12 * expected.abs().max(1.0),
        "{what}: {found}, expected {expected}"
    );
}

fn check(truth: &Truth, predictions: &Predictions, rule: Rule, expected: &[(M, f64)]) {
    for &(metric, value) in expected {
        close(score(metric, truth, predictions, &rule).unwrap(), value, metric);
    }
}

#[test]
fn two_classes_are_scored_on_the_positive_one() {
    let (t, p) = (truth(&Y, 2, Some(1)), binary(&P));
    check(
        &t,
        &p,
        rule(Average::Binary),
        &[
            (M::Accuracy, 0.583_333_333_333_333_4),
            (M::BalancedAccuracy, 0.583_333_333_333_333_3),
            (M::Precision, 0.6),
            (M::Recall, 0.5),
            (M::F1Score, 0.545_454_545_454_545_4),
            (M::Mcc, 0.169_030_850_945_703_3),
            (M::RocAuc, 0.666_666_666_666_666_7),
            (M::AveragePrecision, 0.734_259_259_259_259_2),
            (M::LogLoss, 0.618_597_183_264_214_2),
            (M::Brier, 0.223_333_333_333_333_36),
        ],
    );
    check(
        &t,
        &p,
        rule(Average::Macro),
        &[
            (M::Precision, 0.585_714_285_714_285_6),
            (M::Recall, 0.583_333_333_333_333_3),
            (M::F1Score, 0.580_419_580_419_580_4),
        ],
    );
}

#[test]
fn the_positive_class_may_be_the_smaller_label() {
    // Labels at the threshold count as positive, so the row of 0.5 changes sides with the positive class.
    let p: Vec<f64> = P.iter().map(|p| if *p == 0.5 { 0.51 } else { *p }).collect();
    check(
        &truth(&Y, 2, Some(0)),
        &binary(&p),
        rule(Average::Binary),
        &[
            (M::F1Score, 0.615_384_615_384_615_4),
            (M::Precision, 0.571_428_571_428_571_4),
            (M::RocAuc, 0.666_666_666_666_666_7),
        ],
    );
    check(
        &truth(&Y, 2, Some(0)),
        &binary(&P),
        rule(Average::Binary),
        &[(M::AveragePrecision, 0.727_976_190_476_190_4)],
    );
}

#[test]
fn the_threshold_makes_the_labels() {
    let (t, p) = (truth(&[0, 1, 1], 2, Some(1)), binary(&[0.2, 0.3, 0.9]));
    let recall = |threshold| score(M::Recall, &t, &p, &Rule { average: Average::Binary, threshold }).unwrap();
    assert_eq!((recall(0.5), recall(0.3), recall(0.31)), (Some(0.5), Some(1.0), Some(0.5)));
}

#[test]
fn three_classes_are_averaged() {
    let (t, p) = three();
    check(
        &t,
        &p,
        rule(Average::Macro),
        &[
            (M::Accuracy, 0.75),
            (M::BalancedAccuracy, 0.75),
            (M::Precision, 0.783_333_333_333_333_3),
            (M::Recall, 0.75),
            (M::F1Score, 0.757_936_507_936_507_9),
            (M::Mcc, 0.631_613_940_799_889_2),
            (M::RocAuc, 0.927_083_333_333_333_4),
            (M::LogLoss, 0.689_842_775_066_972_9),
            (M::Brier, 0.381_666_666_666_666_65),
            (M::AveragePrecision, 0.881_944_444_444_444_3),
        ],
    );
    check(
        &t,
        &p,
        rule(Average::Weighted),
        &[(M::F1Score, 0.757_936_507_936_507_9), (M::RocAuc, 0.927_083_333_333_333_4)],
    );
}

/// One-hot probabilities of labels.
fn certain(classes: usize, labels: &[u32]) -> Predictions {
    let one = |l: u32| (0..classes as u32).map(move |c| f64::from(u8::from(c == l)));
    Predictions::Probabilities { classes, values: labels.iter().flat_map(|&l| one(l)).collect() }
}

#[test]
fn macro_counts_a_class_that_is_only_predicted_and_leaves_out_one_that_is_in_neither() {
    for classes in [3, 4] {
        let (t, p) = (truth(&[0, 0, 1], classes, None), certain(classes, &[0, 2, 1]));
        check(
            &t,
            &p,
            rule(Average::Macro),
            &[(M::F1Score, 5.0 / 9.0), (M::Recall, 0.5), (M::BalancedAccuracy, 0.75)],
        );
        check(&t, &p, rule(Average::Weighted), &[(M::F1Score, 7.0 / 9.0)]);
    }
}

#[test]
fn nothing_over_nothing_is_zero() {
    let r = rule(Average::Binary);
    let never = binary(&[0.1, 0.2]);
    check(
        &truth(&[0, 1], 2, Some(1)),
        &never,
        r,
        &[(M::Precision, 0.0), (M::Recall, 0.0), (M::F1Score, 0.0), (M::Mcc, 0.0)],
    );
    check(&truth(&[0, 0], 2, Some(1)), &binary(&[0.9, 0.1]), r, &[(M::Recall, 0.0), (M::F1Score, 0.0)]);
    let report = report(&truth(&[0, 1], 2, Some(1)), &never, &r).unwrap();
    assert_eq!(report.warnings, ["no row is predicted positive: precision counts as 0"]);
}

#[test]
fn roc_auc_gives_ties_midranks() {
    let t = truth(&[0, 1, 0, 1], 2, Some(1));
    let auc = |p: &[f64]| score(M::RocAuc, &t, &binary(p), &rule(Average::Binary)).unwrap();
    assert_eq!(auc(&[0.5; 4]), Some(0.5));
    assert_eq!(auc(&[0.1, 0.9, 0.2, 0.8]), Some(1.0));
    assert_eq!(auc(&[0.1, 0.9, 0.5, 0.5]), Some(0.875));
}

#[test]
fn ranking_on_many_tied_rows_equals_scikit_learn() {
    let unit = |x: u64| (x % (1 << 32)) as f64 / 4_294_967_296.0;
    let h: Vec<f64> = (0..5000u64).map(|i| unit(i * 2_654_435_761)).collect();
    let h2 = (0..5000u64).map(|i| unit((i + 7) * 40_503 * 65_599));
    let y: Vec<u32> = h.iter().zip(h2).map(|(a, b)| u32::from(b < 0.3 + 0.4 * a)).collect();
    let p: Vec<f64> = h.iter().map(|x| (x * 100.0).round_ties_even() / 100.0).collect();
    check(
        &truth(&y, 2, Some(1)),
        &binary(&p),
        rule(Average::Binary),
        &[
            (M::RocAuc, 0.626_216_574_211_506_9),
            (M::AveragePrecision, 0.608_017_127_985_319_5),
            (M::LogLoss, 0.898_841_166_275_433_3),
        ],
    );
}

#[test]
fn one_class_in_the_truth_makes_ranking_undefined_but_not_log_loss() {
    let (t, p) = (truth(&[1, 1], 2, Some(1)), binary(&[0.9, 0.8]));
    let report = report(&t, &p, &rule(Average::Binary)).unwrap();
    assert_eq!(report.undefined, [M::RocAuc]);
    close(report.values.get(&M::LogLoss).copied(), 0.164_252_033_486_018, M::LogLoss);
    assert_eq!(report.warnings, ["the rows have one class only: roc_auc is undefined"]);
    assert!(report.values.values().all(|v| v.is_finite()));
}

#[test]
fn a_class_absent_from_the_fold_makes_roc_auc_undefined() {
    let (t, p) = (truth(&[0, 1, 0], 3, None), certain(3, &[0, 1, 1]));
    assert_eq!(score(M::RocAuc, &t, &p, &rule(Average::Macro)), Ok(None));
    assert!(score(M::LogLoss, &t, &p, &rule(Average::Macro)).unwrap().is_some());
}

#[test]
fn no_rows_make_every_metric_undefined() {
    let none = report(&truth(&[], 2, Some(1)), &binary(&[]), &rule(Average::Binary)).unwrap();
    assert!(none.values.is_empty(), "{none:?}");
    let none = report(&Truth::Values(vec![]), &Predictions::Values(vec![]), &Rule::standard(0)).unwrap();
    assert!(none.values.is_empty(), "{none:?}");
}

#[test]
fn a_certain_mistake_costs_36_in_log_loss() {
    let loss = score(M::LogLoss, &truth(&[0], 2, Some(1)), &binary(&[1.0]), &rule(Average::Binary)).unwrap();
    assert!((loss.unwrap() - 36.043_653).abs() < 1e-5, "{loss:?}");
}

fn values(v: &[f64]) -> Predictions {
    Predictions::Values(v.to_vec())
}

#[test]
fn numbers_are_scored_as_scikit_learn_does() {
    let t = Truth::Values(vec![3.0, -0.5, 2.0, 7.0, 4.2, 1.5, -2.0, 10.0]);
    check(
        &t,
        &values(&[2.5, 0.0, 2.0, 8.0, 4.0, 1.0, -1.5, 7.0]),
        Rule::standard(0),
        &[
            (M::Mse, 1.38),
            (M::Rmse, 1.174_734_012_447_073),
            (M::Mae, 0.775),
            (M::Medae, 0.5),
            (M::Mape, 0.280_059_523_809_523_8),
            (M::R2Score, 0.896_590_483_327_088_8),
        ],
    );
}

#[test]
fn r2_of_a_constant_truth_is_one_or_zero_and_of_one_row_undefined() {
    let r2 = |t: &[f64], p: &[f64]| {
        score(M::R2Score, &Truth::Values(t.to_vec()), &values(p), &Rule::standard(0)).unwrap()
    };
    assert_eq!(
        (r2(&[2.0, 2.0], &[2.0, 2.0]), r2(&[2.0, 2.0], &[2.0, 3.0]), r2(&[2.0], &[2.0])),
        (Some(1.0), Some(0.0), None)
    );
}

#[test]
fn a_zero_target_makes_mape_huge_and_warns() {
    let report = report(&Truth::Values(vec![0.0, 1.0]), &values(&[0.5, 1.0]), &Rule::standard(0)).unwrap();
    assert_eq!(report.values[&M::Mape], 1_125_899_906_842_624.0);
    assert_eq!(report.warnings, ["mape is meaningless: 1 of 2 targets are 0; look at rmse"]);
}

#[test]
fn counting_a_row_twice_is_having_it_twice() {
    let counts: Vec<u32> = (0..12).map(|i| [2, 0, 1, 3][i % 4]).collect();
    let repeated: Vec<usize> = (0..12).flat_map(|i| vec![i; counts[i] as usize]).collect();
    let numbers = (Truth::Values(P.iter().map(|p| p * 3.0).collect()), values(&P));
    let cases = [
        ((truth(&Y, 2, Some(1)), binary(&P)), Average::Binary),
        (three(), Average::Macro),
        (three(), Average::Weighted),
        (numbers, Average::Macro),
    ];
    for ((t, p), average) in &cases {
        let (many_t, many_p) = (t.gather(&repeated), p.gather(&repeated));
        let all = report(&many_t, &many_p, &rule(*average)).unwrap();
        assert!(all.values.len() >= 6);
        for (metric, expected) in all.values {
            close(
                Scorer::new(metric, t, p, &rule(*average)).unwrap().score_counts(&counts),
                expected,
                metric,
            );
        }
    }
}

#[test]
fn names_goals_and_parsing() {
    assert_eq!(M::parse("f1_score"), Some(M::F1Score));
    assert_eq!(M::parse("F1"), None);
    assert!(M::ALL.iter().all(|m| M::parse(m.as_str()) == Some(*m)));
    let lower: Vec<&str> =
        M::ALL.iter().filter(|m| m.goal() == Some(Goal::Minimize)).map(|m| m.as_str()).collect();
    assert_eq!(
        lower,
        [
            "log_loss",
            "brier",
            "mse",
            "rmse",
            "mae",
            "medae",
            "mape",
            "training_time",
            "inference_time_ms",
            "model_size_mb"
        ]
    );
    assert_eq!(M::GpuUsed.goal(), None);
    assert_eq!((Goal::Minimize.improvement(2.0, 1.5), Goal::Maximize.improvement(2.0, 1.5)), (0.5, -0.5));
    assert_eq!(serde_json::to_string(&M::RocAuc).unwrap(), "\"roc_auc\"");
}
