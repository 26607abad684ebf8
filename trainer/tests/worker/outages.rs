//! The service restarts, loses answers, changes its leader, or is gone.

use std::time::{Duration, Instant};

use podium_contract::{ASK_PATH, REPORT_PATH, Reported, TELL_PATH};

use super::runner::{Hired, endless, score};
use super::service::{Fault, TrialServer, start_standby};

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_not_ready_yet_is_asked_again() {
    let server = TrialServer::with(0..2);
    server.fail(ASK_PATH, [Fault::Refuse(503), Fault::Refuse(502), Fault::Refuse(429)]);
    let address = server.start().await;
    Hired::at([address]).worker(|_, _, _| score(1.0)).work().await.unwrap();
    assert_eq!(server.ledger().tells().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_is_passed_over_and_the_leader_remembered() {
    let server = TrialServer::with(0..4);
    let leader = server.start().await;
    let standby = start_standby(leader).await;
    let begin = Instant::now();
    Hired::at([standby, leader]).worker(|_, _, _| score(1.0)).work().await.unwrap();
    assert_eq!(server.ledger().tells().len(), 4);
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tell_whose_answer_is_lost_is_told_again_as_it_was() {
    let server = TrialServer::with(0..2);
    server.fail(TELL_PATH, [Fault::LoseAnswer]);
    let address = server.start().await;
    Hired::at([address]).worker(|x, _, _| score(x as f64)).work().await.unwrap();
    let ledger = server.ledger();
    let tells = ledger.tells();
    assert_eq!(tells.iter().map(|tell| tell.number).collect::<Vec<_>>(), [0, 0, 1]);
    assert_eq!(tells[0], tells[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_of_a_leader_that_was_replaced_is_not_taken() {
    let server = TrialServer::with(0..2);
    server.ledger().epoch = 7;
    server.judge(|_| Reported::Continue);
    server.fail(TELL_PATH, [Fault::Epoch(6)]);
    let address = server.start().await;
    Hired::at([address]).worker(|_, _, _| score(1.0)).work().await.unwrap();
    let numbers: Vec<i64> = server.ledger().tells().iter().map(|tell| tell.number).collect();
    assert_eq!(numbers, [0, 0, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_leader_is_told_all_steps_again() {
    let server = TrialServer::with(0..1);
    let address = server.start().await;
    let seen_by = server.clone();
    let worker = Hired::at([address]).worker(move |_, seen, interrupt| {
        let wait_for = |count: usize| {
            while seen_by.ledger().reports().len() < count && !interrupt() {
                std::thread::sleep(Duration::from_millis(5));
            }
        };
        seen(1, 0.1);
        wait_for(1);
        seen_by.ledger().epoch = 2;
        seen(2, 0.2);
        wait_for(3);
        score(0.2)
    });
    worker.work().await.unwrap();
    let ledger = server.ledger();
    let steps: Vec<Vec<i64>> =
        ledger.reports().iter().map(|report| report.steps.iter().map(|step| step.step).collect()).collect();
    assert_eq!(steps[..3], [vec![1], vec![2], vec![1, 2]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_answer_the_fit_is_ended_and_the_worker_with_it() {
    let server = TrialServer::with(0..1);
    server.fail(REPORT_PATH, vec![Fault::Refuse(503); 1000]);
    let address = server.start().await;
    let begin = Instant::now();
    let worker = Hired { timeout_seconds: 1, ..Hired::at([address]) }
        .worker(|_, seen, interrupt| endless(seen, interrupt));
    let failure = worker.work().await.unwrap_err();
    assert_eq!(failure.code(), 5);
    assert!(failure.to_string().contains("has not answered for 1 s"), "{failure}");
    let took = begin.elapsed();
    assert!(took > Duration::from_secs(1) && took < Duration::from_secs(3), "{took:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_never_was_there_is_not_waited_for_without_end() {
    // The discard port: nobody listens.
    let nobody = ([127, 0, 0, 1], 9).into();
    let worker = Hired { timeout_seconds: 1, ..Hired::at([nobody]) }.worker(|_, _, _| score(1.0));
    let failure = worker.work().await.unwrap_err();
    assert_eq!(failure.code(), 5);
    assert!(failure.to_string().contains("Connection refused"), "{failure}");
}
