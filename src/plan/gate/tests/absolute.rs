//! Rows about one metric and its bounds.

use super::*;

#[test]
fn a_finite_value_inside_its_bounds_passes_with_value_and_bound_as_strings() {
    let expected = GateStatus {
        name: "g".into(),
        result: GateResult::Pass,
        reason: "WithinBounds".into(),
        message: "auc 0.9 >= 0.65".into(),
        metric: "auc".into(),
        value: Some(Decimal::new("0.9")),
        min: Some(Decimal::new("0.65")),
        max: None,
        compared_to: None,
        dry_run: false,
    };
    assert_eq!(judge(&min("0.65"), &foreign(&[("auc", point(0.9, 3, 5))])), expected);
}

#[test]
fn bounds_are_inclusive_on_both_sides() {
    let view = foreign(&[("auc", point(0.65, 1, 5))]);
    assert_eq!(verdict(&min("0.65"), &view), is(GateResult::Pass, "WithinBounds"));
    assert_eq!(verdict(&max("0.65"), &view), is(GateResult::Pass, "WithinBounds"));
    assert_eq!(verdict(&min("0.6500001"), &view), is(GateResult::Fail, "OutOfBounds"));
    assert_eq!(verdict(&max("0.6499999"), &view), is(GateResult::Fail, "OutOfBounds"));
}

#[test]
fn a_finite_value_outside_fails_and_names_value_and_bound() {
    let status = judge(&max("0.5"), &foreign(&[("auc", point(0.9, 3, 5))]));
    assert_eq!((status.result, status.message.as_str()), (GateResult::Fail, "auc 0.9 > 0.5"));
}

#[test]
fn a_quoted_nan_and_both_infinities_fail_as_not_finite() {
    let infinities = [f64::INFINITY, f64::NEG_INFINITY, 1.797_693_134_862_315_7e308, -1.797e308];
    for value in infinities.into_iter().chain([f64::NAN]) {
        for gate in [min("-1"), max("1")] {
            let status = judge(&gate, &foreign(&[("auc", point(value, 1, 5))]));
            assert_eq!(
                (status.result, status.reason.as_str()),
                (GateResult::Fail, "MetricNotFinite"),
                "{value}"
            );
            assert_eq!(status.value, None);
        }
    }
    let largest = foreign(&[("auc", point(1.796e308, 1, 5))]);
    assert_eq!(verdict(&min("0"), &largest), is(GateResult::Pass, "WithinBounds"));
}

#[test]
fn an_absent_metric_is_inconclusive_and_fails_only_when_asked() {
    let view = foreign(&[]);
    assert_eq!(verdict(&min("0"), &view), is(GateResult::Inconclusive, "MetricMissing"));
    let strict = ValidGate { on_missing: OnMissing::Fail, ..min("0") };
    assert_eq!(verdict(&strict, &view), is(GateResult::Fail, "MetricMissing"));
}

#[test]
fn a_bare_nan_that_mlflow_stored_as_zero_at_step_and_time_zero_is_malformed() {
    assert_eq!(
        verdict(&max("0.5"), &foreign(&[("auc", point(0.0, 0, 0))])),
        is(GateResult::Error, "MetricMalformed")
    );
    for honest in [point(0.0, 0, 5), point(0.0, 1, 0), point(0.1, 0, 0)] {
        assert_eq!(verdict(&max("0.5"), &foreign(&[("auc", honest)])), is(GateResult::Pass, "WithinBounds"));
    }
}

#[test]
fn a_metric_of_only_step_0_of_anybodys_run_is_judged() {
    assert_eq!(
        verdict(&min("0.5"), &foreign(&[("auc", point(0.7, 0, 5))])),
        is(GateResult::Pass, "WithinBounds")
    );
}

#[test]
fn a_metric_of_another_attempt_than_the_result_is_an_error() {
    for step in [0, 1, 3] {
        let view = EvidenceView {
            run: Reading::Found(run(&[("auc", point(0.9, step, 5))])),
            ..ours(evidence(vec![]))
        };
        assert_eq!(verdict(&min("0.5"), &view), is(GateResult::Error, "StaleAttempt"));
    }
}

#[test]
fn a_metric_that_was_logged_again_after_the_evaluation_is_an_error() {
    let view =
        EvidenceView { run: Reading::Found(run(&[("auc", point(0.99, 2, 9))])), ..ours(evidence(vec![])) };
    assert_eq!(verdict(&min("0.5"), &view), is(GateResult::Error, "MetricChanged"));
}

#[test]
fn values_of_any_size_are_written_so_that_the_api_server_takes_them() {
    let text = |value| decimal(value).map(|decimal| decimal.to_string());
    assert_eq!(text(0.1 + 0.2).as_deref(), Some("0.30000000000000004"));
    assert_eq!(text(-2.225_073_858_507_201_4e-308).as_deref(), Some("-2.2250738585072014e-308"));
    assert_eq!(text(1e300).as_deref(), Some("1e300"));
    assert_eq!(text(f64::NAN), None);
}
