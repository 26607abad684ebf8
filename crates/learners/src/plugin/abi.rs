//! What the trainer and the torch plugin say to each other: C types and JSON. Both sides compile this one file; a
//! change of anything in it raises [`VERSION`].
//!
//! The caller owns all memory: inputs live as long as the call, and results are handed to [`Call::finish`], which
//! copies them. So nothing is freed across the border.

use std::ffi::c_void;

use serde::{Deserialize, Serialize};

/// Version of this file. A plugin of another version is refused.
pub const VERSION: u32 = 2;

/// Symbol of [`VersionFn`].
pub const VERSION_SYMBOL: &[u8] = b"podium_torch_version\0";

/// Symbol of [`FitFn`].
pub const FIT_SYMBOL: &[u8] = b"podium_torch_fit\0";

/// Answers the plugin's [`VERSION`].
pub type VersionFn = unsafe extern "C" fn() -> u32;

/// Trains; calls [`Call::finish`] exactly once before it returns.
pub type FitFn = unsafe extern "C" fn(call: *const Call);

/// One fit.
#[repr(C)]
pub struct Call {
    /// `rows * columns` finite numbers, column-major.
    pub features: *const f32,
    /// Class index or number of each row.
    pub target: *const f64,
    /// Weight of each row, at least 0, not all 0.
    pub weights: *const f64,
    /// Number of rows, at least 1.
    pub rows: usize,
    /// Number of feature columns, at least 1.
    pub columns: usize,
    /// `validation_rows * columns` finite numbers, column-major: rows that are predicted after each epoch.
    pub validation: *const f32,
    /// Number of these rows; 0: there are none, and [`Call::validated`] is not called.
    pub validation_rows: usize,
    /// JSON of [`Request`].
    pub request: *const u8,
    /// Its length in bytes.
    pub request_length: usize,
    /// Passed to the four functions as it is.
    pub host: *const c_void,
    /// True: end the fit with [`Status::INTERRUPTED`].
    pub interrupt: unsafe extern "C" fn(host: *const c_void) -> bool,
    /// An epoch is done: its number from 1, most epochs, loss.
    pub progress: unsafe extern "C" fn(host: *const c_void, epoch: u32, epochs: u32, loss: f64),
    /// After [`Call::progress`]: the last layer's numbers for each row of the validation part, row-major, by the model
    /// that a fit ending now would give. May take long: other fits run on other threads in the meantime.
    pub validated: unsafe extern "C" fn(host: *const c_void, numbers: *const f32, length: usize),
    /// The end: a status, text (JSON of [`Reply`] when it went well, else what went wrong), numbers of all layers.
    pub finish: unsafe extern "C" fn(
        host: *const c_void,
        status: Status,
        text: *const u8,
        text_length: usize,
        numbers: *const f32,
        numbers_length: usize,
    ),
}

/// How a fit ended. A number and not an enum: an unknown number from a foreign library must not be undefined.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Status(pub u32);

impl Status {
    /// The numbers are the layers.
    pub const DONE: Self = Self(0);
    /// [`Call::interrupt`] said so.
    pub const INTERRUPTED: Self = Self(1);
    /// The loss left the range of numbers.
    pub const NOT_FINITE: Self = Self(2);
    /// The device asked for is not there.
    pub const DEVICE_MISSING: Self = Self(3);
    /// Anything else.
    pub const FAILED: Self = Self(4);
}

/// What to train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Units of each hidden layer.
    pub hidden: Vec<u32>,
    /// Number of classes; none for a target of numbers.
    pub classes: Option<usize>,
    /// tanh after hidden layers instead of relu.
    pub tanh: bool,
    /// Share of hidden units left out in each step.
    pub dropout: f64,
    /// Step size of Adam.
    pub learning_rate: f64,
    /// L2 penalty in Adam's gradient.
    pub weight_decay: f64,
    /// Rows of a step.
    pub batch_size: u32,
    /// Passes over the rows.
    pub epochs: u32,
    /// Epochs without a better validation loss before stopping; none: no validation part.
    pub patience: Option<u32>,
    /// Share of the rows in the validation part.
    pub validation_fraction: f64,
    /// Seed of initialisation, order, dropout and validation part.
    pub seed: u64,
    /// Threads on the CPU.
    pub threads: usize,
    /// Index of the CUDA device; none: the CPU.
    pub cuda: Option<u32>,
}

/// What came out, beside the numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// Inputs and outputs of each layer. The numbers hold, for each, `outputs` rows of `inputs` weights, then a bias
    /// for each output.
    pub layers: Vec<(usize, usize)>,
    /// Epochs done.
    pub epochs: u32,
    /// Loss of the last epoch, or the best validation loss.
    pub loss: f64,
    /// Whether a GPU did the work.
    pub gpu_used: bool,
}
