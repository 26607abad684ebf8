//! Real trials from the document to the exit: a worker of the trainer on the example data, with learners that fit.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::get;
use podium_contract::{
    CONTRACT_VERSION, Calibration, Candidate, Checks, Data, Encoding, Evaluation, Format, Imbalance,
    JobDocument, Missing, Owner, Pinned, Preparation, Scaling, Search, Service, Split, Stage, Strategy, Task,
    TaskChoice, Threshold, Tracking, TrialEnd,
};
use podium_trainer::failure::Failure;
use podium_trainer::fit::Surroundings;
use podium_trainer::run::{Stop, Work, carry_out};
use podium_trainer::stage::Trials;
use serde_json::{Value, json};

use super::service::{Call, TrialServer, trial};

/// Serves the example data and counts how often they are read.
pub async fn serve_data() -> (String, Arc<AtomicUsize>) {
    serve(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/breast_cancer.csv")).await
}

/// The same with a file.
pub async fn serve(file: &Path) -> (String, Arc<AtomicUsize>) {
    let rows = std::fs::read(file).unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let handler = async move || {
        counted.fetch_add(1, Ordering::SeqCst);
        rows
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}/rows.csv", listener.local_addr().unwrap());
    tokio::spawn(async move {
        axum::serve(listener, Router::new().route("/rows.csv", get(handler))).await.unwrap();
    });
    (uri, count)
}

/// A file of the shared data folder, which lies beside the checkout.
pub fn shared(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(file)
}

pub fn search(service: SocketAddr) -> Search {
    Search {
        candidate: Candidate {
            name: "logistic".to_owned(),
            algorithm: "LogisticRegression".to_owned(),
            parameters: [("max_iter".to_owned(), json!(300)), ("C".to_owned(), json!(-5))].into(),
            gpu: None,
        },
        metric: "roc_auc".to_owned(),
        early_stopping: false,
        pinned: None,
        service: Service {
            uri: format!("http://{service}"),
            certificate_authority: None,
            timeout_seconds: 10,
        },
    }
}

pub fn document(uri: String, search: Search) -> JobDocument {
    let owned = str::to_owned;
    JobDocument {
        version: CONTRACT_VERSION,
        owner: Owner {
            installation: owned("test"),
            namespace: owned("ml"),
            name: owned("sweep"),
            uid: owned("u-1"),
            run: owned("r-1"),
        },
        attempt: 1,
        first_attempt: 1,
        // Nobody is there: a worker does not ask.
        tracking: Tracking {
            uri: owned("http://127.0.0.1:9"),
            workspace: None,
            experiment_id: owned("0"),
            run_id: owned("parent"),
            timeout_seconds: 1,
        },
        certificate_authorities: None,
        threads: 2,
        data: Data {
            uri,
            format: Format::Csv,
            target: owned("target"),
            positive_label: None,
            task: TaskChoice::Auto,
            exclude: Vec::new(),
            categorical: Vec::new(),
            weight_column: None,
            time_column: None,
            group_column: None,
        },
        checks: Checks { min_rows: 10, ..Checks::default() },
        preparation: Preparation {
            missing: Missing::Median,
            scaling: Scaling::Standard,
            encoding: Encoding::OneHot,
            imbalance: Imbalance::None,
        },
        split: Split { holdout: 0.2, strategy: Strategy::Auto, folds: 5, gap: 0, seed: 7 },
        evaluation: Evaluation {
            metric: None,
            average: None,
            calibration: Calibration::None,
            threshold: Threshold::Half,
        },
        stage: Stage::Search(Box::new(search)),
    }
}

pub fn give(server: &TrialServer, parameters: &[&[(&str, Value)]]) {
    let trials = parameters.iter().zip(0..).map(|(parameters, number)| trial(number, parameters));
    server.ledger().trials.extend(trials);
}

#[tokio::test(flavor = "multi_thread")]
async fn trials_of_a_learner_are_scored_by_cross_validation_and_data_are_read_once() {
    let server = TrialServer::with(0..0);
    let good: Vec<f64> = (0..20).map(|at| 10_f64.powf(f64::from(at) / 4.0 - 3.0)).collect();
    let parameters: Vec<[(&str, Value); 1]> = good.iter().map(|c| [("C", json!(c))]).collect();
    give(&server, &parameters.iter().map(|one| &one[..]).collect::<Vec<_>>());
    let (uri, reads) = serve_data().await;
    let document = document(uri, search(server.start().await));
    carry_out(document, Work::stage(), Stop::pair().1).await.unwrap();
    assert_eq!(reads.load(Ordering::SeqCst), 1);
    let ledger = server.ledger();
    let Call::Ask(ask) = &ledger.calls[0] else { panic!() };
    let Pinned { data_digest, task } = ask.data.as_ref().unwrap();
    assert_eq!((data_digest.len(), *task), (64, Task::BinaryClassification));
    assert_eq!(ledger.tells().len(), 20);
    for tell in ledger.tells() {
        let TrialEnd::Complete { value } = tell.end else { panic!("{:?}", tell.end) };
        assert!((0.97..1.0).contains(&value.0), "{value:?}");
        assert_eq!(tell.metrics["cv_roc_auc"], value);
        assert!(tell.metrics.contains_key("cv_log_loss_std") && tell.metrics["training_time"].0 > 0.0);
        // A step is ten iterations of all folds, and the last one's value is the objective.
        let steps: Vec<i64> = tell.steps.iter().map(|step| step.step).collect();
        assert_eq!(steps, (1..=tell.steps.len() as i64).collect::<Vec<_>>());
        assert_eq!(tell.steps.last().unwrap().value, value);
    }
    // The stronger the penalty, the sooner it is through.
    let steps = |at: usize| ledger.tells()[at].steps.len();
    assert!(steps(0) <= 2 && steps(19) >= 5, "{} {}", steps(0), steps(19));
    let seconds =
        ledger.tells().iter().map(|tell| (tell.seconds, tell.metrics["training_time"].0)).collect::<Vec<_>>();
    println!("seconds of each trial, and of its fits: {seconds:.4?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_that_a_learner_refuses_fail_their_trial_alone() {
    let server = TrialServer::with(0..0);
    give(
        &server,
        &[&[], &[("C", json!("much"))], &[("depth", json!(3)), ("C", json!(1))], &[("C", json!(1))]],
    );
    let (uri, _) = serve_data().await;
    let document = document(uri, search(server.start().await));
    carry_out(document, Work::stage(), Stop::pair().1).await.unwrap();
    let ledger = server.ledger();
    let failed = |at: usize| match &ledger.tells()[at].end {
        TrialEnd::Failed { message } => message.clone(),
        other => panic!("{other:?}"),
    };
    // What all trials share counts where a trial says nothing else.
    assert!(failed(0).contains("-5"), "{}", failed(0));
    assert!(failed(1).contains("much"), "{}", failed(1));
    assert!(failed(2).contains("depth"), "{}", failed(2));
    assert!(matches!(ledger.tells()[3].end, TrialEnd::Complete { .. }));
}

/// The data are read by a worker whose folds may take so many bytes.
fn read_within(
    memory: u64,
    early_stopping: bool,
    algorithm: &str,
    rows: (&str, &str),
) -> Result<Trials, Failure> {
    let (file, target) = rows;
    let mut search = Search { early_stopping, ..search(([127, 0, 0, 1], 9).into()) };
    search.candidate.algorithm = algorithm.to_owned();
    search.candidate.parameters.clear();
    if algorithm == "LinearRegression" {
        search.metric = "rmse".to_owned();
    }
    let mut document = document("file:///nowhere".to_owned(), search.clone());
    document.data.target = target.to_owned();
    Trials::read(std::fs::read(shared(file)).unwrap().into(), document, &search, memory)
}

/// Steps of a trial with these parameters.
fn steps_of(trials: &Trials, parameters: Value) -> Vec<u32> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let around = Surroundings {
        pool: &pool,
        interrupt: &|| false,
        watch: &|_, _| (),
        torch: None,
        device: podium_learners::Device::Cpu,
    };
    let steps = std::sync::Mutex::new(Vec::new());
    let parameters = serde_json::from_value(parameters).unwrap();
    trials.run(&parameters, &around, &|step, _| steps.lock().unwrap().push(step)).unwrap();
    steps.into_inner().unwrap()
}

#[test]
fn where_trials_are_stopped_folds_that_can_t_advance_together_are_refused_with_what_to_change() {
    let cancer = ("breast_cancer.csv", "target");
    for (algorithm, stride) in [
        ("LogisticRegression", "10 iterations of L-BFGS"),
        ("RandomForest", "10 trees"),
        ("TorchMLP", "an epoch"),
    ] {
        let refused = read_within(200_000, true, algorithm, cancer).unwrap_err();
        let message = format!(
            "a step of a trial, {stride}, needs its 5 folds in memory together: about 1 MiB, and they may take 0 MiB (a \
             quarter of the memory limit); raise resources.memory, lower trial.split.folds, or leave \
             earlyStopping.algorithm out"
        );
        assert_eq!(refused, Failure::specification("FoldsBeyondMemory", message));
        assert!(read_within(400_000, true, algorithm, cancer).is_ok(), "{algorithm}");
    }
    // Its steps are folds, whatever the memory.
    let linear = read_within(10, true, "LinearRegression", ("diabetes.csv", "target")).unwrap();
    assert_eq!(steps_of(&linear, json!({})), [1, 2, 3, 4, 5]);
}

#[test]
fn where_no_trial_is_stopped_folds_that_are_too_large_are_fitted_one_after_the_other() {
    let cancer = ("breast_cancer.csv", "target");
    let forest = |memory| read_within(memory, false, "RandomForest", cancer).unwrap();
    let parameters = json!({"n_estimators": 21});
    assert_eq!(steps_of(&forest(200_000), parameters.clone()), [1, 2, 3, 4, 5]);
    assert_eq!(steps_of(&forest(400_000), parameters), [1, 2, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_trial_possible_ends_the_worker_before_it_asks() {
    let server = TrialServer::with(0..1);
    let address = server.start().await;
    let (uri, _) = serve_data().await;
    let refused = async |change: &dyn Fn(&mut JobDocument, &mut Search)| {
        let mut told = search(address);
        let mut document = document(uri.clone(), told.clone());
        change(&mut document, &mut told);
        document.stage = Stage::Search(Box::new(told));
        match carry_out(document, Work::stage(), Stop::pair().1).await {
            Err(Failure::Permanent { exit, reason, .. }) => (exit.code(), reason),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(&|document, _| document.checks.min_rows = 1000).await, (3, "TooFewRows"));
    assert_eq!(refused(&|_, search| search.metric = "beauty".to_owned()).await, (2, "InvalidMetric"));
    let linear = "LinearRegression";
    let fits = refused(&|_, search| search.candidate.algorithm = linear.to_owned()).await;
    assert_eq!(fits, (2, "AlgorithmDoesNotFitTask"));
    let pinned = Pinned { data_digest: "0".repeat(64), task: Task::BinaryClassification };
    let changed = refused(&|_, search| search.pinned = Some(pinned.clone())).await;
    assert_eq!(changed, (3, "DataChanged"));
    assert_eq!(refused(&|_, search| search.service.uri = "trials".to_owned()).await, (2, "InvalidService"));
    assert_eq!(server.ledger().asks(), 0);
}
