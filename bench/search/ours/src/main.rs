//! Studies on known functions. Prints one JSON object a line.
//!
//! `bench-search study METHOD FUNCTION BATCH TRIALS SEED...`: a study a seed; regret after half of the trials and at the end, and
//! the processor time of its asks and tells. Its peer takes the same arguments and prints the same objects.
//!
//! `bench-search function NAME`: its parameters and its lowest value; then the value of each point that it reads. So the peer
//! meets the very same functions.
//!
//! `bench-search duplicates METHOD SEED...`: points given out twice among 60 trials, 8 at a time, on a space of 60 points.
//!
//! `bench-search ask METHOD FUNCTION TRIALS PENDING ASKS SEED`: milliseconds of processor time of each of so many asks in a study
//! with so many finished trials, while so many run.

#[path = "../../../../crates/search/tests/functions/mod.rs"]
mod functions;

use std::collections::VecDeque;
use std::error::Error;
use std::io::{BufRead, Write};

use functions::{FUNCTIONS, Function};
use podium_search::{Algorithm, Ask, Outcome, Parameter, Point, Settings, Space, Study};
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["study", method, function, batch, trials, seeds @ ..] => {
            for seed in seeds {
                let method = algorithm(method)?;
                print(&study(named(function)?, method, batch.parse()?, trials.parse()?, seed.parse()?)?)?;
            }
        }
        ["function", name] => values(named(name)?)?,
        ["duplicates", method, seeds @ ..] => {
            for seed in seeds {
                print(&duplicates(algorithm(method)?, seed.parse()?)?)?;
            }
        }
        ["ask", method, function, trials, pending, asks, seed] => {
            let counts = Counts { trials: trials.parse()?, pending: pending.parse()?, asks: asks.parse()? };
            print(&ask_times(named(function)?, algorithm(method)?, &counts, seed.parse()?)?)?;
        }
        _ => return Err("study | function | duplicates | ask, with their arguments".into()),
    }
    Ok(())
}

fn print(value: &Value) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{value}")?)
}

fn named(name: &str) -> Result<&'static Function> {
    let known = FUNCTIONS.iter().find(|function| function.name == name && function.noise == 0.0);
    known.ok_or_else(|| format!("no function without noise is called {name:?}").into())
}

/// Says what the function is, then its value at each point that comes in.
fn values(function: &Function) -> Result<()> {
    let space = (function.space)();
    print(&json!({"parameters": space.parameters(), "minimum": function.minimum}))?;
    for line in std::io::stdin().lock().lines() {
        print(&json!((function.value)(&space.read(&serde_json::from_str(&line?)?)?)))?;
    }
    Ok(())
}

/// A method with its default options.
fn algorithm(name: &str) -> Result<Algorithm> {
    let named = serde_json::from_value(json!(name));
    named
        .or_else(|_| serde_json::from_value(json!({name: {}})))
        .map_err(|error| format!("{name}: {error}").into())
}

fn study(function: &Function, method: Algorithm, batch: usize, trials: usize, seed: u64) -> Result<Value> {
    let settings = Settings::minimize().algorithm(method).seed(seed);
    let mut study = Study::new((function.space)(), settings)?;
    let (mut seconds, mut told, mut best, mut half) = (0.0, 0, f64::INFINITY, f64::INFINITY);
    while told < trials {
        let begin = processor_seconds();
        let asked: Vec<Ask> = (0..batch.min(trials - told)).map(|_| study.ask()).collect();
        seconds += processor_seconds() - begin;
        for ask in asked {
            let Ask::Trial(trial) = ask else { return Err("the space ended".into()) };
            let value = (function.value)(&trial.point);
            let begin = processor_seconds();
            study.tell(trial.number, Outcome::Complete(value))?;
            seconds += processor_seconds() - begin;
            best = best.min(value);
            told += 1;
            if told == trials / 2 {
                half = best;
            }
        }
    }
    Ok(
        json!({"seed": seed, "half": half - function.minimum, "end": best - function.minimum, "seconds": seconds}),
    )
}

fn duplicates(method: Algorithm, seed: u64) -> Result<Value> {
    let space = Space::new(vec![
        Parameter::int("a", 1, 5),
        Parameter::categorical("b", ["p", "q", "r"]),
        Parameter::categorical("c", [1, 2, 3, 4]),
    ])?;
    let mut study = Study::new(space, Settings::minimize().algorithm(method).seed(seed))?;
    let mut seen: Vec<Point> = Vec::new();
    let mut duplicates = 0;
    while seen.len() < 60 {
        let asked: Vec<Ask> = (0..8.min(60 - seen.len())).map(|_| study.ask()).collect();
        for ask in asked {
            let Ask::Trial(trial) = ask else { return Err("the space ended before its points did".into()) };
            duplicates += usize::from(seen.contains(&trial.point));
            let value = trial.point["a"].as_f64().unwrap_or(0.0) + trial.point["c"].as_f64().unwrap_or(0.0);
            study.tell(trial.number, Outcome::Complete(value))?;
            seen.push(trial.point);
        }
    }
    Ok(json!({"seed": seed, "duplicates": duplicates}))
}

/// Of a study whose asks are timed.
struct Counts {
    trials: u64,
    pending: usize,
    asks: usize,
}

/// Asks in a study with many finished trials: each is told before the next, but for the last ones, which run.
fn ask_times(function: &Function, method: Algorithm, counts: &Counts, seed: u64) -> Result<Value> {
    let settings = Settings::minimize().seed(seed);
    let mut random = Study::new((function.space)(), settings.clone().algorithm(Algorithm::Random))?;
    for _ in 0..counts.trials {
        let Ask::Trial(trial) = random.ask() else { return Err("the space ended".into()) };
        let outcome = Outcome::Complete((function.value)(&trial.point));
        random.tell(trial.number, outcome)?;
    }
    let mut study = Study::new((function.space)(), settings.algorithm(method))?;
    study.restore(random.trials().map(podium_search::Record::from))?;
    let (mut milliseconds, mut running) = (Vec::new(), VecDeque::new());
    while milliseconds.len() < counts.asks {
        let begin = processor_seconds();
        let Ask::Trial(trial) = study.ask() else { return Err("the space ended".into()) };
        let taken = (processor_seconds() - begin) * 1e3;
        if running.len() == counts.pending {
            milliseconds.push(taken);
        }
        running.push_back((trial.number, (function.value)(&trial.point)));
        if running.len() > counts.pending {
            let (number, value) = running.pop_front().ok_or("nothing runs")?;
            study.tell(number, Outcome::Complete(value))?;
        }
    }
    Ok(json!({"milliseconds": milliseconds}))
}

/// Processor time of this thread, the only one.
fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or(0.0) * 1e-9
}
