//! Adam (Kingma and Ba 2015), with the L2 penalty in the gradient, as PyTorch's `optim.Adam` counts it.
//!
//! All parameters lie in one tensor. torch's own optimiser takes eight operations for each weight and each bias; on the
//! small networks of tables an operation costs its call and not its numbers, so that was half the time of a fit.

use tch::{Tensor, no_grad};

use crate::error::Error;

/// Decay of the mean of gradients and of the mean of their squares; PyTorch's defaults.
const DECAY: (f64, f64) = (0.9, 0.999);
/// Added to the root, against division by zero.
const EPSILON: f64 = 1e-8;

/// The optimiser's memory of one tensor of parameters.
pub(crate) struct Adam {
    learning_rate: f64,
    weight_decay: f64,
    mean: Tensor,
    square: Tensor,
    steps: i32,
}

impl Adam {
    /// A learning rate above 0.
    pub(crate) fn new(parameters: &Tensor, learning_rate: f64, weight_decay: f64) -> Result<Self, Error> {
        let (mean, square) = (parameters.f_zeros_like()?, parameters.f_zeros_like()?);
        Ok(Self { learning_rate, weight_decay, mean, square, steps: 0 })
    }

    /// One step against the gradients: those of the parameters' parts, in their order.
    pub(crate) fn step(&mut self, parameters: &mut Tensor, gradients: &[Tensor]) -> Result<(), Error> {
        no_grad(|| {
            let flat = gradients.iter().map(|part| part.f_flatten(0, -1)).collect::<Result<Vec<_>, _>>()?;
            let mut gradient = Tensor::f_cat(&flat, 0)?;
            if self.weight_decay > 0.0 {
                gradient = gradient.f_add(&parameters.f_mul_scalar(self.weight_decay)?)?;
            }
            self.steps = self.steps.saturating_add(1);
            let _ = self.mean.f_lerp_(&gradient, 1.0 - DECAY.0)?;
            let _ = self.square.f_lerp_(&gradient.f_square()?, 1.0 - DECAY.1)?;
            let _ = parameters.f_addcdiv_(&self.mean, &self.divisor()?)?;
            Ok(())
        })
    }

    /// What the mean is divided by to give the step: the corrections of both means' bias and the rate are in it, so
    /// that the step is one operation.
    fn divisor(&self) -> Result<Tensor, Error> {
        let root = (1.0 - DECAY.1.powi(self.steps)).sqrt();
        let rate = self.learning_rate / (1.0 - DECAY.0.powi(self.steps));
        let mut divisor = self.square.f_sqrt()?;
        let _ = divisor.f_mul_scalar_(-1.0 / (rate * root))?;
        let _ = divisor.f_add_scalar_(-EPSILON / rate)?;
        Ok(divisor)
    }
}
