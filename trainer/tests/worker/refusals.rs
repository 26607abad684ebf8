//! Calls that the service does not want.

use std::time::Duration;

use podium_contract::{ASK_PATH, REPORT_PATH, TELL_PATH};

use super::runner::{Hired, endless, score};
use super::service::{Fault, TrialServer};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_read_anew_for_each_call_and_a_refused_one_may_be_renewed() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "old\n").unwrap();
    let server = TrialServer::with(0..1);
    server.fail(ASK_PATH, [Fault::Refuse(401)]);
    let address = server.start().await;
    let renewed = token.clone();
    let worker = Hired { token, ..Hired::at([address]) }.worker(move |_, _, _| {
        std::fs::write(&renewed, "new\n").unwrap();
        score(1.0)
    });
    worker.work().await.unwrap();
    let sent: Vec<String> = server.ledger().tokens.iter().flatten().cloned().collect();
    assert_eq!(sent, ["Bearer old", "Bearer old", "Bearer new", "Bearer new"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_stays_refused_ends_the_worker_with_what_was_said() {
    let server = TrialServer::with(0..1);
    server.fail(ASK_PATH, vec![Fault::Refuse(403); 1000]);
    let address = server.start().await;
    let failure = Hired::at([address]).worker(|_, _, _| score(1.0)).work().await.unwrap_err();
    assert_eq!(failure.code(), 5);
    assert!(failure.to_string().contains("403 Fault: a test asked for it"), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_that_is_opened_late_is_waited_for() {
    let server = TrialServer::with(0..1);
    server.fail(ASK_PATH, [Fault::Refuse(404), Fault::Refuse(404)]);
    let address = server.start().await;
    Hired::at([address]).worker(|_, _, _| score(1.0)).work().await.unwrap();
    assert_eq!(server.ledger().tells().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_of_another_run_and_one_of_no_sweep_leave_in_peace() {
    for faults in [vec![Fault::Refuse(409)], vec![Fault::Refuse(404); 1000]] {
        let server = TrialServer::with(0..1);
        server.fail(ASK_PATH, faults);
        let address = server.start().await;
        Hired::at([address]).worker(|_, _, _| score(1.0)).work().await.unwrap();
        assert_eq!(server.ledger().asks(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_has_read_other_data_than_the_others_says_so() {
    let server = TrialServer::with(0..1);
    server.fail(ASK_PATH, [Fault::OtherData]);
    let address = server.start().await;
    let failure = Hired::at([address]).worker(|_, _, _| score(1.0)).work().await.unwrap_err();
    assert_eq!(failure.code(), 3);
    assert!(failure.to_string().starts_with("DataChanged: 409 DataChanged"), "{failure}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_that_is_somebody_else_s_is_dropped_at_the_report_or_at_the_tell() {
    let server = TrialServer::with(0..3);
    server.fail(REPORT_PATH, [Fault::Refuse(409)]);
    server.fail(TELL_PATH, [Fault::Refuse(409)]);
    let address = server.start().await;
    let worker = Hired::at([address])
        .worker(|x, seen, interrupt| if x == 0 { endless(seen, interrupt) } else { score(1.0) });
    tokio::time::timeout(Duration::from_secs(10), worker.work()).await.unwrap().unwrap();
    // The tell of trial 0 never came, that of trial 1 was refused.
    let numbers: Vec<i64> = server.ledger().tells().iter().map(|tell| tell.number).collect();
    assert_eq!(numbers, [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_not_understood_is_our_own_bug() {
    for status in [400, 413] {
        let server = TrialServer::with(0..1);
        server.fail(TELL_PATH, [Fault::Refuse(status)]);
        let address = server.start().await;
        let failure = Hired::at([address]).worker(|_, _, _| score(1.0)).work().await.unwrap_err();
        assert_eq!(failure.code(), 101);
        assert!(failure.to_string().contains("did not understand"), "{failure}");
    }
}
