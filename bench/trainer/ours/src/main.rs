//! One learner on one table, as the trainer does it: read, prepare, fit, predict, score. Prints one JSON object.
//!
//! `bench-trainer TRAIN.csv TEST.csv ALGORITHM PARAMETERS THREADS SEED`: the target is the column `target`, classes
//! or numbers. Its peers take the same arguments and print the same object.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::time::Instant;

use podium_learners::{
    Algorithm, Context, Matrix, Parameters, Prediction, Target, TorchBackend, TorchPlugin, TrainingSet, fit,
};
use podium_tabular::metric::{Predictions, Rule, Truth, report};
use podium_tabular::prepare::{
    Encoding, FittedPreparation, Imbalance, Missing, PreparationSpec, Scaling, row_weights,
};
use podium_tabular::schema::{DataSpec, Schema, TaskSpec};
use podium_tabular::table::{Table, read_csv};
use rayon::ThreadPoolBuilder;
use serde_json::{Map, Value, json};

type Outcome<T> = Result<T, Box<dyn Error>>;

const PREPARATION: PreparationSpec = PreparationSpec {
    missing: Missing::Median,
    scaling: Scaling::Standard,
    encoding: Encoding::OneHot,
    imbalance: Imbalance::None,
};

/// What is asked for.
struct Task {
    train: String,
    test: String,
    parameters: Parameters,
    threads: usize,
    seed: u64,
}

/// What was measured.
struct Measured {
    fit_seconds: f64,
    fit_processor_seconds: f64,
    steps: u32,
    quality: Map<String, Value>,
}

fn main() -> Outcome<()> {
    let measured = measure(&arguments()?)?;
    let answer = json!({
        "fit_seconds": measured.fit_seconds,
        "fit_processor_seconds": measured.fit_processor_seconds,
        "peak_mb": peak_mb()?,
        "steps": measured.steps,
        "quality": measured.quality,
    });
    Ok(writeln!(std::io::stdout(), "{answer}")?)
}

fn arguments() -> Outcome<Task> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [train, test, algorithm, parameters, threads, seed] = &arguments[..] else {
        return Err("usage: bench-trainer TRAIN.csv TEST.csv ALGORITHM PARAMETERS THREADS SEED".into());
    };
    let given: BTreeMap<String, Value> = serde_json::from_str(parameters)?;
    Ok(Task {
        train: train.clone(),
        test: test.clone(),
        parameters: Parameters::parse(algorithm.parse()?, &given)?,
        threads: threads.parse()?,
        seed: seed.parse()?,
    })
}

fn measure(task: &Task) -> Outcome<Measured> {
    let (train, test) = (read_csv(&std::fs::read(&task.train)?)?, read_csv(&std::fs::read(&task.test)?)?);
    let pool = ThreadPoolBuilder::new().num_threads(task.threads).build()?;
    let pool = (task.threads > 1).then_some(&pool);
    let torch = torch(task.parameters.algorithm())?;
    let torch = torch.as_ref().map(|torch| torch as &dyn TorchBackend);
    let schema = Schema::infer(&train, &data(&task.parameters))?;
    let (rows, test_rows) = (all(&train), all(&test));
    let truth = schema.truth(&train, &rows).ok_or("a row has no target")?;
    let weights = row_weights(PREPARATION.imbalance, &truth, &schema.weights(&train, &rows));
    let preparation = FittedPreparation::fit(&train, &rows, &schema, &PREPARATION)?;
    let features = matrix(&preparation, &train, &rows)?;
    let target = target(truth);
    let set = TrainingSet::new(&features, &target, Some(&weights))?;
    let context = Context { pool, torch, ..Context::quiet(task.seed) };
    let (begin, processor) = (Instant::now(), processor_seconds()?);
    let fitted = fit(&task.parameters, &set, &context)?;
    let fit_seconds = begin.elapsed().as_secs_f64();
    let fit_processor_seconds = processor_seconds()? - processor;
    let prediction = fitted.model.predict_on(&matrix(&preparation, &test, &test_rows)?, pool)?;
    let truth = schema.truth(&test, &test_rows).ok_or("a row has no target")?;
    let report = report(&truth, &predictions(prediction), &Rule::standard(schema.classes.len()))?;
    let quality = report.values.iter().map(|(name, &value)| (name.to_string(), value.into())).collect();
    Ok(Measured { fit_seconds, fit_processor_seconds, steps: fitted.report.steps, quality })
}

/// Least squares needs numbers; for the others the data decide.
fn data(parameters: &Parameters) -> DataSpec {
    let task = match parameters.algorithm() {
        Algorithm::LinearRegression => TaskSpec::Regression,
        Algorithm::LogisticRegression | Algorithm::RandomForest | Algorithm::TorchMlp => TaskSpec::Auto,
    };
    DataSpec { target: "target".to_owned(), task, ..DataSpec::default() }
}

/// The plugin lies beside this program, where `scripts/torch` puts it.
fn torch(algorithm: Algorithm) -> Outcome<Option<TorchPlugin>> {
    if algorithm != Algorithm::TorchMlp {
        return Ok(None);
    }
    Ok(Some(TorchPlugin::load(TorchPlugin::places(&std::env::current_exe()?))?))
}

fn all(table: &Table) -> Vec<usize> {
    (0..table.rows()).collect()
}

fn matrix(preparation: &FittedPreparation, table: &Table, rows: &[usize]) -> Outcome<Matrix> {
    let design = preparation.transform(table, rows)?;
    Ok(Matrix::new(design.rows, design.columns, design.values)?)
}

fn target(truth: Truth) -> Target {
    match truth {
        Truth::Classes { labels, classes, .. } => Target::Classes { labels, classes },
        Truth::Values(values) => Target::Values(values),
    }
}

fn predictions(prediction: Prediction) -> Predictions {
    match prediction {
        Prediction::Probabilities { classes, values } => Predictions::Probabilities { classes, values },
        Prediction::Values(values) => Predictions::Values(values),
    }
}

/// Processor time of this process so far, as the scheduler counts it for each thread, in nanoseconds.
fn processor_seconds() -> Outcome<f64> {
    let mut seconds = 0.0;
    for task in std::fs::read_dir("/proc/self/task")? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        let nanoseconds = text.split(' ').next().ok_or("an empty schedstat")?;
        seconds += nanoseconds.parse::<f64>()? / 1e9;
    }
    Ok(seconds)
}

/// Most memory that this process ever held, in MB.
fn peak_mb() -> Outcome<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM in /proc")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? * 1024.0 / 1e6)
}
