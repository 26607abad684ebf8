//! Multi-layer perceptron: the fitted model and the seam to torch, which trains it. Predictions need no torch.

mod predict;

use rayon::ThreadPool;
use serde::{Deserialize, Serialize};

use crate::weights::row_weights;
use crate::{
    Activation, Algorithm, Context, Device, FitError, FitReport, Fitted, Matrix, MlpParameters, Model,
    Prediction, Target, TrainingSet,
};

/// One dense layer: y = weights · x + bias.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "LayerData")]
pub struct Layer {
    inputs: usize,
    outputs: usize,
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Layer {
    /// A layer from row-major weights (`outputs` rows of `inputs`) and a bias for each output; none when the lengths
    /// don't fit or a number is not finite.
    #[must_use]
    pub fn new(inputs: usize, outputs: usize, weights: Vec<f32>, bias: Vec<f32>) -> Option<Self> {
        let fits = inputs > 0 && outputs > 0 && weights.len() == inputs * outputs && bias.len() == outputs;
        let finite = weights.iter().chain(&bias).all(|value| value.is_finite());
        (fits && finite).then_some(Self { inputs, outputs, weights, bias })
    }

    /// Length of its input.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Length of its output.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Weights, row-major: `outputs` rows of `inputs` (PyTorch's layout; ONNX Gemm with `transB = 1`).
    #[must_use]
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Bias of each output.
    #[must_use]
    pub fn bias(&self) -> &[f32] {
        &self.bias
    }
}

/// What the last layer's numbers mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MlpOutput {
    /// Softmax gives the probability of each class.
    Softmax,
    /// The one number is the prediction.
    Identity,
}

/// A fitted perceptron: dense layers, the activation after each but the last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "MlpData")]
pub struct MlpModel {
    layers: Vec<Layer>,
    activation: Activation,
    output: MlpOutput,
}

impl MlpModel {
    /// A model from layers whose sizes follow on each other; none when they don't, or when an `Identity` output has
    /// more than one number.
    #[must_use]
    pub fn new(layers: Vec<Layer>, activation: Activation, output: MlpOutput) -> Option<Self> {
        let last = layers.last()?.outputs;
        let linked = layers.windows(2).all(|pair| pair[0].outputs == pair[1].inputs);
        let fits = linked && (output == MlpOutput::Softmax || last == 1);
        fits.then_some(Self { layers, activation, output })
    }

    /// The layers, at least one.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The activation after each layer but the last.
    #[must_use]
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// What the last layer's numbers mean.
    #[must_use]
    pub fn output(&self) -> MlpOutput {
        self.output
    }

    /// Number of feature columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.layers.first().map_or(0, Layer::inputs)
    }

    /// Number of classes, none for regression.
    #[must_use]
    pub fn classes(&self) -> Option<usize> {
        match self.output {
            MlpOutput::Softmax => self.layers.last().map(Layer::outputs),
            MlpOutput::Identity => None,
        }
    }

    pub(crate) fn predict(&self, features: &Matrix, pool: Option<&ThreadPool>) -> Prediction {
        predict::predict(self, features, pool)
    }
}

/// What a backend is to train.
#[derive(Debug, Clone, PartialEq)]
pub struct MlpRequest<'a> {
    /// Sizes, optimiser, early stopping.
    pub parameters: &'a MlpParameters,
    /// What the last layer means; the number of its outputs is the number of classes, or 1.
    pub output: MlpOutput,
    /// Numbers of the last layer.
    pub outputs: usize,
    /// Sample weights times class weights, one for each row, not all 0.
    pub weights: Vec<f64>,
    /// Where to compute.
    pub device: Device,
}

/// Trains a perceptron. Implemented by the loader of the torch plugin.
pub trait TorchBackend: Sync {
    /// Trains what the request says on the set, on [`Context::threads`] threads from [`Context::seed`].
    ///
    /// # Errors
    /// [`FitError::DeviceMissing`] when the device is not there, [`FitError::Interrupted`], [`FitError::NotFinite`]
    /// when the loss leaves the range of numbers, [`FitError::Torch`] for the rest.
    fn fit(
        &self,
        request: &MlpRequest<'_>,
        set: &TrainingSet<'_>,
        context: &Context<'_>,
    ) -> Result<(MlpModel, FitReport), FitError>;
}

/// Fits by the context's backend.
pub(crate) fn fit(
    parameters: &MlpParameters,
    set: &TrainingSet<'_>,
    context: &Context<'_>,
) -> Result<Fitted, FitError> {
    let backend = context.torch.ok_or(FitError::TorchMissing { algorithm: Algorithm::TorchMlp })?;
    let (output, outputs) = match set.target() {
        Target::Classes { classes, .. } => (MlpOutput::Softmax, *classes),
        Target::Values(_) => (MlpOutput::Identity, 1),
    };
    let weights = row_weights(set, parameters.class_weight)?;
    let request = MlpRequest { parameters, output, outputs, weights, device: context.device };
    let (model, report) = backend.fit(&request, set, context)?;
    Ok(Fitted { model: Model::Mlp(model), report })
}

/// The stored form of a layer, before it is checked.
#[derive(Deserialize)]
struct LayerData {
    inputs: usize,
    outputs: usize,
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl TryFrom<LayerData> for Layer {
    type Error = &'static str;

    fn try_from(data: LayerData) -> Result<Self, Self::Error> {
        Self::new(data.inputs, data.outputs, data.weights, data.bias)
            .ok_or("layer: wrong number of weights, or one that is not finite")
    }
}

/// The stored form of a perceptron, before it is checked.
#[derive(Deserialize)]
struct MlpData {
    layers: Vec<Layer>,
    activation: Activation,
    output: MlpOutput,
}

impl TryFrom<MlpData> for MlpModel {
    type Error = &'static str;

    fn try_from(data: MlpData) -> Result<Self, Self::Error> {
        Self::new(data.layers, data.activation, data.output)
            .ok_or("perceptron: its layers don't fit each other")
    }
}
