//! The network: dense layers with PyTorch's initialisation.

use tch::{Device, Kind, Tensor, no_grad};

use crate::abi::Request;
use crate::data::Scale;
use crate::error::Error;

/// Inputs and outputs of each layer, and all their numbers.
pub(crate) type Layers = (Vec<(usize, usize)>, Vec<f32>);

/// Dense layers, the activation after each but the last.
pub(crate) struct Net {
    /// All weights and biases, one after the other; the layers are views of it.
    pub parameters: Tensor,
    layers: Vec<Dense>,
    tanh: bool,
    dropout: f64,
}

/// Two leaves of the graph.
struct Dense {
    /// outputs x inputs.
    weights: Tensor,
    bias: Tensor,
}

impl Net {
    pub(crate) fn new(request: &Request, columns: i64, device: Device) -> Result<Self, Error> {
        let mut sizes = vec![columns];
        sizes.extend(request.hidden.iter().map(|&units| i64::from(units)));
        sizes.push(request.classes.map_or(1, |classes| classes as i64));
        let count: i64 = sizes.windows(2).map(|pair| (pair[0] + 1) * pair[1]).sum();
        let parameters = Tensor::f_zeros([count], (Kind::Float, device))?;
        let mut from = 0;
        let mut layers = Vec::new();
        for pair in sizes.windows(2) {
            layers.push(Dense::new(&parameters, from, pair[0], pair[1])?);
            from += (pair[0] + 1) * pair[1];
        }
        Ok(Self { parameters, layers, tanh: request.tanh, dropout: request.dropout })
    }

    /// Scores of rows; `training` leaves hidden units out.
    pub(crate) fn forward(&self, x: &Tensor, training: bool) -> Result<Tensor, Error> {
        let mut x = x.shallow_clone();
        for (index, layer) in self.layers.iter().enumerate() {
            x = x.f_linear(&layer.weights, Some(&layer.bias))?;
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

    /// Gradients of a loss by weights and bias of each layer, in the order of the parameters.
    pub(crate) fn gradients(&self, loss: &Tensor) -> Result<Vec<Tensor>, Error> {
        let leaves: Vec<&Tensor> =
            self.layers.iter().flat_map(|layer| [&layer.weights, &layer.bias]).collect();
        Ok(Tensor::f_run_backward(&[loss], &leaves, false, false)?)
    }

    /// The layers as numbers. The target's scale goes into the last one, so predictions need no other step.
    pub(crate) fn layers(&self, scale: &Scale) -> Result<Layers, Error> {
        let (mut sizes, mut numbers) = (Vec::new(), Vec::new());
        for (index, layer) in self.layers.iter().enumerate() {
            let (mut weights, shape) = (values(&layer.weights)?, layer.weights.size2()?);
            let mut bias = values(&layer.bias)?;
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

impl Dense {
    /// The layer in the parameters that begin at `from`: first the weights, then the bias.
    fn new(parameters: &Tensor, from: i64, inputs: i64, outputs: i64) -> Result<Self, Error> {
        // Uniform within 1 / sqrt(inputs), for weights and bias, as PyTorch begins a linear layer.
        let bound = 1.0 / (inputs as f64).sqrt();
        let part = |from, count, shape: &[i64]| -> Result<Tensor, Error> {
            let mut part = parameters.f_narrow(0, from, count)?.f_view(shape)?.f_detach()?;
            let _ = no_grad(|| part.f_uniform_(-bound, bound))?;
            Ok(part.f_set_requires_grad(true)?)
        };
        let weights = part(from, inputs * outputs, &[outputs, inputs])?;
        Ok(Self { weights, bias: part(from + inputs * outputs, outputs, &[outputs])? })
    }
}

fn values(tensor: &Tensor) -> Result<Vec<f32>, Error> {
    let flat = tensor.f_detach()?.f_to_device(Device::Cpu)?.f_to_kind(Kind::Float)?.f_flatten(0, -1)?;
    let mut values = vec![0.0f32; flat.numel()];
    let count = values.len();
    flat.f_contiguous()?.f_copy_data(&mut values, count)?;
    Ok(values)
}
