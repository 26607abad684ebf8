//! What becomes of trials while the service is well.

use podium_contract::{Asked, Real, TrialEnd};
use podium_trainer::failure::Failure;
use podium_trainer::worker::Broken;

use super::runner::{Hired, brief, score};
use super::service::{Call, TrialServer};

fn complete(value: f64) -> TrialEnd {
    TrialEnd::Complete { value: Real(value) }
}

#[tokio::test(flavor = "multi_thread")]
async fn trials_are_run_one_after_the_other_until_there_are_none_left() {
    let server = TrialServer::with(0..3);
    let address = server.start().await;
    Hired::at([address]).worker(|x, _, _| score(x as f64 / 2.0)).work().await.unwrap();
    let ledger = server.ledger();
    let ends: Vec<_> = ledger.tells().iter().map(|tell| (tell.number, tell.end.clone())).collect();
    assert_eq!(ends, [(0, complete(0.0)), (1, complete(0.5)), (2, complete(1.0))]);
    let Call::Ask(ask) = &ledger.calls[0] else { panic!("{:?}", ledger.calls[0]) };
    assert_eq!((ask.run.as_str(), ask.data.as_ref()), ("r-1", Some(&brief().data)));
    let tell = ledger.tells()[0];
    assert_eq!((tell.run.as_str(), tell.attempt, tell.metrics["training_time"]), ("r-1", 1, Real(0.1)));
    assert_eq!(ledger.tokens[0], None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_that_breaks_is_told_and_does_not_break_the_worker() {
    let server = TrialServer::with(0..5);
    let address = server.start().await;
    let run = |x, _: &(dyn Fn(u32, f64) + Sync), _: &(dyn Fn() -> bool + Sync)| match x {
        0 => Err(Broken::Trial("C is -1".to_owned())),
        1 => panic!("out of bounds"),
        2 => score(f64::NAN),
        3 => Ok([("cv_other".to_owned(), 1.0)].into()),
        _ => score(0.9),
    };
    Hired::at([address]).worker(run).work().await.unwrap();
    let ledger = server.ledger();
    let ends: Vec<_> = ledger.tells().iter().map(|tell| tell.end.clone()).collect();
    assert_eq!(ends[0], TrialEnd::Failed { message: "C is -1".to_owned() });
    let bug = "the trainer has a bug: out of bounds".to_owned();
    assert_eq!(ends[1], TrialEnd::Failed { message: bug });
    assert!(matches!(ends[2], TrialEnd::Complete { value: Real(value) } if value.is_nan()));
    assert_eq!(ends[3], TrialEnd::NoObjective { logged: vec!["cv_other".to_owned()] });
    assert_eq!(ends[4], complete(0.9));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_every_trial_would_fail_of_ends_the_worker_and_is_not_told() {
    let server = TrialServer::with(0..2);
    let address = server.start().await;
    let gone = Failure::Temporary("the GPU is gone".to_owned());
    let told = gone.clone();
    let ended = Hired::at([address]).worker(move |_, _, _| Err(Broken::Worker(told.clone()))).work().await;
    assert_eq!(ended, Err(gone));
    assert!(server.ledger().tells().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_told_to_wait_asks_again() {
    let server = TrialServer::with(4..5);
    for seconds in [0.01, -1.0] {
        server.ledger().trials.push_front(Asked::Wait { seconds });
    }
    let address = server.start().await;
    Hired::at([address]).worker(|_, _, _| score(1.0)).work().await.unwrap();
    let ledger = server.ledger();
    assert_eq!((ledger.asks(), ledger.tells().len()), (4, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_are_reported_while_the_trial_runs_and_told_all_together() {
    let server = TrialServer::with(0..1);
    let address = server.start().await;
    let run = |_, seen: &(dyn Fn(u32, f64) + Sync), _: &(dyn Fn() -> bool + Sync)| {
        for step in 1..=4 {
            seen(step, f64::from(step));
            std::thread::sleep(std::time::Duration::from_millis(60));
        }
        score(4.0)
    };
    Hired::at([address]).worker(run).work().await.unwrap();
    let ledger = server.ledger();
    let reported: Vec<i64> = ledger.reports().iter().flat_map(|r| r.steps.iter().map(|s| s.step)).collect();
    assert!(reported.len() >= 3 && reported.is_sorted_by(|one, next| one < next), "{reported:?}");
    let tell = ledger.tells()[0];
    assert_eq!(tell.steps.iter().map(|step| step.value.0).collect::<Vec<_>>(), [1.0, 2.0, 3.0, 4.0]);
    assert!(tell.steps[0].at_ms > 1_700_000_000_000 && tell.seconds > 0.2, "{tell:?}");
}
