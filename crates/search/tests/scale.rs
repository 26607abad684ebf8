//! Ten thousand trials are as ordinary as ten.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

use podium_search::{Algorithm, Ask, Outcome, Parameter, Record, Settings, Space, State, Study, TpeOptions};

fn space() -> Space {
    Space::new(vec![
        Parameter::double("rate", 1e-5, 1.0).log(),
        Parameter::int("leaves", 8, 256).log(),
        Parameter::int("depth", 1, 20),
        Parameter::categorical("booster", ["gbdt", "dart"]),
        Parameter::double("drop", 0.0, 0.5).when("booster", ["dart"]),
        Parameter::double("share", 0.1, 1.0),
    ])
    .unwrap()
}

fn records() -> Vec<Record> {
    let mut study = Study::new(space(), Settings::minimize().algorithm(Algorithm::Random)).unwrap();
    let mut records = Vec::new();
    for _ in 0..10_000 {
        let Ask::Trial(trial) = study.ask() else { panic!("the space is not finite") };
        let value = trial.point["rate"].as_f64().unwrap() + trial.point["depth"].as_f64().unwrap();
        records.push(Record { state: State::Finished(Outcome::Complete(value)), ..Record::from(&trial) });
    }
    records
}

/// Seconds of CPU of this thread: other work on the machine doesn't count.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() * 1e-9
}

/// The limits are wide: they are there to find what grows with the square.
#[test]
#[cfg(target_os = "linux")]
fn ten_thousand_trials_are_restored_in_5_seconds_and_a_suggestion_after_them_takes_less_than_1() {
    let records = records();
    for algorithm in [Algorithm::Random, Algorithm::Tpe(TpeOptions::default()), Algorithm::Auto] {
        let mut study = Study::new(space(), Settings::minimize().algorithm(algorithm)).unwrap();
        let start = cpu_seconds();
        assert_eq!(study.restore(records.clone()).unwrap().kept, 10_000);
        let restored = cpu_seconds() - start;
        assert!(restored < 5.0, "restored in {restored} s");
        let start = cpu_seconds();
        let asked = (0..4).filter(|_| matches!(study.ask(), Ask::Trial(_))).count();
        let seconds = (cpu_seconds() - start) / 4.0;
        assert_eq!(asked, 4);
        assert!(seconds < 1.0, "asked in {seconds} s");
        println!("{}: restored in {restored:.3} s, asked in {seconds:.4} s", study.choice().reason);
    }
}
