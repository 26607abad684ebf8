//! Short trials: the next one is asked for while one runs, and the end of one is told while the next runs.

use std::time::Duration;

use podium_contract::{ASK_PATH, TELL_PATH};
use podium_trainer::failure::Failure;
use podium_trainer::run::Stop;

use super::runner::{Hired, score};
use super::service::{Call, Fault, TrialServer};

fn told(server: &TrialServer) -> Vec<i64> {
    server.ledger().tells().iter().map(|tell| tell.number).collect()
}

fn a_moment() {
    std::thread::sleep(Duration::from_millis(50));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_trial_is_asked_for_while_one_runs_and_an_end_is_told_while_the_next_one_runs() {
    let server = TrialServer::ahead(0..4);
    let address = server.start().await;
    let seen = server.clone();
    let worker = Hired::at([address]).worker(move |x, _, _| {
        // It runs until the next one is asked for, however slow this machine is.
        while seen.ledger().asks() as i64 <= x + 1 {
            std::thread::sleep(Duration::from_millis(1));
        }
        a_moment();
        score(1.0)
    });
    worker.work().await.unwrap();
    let helds: [&[i64]; 6] = [&[], &[0], &[0, 1], &[1, 2], &[2, 3], &[]];
    assert_eq!(server.ledger().helds(), helds);
    assert_eq!(told(&server), [0, 1, 2, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_values_decide_what_comes_next_an_end_is_told_before_the_next_trial_is_asked_for() {
    let server = TrialServer::with(0..3);
    let address = server.start().await;
    Hired::at([address]).worker(|_, _, _| score(1.0)).work().await.unwrap();
    let ledger = server.ledger();
    let asks = |call: &&Call| matches!(call, Call::Ask(ask) if ask.held.is_empty());
    let order: Vec<bool> = ledger.calls.iter().map(|call| asks(&call)).collect();
    assert_eq!(order, [true, false, true, false, true, false, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_long_trial_the_next_one_is_left_to_others_meanwhile() {
    let server = TrialServer::ahead(0..3);
    let address = server.start().await;
    let worker = Hired::at([address]).worker(|_, _, _| {
        std::thread::sleep(Duration::from_millis(250));
        score(1.0)
    });
    worker.work().await.unwrap();
    let helds: [&[i64]; 4] = [&[], &[0], &[], &[]];
    assert_eq!(server.ledger().helds(), helds, "how long trials take is known from the first one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_that_can_not_be_had_ahead_is_asked_for_in_turn() {
    let server = TrialServer::ahead(0..3);
    let address = server.start().await;
    let server_of_trial = server.clone();
    let worker = Hired { timeout_seconds: 1, ..Hired::at([address]) }.worker(move |x, _, _| {
        if x == 1 {
            server_of_trial.fail(ASK_PATH, [Fault::Refuse(409)]);
        }
        a_moment();
        score(1.0)
    });
    worker.work().await.unwrap();
    assert_eq!(told(&server), [0, 1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_while_the_trial_before_is_told_does_not_lose_what_that_came_to() {
    let server = TrialServer::ahead(0..4);
    let address = server.start().await;
    let (asker, stop) = Stop::pair();
    let faulty = server.clone();
    let worker = Hired { stop, ..Hired::at([address]) }.worker(move |x, _, interrupt| {
        match x {
            1 => faulty.fail(TELL_PATH, [Fault::Refuse(503), Fault::Refuse(503), Fault::Refuse(503)]),
            2 => asker.ask(),
            _ => {}
        }
        a_moment();
        if interrupt() { Err(podium_trainer::worker::Broken::Interrupted) } else { score(1.0) }
    });
    assert_eq!(worker.work().await, Err(Failure::Stopped));
    assert_eq!(told(&server), [0, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_does_not_wait_for_a_next_trial_that_does_not_come() {
    let server = TrialServer::ahead(0..2);
    // The first ask is answered well, the one after it is not for a long time.
    server.fail(ASK_PATH, [Fault::Epoch(1)].into_iter().chain([Fault::Refuse(503); 20]));
    let address = server.start().await;
    let worker = Hired::at([address]).worker(|_, _, _| {
        a_moment();
        score(1.0)
    });
    worker.work().await.unwrap();
    let ledger = server.ledger();
    assert!(matches!(&ledger.calls[1], Call::Tell(tell) if tell.number == 0), "{:?}", ledger.calls);
    assert_eq!(ledger.tells().len(), 2);
}
