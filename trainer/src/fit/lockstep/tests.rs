//! Folds that take turns, with a learner that only counts.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use podium_contract::{Calibration, Evaluation, Threshold};
use podium_learners::{
    Algorithm, Device, FitReport, Layer, MlpModel, MlpRequest, Parameters, Prediction, TorchBackend,
    TrainingSet,
};
use podium_tabular::prepare::PreparationSpec;
use podium_tabular::schema::{DataSpec, Schema};
use podium_tabular::split::Fold;
use podium_tabular::table::{Table, read_csv};

use super::super::{Kept, Measured, Scoring, run_trial};
use super::*;

const FOLDS: usize = 3;
const EPOCHS: u32 = 4;

/// What a fold does at the beginning of an epoch.
type Deed = fn(fold: usize, epoch: u32) -> Result<bool, FitError>;

/// Says that every row is of class 1 with a probability of a tenth an epoch.
struct Counter {
    deed: Deed,
    is_working: AtomicBool,
    log: Mutex<Vec<(usize, u32)>>,
}

impl Counter {
    fn of(deed: Deed) -> Self {
        Self { deed, is_working: AtomicBool::new(false), log: Mutex::default() }
    }
}

impl TorchBackend for Counter {
    fn fit(
        &self,
        request: &MlpRequest<'_>,
        set: &TrainingSet<'_>,
        context: &Context<'_>,
    ) -> Result<(MlpModel, FitReport), FitError> {
        let fold: usize =
            std::thread::current().name().unwrap().strip_prefix("fold-").unwrap().parse().unwrap();
        let validation = context.validation.unwrap();
        for epoch in 1..=EPOCHS {
            if (context.interrupt)() {
                return Err(FitError::Interrupted);
            }
            assert!(!self.is_working.swap(true, Ordering::SeqCst), "two at a time");
            self.log.lock().unwrap().push((fold, epoch));
            std::thread::yield_now();
            self.is_working.store(false, Ordering::SeqCst);
            if !(self.deed)(fold, epoch)? {
                break;
            }
            let p = f64::from(epoch) / 10.0;
            let values = [1.0 - p, p].repeat(validation.features.rows());
            (validation.seen)(Prediction::Probabilities { classes: 2, values });
        }
        let columns = set.features().columns();
        let layer = Layer::new(columns, 2, vec![0.0; 2 * columns], vec![0.0; 2]).unwrap();
        let model = MlpModel::new(vec![layer], request.parameters.activation, request.output).unwrap();
        Ok((model, FitReport::default()))
    }
}

fn table() -> Table {
    let rows: String = (0..30).map(|row| format!("{row}.5,{}\n", row % 2)).collect();
    read_csv(format!("x,y\n{rows}").as_bytes()).unwrap()
}

fn folds() -> Vec<Fold> {
    let part = |fold: usize, is_in: bool| (0..30).filter(|row| (row / 10 == fold) == is_in).collect();
    (0..FOLDS).map(|fold| Fold { train: part(fold, false), validation: part(fold, true) }).collect()
}

/// Runs a trial; answers it and the steps that were seen. `is_enough` says after which step to interrupt.
fn trial(counter: &Counter, is_enough: fn(u32) -> bool) -> (Result<Measured, FittingError>, Vec<(u32, f64)>) {
    let (table, rows) = (table(), folds());
    let schema = Schema::infer(&table, &DataSpec { target: "y".to_owned(), ..DataSpec::default() }).unwrap();
    let evaluation = Evaluation {
        metric: None,
        average: None,
        calibration: Calibration::None,
        threshold: Threshold::Half,
    };
    let parameters = Parameters::defaults(Algorithm::TorchMlp).unwrap();
    let recipe = Recipe {
        schema: &schema,
        preparation: PreparationSpec::default(),
        parameters: &parameters,
        scoring: Scoring::resolve(&evaluation, &schema).unwrap(),
        calibration: evaluation.calibration,
        threshold: evaluation.threshold,
        seed: 1,
    };
    // One thread: a fold that waited on it would wait for ever.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let is_over = AtomicBool::new(false);
    let around = Surroundings {
        pool: &pool,
        interrupt: &|| is_over.load(Ordering::SeqCst),
        watch: &|_, _| (),
        torch: Some(counter),
        device: Device::Cpu,
    };
    let fresh = Folds::new(&table, &schema, &rows, recipe.preparation);
    let Kept::All(kept) = fresh.keep(u64::MAX).unwrap() else { panic!("they are small") };
    let steps = Mutex::new(Vec::new());
    let seen = |step, value| {
        steps.lock().unwrap().push((step, value));
        is_over.store(is_enough(step), Ordering::SeqCst);
    };
    let done = run_trial(&fresh.with_kept(&kept), &recipe, &around, "cv_log_loss", &seen);
    (done, steps.into_inner().unwrap())
}

/// Half of the rows are of each class.
fn log_loss(p: f64) -> f64 {
    -(p.ln() + (1.0 - p).ln()) / 2.0
}

fn is_near(value: f64, wanted: f64) -> bool {
    (value - wanted).abs() < 1e-12
}

#[test]
fn one_fold_works_at_a_time_and_an_epoch_is_seen_when_all_have_done_it() {
    let counter = Counter::of(|_, _| Ok(true));
    let (done, steps) = trial(&counter, |_| false);
    let order: Vec<_> = (1..=EPOCHS).flat_map(|epoch| (1..=FOLDS).map(move |fold| (fold, epoch))).collect();
    assert_eq!(*counter.log.lock().unwrap(), order);
    assert_eq!(steps.len(), EPOCHS as usize);
    for (epoch, (step, value)) in (1..).zip(steps) {
        assert_eq!(step, epoch);
        assert!(is_near(value, log_loss(f64::from(epoch) / 10.0)), "{value}");
    }
    // That of the models, which say one half.
    assert!(is_near(done.unwrap().metrics["cv_log_loss"], log_loss(0.5)));
}

#[test]
fn a_fold_that_ends_early_keeps_its_last_answer_while_the_others_go_on() {
    let counter = Counter::of(|fold, epoch| Ok(fold != 2 || epoch < 3));
    let (done, steps) = trial(&counter, |_| false);
    done.unwrap();
    let last = steps[3];
    assert_eq!(last.0, 4);
    let wanted = (2.0 * log_loss(0.4) + log_loss(0.2)) / 3.0;
    assert!(is_near(last.1, wanted), "{} {wanted}", last.1);
}

#[test]
fn a_fold_that_fails_ends_all_with_its_error() {
    let counter = Counter::of(|fold, epoch| {
        let what = "loss";
        if (fold, epoch) == (2, 2) {
            Err(FitError::NotFinite { algorithm: Algorithm::TorchMlp, what })
        } else {
            Ok(true)
        }
    });
    let (done, steps) = trial(&counter, |_| false);
    assert!(done.unwrap_err().to_string().contains("left the range of numbers"));
    assert_eq!(steps.len(), 1);
    assert!(counter.log.lock().unwrap().iter().all(|(_, epoch)| *epoch <= 2));
}

#[test]
fn an_interruption_ends_all_before_the_next_epoch() {
    let counter = Counter::of(|_, _| Ok(true));
    let (done, steps) = trial(&counter, |step| step == 2);
    assert_eq!(done, Err(FittingError::Fit(FitError::Interrupted)));
    assert_eq!(steps.len(), 2);
    assert_eq!(counter.log.lock().unwrap().len(), 2 * FOLDS);
}

#[test]
fn a_panic_in_one_fold_ends_all_and_comes_through() {
    let panicked = std::panic::catch_unwind(|| {
        let counter = Counter::of(|fold, epoch| {
            assert_ne!((fold, epoch), (3, 1), "out of bounds");
            Ok(true)
        });
        trial(&counter, |_| false)
    });
    let text = *panicked.unwrap_err().downcast::<String>().unwrap();
    assert!(text.contains("out of bounds"), "{text}");
}
