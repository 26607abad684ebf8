//! Times the fit of one learner on a CSV file of numbers, for benchmarks; prints one JSON object.
//!
//! `fit TRAIN.csv TEST.csv classes|values ALGORITHM PARAMETERS_JSON THREADS SEED`: the last column is the target.
//! Reading, checking and loading torch are not timed. TorchMLP needs the feature `plugin`.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;

#[cfg(feature = "plugin")]
use podium_learners::TorchPlugin;
use podium_learners::{
    Algorithm, Context, Matrix, Parameters, Prediction, Target, TorchBackend, TrainingSet, fit,
};
use rayon::ThreadPoolBuilder;
use serde_json::json;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [train, test, task, algorithm, parameters, threads, seed] = &arguments[..] else {
        return Err(
            "usage: fit TRAIN.csv TEST.csv classes|values ALGORITHM PARAMETERS_JSON THREADS SEED".into()
        );
    };
    let (features, target) = read(train, task)?;
    let (test_features, test_target) = read(test, task)?;
    let set = TrainingSet::new(&features, &target, None)?;
    let given: BTreeMap<String, serde_json::Value> = serde_json::from_str(parameters)?;
    let parameters = Parameters::parse(algorithm.parse()?, &given)?;
    let threads: usize = threads.parse()?;
    let pool = (threads > 1).then(|| ThreadPoolBuilder::new().num_threads(threads).build()).transpose()?;
    let torch = torch(parameters.algorithm())?;
    let context = Context { pool: pool.as_ref(), torch: torch.as_deref(), ..Context::quiet(seed.parse()?) };
    let started = Instant::now();
    let fitted = fit(&parameters, &set, &context)?;
    let fit_seconds = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let prediction = fitted.model.predict_on(&test_features, pool.as_ref())?;
    let predict_seconds = started.elapsed().as_secs_f64();
    let mut answer = json!({
        "fit_seconds": fit_seconds,
        "predict_seconds": predict_seconds,
        "steps": fitted.report.steps,
        "out_of_bag": fitted.report.out_of_bag,
        "warnings": fitted.report.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    for (name, value) in quality(&prediction, &test_target) {
        answer[name] = value.into();
    }
    use std::io::Write;
    writeln!(std::io::stdout(), "{answer}")?;
    Ok(())
}

/// The torch plugin, where the algorithm needs it; it must lie beside this program's folder, as `scripts/torch` puts it.
fn torch(algorithm: Algorithm) -> Outcome<Option<Box<dyn TorchBackend>>> {
    #[cfg(feature = "plugin")]
    if algorithm == Algorithm::TorchMlp {
        let program = std::env::current_exe()?;
        let folder = program.parent().unwrap_or(&program);
        return Ok(Some(Box::new(TorchPlugin::load(TorchPlugin::places(folder))?)));
    }
    let _ = algorithm;
    Ok(None)
}

fn read(path: &str, task: &str) -> Outcome<(Matrix, Target)> {
    let text = std::fs::read_to_string(path)?;
    let mut rows = Vec::new();
    for line in text.lines().skip(1) {
        rows.push(line.split(',').map(str::parse).collect::<Result<Vec<f64>, _>>()?);
    }
    let columns = rows.first().map_or(0, Vec::len).saturating_sub(1);
    let column = |j: usize| rows.iter().map(|row| row[j] as f32).collect::<Vec<f32>>();
    let features = Matrix::from_columns(rows.len(), &(0..columns).map(column).collect::<Vec<_>>())?;
    let last: Vec<f64> = rows.iter().map(|row| row[columns]).collect();
    let target = if task == "classes" {
        let labels: Vec<u32> = last.iter().map(|&label| label as u32).collect();
        Target::Classes { classes: labels.iter().max().map_or(0, |&top| top as usize + 1), labels }
    } else {
        Target::Values(last)
    };
    Ok((features, target))
}

fn quality(prediction: &Prediction, target: &Target) -> Vec<(&'static str, f64)> {
    match (prediction, target) {
        (Prediction::Probabilities { classes, values }, Target::Classes { labels, .. }) => {
            let (mut right, mut loss) = (0.0, 0.0);
            for (row, &label) in values.chunks_exact(*classes).zip(labels) {
                let best =
                    row.iter().enumerate().fold(0, |best, (i, p)| if *p > row[best] { i } else { best });
                right += f64::from(u8::from(best == label as usize));
                loss -= row[label as usize].max(f64::EPSILON).ln();
            }
            let rows = labels.len() as f64;
            vec![("accuracy", right / rows), ("log_loss", loss / rows)]
        }
        (Prediction::Values(values), Target::Values(truth)) => {
            let square: f64 = values.iter().zip(truth).map(|(a, b)| (a - b).powi(2)).sum();
            vec![("rmse", (square / truth.len() as f64).sqrt())]
        }
        _ => Vec::new(),
    }
}
