//! How long a suggestion takes after many trials: `latency METHOD FINISHED ASKS`.
//!
//! Six parameters, one of them categorical and one conditional; the four others alone for CMA-ES. Prints the median, the 99th percentile and the longest ask in
//! milliseconds of CPU (Linux; elsewhere 0), and how long the study took to be rebuilt from its trials.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for people who compare methods")]

use podium_search::{Algorithm, Ask, Outcome, Parameter, Point, Record, Settings, Space, Study};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [method, finished, asks] = arguments.as_slice() else {
        eprintln!("latency METHOD FINISHED ASKS");
        std::process::exit(2);
    };
    let [finished, asks] = [finished, asks].map(|number| number.parse::<usize>().unwrap());
    let settings = Settings::minimize().algorithm(algorithm(method));
    let space = space(method == "CMA-ES");
    let records = records(&space, finished);
    let start = cpu_seconds();
    let mut study = Study::new(space, settings).unwrap();
    study.restore(records).unwrap();
    let rebuilt = cpu_seconds() - start;
    let mut times: Vec<f64> = (0..asks).map(|_| one(&mut study)).collect();
    times.sort_by(f64::total_cmp);
    let [median, high, longest] = [asks / 2, asks * 99 / 100, asks - 1].map(|place| times[place] * 1e3);
    println!(
        "{method},{finished},{asks},median {median:.1} ms,p99 {high:.1} ms,longest {longest:.1} ms,rebuilt {rebuilt:.2} s"
    );
}

fn algorithm(name: &str) -> Algorithm {
    serde_json::from_value(serde_json::json!(name))
        .or_else(|_| serde_json::from_value(serde_json::json!({name: {}})))
        .unwrap()
}

/// Most trials at random, the last fifth close to the minimum, as a search leaves them.
fn records(space: &Space, count: usize) -> Vec<Record> {
    let settings = Settings::minimize().algorithm(Algorithm::Random).seed(1);
    let mut study = Study::new(space.clone(), settings).unwrap();
    for number in 0..count {
        if number > count / 5 * 4 {
            let near = |step: usize| ((number * step) % 1009) as f64 / 1009.0 * 0.1;
            let point = serde_json::json!({
                "x": 0.3 + near(7), "y": 0.6 + near(11), "z": 0.2 + near(13), "n": 20 + number % 5,
                "kind": "b", "rate": 0.01 * (1.0 + near(17)),
            });
            let mut point = point.as_object().unwrap().clone();
            point.retain(|name, _| space.parameters().iter().any(|parameter| parameter.name == *name));
            study.enqueue(&[point]).unwrap();
        }
        let Ask::Trial(trial) = study.ask() else { break };
        study.tell(trial.number, Outcome::Complete(value(&trial.point))).unwrap();
    }
    study.trials().map(Record::from).collect()
}

fn space(is_of_numbers: bool) -> Space {
    let mut parameters = vec![
        Parameter::double("x", 0.0, 1.0),
        Parameter::double("y", 0.0, 1.0),
        Parameter::double("z", 0.0, 1.0),
        Parameter::int("n", 1, 100),
    ];
    if !is_of_numbers {
        parameters.push(Parameter::categorical("kind", ["a", "b", "c"]));
        parameters.push(Parameter::double("rate", 1e-4, 1.0).log().when("kind", ["b"]));
    }
    Space::new(parameters).unwrap()
}

fn value(point: &Point) -> f64 {
    let number = |name: &str| point.get(name).and_then(podium_search::Value::as_f64).unwrap_or(1.0);
    let off = [number("x") - 0.33, number("y") - 0.64, number("z") - 0.21, number("n") / 100.0 - 0.22];
    off.iter().map(|off| off * off + 0.02 * (12.0 * off).sin().powi(2)).sum::<f64>()
        + 0.05 * (number("rate").log10() + 2.0).powi(2)
}

fn one(study: &mut Study) -> f64 {
    let start = cpu_seconds();
    let ask = study.ask();
    let took = cpu_seconds() - start;
    if let Ask::Trial(trial) = ask {
        study.tell(trial.number, Outcome::Complete(value(&trial.point))).unwrap();
    }
    took
}

fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or(0.0) * 1e-9
}
