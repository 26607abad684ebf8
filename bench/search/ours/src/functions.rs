//! Functions with known minima. The peer has the same ones.

use std::f64::consts::{E, PI};

use podium_search::{InvalidSpace, Parameter, Space};

/// A function on a box.
pub(crate) struct Function {
    bounds: Vec<(f64, f64)>,
    of: fn(&[f64]) -> f64,
    /// Its lowest value.
    pub minimum: f64,
}

impl Function {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "branin" => Self {
                bounds: vec![(-5.0, 10.0), (0.0, 15.0)],
                of: branin,
                minimum: 0.397_887_357_729_738_16,
            },
            "hartmann6" => {
                Self { bounds: vec![(0.0, 1.0); 6], of: hartmann6, minimum: -3.322_368_011_415_515 }
            }
            // Shifted, so that its lowest point is not the middle of the box.
            "ackley5" => Self { bounds: vec![(-32.768, 32.768); 5], of: ackley, minimum: 0.0 },
            _ => return None,
        })
    }

    /// Parameters x0, x1 ... over the bounds.
    pub(crate) fn space(&self) -> Result<Space, InvalidSpace> {
        let double =
            |(index, (low, high)): (usize, &(f64, f64))| Parameter::double(format!("x{index}"), *low, *high);
        Space::new(self.bounds.iter().enumerate().map(double).collect())
    }

    pub(crate) fn value(&self, x: &[f64]) -> f64 {
        (self.of)(x)
    }
}

fn branin(x: &[f64]) -> f64 {
    let valley = x[1] - 5.1 / (4.0 * PI * PI) * x[0] * x[0] + 5.0 / PI * x[0] - 6.0;
    valley * valley + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * x[0].cos() + 10.0
}

fn hartmann6(x: &[f64]) -> f64 {
    const WEIGHTS: [f64; 4] = [1.0, 1.2, 3.0, 3.2];
    const A: [[f64; 6]; 4] = [
        [10.0, 3.0, 17.0, 3.5, 1.7, 8.0],
        [0.05, 10.0, 17.0, 0.1, 8.0, 14.0],
        [3.0, 3.5, 1.7, 10.0, 17.0, 8.0],
        [17.0, 8.0, 0.05, 10.0, 0.1, 14.0],
    ];
    const P: [[f64; 6]; 4] = [
        [1312.0, 1696.0, 5569.0, 124.0, 8283.0, 5886.0],
        [2329.0, 4135.0, 8307.0, 3736.0, 1004.0, 9991.0],
        [2348.0, 1451.0, 3522.0, 2883.0, 3047.0, 6650.0],
        [4047.0, 8828.0, 8732.0, 5743.0, 1091.0, 381.0],
    ];
    let hill = |row: usize| {
        let distance: f64 =
            (0..6).map(|column| A[row][column] * (x[column] - 1e-4 * P[row][column]).powi(2)).sum();
        WEIGHTS[row] * (-distance).exp()
    };
    -(0..4).map(hill).sum::<f64>()
}

#[expect(clippy::cast_precision_loss, reason = "five dimensions")]
fn ackley(x: &[f64]) -> f64 {
    let count = x.len() as f64;
    let shifted = || x.iter().map(|value| value - 2.5);
    let squares = shifted().map(|value| value * value).sum::<f64>() / count;
    let waves = shifted().map(|value| (2.0 * PI * value).cos()).sum::<f64>() / count;
    -20.0 * (-0.2 * squares.sqrt()).exp() - waves.exp() + 20.0 + E
}
