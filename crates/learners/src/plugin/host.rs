//! The caller's side of one call: the plugin asks whether to stop, tells how far it is, and hands over what came out.

use std::any::Any;
use std::cell::RefCell;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::abi::{Reply, Status};
use crate::prediction::softmax;
use crate::{
    Algorithm, Context, FitError, FitReport, Layer, MlpModel, MlpOutput, MlpRequest, Prediction, Step,
};

/// Lives on the caller's stack for the time of the call. The plugin calls back on the thread that called it.
pub(super) struct Host<'a> {
    context: &'a Context<'a>,
    request: &'a MlpRequest<'a>,
    ending: RefCell<Option<Ending>>,
    /// Of a function of the context: it must not cross the plugin.
    panic: RefCell<Option<Box<dyn Any + Send>>>,
}

/// What [`finish`] was told.
struct Ending {
    status: Status,
    text: Vec<u8>,
    numbers: Vec<f32>,
}

impl<'a> Host<'a> {
    pub(super) fn new(context: &'a Context<'a>, request: &'a MlpRequest<'a>) -> Self {
        Self { context, request, ending: RefCell::new(None), panic: RefCell::new(None) }
    }

    pub(super) fn as_pointer(&self) -> *const c_void {
        std::ptr::from_ref(self).cast()
    }

    /// The model, or what went wrong.
    pub(super) fn outcome(self) -> Result<(MlpModel, FitReport), FitError> {
        if let Some(panic) = self.panic.into_inner() {
            resume_unwind(panic);
        }
        let request = self.request;
        let failed = |what: &str| FitError::Torch(what.into());
        let ending =
            self.ending.into_inner().ok_or_else(|| failed("the plugin returned without an answer"))?;
        let text = String::from_utf8_lossy(&ending.text);
        match ending.status {
            Status::DONE => {
                let reply: Reply = serde_json::from_str(&text).map_err(|error| failed(&error.to_string()))?;
                let model = model(&reply, &ending.numbers, request)
                    .ok_or_else(|| failed("the plugin's layers don't fit each other or are not finite"))?;
                let report = FitReport {
                    steps: reply.epochs,
                    loss: Some(reply.loss),
                    gpu_used: reply.gpu_used,
                    ..FitReport::default()
                };
                Ok((model, report))
            }
            Status::INTERRUPTED => Err(FitError::Interrupted),
            Status::NOT_FINITE => Err(FitError::NotFinite { algorithm: Algorithm::TorchMlp, what: "loss" }),
            Status::DEVICE_MISSING => {
                Err(FitError::DeviceMissing { device: request.device, detail: text.into_owned() })
            }
            _ => Err(failed(&text)),
        }
    }
}

impl Host<'_> {
    /// Keeps a panic of ours until the plugin has returned.
    fn guarded<T>(&self, otherwise: T, work: impl FnOnce() -> T) -> T {
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
            self.panic.replace(Some(panic));
            otherwise
        })
    }

    fn is_interrupted(&self) -> bool {
        self.panic.borrow().is_some() || self.guarded(true, || (self.context.interrupt)())
    }

    fn validated(&self, numbers: &[f32]) {
        let Some(validation) = self.context.validation else { return };
        let prediction = prediction(self.request, numbers);
        self.guarded((), || (validation.seen)(prediction));
    }
}

/// What the last layer's numbers mean.
fn prediction(request: &MlpRequest<'_>, numbers: &[f32]) -> Prediction {
    let mut values: Vec<f64> = numbers.iter().copied().map(f64::from).collect();
    match request.output {
        MlpOutput::Softmax => {
            values.chunks_exact_mut(request.outputs).for_each(softmax);
            Prediction::Probabilities { classes: request.outputs, values }
        }
        MlpOutput::Identity => Prediction::Values(values),
    }
}

/// Cuts the numbers into layers.
fn model(reply: &Reply, numbers: &[f32], request: &MlpRequest<'_>) -> Option<MlpModel> {
    let mut rest = numbers;
    let mut layers = Vec::with_capacity(reply.layers.len());
    for &(inputs, outputs) in &reply.layers {
        let (weights, behind) = rest.split_at_checked(inputs.checked_mul(outputs)?)?;
        let (bias, behind) = behind.split_at_checked(outputs)?;
        layers.push(Layer::new(inputs, outputs, weights.to_vec(), bias.to_vec())?);
        rest = behind;
    }
    let last = layers.last().map(Layer::outputs);
    (rest.is_empty() && last == Some(request.outputs))
        .then(|| MlpModel::new(layers, request.parameters.activation, request.output))?
}

/// # Safety
/// `host` is the pointer of [`Host::as_pointer`], and the host still lives.
pub(super) unsafe extern "C" fn interrupt(host: *const c_void) -> bool {
    // SAFETY: as stated.
    let host = unsafe { &*host.cast::<Host<'_>>() };
    host.is_interrupted()
}

/// # Safety
/// `host` is the pointer of [`Host::as_pointer`], and the host still lives.
pub(super) unsafe extern "C" fn progress(host: *const c_void, epoch: u32, epochs: u32, loss: f64) {
    // SAFETY: as stated.
    let host = unsafe { &*host.cast::<Host<'_>>() };
    let step = Step { step: epoch, total: epochs, value: Some(loss) };
    host.guarded((), || (host.context.progress)(step));
}

/// # Safety
/// `host` is the pointer of [`Host::as_pointer`], and the host still lives; the numbers have the length stated (the
/// pointer may be anything but null for length 0).
pub(super) unsafe extern "C" fn validated(host: *const c_void, numbers: *const f32, length: usize) {
    // SAFETY: as stated.
    let (host, numbers) = unsafe { (&*host.cast::<Host<'_>>(), std::slice::from_raw_parts(numbers, length)) };
    host.validated(numbers);
}

/// # Safety
/// `host` is the pointer of [`Host::as_pointer`], and the host still lives; text and numbers have the lengths stated
/// (the pointers may be anything but null for length 0).
pub(super) unsafe extern "C" fn finish(
    host: *const c_void,
    status: Status,
    text: *const u8,
    text_length: usize,
    numbers: *const f32,
    numbers_length: usize,
) {
    // SAFETY: as stated.
    let (host, text, numbers) = unsafe {
        let text = std::slice::from_raw_parts(text, text_length);
        (&*host.cast::<Host<'_>>(), text, std::slice::from_raw_parts(numbers, numbers_length))
    };
    host.ending.replace(Some(Ending { status, text: text.to_vec(), numbers: numbers.to_vec() }));
}
