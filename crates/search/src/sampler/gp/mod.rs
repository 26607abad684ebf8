//! A Gaussian process with log expected improvement.
//!
//! Matérn 5/2 with a length scale a dimension (Snoek et al. 2012), hyperparameters by maximum a posteriori, the logarithm
//! of expected improvement (Ament et al. 2023, arXiv 2310.20708) climbed from the best of many candidates; categories by
//! Hamming distance, integers at their rounded values (Garrido-Merchán and Hernández-Lobato 2020), pending trials believed
//! at their mean (Ginsbourger et al. 2010).

mod alternatives;
mod candidates;
mod data;
mod fit;
mod improvement;
mod kernel;
mod likelihood;
mod model;
mod options;
mod search;
mod subset;
mod targets;
#[cfg(test)]
mod tests;

pub use options::{GpOptions, Noise};

use self::data::Data;
use self::fit::{NO_NOISE, fit};
use self::improvement::Improvement;
use self::kernel::Kernel;
use self::model::Model;
use self::search::Search;
use self::subset::subset;
use self::targets::targets;
use super::{Evidence, Observation, Request, Sampler, Suggestion};
use crate::algorithm::AlgorithmError;
use crate::rng::Random;

/// Trials that the hyperparameters are fitted to: the cost of a step grows with the cube.
const FITTED: usize = 100;
/// Trials that the model is conditioned on: the cost of a candidate grows with the square.
const CONDITIONED: usize = 200;
/// Candidates for up to [`FITTED`] trials, and beyond.
const CANDIDATES: (usize, usize) = (2048, 512);
/// Noise may be this large at most, in variances of the targets.
const MOST_NOISE: f64 = 1.0;

/// The method with its memo.
#[derive(Debug)]
pub(super) struct Gp {
    options: GpOptions,
    /// The last fit and what it came from: in a batch all suggestions rest on the same trials.
    memo: Option<(Data, Option<f64>, Option<Kernel>)>,
}

impl Gp {
    pub(super) fn new(options: &GpOptions) -> Result<Self, AlgorithmError> {
        options.check()?;
        Ok(Self { options: options.clone(), memo: None })
    }

    fn ready(&self, request: &Request<'_>) -> bool {
        let startup = self.options.startup as usize;
        request.history.len() >= startup && 2 * request.complete().count() >= startup
    }

    fn kernel(&mut self, data: &Data, fixed_noise: Option<f64>) -> Option<Kernel> {
        let shown = data.only(&subset(&data.targets, FITTED));
        match &self.memo {
            Some((known, noise, kernel)) if *known == shown && *noise == fixed_noise => kernel.clone(),
            _ => {
                let kernel = fit(&shown, fixed_noise);
                self.memo = Some((shown, fixed_noise, kernel.clone()));
                kernel
            }
        }
    }

    fn fixed_noise(&self, unit: f64) -> Option<f64> {
        match self.options.noise {
            Noise::None => Some(NO_NOISE),
            Noise::Deviation(deviation) => Some((deviation / unit).powi(2).clamp(NO_NOISE, MOST_NOISE)),
            Noise::Learned => None,
        }
    }

    fn ranked(&mut self, request: &Request<'_>) -> Option<Suggestion> {
        let is_finished = |observation: &&Observation| observation.evidence != Evidence::Pending;
        let finished: Vec<&Observation> = request.history.iter().filter(is_finished).collect();
        let targets = targets(&finished)?;
        let chosen = subset(&targets.values, CONDITIONED);
        let data = Data {
            features: chosen.iter().map(|i| request.space.features(&finished[*i].row)).collect(),
            targets: chosen.iter().map(|i| targets.values[*i]).collect(),
            is_category: request.space.dimensions().iter().map(|dimension| !dimension.is_numeric()).collect(),
        };
        let kernel = self.kernel(&data, self.fixed_noise(targets.unit))?;
        let mut model = Model::new(&data, kernel)?;
        let mut best = self.best(&data, &model);
        for pending in request.history.iter().filter(|observation| observation.evidence == Evidence::Pending)
        {
            // Also the value to improve on: the next point of a batch must promise more than this one does.
            best.1 = best.1.min(model.believe(&request.space.features(&pending.row)));
        }
        let improvement = Improvement { model: &model, best: best.1 };
        let count = if data.len() <= FITTED { CANDIDATES.0 } else { CANDIDATES.1 };
        let mut random = Random::new(request.seed, request.number, "gp");
        let incumbent = &finished[chosen[best.0]].row;
        Some(Suggestion::Ranked(Search { request, improvement }.ranked(incumbent, count, &mut random)))
    }

    /// Index and value to improve on: the lowest target; with noise the lowest mean, as the lowest target was lucky.
    fn best(&self, data: &Data, model: &Model) -> (usize, f64) {
        if self.options.noise == Noise::None {
            return (data.best(), data.targets[data.best()]);
        }
        let means = data.features.iter().map(|features| model.belief(&model.positions(features)).mean);
        means.enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 0.0))
    }
}

impl Sampler for Gp {
    fn suggest(&mut self, request: &Request<'_>) -> Suggestion {
        if !self.ready(request) {
            return Suggestion::Random;
        }
        self.ranked(request).unwrap_or(Suggestion::Random)
    }
}
