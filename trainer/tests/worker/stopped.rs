//! Trials of learners that fit, told to stop in mid-fit: they end there, with the values of the steps that they have reached.

use podium_contract::{Reported, Tell, TrialEnd};
use podium_trainer::run::{Stop, Work, carry_out};
use serde_json::{Value, json};

use super::service::TrialServer;
use super::whole::{document, give, search, serve, shared};

/// From now on the second trial is told to stop once it has reported a step.
pub fn stop_the_second(server: &TrialServer) {
    server.judge(|report| {
        if report.number == 1 && !report.steps.is_empty() { Reported::Stop } else { Reported::Continue }
    });
}

/// Two trials of a learner on a shared file, of which the second is told to stop.
async fn tells_of(
    algorithm: &str,
    (file, target): (&str, &str),
    trials: &[&[(&str, Value)]; 2],
) -> [Tell; 2] {
    let server = TrialServer::with(0..0);
    give(&server, trials);
    stop_the_second(&server);
    let (uri, _) = serve(&shared(file)).await;
    let mut search = search(server.start().await);
    search.candidate.algorithm = algorithm.to_owned();
    search.candidate.parameters.clear();
    let mut document = document(uri, search);
    document.data.target = target.to_owned();
    // Many folds make long steps: the second trial is far from its end when it is told.
    document.split.folds = 20;
    carry_out(document, Work::stage(), Stop::pair().1).await.unwrap();
    let ledger = server.ledger();
    let [first, second] = ledger.tells()[..] else { panic!("{:?}", ledger.tells()) };
    [first.clone(), second.clone()]
}

fn steps(tell: &Tell) -> Vec<(i64, f64)> {
    tell.steps.iter().map(|step| (step.step, step.value.0)).collect()
}

/// The first went through its few steps; the second, which would have gone on, reached some of those and more.
fn assert_stopped_on_the_way(tells: &[Tell; 2], few: i64, most: usize) {
    let [through, stopped] = tells.each_ref().map(steps);
    assert_eq!(through.iter().map(|step| step.0).collect::<Vec<_>>(), (1..=few).collect::<Vec<_>>());
    assert_eq!(tells[0].end, TrialEnd::Complete { value: tells[0].steps.last().unwrap().value });
    assert_eq!(tells[1].end, TrialEnd::Stopped);
    assert!((1..most).contains(&stopped.len()), "{} steps", stopped.len());
    // Whole steps only: what is left of one at the end of a fit counts for less.
    let common = stopped.len().min(few as usize - 1);
    assert_eq!(stopped[..common], through[..common]);
    assert!(stopped.iter().map(|step| step.0).eq(1..=stopped.len() as i64), "{stopped:?}");
    assert!(stopped.iter().all(|step| (0.9..=1.0).contains(&step.1)), "{stopped:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forest_reports_every_ten_trees_of_all_folds_and_is_stopped_in_mid_fit() {
    let trees = |count: u32| [("n_estimators", json!(count))];
    let tells =
        tells_of("RandomForest", ("breast_cancer.csv", "target"), &[&trees(34), &trees(10_000)]).await;
    assert_stopped_on_the_way(&tells, 4, 1000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logistic_regression_reports_every_ten_iterations_of_all_folds_and_is_stopped_in_mid_fit() {
    // It would go on for forty steps and more: ten classes, each with its weights, and a tolerance that rounding hardly allows.
    let iterations = |most: u32| [("max_iter", json!(most)), ("C", json!(1e2)), ("tol", json!(1e-12))];
    let trials = [&iterations(34)[..], &iterations(1_000_000)];
    let tells = tells_of("LogisticRegression", ("digits.csv", "digit"), &trials).await;
    assert_stopped_on_the_way(&tells, 4, 100_000);
}
