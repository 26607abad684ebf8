//! The network: dense layers with PyTorch's initialisation.

use tch::nn::{Init, LinearConfig, Path, VarStore};
use tch::{Device, Kind, Tensor, nn, no_grad};

use crate::abi::Request;
use crate::data::Scale;
use crate::error::Error;

/// Inputs and outputs of each layer, and all their numbers.
pub(crate) type Layers = (Vec<(usize, usize)>, Vec<f32>);

/// Dense layers, the activation after each but the last.
pub(crate) struct Net {
    pub store: VarStore,
    layers: Vec<nn::Linear>,
    tanh: bool,
    dropout: f64,
}

impl Net {
    pub(crate) fn new(request: &Request, columns: i64, device: Device) -> Self {
        let store = VarStore::new(device);
        let mut sizes = vec![columns];
        sizes.extend(request.hidden.iter().map(|&units| i64::from(units)));
        sizes.push(request.classes.map_or(1, |classes| classes as i64));
        let layers = sizes.windows(2).map(|pair| linear(&store.root(), pair[0], pair[1])).collect();
        Self { store, layers, tanh: request.tanh, dropout: request.dropout }
    }

    /// Scores of rows; `training` leaves hidden units out.
    pub(crate) fn forward(&self, x: &Tensor, training: bool) -> Result<Tensor, Error> {
        let mut x = x.shallow_clone();
        for (index, layer) in self.layers.iter().enumerate() {
            x = x.f_linear(&layer.ws, layer.bs.as_ref())?;
            if index + 1 == self.layers.len() {
                break;
            }
            x = if self.tanh { x.f_tanh()? } else { x.f_relu()? };
            if training && self.dropout > 0.0 {
                x = x.f_dropout(self.dropout, true)?;
            }
        }
        Ok(x)
    }

    /// A copy of all weights, to come back to.
    pub(crate) fn weights(&self) -> Result<Vec<Tensor>, Error> {
        let copy = |tensor: &Tensor| {
            let mut copy = tensor.f_empty_like()?;
            copy.f_copy_(tensor)?;
            Ok(copy)
        };
        no_grad(|| self.tensors().map(copy).collect())
    }

    pub(crate) fn restore(&mut self, weights: &[Tensor]) -> Result<(), Error> {
        no_grad(|| {
            for (tensor, saved) in self.tensors().zip(weights) {
                tensor.shallow_clone().f_copy_(saved)?;
            }
            Ok(())
        })
    }

    fn tensors(&self) -> impl Iterator<Item = &Tensor> {
        self.layers.iter().flat_map(|layer| std::iter::once(&layer.ws).chain(&layer.bs))
    }

    /// The layers as numbers. The target's scale goes into the last one, so predictions need no other step.
    pub(crate) fn layers(&self, scale: &Scale) -> Result<Layers, Error> {
        let (mut sizes, mut numbers) = (Vec::new(), Vec::new());
        for (index, layer) in self.layers.iter().enumerate() {
            let (mut weights, shape) = (values(&layer.ws)?, layer.ws.size2()?);
            let mut bias = match &layer.bs {
                Some(bias) => values(bias)?,
                None => vec![0.0; shape.0 as usize],
            };
            if index + 1 == self.layers.len() && *scale != Scale::NONE {
                weights.iter_mut().for_each(|w| *w = (f64::from(*w) * scale.deviation) as f32);
                bias.iter_mut().for_each(|b| *b = (f64::from(*b) * scale.deviation + scale.mean) as f32);
            }
            sizes.push((shape.1 as usize, shape.0 as usize));
            numbers.extend(weights);
            numbers.extend(bias);
        }
        Ok((sizes, numbers))
    }
}

/// Uniform within 1 / sqrt(inputs), for weights and bias: tch's own default is another one and learns worse.
fn linear(path: &Path<'_>, inputs: i64, outputs: i64) -> nn::Linear {
    let bound = 1.0 / (inputs as f64).sqrt();
    let init = Init::Uniform { lo: -bound, up: bound };
    nn::linear(path, inputs, outputs, LinearConfig { ws_init: init, bs_init: Some(init), bias: true })
}

fn values(tensor: &Tensor) -> Result<Vec<f32>, Error> {
    let flat = tensor.f_detach()?.f_to_device(Device::Cpu)?.f_to_kind(Kind::Float)?.f_flatten(0, -1)?;
    let mut values = vec![0.0f32; flat.numel()];
    let count = values.len();
    flat.f_contiguous()?.f_copy_data(&mut values, count)?;
    Ok(values)
}
