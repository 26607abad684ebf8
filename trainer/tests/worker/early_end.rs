//! Trials that end before they are through: told to, taken away, or by SIGTERM.

use std::time::{Duration, Instant};

use podium_contract::{Reported, TELL_PATH, TrialEnd};
use podium_trainer::failure::Failure;
use podium_trainer::run::Stop;

use super::runner::{Hired, endless, score};
use super::service::{Fault, TrialServer};

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_that_is_told_to_stop_ends_soon_and_says_so() {
    let server = TrialServer::with(0..2);
    server.judge(|report| if report.number == 0 { Reported::Stop } else { Reported::Continue });
    let address = server.start().await;
    let begin = Instant::now();
    let worker = Hired::at([address])
        .worker(|x, seen, interrupt| if x == 0 { endless(seen, interrupt) } else { score(1.0) });
    worker.work().await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
    let ledger = server.ledger();
    let tells = ledger.tells();
    assert_eq!((tells.len(), &tells[0].end), (2, &TrialEnd::Stopped));
    assert!(!tells[0].steps.is_empty() && tells[0].metrics.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_that_is_taken_away_is_interrupted_and_not_told() {
    let server = TrialServer::with(0..2);
    server.judge(|report| if report.number == 0 { Reported::Drop } else { Reported::Continue });
    let address = server.start().await;
    let worker = Hired::at([address])
        .worker(|x, seen, interrupt| if x == 0 { endless(seen, interrupt) } else { score(1.0) });
    worker.work().await.unwrap();
    let numbers: Vec<i64> = server.ledger().tells().iter().map(|tell| tell.number).collect();
    assert_eq!(numbers, [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_without_steps_is_kept_by_heartbeats() {
    let server = TrialServer::with(0..1);
    let address = server.start().await;
    let worker = Hired::at([address]).worker(|_, _, _| {
        std::thread::sleep(Duration::from_millis(400));
        score(1.0)
    });
    worker.work().await.unwrap();
    let ledger = server.ledger();
    assert!(ledger.reports().len() >= 3, "{}", ledger.reports().len());
    assert!(ledger.reports().iter().all(|report| report.steps.is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_interrupts_a_fit_and_tells_nothing() {
    let server = TrialServer::with(0..1);
    let address = server.start().await;
    let (asker, stop) = Stop::pair();
    let worker = Hired { stop, ..Hired::at([address]) }.worker(|_, seen, interrupt| endless(seen, interrupt));
    let work = tokio::spawn(async move { worker.work().await });
    while server.ledger().reports().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    asker.ask();
    let ended = work.await.unwrap();
    assert_eq!(ended, Err(Failure::Stopped));
    assert_eq!(ended.unwrap_err().code(), 143);
    assert!(server.ledger().tells().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_while_a_result_is_told_does_not_lose_it() {
    let server = TrialServer::with(0..2);
    server.fail(TELL_PATH, [Fault::Refuse(503), Fault::Refuse(503), Fault::Refuse(503)]);
    let address = server.start().await;
    let (asker, stop) = Stop::pair();
    let worker = Hired { stop, ..Hired::at([address]) }.worker(move |_, _, _| {
        asker.ask();
        score(1.0)
    });
    assert_eq!(worker.work().await, Err(Failure::Stopped));
    let ledger = server.ledger();
    assert_eq!((ledger.tells().len(), ledger.asks()), (1, 1));
}
