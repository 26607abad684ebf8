//! Uniform on the scale of each parameter.

use super::{Request, Sampler, Suggestion};

/// Leaves everything to the study, which draws at random whenever a method has no opinion.
#[derive(Debug)]
pub(super) struct Uniform;

impl Sampler for Uniform {
    fn suggest(&mut self, _request: &Request<'_>) -> Suggestion {
        Suggestion::Random
    }
}
