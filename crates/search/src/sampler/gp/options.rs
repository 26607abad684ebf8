//! Options of the method.

use serde::{Deserialize, Serialize};

use crate::algorithm::AlgorithmError;

/// Options of the Gaussian process.
///
/// What it costs does not grow with the number of trials beyond 200: the model sees at most 200 of them, its hyperparameters are fitted to at
/// most 100. Of more, half are the best, a quarter the newest, and the rest are spread evenly over the others by number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GpOptions {
    /// Trials given out before the model is asked, and half of them complete; until then points are random. At least 2.
    pub startup: u32,
    /// What is known about the noise of the objective.
    pub noise: Noise,
}

impl Default for GpOptions {
    /// 10 at random, no noise.
    fn default() -> Self {
        Self { startup: 10, noise: Noise::None }
    }
}

impl GpOptions {
    /// # Errors
    /// The first option that is out of its range.
    pub(super) fn check(&self) -> Result<(), AlgorithmError> {
        if self.startup < 2 {
            return Err(AlgorithmError::Option { option: "startup", value: self.startup, least: 2 });
        }
        match self.noise {
            Noise::Deviation(deviation) if !(deviation > 0.0 && deviation.is_finite()) => {
                Err(AlgorithmError::NoiseDeviation { deviation: deviation.to_string() })
            }
            Noise::None | Noise::Deviation(_) | Noise::Learned => Ok(()),
        }
    }
}

/// How far two trials of the same point may differ.
///
/// Said and not guessed: from few trials a steep objective looks like a noisy one, and a model that takes steepness for
/// noise finds a much worse optimum.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub enum Noise {
    /// Not at all: equal seeds, equal data.
    #[default]
    None,
    /// By this standard deviation, in the units of the objective. Above 0.
    Deviation(f64),
    /// Unknown: learned from the trials.
    Learned,
}
