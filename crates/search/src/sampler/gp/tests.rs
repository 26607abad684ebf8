use super::*;
use crate::Parameter;
use crate::space::Space;

fn line() -> Space {
    Space::new(vec![Parameter::double("x", 0.0, 1.0)]).unwrap()
}

/// Twelve complete trials, each two of them side by side: one with a value of 3, one with -1, this many times as large.
fn history(times: f64) -> Vec<Observation> {
    let of = |number: i64| Observation {
        number,
        row: vec![Some((number / 2) as f64 / 6.0 + (number % 2) as f64 * 1e-4)],
        evidence: Evidence::Complete(times * if number % 2 == 0 { 3.0 } else { -1.0 }),
    };
    (0..12).map(of).collect()
}

/// The variance of the noise in the model behind a suggestion, of standardised targets.
fn variance(noise: Noise, history: &[Observation]) -> f64 {
    let space = line();
    let request = Request { space: &space, seed: 1, number: 12, history, is_tried: &|_| false };
    let mut gp = Gp::new(&GpOptions { noise, ..GpOptions::default() }).unwrap();
    assert!(matches!(gp.suggest(&request), Suggestion::Ranked(_)));
    gp.memo.unwrap().2.unwrap().noise
}

#[test]
fn a_stated_deviation_is_to_the_model_what_it_is_to_the_spread_of_the_values() {
    // The values' standard deviation is 2, so 0.5 is a quarter of it.
    assert!((variance(Noise::Deviation(0.5), &history(1.0)) - 0.0625).abs() < 1e-12);
    // Another unit of the objective changes nothing.
    assert!((variance(Noise::Deviation(0.5e6), &history(1e6)) - 0.0625).abs() < 1e-12);
}

#[test]
fn a_stated_deviation_is_neither_below_rounding_nor_above_the_spread_of_the_values() {
    assert_eq!(variance(Noise::Deviation(1e-9), &history(1.0)), NO_NOISE);
    assert_eq!(variance(Noise::Deviation(50.0), &history(1.0)), MOST_NOISE);
}

#[test]
fn without_noise_the_variance_is_that_of_rounding_and_learned_noise_comes_from_the_trials() {
    assert_eq!(variance(Noise::None, &history(1.0)), NO_NOISE);
    // No smooth function jumps so from one neighbour to the other.
    let learned = variance(Noise::Learned, &history(1.0));
    assert!(learned > 0.1, "{learned}");
}
