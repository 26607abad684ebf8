//! Rows about evidence that is inadmissible as a whole.

use super::*;

fn with_evidence(reading: Reading<EvidenceFacts>) -> EvidenceView {
    let evaluation = Evaluation::Trainer { attempt: 2, result: Box::new(result()), evidence: reading };
    EvidenceView { evaluation, ..ours(evidence(vec![])) }
}

fn found(digest: &str, evidence: Result<Evidence, String>) -> Reading<EvidenceFacts> {
    Reading::Found(EvidenceFacts { digest: digest.into(), evidence })
}

#[test]
fn evidence_of_our_trainer_is_admitted_when_all_of_it_belongs_together() {
    assert_eq!(verdict(&min("0.65"), &ours(evidence(vec![]))), is(GateResult::Pass, "WithinBounds"));
}

#[test]
fn what_mlflow_does_not_answer_is_an_error_with_its_reason() {
    let trouble = Trouble { reason: "TrackingUnauthorized", message: "401".into() };
    let run = EvidenceView { run: Reading::Unreachable(trouble.clone()), ..foreign(&[]) };
    let proof = with_evidence(Reading::Unreachable(trouble.clone()));
    let bytes = EvidenceView { bytes: Bytes::Unreachable(trouble), ..ours(evidence(vec![])) };
    for view in [run, proof, bytes] {
        assert_eq!(verdict(&min("0"), &view), is(GateResult::Error, "TrackingUnauthorized"));
    }
}

#[test]
fn a_run_that_ended_before_any_measurement_is_inconclusive() {
    for state in [RunState::Open, RunState::Failed, RunState::Killed] {
        let ended = RunFacts { state, ..run(&[]) };
        let view = EvidenceView { run: Reading::Found(ended), ..foreign(&[]) };
        assert_eq!(verdict(&min("0"), &view), is(GateResult::Inconclusive, "RunNotFinished"));
    }
    let gone = EvidenceView { run: Reading::Missing, ..foreign(&[]) };
    assert_eq!(verdict(&min("0"), &gone), is(GateResult::Inconclusive, "MetricMissing"));
}

#[test]
fn evidence_of_another_attempt_than_the_result_is_stale() {
    let other = Evidence { attempt: 1, ..evidence(vec![]) };
    assert_eq!(verdict(&min("0"), &ours(other)), is(GateResult::Error, "StaleAttempt"));
}

#[test]
fn evidence_of_other_rows_than_the_result_is_not_comparable() {
    let other = Evidence { evaluation_digest: "other".into(), ..evidence(vec![]) };
    assert_eq!(verdict(&min("0"), &ours(other)), is(GateResult::Inconclusive, "NotComparable"));
}

#[test]
fn model_files_other_than_the_evaluated_ones_are_an_error() {
    let changed = Bytes::Changed { evaluated: "a".into(), now: "b".into() };
    for (bytes, reason) in [(changed, "ModelChanged"), (Bytes::Missing, "ModelMissing")] {
        let view = EvidenceView { bytes, ..ours(evidence(vec![])) };
        assert_eq!(verdict(&min("0"), &view), is(GateResult::Error, reason));
    }
    let other = Evidence { model_digest: "other".into(), ..evidence(vec![]) };
    assert_eq!(verdict(&min("0"), &ours(other)), is(GateResult::Error, "ModelChanged"));
}

#[test]
fn evidence_that_is_missing_exchanged_or_unreadable_is_never_a_pass() {
    let missing = with_evidence(Reading::Missing);
    assert_eq!(verdict(&min("0"), &missing), is(GateResult::Inconclusive, "EvidenceMissing"));
    let exchanged = with_evidence(found("other", Ok(evidence(vec![]))));
    assert_eq!(verdict(&min("0"), &exchanged), is(GateResult::Error, "EvidenceChanged"));
    let unreadable = with_evidence(found("proof", Err("EOF".into())));
    assert_eq!(verdict(&min("0"), &unreadable), is(GateResult::Error, "EvidenceMalformed"));
    let newer = ours(Evidence { version: CONTRACT_VERSION + 1, ..evidence(vec![]) });
    assert_eq!(verdict(&min("0"), &newer), is(GateResult::Error, "EvidenceMalformed"));
    let result = EvidenceView { evaluation: Evaluation::Malformed("bad tag".into()), ..foreign(&[]) };
    assert_eq!(verdict(&min("0"), &result), is(GateResult::Error, "EvidenceMalformed"));
}
