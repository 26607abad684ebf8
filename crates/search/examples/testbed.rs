//! Runs a method on functions with known minima and prints the regret: `testbed METHOD BATCH SEEDS TRIALS [FUNCTION ...]`.
//! A method is a name, such as `TPE`, or JSON with options, such as `{"TPE": {"candidates": 24}}`.
//!
//! One line a study: function, method, batch, seed, regret after half of the trials, regret at the end, seconds of CPU in
//! the search (Linux; elsewhere 0). Trials of a batch are all asked before any is told.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for people who compare methods")]

#[path = "../tests/functions/mod.rs"]
mod functions;

use functions::{FUNCTIONS, Function};
use podium_search::{Algorithm, Ask, Outcome, Settings, Study};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [method, batch, seeds, trials, names @ ..] = arguments.as_slice() else {
        eprintln!("testbed METHOD BATCH SEEDS TRIALS [FUNCTION ...]");
        std::process::exit(2);
    };
    let [batch, seeds, trials] = [batch, seeds, trials].map(|number| number.parse::<usize>().unwrap());
    for function in
        FUNCTIONS.iter().filter(|function| names.is_empty() || names.contains(&function.name.to_owned()))
    {
        for seed in 0..seeds as u64 {
            let study = run(function, algorithm(method), batch, seed, trials);
            println!(
                "{},{method},{batch},{seed},{:e},{:e},{:.5}",
                function.name, study.half, study.end, study.seconds
            );
        }
    }
}

fn algorithm(name: &str) -> Algorithm {
    serde_json::from_str(name)
        .or_else(|_| serde_json::from_value(serde_json::json!(name)))
        .or_else(|_| serde_json::from_value(serde_json::json!({name: {}})))
        .unwrap()
}

struct Run {
    half: f64,
    end: f64,
    seconds: f64,
}

fn run(function: &Function, algorithm: Algorithm, batch: usize, seed: u64, trials: usize) -> Run {
    let settings = Settings::minimize().seed(seed).algorithm(algorithm);
    let mut study = Study::new((function.space)(), settings).unwrap();
    let mut regrets = Vec::new();
    let (mut best, mut regret, mut seconds) = (f64::INFINITY, f64::INFINITY, 0.0);
    while regrets.len() < trials {
        let start = cpu_seconds();
        let asked: Vec<_> = (0..batch.min(trials - regrets.len())).map(|_| study.ask()).collect();
        seconds += cpu_seconds() - start;
        for ask in asked {
            let Ask::Trial(trial) = ask else {
                regrets.push(regret);
                continue;
            };
            let clean = (function.value)(&trial.point);
            let seen = clean + function.noise * functions::noise(seed, trial.number);
            // Of noisy values the best seen counts, by what it is without the noise.
            if seen < best {
                (best, regret) = (seen, clean - function.minimum);
            }
            regrets.push(regret);
            study.tell(trial.number, Outcome::Complete(seen)).unwrap();
        }
    }
    Run { half: regrets[trials / 2 - 1], end: regrets[trials - 1], seconds }
}

fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or(0.0) * 1e-9
}
