//! Four workers, a crash in the middle, and a report: `cargo run -p podium-search --example workers`.
#![allow(clippy::print_stdout, reason = "a program for people")]

use std::error::Error;

use podium_search::{Ask, InvalidSpace, Outcome, Parameter, Point, Record, Settings, Space, Study, Trial};

const TRIALS: usize = 60;
const WORKERS: usize = 4;

fn space() -> Result<Space, InvalidSpace> {
    Space::new(vec![
        Parameter::categorical("model", ["forest", "net"]),
        Parameter::int("trees", 50, 500).step(50.0).when("model", ["forest"]),
        Parameter::double("learning_rate", 1e-5, 1e-1).log().when("model", ["net"]),
        Parameter::int("layers", 1, 4).when("model", ["net"]),
        Parameter::int("width", 8, 256).log().when("layers", [2, 3, 4]),
    ])
}

/// Stands for a training. A rate that is too high diverges.
fn train(point: &Point) -> Outcome {
    let number = |name| point.get(name).and_then(podium_search::Value::as_f64);
    if let Some(trees) = number("trees") {
        return Outcome::Complete(0.80 + 0.02 * (trees / 500.0).sqrt());
    }
    let rate = number("learning_rate").map_or(0.0, f64::log10);
    if rate > -1.3 {
        return Outcome::Failed;
    }
    let width = number("width").map_or(0.04, |width| 0.02 * (width / 64.0).ln().abs());
    Outcome::Complete(0.92 - 0.02 * (rate + 3.0).powi(2) - width - 0.01 * number("layers").unwrap_or(1.0))
}

fn main() -> Result<(), Box<dyn Error>> {
    let settings = Settings::maximize().seed(7).budget(TRIALS as u64, WORKERS as u32);
    let mut study = Study::new(space()?, settings.clone())?;
    println!("{}", study.choice().reason);
    let mut running: Vec<Trial> = Vec::new();
    while study.trials().count() < TRIALS {
        match study.ask() {
            Ask::Trial(trial) => running.push(trial),
            Ask::Wait | Ask::Exhausted => break,
        }
        if study.trials().count() == TRIALS / 2 {
            study = restarted(&study, settings.clone())?;
        }
        // Whoever is ready tells, in whatever order.
        if running.len() == WORKERS {
            let trial = running.swap_remove(study.trials().count() % WORKERS);
            study.tell(trial.number, train(&trial.point))?;
        }
    }
    for trial in running {
        study.tell(trial.number, train(&trial.point))?;
    }
    report(&study)
}

/// The process died: all that is left is what was written down.
fn restarted(lost: &Study, settings: Settings) -> Result<Study, Box<dyn Error>> {
    let ledger = serde_json::to_string(&lost.trials().collect::<Vec<_>>())?;
    let mut study = Study::new(space()?, settings)?;
    let restored = study.restore(serde_json::from_str::<Vec<Record>>(&ledger)?)?;
    println!("restarted with {} trials, {} of them running", restored.kept, study.pending().count());
    Ok(study)
}

fn report(study: &Study) -> Result<(), Box<dyn Error>> {
    if let Some(best) = study.best() {
        println!(
            "best: trial {} with {:.4}, {}",
            best.number,
            best.value().unwrap_or(f64::NAN),
            serde_json::to_string(&best.point)?
        );
    }
    for share in study.importance()?.shares {
        println!("{:>14} {:5.1} %", share.name, 100.0 * share.share);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_comes_to_its_end() {
        super::main().unwrap();
    }
}
