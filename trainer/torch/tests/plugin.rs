//! The plugin as the trainer uses it: loaded from its file, asked through `podium-learners`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard};

use podium_learners::{
    Algorithm, Context, Device, FitError, Fitted, Matrix, Parameters, Prediction, Target, TorchBackend,
    TorchPlugin, TrainingSet, Validation, fit,
};

/// Torch has one generator of random numbers a process, so tests take turns.
static PLUGIN: LazyLock<(TorchPlugin, Mutex<()>)> = LazyLock::new(|| {
    // Test programs lie in deps/, one below the plugin. Cargo does not build it for them: `scripts/torch test` does.
    let beside = std::env::current_exe().unwrap().parent().unwrap().with_extension("");
    let plugin = TorchPlugin::load(TorchPlugin::places(&beside)).unwrap();
    (plugin, Mutex::new(()))
});

fn turn() -> MutexGuard<'static, ()> {
    PLUGIN.1.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn context(seed: u64) -> Context<'static> {
    Context { torch: Some(&PLUGIN.0 as &dyn TorchBackend), ..Context::quiet(seed) }
}

fn parameters(json: &str) -> Parameters {
    let given: BTreeMap<String, serde_json::Value> = serde_json::from_str(json).unwrap();
    Parameters::parse(Algorithm::TorchMlp, &given).unwrap()
}

fn train(json: &str, x: &Matrix, y: &Target, weights: Option<&[f64]>, seed: u64) -> Result<Fitted, FitError> {
    let set = TrainingSet::new(x, y, weights).unwrap();
    let _turn = turn();
    fit(&parameters(json), &set, &context(seed))
}

/// Points in a square that look random (SplitMix64 of their number).
fn square(rows: usize) -> Matrix {
    let value = |i: usize| {
        let mut z = (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 40) as f32 / (1u32 << 23) as f32 - 1.0
    };
    Matrix::new(rows, 2, (0..2 * rows).map(value).collect()).unwrap()
}

/// Whether the two coordinates have one sign: no straight line divides that.
fn quadrants(x: &Matrix) -> Target {
    let labels = (0..x.rows()).map(|row| u32::from(x.get(row, 0) * x.get(row, 1) > 0.0)).collect();
    Target::Classes { labels, classes: 2 }
}

fn saddle(x: &Matrix) -> Target {
    Target::Values(
        (0..x.rows()).map(|row| 1000.0 + 50.0 * f64::from(x.get(row, 0) * x.get(row, 1))).collect(),
    )
}

fn accuracy(fitted: &Fitted, x: &Matrix, y: &Target) -> f64 {
    let Prediction::Probabilities { classes, values } = fitted.model.predict(x).unwrap() else { panic!() };
    let Target::Classes { labels, .. } = y else { panic!() };
    let right = values.chunks_exact(classes).zip(labels).filter(|(row, label)| row[**label as usize] > 0.5);
    right.count() as f64 / labels.len() as f64
}

const SMALL: &str = r#"{"hidden": [32, 16], "epochs": 60, "batch_size": 64, "learning_rate": 0.01}"#;

#[test]
fn it_learns_what_no_line_divides() {
    let all = square(2500);
    let part = |from: usize, to: usize| all.take(&(from..to).collect::<Vec<_>>());
    let (x, fresh) = (part(0, 2000), part(2000, 2500));
    let fitted = train(SMALL, &x, &quadrants(&x), None, 1).unwrap();
    let right = accuracy(&fitted, &fresh, &quadrants(&fresh));
    assert!(right > 0.96, "{right}");
    assert_eq!((fitted.report.steps, fitted.report.gpu_used), (60, false));
    assert!(fitted.report.loss.unwrap() < 0.15);
}

#[test]
fn numbers_far_from_zero_are_learnt_in_their_own_units() {
    let x = square(2000);
    let y = saddle(&x);
    let fitted = train(SMALL, &x, &y, None, 1).unwrap();
    let Target::Values(truth) = &y else { panic!() };
    let prediction = fitted.model.predict(&x).unwrap();
    let mse =
        prediction.values().iter().zip(truth).map(|(p, y)| (p - y).powi(2)).sum::<f64>() / truth.len() as f64;
    assert!(mse.sqrt() < 2.5, "{}", mse.sqrt());
    // The loss is the squared error in the target's units, seen while the weights still moved.
    let loss = fitted.report.loss.unwrap();
    assert!(loss / mse > 0.3 && loss / mse < 10.0, "{loss} {mse}");
}

#[test]
fn equal_seeds_give_equal_models_and_others_do_not() {
    let x = square(300);
    let y = quadrants(&x);
    let json = r#"{"hidden": [8], "epochs": 3, "dropout": 0.2, "patience": 2}"#;
    let one = train(json, &x, &y, None, 5).unwrap();
    assert_eq!(train(json, &x, &y, None, 5).unwrap(), one);
    assert_ne!(train(json, &x, &y, None, 6).unwrap(), one);
}

#[test]
fn rows_of_weight_zero_are_not_learnt_from() {
    let x = square(600);
    let Target::Classes { labels, .. } = quadrants(&x) else { panic!() };
    let weights: Vec<f64> = (0..600).map(|row| f64::from(row % 3 != 0)).collect();
    // The rows without weight have the wrong label.
    let wrong = (labels.iter().enumerate()).map(|(row, &l)| if row % 3 == 0 { 1 - l } else { l }).collect();
    let wrong = Target::Classes { labels: wrong, classes: 2 };
    let kept: Vec<usize> = (0..600).filter(|row| row % 3 != 0).collect();
    let weighted = train(SMALL, &x, &wrong, Some(&weights), 3).unwrap();
    let without = train(SMALL, &x.take(&kept), &wrong.take(&kept), None, 3).unwrap();
    assert_eq!(weighted.model, without.model);
}

#[test]
fn balanced_classes_move_the_answer_for_a_rare_class() {
    let x = Matrix::new(400, 1, vec![1.0; 400]).unwrap();
    let y = Target::Classes { labels: (0..400).map(|row| u32::from(row < 40)).collect(), classes: 2 };
    let rare = |json: &str| train(json, &x, &y, None, 1).unwrap().model.predict(&x).unwrap().values()[1];
    let plain = rare(r#"{"hidden": [4], "epochs": 100, "learning_rate": 0.01}"#);
    let balanced =
        rare(r#"{"hidden": [4], "epochs": 100, "learning_rate": 0.01, "class_weight": "balanced"}"#);
    assert!((plain - 0.1).abs() < 0.03, "{plain}");
    assert!((balanced - 0.5).abs() < 0.08, "{balanced}");
}

#[test]
fn early_stopping_ends_before_the_last_epoch_and_keeps_the_best() {
    let x = square(300);
    // Labels without any pattern: the validation loss soon rises.
    let labels = (0..300).map(|row: u32| (row.wrapping_mul(2_654_435_761) >> 16) & 1).collect();
    let y = Target::Classes { labels, classes: 2 };
    let json = r#"{"hidden": [64, 64], "epochs": 300, "batch_size": 32, "learning_rate": 0.01, "patience": 5,
                   "validation_fraction": 0.3}"#;
    let fitted = train(json, &x, &y, None, 2).unwrap();
    assert!((6..300).contains(&fitted.report.steps), "{}", fitted.report.steps);
    assert!(fitted.report.loss.unwrap() < 0.8, "{:?}", fitted.report.loss);
}

#[test]
fn progress_is_told_each_epoch_and_an_interruption_ends_the_fit() {
    let x = square(200);
    let y = quadrants(&x);
    let set = TrainingSet::new(&x, &y, None).unwrap();
    let parameters = parameters(r#"{"hidden": [8], "epochs": 7}"#);
    let _turn = turn();
    let epochs = Mutex::new(Vec::new());
    let told =
        Context { progress: &|step| epochs.lock().unwrap().push((step.step, step.total)), ..context(1) };
    fit(&parameters, &set, &told).unwrap();
    assert_eq!(epochs.into_inner().unwrap(), (1..=7).map(|epoch| (epoch, 7)).collect::<Vec<_>>());
    let asked = AtomicU32::new(0);
    let stopped = Context { interrupt: &|| asked.fetch_add(1, Ordering::Relaxed) >= 4, ..context(1) };
    assert_eq!(fit(&parameters, &set, &stopped), Err(FitError::Interrupted));
}

/// Fits with rows to watch; answers the model and what was seen of them after each epoch.
fn watched(
    json: &str,
    x: &Matrix,
    y: &Target,
    rows: &Matrix,
    between: &(dyn Fn() + Sync),
) -> (Fitted, Vec<Prediction>) {
    let set = TrainingSet::new(x, y, None).unwrap();
    let seen = Mutex::new(Vec::new());
    let see = |prediction| {
        seen.lock().unwrap().push(prediction);
        between();
    };
    let validation = Some(Validation { features: rows, seen: &see });
    let fitted = fit(&parameters(json), &set, &Context { validation, ..context(1) }).unwrap();
    (fitted, seen.into_inner().unwrap())
}

fn distance(one: &Prediction, other: &Prediction) -> f64 {
    let pairs = one.values().iter().zip(other.values());
    pairs.map(|(one, other)| (one - other).abs()).fold(0.0, f64::max)
}

#[test]
fn watched_rows_are_predicted_after_each_epoch_as_the_model_would() {
    let (x, rows) = (square(300), square(77));
    let _turn = turn();
    for (y, unit) in [(quadrants(&x), 1.0), (saddle(&x), 1000.0)] {
        for patience in ["", r#", "patience": 3"#] {
            let json = format!(r#"{{"hidden": [16], "epochs": 30, "learning_rate": 0.05{patience}}}"#);
            let (fitted, seen) = watched(&json, &x, &y, &rows, &|| ());
            assert_eq!(seen.len(), fitted.report.steps as usize);
            // Under early stopping the last epoch is not the best one, and what is shown is the best one's.
            let last = seen.last().unwrap();
            let far = distance(last, &fitted.model.predict(&rows).unwrap());
            assert!(far < 1e-5 * unit, "{far}");
            assert!(distance(last, &seen[0]) > 1e-3 * unit);
        }
    }
}

#[test]
fn fits_that_run_between_two_epochs_change_nothing() {
    let x = square(200);
    let y = quadrants(&x);
    let json = r#"{"hidden": [8], "epochs": 5, "dropout": 0.3, "batch_size": 32}"#;
    let alone = train(json, &x, &y, None, 1).unwrap();
    let _turn = turn();
    let set = TrainingSet::new(&x, &y, None).unwrap();
    let other = || drop(fit(&parameters(json), &set, &context(2)).unwrap());
    let (disturbed, _) = watched(json, &x, &y, &x, &other);
    assert_eq!(disturbed, alone);
}

#[test]
fn a_panic_of_who_watches_comes_through_the_plugin() {
    let x = square(50);
    let y = quadrants(&x);
    let _turn = turn();
    let panicked = std::panic::catch_unwind(|| watched("{}", &x, &y, &x, &|| panic!("seen enough")));
    assert_eq!(panicked.unwrap_err().downcast_ref::<&str>(), Some(&"seen enough"));
}

#[test]
fn a_gpu_that_is_not_there_is_an_error_of_its_own() {
    let x = square(50);
    let y = quadrants(&x);
    let set = TrainingSet::new(&x, &y, None).unwrap();
    let _turn = turn();
    let device = Device::Cuda(99);
    let outcome = fit(&parameters("{}"), &set, &Context { device, ..context(1) });
    let Err(FitError::DeviceMissing { device: Device::Cuda(99), detail }) = outcome else {
        panic!("{outcome:?}")
    };
    // Without CUDA libraries they are named, with them the devices are counted.
    assert!(detail.contains("libtorch_cuda.so") || detail.starts_with("torch sees "), "{detail}");
}

#[test]
fn a_loss_that_leaves_the_numbers_is_an_error() {
    let x = Matrix::new(2, 8, vec![3e38; 16]).unwrap();
    let y = Target::Classes { labels: vec![0, 1], classes: 2 };
    let error = train(r#"{"hidden": [64, 64], "epochs": 5}"#, &x, &y, None, 1).err();
    assert_eq!(error, Some(FitError::NotFinite { algorithm: Algorithm::TorchMlp, what: "loss" }));
}

#[test]
fn no_hidden_layer_one_row_and_one_class_are_trained() {
    let x = Matrix::new(1, 2, vec![0.5, -0.5]).unwrap();
    let y = Target::Classes { labels: vec![1], classes: 3 };
    let json = r#"{"hidden": [], "epochs": 200, "learning_rate": 0.1, "patience": 300}"#;
    let fitted = train(json, &x, &y, None, 1).unwrap();
    assert!(fitted.model.predict(&x).unwrap().values()[1] > 0.9);
}
