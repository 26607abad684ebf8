//! Breast cancer from bytes to evidence: scores near those of scikit-learn, and everything that gates and people read.

use std::collections::BTreeSet;

use podium_contract::{
    ComparisonOutcome, EVIDENCE_ARTIFACT, Evidence, RESULT_TAG, Reference, Task, VALIDATE_RESULT_TAG,
};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::data::DataServer;
use super::document::candidate;
use super::mlflow::{artifact, breast_cancer_input, is_finished, metric, result};
use super::pipeline::Pipeline;

fn near(value: f64, wanted: f64, within: f64) {
    assert!((value - wanted).abs() <= within, "{value} is not within {within} of {wanted}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_of_two_candidates_ends_with_evidence_that_can_be_checked() {
    let server = DataServer::start().await;
    let uri = server.put_shared("breast_cancer.csv");
    let pipeline = Pipeline::validated("end-to-end", &uri, "target", |_| {}).await;

    let found = &pipeline.validated;
    assert_eq!(
        (found.task, found.rows, found.features, found.classes),
        (Task::BinaryClassification, 569, 30, 2)
    );
    assert_eq!(found.positive_label.as_deref(), Some("1"));

    let logistic = candidate("logistic", "LogisticRegression", &[]);
    let (id, run, trained) = pipeline.train(&logistic).await;
    assert!(is_finished(&run));
    assert_eq!((trained.metric.as_str(), trained.higher_is_better), ("roc_auc", true));
    near(metric(&run, "cv_accuracy"), 0.9789, 0.012);
    near(metric(&run, "cv_roc_auc"), 0.9955, 0.006);
    near(metric(&run, "cv_log_loss"), 0.0738, 0.025);
    assert_eq!(trained.score, Some(metric(&run, "cv_roc_auc")));
    assert!(trained.score_std.is_some_and(|deviation| deviation > 0.0 && deviation < 0.02));
    for plain in ["accuracy", "roc_auc", "f1_score"] {
        assert!(run.data.metric(plain).is_none(), "{plain} belongs to the evaluation alone");
    }
    for name in ["training_time", "inference_time_ms", "model_size_mb"] {
        assert!(metric(&run, name) > 0.0, "{name}");
    }
    assert_eq!(metric(&run, "gpu_used"), 0.0);
    assert_eq!(run.data.param("algorithm"), Some("LogisticRegression"));
    let held_out: u64 = run.data.param("split.holdout_rows").unwrap().parse().unwrap();
    near(held_out as f64, 114.0, 25.0);
    let sizes = run.data.param("split.fold_validation_rows").unwrap();
    assert_eq!(sizes.split(',').map(|size| size.parse::<u32>().unwrap()).sum::<u32>() as u64, 569 - held_out);
    let input = |context| breast_cancer_input(&uri, &found.data_digest, context);
    assert_eq!(run.inputs.dataset_inputs, [input("training")]);

    let forest = candidate("forest", "RandomForest", &[("n_estimators", json!(100))]);
    let (_, forest_run, _) = pipeline.train(&forest).await;
    near(metric(&forest_run, "cv_accuracy"), 0.9649, 0.015);
    near(metric(&forest_run, "cv_roc_auc"), 0.9923, 0.008);

    let (run, evaluated) = pipeline.evaluate((&logistic, &id, &trained), None).await;
    assert!(is_finished(&run));
    assert_eq!(evaluated.holdout_rows, held_out);
    assert_eq!(run.inputs.dataset_inputs, [input("evaluation")]);
    assert!(metric(&run, "accuracy") > 0.93 && metric(&run, "roc_auc") > 0.98);
    assert!(run.data.metrics.iter().all(|point| point.step == 1), "step is the attempt");
    assert_eq!(evaluated.dummy, Some(0.5));
    assert_eq!(evaluated.baseline, evaluated.score, "an untuned winner is its own baseline");

    let bytes = artifact(&pipeline.client, &run, EVIDENCE_ARTIFACT).await;
    let hex: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, evaluated.evidence_digest);
    let evidence: Evidence = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(evidence.metrics, evaluated.metrics);
    let references: BTreeSet<Reference> = evidence.comparisons.iter().map(|one| one.reference).collect();
    assert_eq!(references, BTreeSet::from([Reference::Baseline, Reference::Dummy]));
    let dummy = evidence.comparisons.iter().find(|one| one.reference == Reference::Dummy).unwrap();
    let ComparisonOutcome::Compared { rows, metrics } = &dummy.outcome else { panic!("{dummy:?}") };
    assert_eq!(*rows, held_out);
    let difference = &metrics["roc_auc"];
    assert!(difference.lower_bound(0.99).unwrap() > 0.4, "{difference:?}");

    for name in [
        "model/MLmodel",
        "model/model.onnx",
        "model/model.podium",
        "model/requirements.txt",
        "model/python_env.yaml",
        "all_models_metrics.json",
        "model_comparison_summary.csv",
        "best_model_info.json",
        "pipeline_context.json",
        "tables/confusion_matrix.csv",
        "tables/importance.csv",
        "charts/roc_curve.svg",
        "charts/roc_curve.png",
        "charts/importance.svg",
        "charts/importance.png",
    ] {
        assert!(!artifact(&pipeline.client, &run, name).await.is_empty(), "{name}");
    }
    let mlmodel = String::from_utf8(artifact(&pipeline.client, &run, "model/MLmodel").await).unwrap();
    assert!(mlmodel.contains(run.info.run_id.as_str()) && !mlmodel.contains(id.as_str()), "{mlmodel}");

    let parent =
        pipeline.client.get_run(&podium_mlflow::RunId::new(&pipeline.base.tracking.run_id)).await.unwrap();
    assert!(!is_finished(&parent), "the operator ends the parent run");
    assert_eq!(parent.inputs.dataset_inputs, [input("training")]);
    assert!(result(&parent, VALIDATE_RESULT_TAG).is_some() && result(&parent, RESULT_TAG).is_none());
    assert!(!artifact(&pipeline.client, &parent, "data_profile.json").await.is_empty());
}
