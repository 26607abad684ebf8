//! A learner with epochs, in the program as a pod runs it. `scripts/torch` puts the plugin beside the program.

use std::path::Path;
use std::process::{Command, Output};

use podium_contract::{JobDocument, TrialEnd};
use serde_json::json;

use super::service::TrialServer;
use super::stopped::stop_the_second;
use super::whole::{document, give, search, serve_data};

/// Runs the program to its end, beside the servers of this process.
async fn run(document: JobDocument) -> Output {
    let program = env!("CARGO_BIN_EXE_podium-trainer");
    let plugin = Path::new(program).with_file_name("libpodium_torch.so");
    assert!(plugin.exists(), "{} is missing: run scripts/torch", plugin.display());
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), document.to_json().unwrap()).unwrap();
    let run = move || {
        let mut command = Command::new(program);
        command.args(["run", "--document"]).arg(file.path()).env("OMP_WAIT_POLICY", "PASSIVE");
        command.output().unwrap()
    };
    tokio::task::spawn_blocking(run).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_perceptron_reports_epoch_by_epoch_over_all_folds_and_is_stopped_in_mid_fit() {
    let server = TrialServer::with(0..0);
    give(&server, &[&[("epochs", json!(12))], &[("epochs", json!(100_000))], &[("epochs", json!(12))]]);
    stop_the_second(&server);
    let (uri, _) = serve_data().await;
    let mut search = search(server.start().await);
    search.candidate.algorithm = "TorchMLP".to_owned();
    search.candidate.parameters =
        [("hidden".to_owned(), json!([16])), ("dropout".to_owned(), json!(0.2))].into();
    let output = run(document(uri, search)).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let ledger = server.ledger();
    let tells = ledger.tells();
    let TrialEnd::Complete { value } = tells[0].end else { panic!("{:?}", tells[0].end) };
    assert!(value.0 > 0.97, "{value:?}");
    assert_eq!(tells[0].steps.iter().map(|step| step.step).collect::<Vec<_>>(), (1..=12).collect::<Vec<_>>());
    // Torch predicts in mid-fit, our own code at the end.
    assert!((tells[0].steps[11].value.0 - value.0).abs() < 1e-3);
    assert_eq!(tells[1].end, TrialEnd::Stopped);
    assert!((1..20_000).contains(&tells[1].steps.len()), "{}", tells[1].steps.len());
    // Same parameters, same seed: the folds take turns, and none disturbs another.
    assert_eq!(
        (&tells[2].end, tells[2].metrics["cv_log_loss"]),
        (&tells[0].end, tells[0].metrics["cv_log_loss"])
    );
    println!("seconds: {:?}", tells.iter().map(|tell| (tell.seconds, tell.steps.len())).collect::<Vec<_>>());
}
