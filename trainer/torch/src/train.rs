//! The training loop: Adam over shuffled batches, early stopping on a validation part.

use tch::{Kind, Tensor, no_grad};

use crate::Host;
use crate::abi::Request;
use crate::adam::Adam;
use crate::data::{Answers, Data};
use crate::device::begin_epoch;
use crate::error::Error;
use crate::net::Net;
use crate::watched::Watched;

/// A trained network.
pub(crate) struct Trained {
    pub net: Net,
    pub epochs: u32,
    /// Of the last epoch, or the best on the validation part.
    pub loss: f64,
}

/// The best epoch so far, under early stopping.
struct Best {
    loss: f64,
    epoch: u32,
    parameters: Tensor,
}

/// Some rows of the data, in an order.
struct Rows {
    features: Tensor,
    target: Tensor,
    /// None: all are 1.
    weights: Option<Tensor>,
    count: i64,
}

pub(crate) fn train(
    request: &Request,
    data: &Data,
    mut watched: Option<Watched>,
    host: &Host,
) -> Result<Trained, Error> {
    let mut net = Net::new(request, data.columns, data.features.device())?;
    let mut adam = Adam::new(&net.parameters, request.learning_rate, request.weight_decay)?;
    let (training, validation) = parts(request, data)?;
    let patience = request.patience.unwrap_or(u32::MAX);
    let mut best: Option<Best> = None;
    let (mut epoch, mut loss) = (0, f64::NAN);
    while epoch < request.epochs {
        epoch += 1;
        begin_epoch(request, epoch);
        loss = run_epoch(request, data, &mut net, &mut adam, &training, host)?;
        if let Some(validation) = &validation {
            loss = judge(request, data, &net, validation)?;
            if best.as_ref().is_none_or(|best| loss < best.loss) {
                best = Some(Best { loss, epoch, parameters: net.parameters.f_detach_copy()? });
            }
        }
        if !loss.is_finite() {
            return Err(Error::NotFinite);
        }
        host.progress(epoch, request.epochs, loss);
        if let Some(watched) = &mut watched {
            let is_kept = best.as_ref().is_none_or(|best| best.epoch == epoch);
            host.validated(watched.scores(&net, &data.scale, is_kept)?);
        }
        if best.as_ref().is_some_and(|best| epoch - best.epoch >= patience) {
            break;
        }
    }
    if let Some(best) = best {
        no_grad(|| net.parameters.f_copy_(&best.parameters))?;
        loss = best.loss;
    }
    Ok(Trained { net, epochs: epoch, loss })
}

/// Rows to learn from, and rows to judge by where early stopping asks for them: drawn once, at least one each.
fn parts(request: &Request, data: &Data) -> Result<(Tensor, Option<Rows>), Error> {
    let device = data.features.device();
    // Drawn on the CPU: the same rows whatever the device.
    let order = Tensor::f_randperm(data.rows, (Kind::Int64, tch::Device::Cpu))?.f_to_device(device)?;
    if request.patience.is_none() || data.rows < 2 {
        return Ok((order, None));
    }
    let share = (data.rows as f64 * request.validation_fraction).round() as i64;
    let count = share.clamp(1, data.rows - 1);
    let validation = Rows::take(data, &order.f_narrow(0, 0, count)?)?;
    Ok((order.f_narrow(0, count, data.rows - count)?, Some(validation)))
}

impl Rows {
    fn take(data: &Data, index: &Tensor) -> Result<Self, Error> {
        Ok(Self {
            features: data.features.f_index_select(0, index)?,
            target: data.target.tensor().f_index_select(0, index)?,
            weights: data.weights.as_ref().map(|weights| weights.f_index_select(0, index)).transpose()?,
            count: index.size1()?,
        })
    }

    fn batch(&self, from: i64, count: i64) -> Result<Self, Error> {
        Ok(Self {
            features: self.features.f_narrow(0, from, count)?,
            target: self.target.f_narrow(0, from, count)?,
            weights: self.weights.as_ref().map(|weights| weights.f_narrow(0, from, count)).transpose()?,
            count,
        })
    }
}

/// One pass over the training rows in a new order; answers the mean loss. The rows are brought into the order at once:
/// then a batch is a view, not a gather.
fn run_epoch(
    request: &Request,
    data: &Data,
    net: &mut Net,
    adam: &mut Adam,
    training: &Tensor,
    host: &Host,
) -> Result<f64, Error> {
    let count = training.size1()?;
    let shuffle =
        Tensor::f_randperm(count, (Kind::Int64, tch::Device::Cpu))?.f_to_device(training.device())?;
    let rows = Rows::take(data, &training.f_index_select(0, &shuffle)?)?;
    let mut total = Tensor::f_zeros([1], (Kind::Float, data.features.device()))?;
    let size = i64::from(request.batch_size);
    for from in (0..count).step_by(request.batch_size as usize) {
        host.check_interrupt()?;
        let batch = rows.batch(from, size.min(count - from))?;
        let loss = loss(data, net, &batch, true)?;
        let gradients = net.gradients(&loss)?;
        adam.step(&mut net.parameters, &gradients)?;
        // Summed on the device: reading each value would wait for it.
        total = no_grad(|| total.f_add(&loss.f_mul_scalar(batch.count as f64)?))?;
    }
    Ok(total.f_double_value(&[0])? / count as f64 * in_units(data))
}

/// Mean loss over rows that are not learnt from.
fn judge(request: &Request, data: &Data, net: &Net, rows: &Rows) -> Result<f64, Error> {
    // Batches bound the memory; the mean does not depend on them.
    let size = i64::from(request.batch_size).max(4096);
    no_grad(|| {
        let mut total = 0.0;
        for from in (0..rows.count).step_by(size as usize) {
            let batch = rows.batch(from, size.min(rows.count - from))?;
            total += loss(data, net, &batch, false)?.f_double_value(&[])? * batch.count as f64;
        }
        Ok(total / rows.count as f64 * in_units(data))
    })
}

/// Squared errors in the target's own units; log losses have none.
fn in_units(data: &Data) -> f64 {
    match data.target {
        Answers::Classes(_) => 1.0,
        Answers::Values(_) => data.scale.deviation.powi(2),
    }
}

/// Weighted mean loss of a batch: cross entropy, or the squared error. The weights' mean is 1 over all rows, so a batch
/// divides by its rows and not by its weights: a light batch counts little.
fn loss(data: &Data, net: &Net, batch: &Rows, training: bool) -> Result<Tensor, Error> {
    let scores = net.forward(&batch.features, training)?;
    let losses = |reduction| match data.target {
        Answers::Classes(_) => {
            scores.f_cross_entropy_loss::<Tensor>(&batch.target, None, reduction, -100, 0.0)
        }
        Answers::Values(_) => scores.f_mse_loss(&batch.target, reduction),
    };
    Ok(match &batch.weights {
        None => losses(tch::Reduction::Mean)?,
        Some(weights) => losses(tch::Reduction::None)?.f_view([-1])?.f_mul(weights)?.f_mean(Kind::Float)?,
    })
}
