//! Functions with known minima: the public ones, and others that are mixed, conditional, whole-numbered, noisy or failing.
#![allow(dead_code, clippy::unwrap_used, reason = "each user takes a part; a test may fail anywhere")]

use std::f64::consts::{E, PI};

use podium_search::{Parameter, Point, Space};

/// A function to minimise.
pub struct Function {
    pub name: &'static str,
    pub space: fn() -> Space,
    /// NaN where it fails.
    pub value: fn(&Point) -> f64,
    pub minimum: f64,
    /// Standard deviation of what is added to each value.
    pub noise: f64,
}

const fn exact(name: &'static str, space: fn() -> Space, value: fn(&Point) -> f64, minimum: f64) -> Function {
    Function { name, space, value, minimum, noise: 0.0 }
}

pub static FUNCTIONS: [Function; 15] = [
    exact("branin", branin_space, branin, 0.397_887_357_729_738_16),
    exact("hartmann6", hartmann6_space, hartmann6, -3.322_368_011_415_515),
    exact("ackley5", ackley5_space, ackley5, 0.0),
    exact("mixed", mixed_space, mixed, 0.0),
    exact("conditional", conditional_space, conditional, 0.0),
    exact("integer", integer_space, integer, 0.0),
    Function { name: "noisy", space: noisy_space, value: noisy, minimum: 0.0, noise: 0.3 },
    exact("categories", categories_space, categories, 0.0),
    exact("rastrigin4", rastrigin4_space, rastrigin4, 0.0),
    exact("styblinski10", styblinski10_space, styblinski10, 0.0),
    exact("loginteger", loginteger_space, loginteger, 0.0),
    exact("failing", branin_space, failing, 0.397_887_357_729_738_16),
    exact("deep", deep_space, deep, 0.0),
    exact("tree", tree_space, tree, 0.1),
    exact("stretched", stretched_space, stretched, 0.0),
];

/// The function of a name.
pub fn named(name: &str) -> &'static Function {
    FUNCTIONS.iter().find(|function| function.name == name).unwrap()
}

/// Standard normal, by hashing; not the generator of the search.
pub fn noise(seed: u64, number: i64) -> f64 {
    let mut state =
        seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number.unsigned_abs().wrapping_mul(0xd134_2543_de82_ef95);
    let mut uniform = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    };
    (-2.0 * (1.0 - uniform()).ln()).sqrt() * (2.0 * PI * uniform()).cos()
}

fn number(point: &Point, name: &str) -> f64 {
    point[name].as_f64().unwrap()
}

fn numbers<const N: usize>(point: &Point) -> [f64; N] {
    std::array::from_fn(|index| number(point, &format!("x{index}")))
}

fn doubles(count: usize, min: f64, max: f64) -> Space {
    Space::new((0..count).map(|index| Parameter::double(format!("x{index}"), min, max)).collect()).unwrap()
}

fn branin_space() -> Space {
    Space::new(vec![Parameter::double("x0", -5.0, 10.0), Parameter::double("x1", 0.0, 15.0)]).unwrap()
}

fn branin(point: &Point) -> f64 {
    let [x, y] = numbers(point);
    (y - 5.1 / (4.0 * PI * PI) * x * x + 5.0 / PI * x - 6.0).powi(2)
        + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * x.cos()
        + 10.0
}

/// Branin without its left half: only the two minima with x0 above 0 can be found.
fn failing(point: &Point) -> f64 {
    if number(point, "x0") < 1.0 { f64::NAN } else { branin(point) }
}

fn hartmann6_space() -> Space {
    doubles(6, 0.0, 1.0)
}

fn hartmann6(point: &Point) -> f64 {
    const A: [[f64; 6]; 4] = [
        [10.0, 3.0, 17.0, 3.5, 1.7, 8.0],
        [0.05, 10.0, 17.0, 0.1, 8.0, 14.0],
        [3.0, 3.5, 1.7, 10.0, 17.0, 8.0],
        [17.0, 8.0, 0.05, 10.0, 0.1, 14.0],
    ];
    const P: [[f64; 6]; 4] = [
        [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
        [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
        [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
        [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ];
    let x: [f64; 6] = numbers(point);
    let bump = |row: usize| -> f64 { (0..6).map(|i| A[row][i] * (x[i] - P[row][i]).powi(2)).sum::<f64>() };
    -[1.0, 1.2, 3.0, 3.2].iter().enumerate().map(|(row, alpha)| alpha * (-bump(row)).exp()).sum::<f64>()
}

fn ackley5_space() -> Space {
    doubles(5, -32.768, 32.768)
}

/// Shifted, so that its lowest point is not the middle of the box.
fn ackley5(point: &Point) -> f64 {
    ackley(&numbers(point).map(|x: f64| x - 2.5))
}

/// Lowest, and 0, where all are 0.
fn ackley(x: &[f64; 5]) -> f64 {
    let squares = x.iter().map(|x| x * x).sum::<f64>() / 5.0;
    let waves = x.iter().map(|x| (2.0 * PI * x).cos()).sum::<f64>() / 5.0;
    -20.0 * (-0.2 * squares.sqrt()).exp() - waves.exp() + 20.0 + E
}

fn mixed_space() -> Space {
    Space::new(vec![
        Parameter::double("x", -5.0, 5.0),
        Parameter::double("rate", 1e-5, 1.0).log(),
        Parameter::int("n", 1, 64),
        Parameter::categorical("kind", ["a", "b", "c", "d"]),
    ])
    .unwrap()
}

fn mixed(point: &Point) -> f64 {
    let (shift, offset) = match point["kind"].as_str() {
        Some("a") => (1.0, 0.5),
        Some("b") => (-2.0, 0.0),
        Some("c") => (3.0, 0.8),
        _ => (0.0, 1.2),
    };
    let x = number(point, "x") - shift;
    offset
        + 0.3 * x * x
        + 0.5 * (1.0 - (3.0 * x).cos())
        + 0.5 * (number(point, "rate").log10() + 3.0).powi(2)
        + (number(point, "n") - 20.0).abs() / 15.0
}

fn conditional_space() -> Space {
    Space::new(vec![
        Parameter::categorical("model", ["svm", "tree", "net"]),
        Parameter::double("c", 1e-3, 1e3).log().when("model", ["svm"]),
        Parameter::double("gamma", 1e-4, 10.0).log().when("model", ["svm"]),
        Parameter::int("depth", 1, 20).when("model", ["tree"]),
        Parameter::int("leaf", 1, 50).log().when("model", ["tree"]),
        Parameter::int("layers", 1, 3).when("model", ["net"]),
        Parameter::double("rate", 1e-5, 0.1).log().when("model", ["net"]),
        Parameter::double("drop", 0.0, 0.8).when("model", ["net"]),
        Parameter::int("width", 8, 256).log().when("layers", [2, 3]),
    ])
    .unwrap()
}

fn conditional(point: &Point) -> f64 {
    match point["model"].as_str() {
        Some("svm") => {
            0.12 + 0.02
                * ((number(point, "c").log10() - 1.0).powi(2)
                    + (number(point, "gamma").log10() + 2.0).powi(2))
        }
        Some("tree") => {
            0.1 + 0.004 * (number(point, "depth") - 9.0).powi(2)
                + 0.05 * (number(point, "leaf") / 4.0).ln().powi(2)
        }
        _ => {
            let layers = number(point, "layers");
            let shape = if layers == 1.0 {
                0.08
            } else if layers == 2.0 {
                0.03 * (number(point, "width") / 64.0).ln().powi(2)
            } else {
                0.03 + 0.03 * (number(point, "width") / 32.0).ln().powi(2)
            };
            shape
                + 0.06 * (number(point, "rate").log10() + 2.7).powi(2)
                + 0.3 * (number(point, "drop") - 0.25).powi(2)
        }
    }
}

fn integer_space() -> Space {
    Space::new((0..5).map(|index| Parameter::int(format!("x{index}"), 0, 20)).collect()).unwrap()
}

fn integer(point: &Point) -> f64 {
    let x: [f64; 5] = numbers(point);
    let off: Vec<f64> = x.iter().zip([3.0, 17.0, 8.0, 12.0, 5.0]).map(|(x, best)| x - best).collect();
    off.iter().map(|off| off * off).sum::<f64>() + 0.5 * off.iter().sum::<f64>().powi(2)
}

fn noisy_space() -> Space {
    doubles(4, 0.0, 1.0)
}

fn noisy(point: &Point) -> f64 {
    let x: [f64; 4] = numbers(point);
    let weights = [10.0, 5.0, 2.0, 1.0];
    x.iter()
        .zip([0.3, 0.7, 0.2, 0.6])
        .zip(weights)
        .map(|((x, best), weight)| weight * (x - best) * (x - best))
        .sum()
}

fn categories_space() -> Space {
    Space::new((0..5).map(|index| Parameter::categorical(format!("x{index}"), 0..6)).collect()).unwrap()
}

/// Additive, with one pair that matters together.
fn categories(point: &Point) -> f64 {
    let x: [f64; 5] = numbers(point);
    let cost = |place: usize| ((x[place] * (place as f64 + 2.0) + place as f64) % 6.0) / 5.0;
    // 0 is reached by x1, x3 and x4 at their own zeros and x0 = x2.
    let level = |place: usize, zero: f64| if x[place] == zero { 0.0 } else { 0.2 + cost(place) };
    level(1, 4.0) + level(3, 1.0) + level(4, 2.0) + if x[0] == x[2] { 0.1 * x[0] } else { 1.0 + 0.1 * x[0] }
}

fn rastrigin4_space() -> Space {
    doubles(4, -5.12, 5.12)
}

fn rastrigin4(point: &Point) -> f64 {
    let x: [f64; 4] = numbers(point);
    x.iter().map(|x| x - 0.7).map(|x| x * x - 10.0 * (2.0 * PI * x).cos() + 10.0).sum()
}

fn styblinski10_space() -> Space {
    doubles(10, -5.0, 5.0)
}

fn styblinski10(point: &Point) -> f64 {
    let x: [f64; 10] = numbers(point);
    x.iter().map(|x| 0.5 * (x.powi(4) - 16.0 * x * x + 5.0 * x) + 39.166_165_703_771_41).sum()
}

fn loginteger_space() -> Space {
    Space::new(vec![
        Parameter::int("trees", 10, 10_000).log(),
        Parameter::int("leaves", 2, 1_024).log(),
        Parameter::int("sample", 1, 64).log(),
        Parameter::double("share", 0.1, 1.0).step(0.1),
    ])
    .unwrap()
}

fn loginteger(point: &Point) -> f64 {
    let off = |name: &str, best: f64| (number(point, name) / best).ln();
    let (trees, leaves, sample) = (off("trees", 500.0), off("leaves", 31.0), off("sample", 5.0));
    trees * trees
        + (leaves + 0.5 * trees).powi(2)
        + 0.5 * sample * sample
        + 4.0 * (number(point, "share") - 0.8).powi(2)
}

fn deep_space() -> Space {
    Space::new(vec![
        Parameter::categorical("optimizer", ["sgd", "adam", "rms"]),
        Parameter::double("rate", 1e-6, 1.0).log(),
        Parameter::double("momentum", 0.0, 0.99).when("optimizer", ["sgd", "rms"]),
        Parameter::double("beta", 0.5, 0.999).when("optimizer", ["adam"]),
        Parameter::categorical("schedule", ["none", "step", "cosine"]),
        Parameter::int("every", 1, 50).log().when("schedule", ["step"]),
        Parameter::double("warmup", 0.0, 0.5).when("schedule", ["cosine"]),
    ])
    .unwrap()
}

fn deep(point: &Point) -> f64 {
    let rate = number(point, "rate").log10();
    let optimizer = match point["optimizer"].as_str() {
        Some("sgd") => 0.3 + 0.2 * (rate + 1.0).powi(2) + (number(point, "momentum") - 0.9).powi(2),
        Some("adam") => 0.2 * (rate + 3.0).powi(2) + 2.0 * (number(point, "beta") - 0.9).powi(2),
        _ => 0.2 + 0.2 * (rate + 3.5).powi(2) + (number(point, "momentum") - 0.5).powi(2),
    };
    optimizer
        + match point["schedule"].as_str() {
            Some("none") => 0.4,
            Some("step") => 0.15 + 0.1 * (number(point, "every") / 10.0).ln().powi(2),
            _ => 4.0 * (number(point, "warmup") - 0.1).powi(2),
        }
}

/// A tree of two levels: a real number of its own at each leaf, one that two leaves share at each branch.
fn tree_space() -> Space {
    let leaf = |name: &str| Parameter::double(name, -1.0, 1.0);
    Space::new(vec![
        Parameter::categorical("root", [0, 1]),
        Parameter::categorical("left", [0, 1]).when("root", [0]),
        Parameter::categorical("right", [0, 1]).when("root", [1]),
        leaf("left_0").when("left", [0]),
        leaf("left_1").when("left", [1]),
        leaf("right_0").when("right", [0]),
        leaf("right_1").when("right", [1]),
        Parameter::double("left_shared", 0.0, 1.0).when("root", [0]),
        Parameter::double("right_shared", 0.0, 1.0).when("root", [1]),
    ])
    .unwrap()
}

/// Jenatton, Archambeau, González and Seeger, "Bayesian Optimization with Tree-structured Dependencies", ICML 2017, section 5.1.
fn tree(point: &Point) -> f64 {
    let side = if number(point, "root") == 0.0 { "left" } else { "right" };
    let leaf = format!("{side}_{}", number(point, side));
    let least = match leaf.as_str() {
        "left_0" => 0.1,
        "left_1" => 0.2,
        "right_0" => 0.3,
        _ => 0.4,
    };
    number(point, &leaf).powi(2) + least + number(point, &format!("{side}_shared"))
}

/// Where the categories of [`stretched`] lie, in an order that says nothing of it.
const PLACES: [(&str, f64); 9] = [
    ("a", 16.0),
    ("b", -8.0),
    ("c", 32.0),
    ("d", 0.0),
    ("e", -24.0),
    ("f", 8.0),
    ("g", -32.0),
    ("h", 24.0),
    ("i", -16.0),
];

/// Each kind of parameter, stretched to the box of Ackley's function.
fn stretched_space() -> Space {
    Space::new(vec![
        Parameter::int("whole", -32, 32),
        Parameter::int("whole_log", 1, 1024).log(),
        Parameter::categorical("category", PLACES.map(|(name, _)| name)),
        Parameter::double("real_log", 1e-6, 1.0).log(),
        Parameter::double("real", -32.768, 32.768),
    ])
    .unwrap()
}

fn stretched(point: &Point) -> f64 {
    let place = PLACES.iter().find(|(name, _)| point["category"].as_str() == Some(*name)).unwrap().1;
    ackley(&[
        number(point, "whole") - 3.0,
        6.0 * (number(point, "whole_log").log2() - 5.0),
        place,
        10.0 * (number(point, "real_log").log10() + 3.0),
        number(point, "real") - 2.5,
    ])
}
