//! Rows about comparisons.

use super::*;

fn refused(reason: &str) -> Comparison {
    let outcome = ComparisonOutcome::Refused { reason: reason.into(), message: "why".into() };
    Comparison { outcome, ..comparison(Reference::Champion, Some("7")) }
}

fn beside_champion(comparisons: Vec<Comparison>) -> EvidenceView {
    EvidenceView { holder: Some("7".into()), ..ours(evidence(comparisons)) }
}

#[test]
fn the_improvement_must_hold_at_the_stated_confidence_not_at_the_point_estimate() {
    let view = beside_champion(vec![comparison(Reference::Champion, Some("7"))]);
    let status = judge(&improves(Reference::Champion, "0.0999", 0.9), &view);
    assert_eq!((status.result, status.compared_to.as_deref()), (GateResult::Pass, Some("champion 7")));
    assert_eq!(status.min, Some(Decimal::new("0.0999")));
    let stricter = judge(&improves(Reference::Champion, "0.0999", 0.95), &view);
    assert_eq!((stricter.result, stricter.reason.as_str()), (GateResult::Fail, "ImprovementTooSmall"));
}

#[test]
fn a_negative_delta_allows_a_loss() {
    let mut worse = comparison(Reference::Champion, Some("7"));
    let shifted = Difference { quantiles: vec![-0.004; 999], ..difference() };
    let metrics = BTreeMap::from([("roc_auc".to_owned(), shifted)]);
    worse.outcome = ComparisonOutcome::Compared { rows: 100, metrics };
    let view = beside_champion(vec![worse]);
    let at = |delta| verdict(&improves(Reference::Champion, delta, 0.9), &view);
    assert_eq!(at("-0.004"), is(GateResult::Pass, "WithinBounds"));
    assert_eq!(at("0"), is(GateResult::Fail, "ImprovementTooSmall"));
}

#[test]
fn baseline_and_dummy_are_read_from_the_evidence_and_only_from_there() {
    for over in [Reference::Baseline, Reference::Dummy] {
        let view = ours(evidence(vec![comparison(over, None)]));
        assert_eq!(verdict(&improves(over, "0", 0.95), &view), is(GateResult::Pass, "WithinBounds"));
        let none = verdict(&improves(over, "0", 0.95), &ours(evidence(vec![])));
        assert_eq!(none, is(GateResult::Inconclusive, "NotComparable"));
    }
}

#[test]
fn a_champion_fitted_on_the_holdout_or_on_other_rows_is_inconclusive() {
    for reason in ["ChampionSawHoldout", "NotComparable"] {
        let view = beside_champion(vec![refused(reason)]);
        assert_eq!(
            verdict(&improves(Reference::Champion, "-1", 0.5), &view),
            is(GateResult::Inconclusive, reason)
        );
    }
}

#[test]
fn another_champion_than_the_one_compared_with_is_baseline_moved() {
    let gate = improves(Reference::Champion, "-1", 0.5);
    let other = EvidenceView {
        holder: Some("8".into()),
        ..beside_champion(vec![comparison(Reference::Champion, Some("7"))])
    };
    let appeared = beside_champion(vec![]);
    let vanished = EvidenceView { holder: None, ..other.clone() };
    for view in [other, appeared, vanished] {
        assert_eq!(verdict(&gate, &view), is(GateResult::Inconclusive, "BaselineMoved"));
    }
}

#[test]
fn without_a_champion_the_comparison_says_no_baseline() {
    let gate = improves(Reference::Champion, "0", 0.95);
    assert_eq!(verdict(&gate, &ours(evidence(vec![]))), is(GateResult::Inconclusive, "NoBaseline"));
    assert_eq!(verdict(&gate, &foreign(&[])), is(GateResult::Inconclusive, "NoBaseline"));
}

#[test]
fn a_metric_that_was_not_compared_is_missing() {
    let gate = ValidGate { metric: "recall".into(), ..improves(Reference::Champion, "0", 0.95) };
    let view = beside_champion(vec![comparison(Reference::Champion, Some("7"))]);
    assert_eq!(verdict(&gate, &view), is(GateResult::Inconclusive, "MetricMissing"));
}

#[test]
fn a_bootstrap_that_is_cut_or_not_ascending_is_malformed() {
    let mut swapped = difference();
    swapped.quantiles.swap(3, 4);
    let cut = Difference { quantiles: vec![0.5; 12], ..difference() };
    for broken in [swapped, cut] {
        let metrics = BTreeMap::from([("roc_auc".to_owned(), broken)]);
        let outcome = ComparisonOutcome::Compared { rows: 200, metrics };
        let view =
            beside_champion(vec![Comparison { outcome, ..comparison(Reference::Champion, Some("7")) }]);
        assert_eq!(
            verdict(&improves(Reference::Champion, "0", 0.9), &view),
            is(GateResult::Error, "EvidenceMalformed")
        );
    }
}

/// Two runs of other tools, with these digests of their rows.
fn logged(mine: Option<&str>, theirs: Option<&str>) -> EvidenceView {
    let mut champion =
        run(&[("roc_auc", point(0.80, 0, 5)), ("rmse", point(2.0, 0, 5)), ("own", point(1.0, 0, 5))]);
    if let Some(digest) = theirs {
        champion.tags.insert(EVALUATION_DIGEST_TAG.into(), digest.into());
    }
    EvidenceView {
        evaluation: Evaluation::Anyone { digest: mine.map(str::to_owned) },
        holder: Some("7".into()),
        champion_run: Some(Reading::Found(champion)),
        ..foreign(&[("roc_auc", point(0.85, 0, 5)), ("rmse", point(1.5, 0, 5)), ("own", point(2.0, 0, 5))])
    }
}

#[test]
fn logged_metrics_compare_only_when_both_runs_state_the_same_rows() {
    let gate = improves(Reference::Champion, "0.04", 0.95);
    assert_eq!(verdict(&gate, &logged(Some("d"), Some("d"))), is(GateResult::Pass, "WithinBounds"));
    for (mine, theirs) in [(None, None), (Some("d"), None), (None, Some("d")), (Some("d"), Some("e"))] {
        assert_eq!(verdict(&gate, &logged(mine, theirs)), is(GateResult::Inconclusive, "NotComparable"));
    }
}

#[test]
fn an_improvement_counts_in_the_direction_in_which_the_metric_gets_better() {
    let view = logged(Some("d"), Some("d"));
    let of = |metric: &str| ValidGate { metric: metric.into(), ..improves(Reference::Champion, "0.5", 0.95) };
    let rmse = judge(&of("rmse"), &view);
    assert_eq!((rmse.result, rmse.value), (GateResult::Pass, Some(Decimal::new("0.5"))));
    assert_eq!(verdict(&of("own"), &view), is(GateResult::Inconclusive, "NotComparable"));
}

#[test]
fn a_champion_that_the_trainer_could_not_score_is_compared_by_logged_values_of_the_same_rows() {
    let mut view = beside_champion(vec![refused("NotComparable")]);
    let mut champion = run(&[("roc_auc", point(0.8, 0, 5))]);
    champion.tags.insert(EVALUATION_DIGEST_TAG.into(), "rows".into());
    view.champion_run = Some(Reading::Found(champion));
    view.run = Reading::Found(run(&[("roc_auc", point(0.9, 2, 5))]));
    assert_eq!(
        verdict(&improves(Reference::Champion, "0.05", 0.95), &view),
        is(GateResult::Pass, "WithinBounds")
    );
}
