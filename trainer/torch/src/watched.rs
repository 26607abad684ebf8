//! Rows that are predicted after each epoch and not learnt from: where they are is where the net is, so that only scores travel.

use tch::{Device, Kind, Tensor, no_grad};

use crate::data::Scale;
use crate::error::Error;
use crate::net::Net;

/// Rows of one pass: it bounds the memory, and no row's scores depend on it.
const TOGETHER: i64 = 16_384;

/// The rows, and their scores by the model that a fit ending now would give.
pub(crate) struct Watched {
    /// rows x columns.
    features: Tensor,
    rows: i64,
    scores: Vec<f32>,
}

impl Watched {
    /// Column-major features; none for no rows.
    pub(crate) fn new(features: &[f32], columns: usize, device: Device) -> Result<Option<Self>, Error> {
        if features.is_empty() {
            return Ok(None);
        }
        let rows = (features.len() / columns) as i64;
        let all = Tensor::f_from_slice(features)?.f_view([columns as i64, rows])?;
        let features = all.f_transpose(0, 1)?.f_contiguous()?.f_to_device(device)?;
        Ok(Some(Self { features, rows, scores: Vec::new() }))
    }

    /// The last layer's numbers for each row, row-major, in the target's own units. Under early stopping a net that is not
    /// better than an earlier one is not kept, and the scores are still the earlier one's.
    pub(crate) fn scores(&mut self, net: &Net, scale: &Scale, is_kept: bool) -> Result<&[f32], Error> {
        if is_kept || self.scores.is_empty() {
            self.scores = no_grad(|| self.predict(net, scale))?;
        }
        Ok(&self.scores)
    }

    fn predict(&self, net: &Net, scale: &Scale) -> Result<Vec<f32>, Error> {
        let mut scores = Vec::new();
        for from in (0..self.rows).step_by(TOGETHER as usize) {
            let count = TOGETHER.min(self.rows - from);
            let batch = net.forward(&self.features.f_narrow(0, from, count)?, false)?;
            let flat = batch.f_to_device(Device::Cpu)?.f_to_kind(Kind::Float)?.f_contiguous()?;
            let from = scores.len();
            scores.resize(from + flat.numel(), 0.0_f32);
            flat.f_copy_data(&mut scores[from..], flat.numel())?;
        }
        if *scale != Scale::NONE {
            scores.iter_mut().for_each(|s| *s = (f64::from(*s) * scale.deviation + scale.mean) as f32);
        }
        Ok(scores)
    }
}
