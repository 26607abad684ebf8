//! A candidate that a program of the user's own trains: handed over, judged, evaluated, loaded again. The program is a Python one,
//! as an image would run it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use podium_contract::{CONTAINER_ALGORITHM, Exit, JobDocument, Judge, Outcome, RESULT_TAG, Stage, Trained};
use podium_mlflow::{Run, RunId};

use super::data::DataServer;
use super::document::{candidate, pinned};
use super::mlflow::{artifact, metric, outcome, script};
use super::pipeline::Pipeline;
use super::pod;

/// The folders of a pod.
struct Exchange {
    folder: tempfile::TempDir,
}

impl Exchange {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("input")).unwrap();
        std::fs::create_dir(folder.path().join("output")).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The trainer's part, as a pod runs it.
    async fn trainer(&self, work: &str, document: &JobDocument) -> (i32, String) {
        let (flag, folder) = if work == "run" { ("--output", "output") } else { ("--input", "input") };
        let folder = self.path(folder);
        let library = onnxruntime();
        let words = [work, flag, folder.to_str().unwrap()];
        pod::run_as(&words, document, &[("PODIUM_ONNXRUNTIME", library.to_str().unwrap())]).await
    }

    /// The user's part.
    fn container(&self, fault: &str) -> Output {
        Command::new(format!("{}/bin/python", script(&["pyenv"])))
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cluster/own/train.py"))
            .env("FAULT", fault)
            .env("PODIUM_DATA_FILE", self.path("input/data.csv"))
            .env("PODIUM_FOLDS_FILE", self.path("input/folds.csv"))
            .env("PODIUM_TASK_FILE", self.path("input/task.json"))
            .env("PODIUM_OUTPUT_DIR", self.path("output"))
            .output()
            .unwrap()
    }

    /// All three, of which the user's may go wrong; answers what the judge says.
    async fn pod(&self, document: &JobDocument, fault: &str) -> (i32, String) {
        let (code, log) = self.trainer("hand-over", document).await;
        assert_eq!(code, 0, "{log}");
        let output = self.container(fault);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.trainer("run", document).await
    }
}

/// ONNX Runtime's library.
fn onnxruntime() -> PathBuf {
    Path::new(&script(&["get-onnxruntime.sh"])).join("libonnxruntime.so")
}

async fn pipeline(server: &DataServer) -> Pipeline {
    let uri = server.put_shared("breast_cancer.csv");
    Pipeline::validated("own-image", &uri, "target", |_| {}).await
}

fn document(pipeline: &Pipeline, run: &RunId) -> JobDocument {
    let mut document = pipeline.base.clone();
    document.tracking.run_id = run.to_string();
    document.stage = Stage::Judge(Judge {
        pinned: pinned(&pipeline.validated),
        candidate: "own".to_owned(),
        image: "registry.example/own:1".to_owned(),
    });
    document
}

fn trained(run: &Run) -> Trained {
    let Outcome::Trained(trained) = outcome(run, RESULT_TAG) else { panic!("{run:?}") };
    trained
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_of_the_user_s_own_is_judged_as_a_learner_is() {
    let server = DataServer::start().await;
    let pipeline = pipeline(&server).await;
    let run = pipeline.run("own").await;
    let exchange = Exchange::new();
    let (code, log) = exchange.pod(&document(&pipeline, &run), "").await;
    assert_eq!(code, 0, "{log}");

    // The same method on the same folds, by our own learner.
    let logistic = candidate("logistic", "LogisticRegression", &[]);
    let (_, ours, _) = pipeline.train(&logistic).await;
    let own = pipeline.client.get_run(&run).await.unwrap();
    for name in ["cv_roc_auc", "cv_log_loss", "cv_f1_score"] {
        let (theirs, ours) = (metric(&own, name), metric(&ours, name));
        assert!((theirs - ours).abs() < 2e-3, "{name}: the program {theirs}, our learner {ours}");
    }
    let trained = trained(&own);
    assert_eq!(trained.score, Some(metric(&own, "cv_roc_auc")));

    let winner = candidate("own", CONTAINER_ALGORITHM, &[]);
    let id = pipeline.run("evaluation").await;
    let evaluation = pipeline.evaluate_document(&id, (winner, &run, &trained), None);
    let (code, log) = exchange.trainer("run", &evaluation).await;
    assert_eq!(code, 0, "{log}");
    let evaluated = pipeline.client.get_run(&id).await.unwrap();
    assert!(metric(&evaluated, "roc_auc") > 0.98);
    assert_eq!(metric(&evaluated, "baseline_roc_auc"), metric(&evaluated, "roc_auc"));
    let registered = artifact(&pipeline.client, &evaluated, "model/model.onnx").await;
    assert_eq!(registered, std::fs::read(exchange.path("output/model.onnx")).unwrap());
    assert!(!artifact(&pipeline.client, &evaluated, "charts/importance.svg").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_attempt_after_a_whole_one_runs_no_container_and_changes_nothing() {
    let server = DataServer::start().await;
    let pipeline = pipeline(&server).await;
    let run = pipeline.run("own").await;
    let exchange = Exchange::new();
    let mut document = document(&pipeline, &run);
    let (code, log) = exchange.pod(&document, "").await;
    assert_eq!(code, 0, "{log}");
    let before = pipeline.client.get_run(&run).await.unwrap();

    document.attempt = 2;
    let (code, log) = exchange.trainer("hand-over", &document).await;
    assert_eq!(code, 1, "{log}");
    assert!(log.contains("the run is finished already"), "{log}");
    assert_eq!(pipeline.client.get_run(&run).await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_program_leaves_undone_is_said_and_stands_in_the_run() {
    let server = DataServer::start().await;
    let pipeline = pipeline(&server).await;
    let cases = [
        ("nothing", "NothingMade", "left no "),
        ("holes", "InvalidPredictions", "5 of 442 validation rows have no prediction"),
        ("zipmap", "ModelNotUsable", "convert with zipmap=False"),
    ];
    for (fault, reason, words) in cases {
        let run = pipeline.run(fault).await;
        let exchange = Exchange::new();
        let (code, log) = exchange.pod(&document(&pipeline, &run), fault).await;
        assert_eq!(code, i32::from(Exit::DataRejected.code()), "{fault}: {log}");
        let found = pipeline.client.get_run(&run).await.unwrap();
        let Outcome::Failed(failed) = outcome(&found, RESULT_TAG) else { panic!("{found:?}") };
        assert_eq!(failed.reason, reason, "{}", failed.message);
        assert!(failed.message.contains(words), "{fault}: {}", failed.message);
    }
}
