//! Rows about all gates together.

use super::*;

fn status(result: GateResult, reason: &str) -> GateStatus {
    GateStatus { result, reason: reason.into(), ..judge(&min("0"), &foreign(&[("auc", point(1.0, 1, 1))])) }
}

#[test]
fn fail_is_worse_than_error_than_inconclusive_than_pass() {
    let order = [GateResult::Pass, GateResult::Inconclusive, GateResult::Error, GateResult::Fail];
    for (index, worse) in order.into_iter().enumerate() {
        for better in &order[..=index] {
            for gates in [[worse, *better], [*better, worse]] {
                let gates = gates.map(|result| status(result, "R"));
                assert_eq!(aggregate(&gates).result, worse);
            }
        }
    }
}

#[test]
fn a_dry_run_has_no_effect_on_the_decision() {
    let dry = GateStatus { dry_run: true, ..status(GateResult::Fail, "OutOfBounds") };
    let verdict = aggregate(&[dry, status(GateResult::Pass, "WithinBounds")]);
    assert_eq!((verdict.result, verdict.summary().as_str()), (GateResult::Pass, "1/1"));
}

#[test]
fn no_gates_at_all_or_only_dry_runs_are_not_promoted() {
    let dry = GateStatus { dry_run: true, ..status(GateResult::Pass, "WithinBounds") };
    for gates in [vec![], vec![dry]] {
        let verdict = aggregate(&gates);
        assert_eq!((verdict.result, verdict.reason.as_str()), (GateResult::Inconclusive, "NoGates"));
    }
}

#[test]
fn without_a_champion_the_other_gates_decide_and_alone_nothing_passes() {
    let baseline = status(GateResult::Inconclusive, "NoBaseline");
    let others = aggregate(&[baseline.clone(), status(GateResult::Pass, "WithinBounds")]);
    assert_eq!((others.result, others.summary().as_str()), (GateResult::Pass, "1/1"));
    let failed = aggregate(&[baseline.clone(), status(GateResult::Fail, "OutOfBounds")]);
    assert_eq!(failed.result, GateResult::Fail);
    let alone = aggregate(&[baseline]);
    assert_eq!((alone.result, alone.reason.as_str()), (GateResult::Inconclusive, "NoBaseline"));
}

#[test]
fn the_sentence_names_the_gate_that_decided() {
    let view = foreign(&[("auc", point(0.5, 1, 5))]);
    let verdict = aggregate(&[judge(&max("0.6"), &view), judge(&min("0.65"), &view)]);
    assert_eq!(verdict.message, "gate g: auc 0.5 < 0.65 (1/2 gates)");
}
