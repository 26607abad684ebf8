//! Trainings that report epoch by epoch: hopeless ones stop early, and the search ends when nothing gets better any more:
//! `cargo run -p podium-search --example stopping`.
#![allow(clippy::print_stdout, reason = "a program for people")]

use std::error::Error;

use podium_search::stop::{Asha, Patience, Progress, Verdict};
use podium_search::{Ask, Outcome, Parameter, Point, Settings, Space, Study};

const EPOCHS: i64 = 27;

/// Stands for the loss after an epoch: the rate decides how far it falls, and how fast.
fn loss(point: &Point, epoch: i64) -> f64 {
    let distance = (point["rate"].as_f64().unwrap_or_default().log10() + 2.0).abs();
    0.1 + 0.2 * distance + (1.0 + distance) / epoch as f64
}

/// Trains one trial; `before` are those that trained already.
fn train(point: &Point, progress: &mut Progress, before: &[Progress], asha: &Asha) -> Outcome {
    for epoch in 1..=EPOCHS {
        progress.report(epoch, loss(point, epoch));
        match asha.verdict(progress, epoch, before) {
            Verdict::Continue => {}
            Verdict::Stop { value, .. } => return Outcome::Pruned { step: epoch, value },
            Verdict::Fail => return Outcome::Failed,
        }
    }
    progress.complete();
    Outcome::Complete(loss(point, EPOCHS))
}

fn main() -> Result<(), Box<dyn Error>> {
    let space = Space::new(vec![Parameter::double("rate", 1e-5, 1.0).log()])?;
    let mut study = Study::new(space, Settings::minimize().seed(3).budget(100, 1))?;
    let (asha, patience) = (Asha::new(3, 3)?, Patience::new(20, 1e-3)?);
    let (mut trained, mut ended) = (Vec::new(), Vec::new());
    while let Ask::Trial(trial) = study.ask() {
        let mut progress = Progress::new(trial.number);
        let outcome = train(&trial.point, &mut progress, &trained, &asha);
        study.tell(trial.number, outcome)?;
        trained.push(progress);
        ended.push((trial.number, outcome));
        if let Some(stale) = patience.verdict(&ended) {
            println!("{:.4} of trial {} was not beaten by {} others", stale.value, stale.best, stale.since);
            break;
        }
    }
    let stopped = ended.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Pruned { .. })).count();
    println!("{stopped} of {} trials stopped early", ended.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_comes_to_its_end() {
        super::main().unwrap();
    }
}
