//! Steps of trials with learners that fit: what is told on the way is what shorter fits come to.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use podium_contract::{Calibration, Evaluation, Threshold};
use podium_learners::{Algorithm, Device, FitError, Parameters};
use podium_tabular::prepare::PreparationSpec;
use podium_tabular::schema::{DataSpec, Schema};
use podium_tabular::split::Fold;
use podium_tabular::table::{Table, read_csv};
use rayon::ThreadPoolBuilder;
use serde_json::{Value, json};

use super::*;

/// Numbers, and classes or numbers that follow from them but for some noise.
fn table(is_class: bool) -> Table {
    let mut text = "a,b,y\n".to_owned();
    for row in 0..240_u32 {
        let (a, b) = (f64::from(row * 7919 % 240) / 24.0, f64::from(row * 104_729 % 240) / 24.0);
        let y = a - b + f64::from(row * 31 % 17) / 4.0 - 2.0;
        let y = if is_class { f64::from(u8::from(y > 0.0)) } else { y };
        text.push_str(&format!("{a},{b},{y}\n"));
    }
    read_csv(text.as_bytes()).unwrap()
}

struct Trial {
    table: Table,
    objective: &'static str,
    parameters: Parameters,
    /// Whether the folds are ready and can advance together.
    is_kept: bool,
    /// After which step somebody interrupts.
    last: u32,
}

impl Trial {
    fn of(algorithm: Algorithm, parameters: &[(&str, Value)]) -> Self {
        let given: BTreeMap<String, Value> =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let is_class = algorithm != Algorithm::LinearRegression;
        Self {
            table: table(is_class),
            objective: if is_class { "cv_log_loss" } else { "cv_rmse" },
            parameters: Parameters::parse(algorithm, &given).unwrap(),
            is_kept: true,
            last: u32::MAX,
        }
    }

    fn forest(trees: u32) -> Self {
        Self::of(Algorithm::RandomForest, &[("n_estimators", json!(trees))])
    }

    fn logistic(most: u32) -> Self {
        let parameters = [("max_iter", json!(most)), ("C", json!(1e4)), ("tol", json!(1e-12))];
        Self::of(Algorithm::LogisticRegression, &parameters)
    }

    fn fold_after_fold(self) -> Self {
        Self { is_kept: false, ..self }
    }

    /// Runs it on so many threads; answers it and the steps that were seen.
    fn on(&self, threads: usize) -> (Result<Measured, FittingError>, Vec<(u32, f64)>) {
        let schema =
            Schema::infer(&self.table, &DataSpec { target: "y".to_owned(), ..DataSpec::default() }).unwrap();
        let evaluation = Evaluation {
            metric: None,
            average: None,
            calibration: Calibration::None,
            threshold: Threshold::Half,
        };
        let recipe = Recipe {
            schema: &schema,
            preparation: PreparationSpec::default(),
            parameters: &self.parameters,
            scoring: Scoring::resolve(&evaluation, &schema).unwrap(),
            calibration: evaluation.calibration,
            threshold: evaluation.threshold,
            seed: 5,
        };
        let part = |fold: usize, is_in: bool| (0..240).filter(|row| (row / 60 == fold) == is_in).collect();
        let rows: Vec<Fold> =
            (0..4).map(|fold| Fold { train: part(fold, false), validation: part(fold, true) }).collect();
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let is_over = AtomicBool::new(false);
        let around = Surroundings {
            pool: &pool,
            interrupt: &|| is_over.load(Ordering::SeqCst),
            watch: &|_, _| (),
            torch: None,
            device: Device::Cpu,
        };
        let fresh = Folds::new(&self.table, &schema, &rows, recipe.preparation);
        let kept = match fresh.keep(if self.is_kept { u64::MAX } else { 0 }).unwrap() {
            Kept::All(kept) => kept,
            Kept::TooLarge { .. } => Vec::new(),
        };
        let steps = Mutex::new(Vec::new());
        let seen = |step, value| {
            steps.lock().unwrap().push((step, value));
            is_over.store(step >= self.last, Ordering::SeqCst);
        };
        let done = run_trial(&fresh.with_kept(&kept), &recipe, &around, self.objective, &seen);
        (done, steps.into_inner().unwrap())
    }

    /// Its metrics.
    fn metrics(&self) -> BTreeMap<String, f64> {
        self.on(1).0.unwrap().metrics
    }

    /// What it comes to when the folds are fitted one after the other, in one go each.
    fn alone(self) -> f64 {
        let trial = self.fold_after_fold();
        trial.metrics()[trial.objective]
    }
}

#[test]
fn the_folds_of_a_forest_advance_by_ten_trees_and_each_step_is_the_score_of_forests_of_that_size() {
    let wanted: Vec<(u32, f64)> =
        (1..).zip([10, 20, 30, 34].map(|trees| Trial::forest(trees).alone())).collect();
    for threads in [1, 3] {
        let (done, steps) = Trial::forest(34).on(threads);
        assert_eq!(steps, wanted);
        assert_eq!(done.unwrap().metrics, Trial::forest(34).fold_after_fold().metrics());
    }
}

#[test]
fn the_folds_of_a_logistic_regression_advance_by_ten_iterations_and_one_that_has_converged_waits() {
    let (done, steps) = Trial::logistic(1000).on(2);
    let wanted: Vec<(u32, f64)> =
        (1..=steps.len() as u32).map(|step| (step, Trial::logistic(10 * step).alone())).collect();
    assert!((2..100).contains(&steps.len()), "{steps:?}");
    assert_eq!(steps, wanted);
    let metrics = done.unwrap().metrics;
    assert_eq!(metrics, Trial::logistic(1000).fold_after_fold().metrics());
    assert_eq!(steps.last().unwrap().1, metrics["cv_log_loss"]);
}

#[test]
fn a_learner_without_steps_tells_the_mean_of_the_folds_so_far_after_each() {
    let trial = Trial::of(Algorithm::LinearRegression, &[]);
    let (done, steps) = trial.on(2);
    assert_eq!(steps.iter().map(|(step, _)| *step).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(steps[3].1, done.unwrap().metrics["cv_rmse"]);
    assert_ne!(steps[0].1, steps[3].1);
}

#[test]
fn an_interruption_ends_a_fit_between_two_steps_with_the_values_of_those_that_it_has_reached() {
    let forest = (Trial::forest(10_000), vec![Trial::forest(10).alone(), Trial::forest(20).alone()]);
    let logistic = (Trial::logistic(1_000_000), vec![Trial::logistic(10).alone()]);
    for (whole, wanted) in [forest, logistic] {
        let (done, steps) = Trial { last: wanted.len() as u32, ..whole }.on(2);
        assert_eq!(done, Err(FittingError::Fit(FitError::Interrupted)));
        assert_eq!(steps, (1..).zip(wanted).collect::<Vec<_>>());
    }
}

#[test]
fn folds_that_take_more_than_they_may_are_not_kept_and_what_they_would_take_is_told() {
    let table = table(true);
    let schema = Schema::infer(&table, &DataSpec { target: "y".to_owned(), ..DataSpec::default() }).unwrap();
    let fold = Fold { train: (0..160).collect(), validation: (160..240).collect() };
    let rows = vec![fold; 3];
    let folds = Folds::new(&table, &schema, &rows, PreparationSpec::default());
    // Two features of 4 bytes for 240 rows; target and weight of 8 for 160.
    let bytes = 3 * (2 * 4 * 240 + 2 * 8 * 160);
    assert!(matches!(folds.keep(bytes).unwrap(), Kept::All(kept) if kept.len() == 3));
    assert_eq!(folds.keep(bytes - 1).unwrap(), Kept::TooLarge { bytes });
}
