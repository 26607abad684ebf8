//! The torch plugin: two C functions that the trainer finds by name. It knows nothing of files, runs or clusters.

#[path = "../../../crates/learners/src/plugin/abi.rs"]
#[allow(dead_code, reason = "the caller's half of the file")]
mod abi;
mod adam;
mod data;
mod device;
mod error;
mod net;
mod train;
mod watched;

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

use abi::{Call, Reply, Request, Status};
use error::Error;

/// Version of the interface.
#[unsafe(no_mangle)]
pub extern "C" fn podium_torch_version() -> u32 {
    abi::VERSION
}

/// Trains one perceptron.
///
/// # Safety
/// `call` points to a [`Call`] as the interface describes it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn podium_torch_fit(call: *const Call) {
    // SAFETY: the caller's promise.
    let call = unsafe { &*call };
    // A panic must not cross into C; tch panics where torch throws in a call that has no fallible form.
    let outcome = catch_unwind(AssertUnwindSafe(|| fit(call))).unwrap_or_else(|panic| {
        let text =
            panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        Err(Error::Torch(text.unwrap_or("torch panicked").to_owned()))
    });
    let (status, text, numbers) = match outcome {
        Ok((reply, numbers)) => (Status::DONE, reply, numbers),
        Err(error) => (error.status(), error.to_string(), Vec::new()),
    };
    // SAFETY: the slices live until the call returns.
    unsafe { (call.finish)(call.host, status, text.as_ptr(), text.len(), numbers.as_ptr(), numbers.len()) }
}

fn fit(call: &Call) -> Result<(String, Vec<f32>), Error> {
    // SAFETY: the caller's promise: pointers with these lengths.
    let (request, features, target, weights, validation) = unsafe {
        (
            std::slice::from_raw_parts(call.request, call.request_length),
            std::slice::from_raw_parts(call.features, call.rows * call.columns),
            std::slice::from_raw_parts(call.target, call.rows),
            std::slice::from_raw_parts(call.weights, call.rows),
            std::slice::from_raw_parts(call.validation, call.validation_rows * call.columns),
        )
    };
    let request: Request =
        serde_json::from_slice(request).map_err(|error| Error::Torch(error.to_string()))?;
    let device = device::prepare(&request, call.columns)?;
    let data = data::Data::new(features, target, weights, request.classes, device)?;
    let watched = watched::Watched::new(validation, call.columns, device)?;
    let host = Host {
        pointer: call.host,
        interrupt: call.interrupt,
        progress: call.progress,
        validated: call.validated,
    };
    let trained = train::train(&request, &data, watched, &host)?;
    let (layers, numbers) = trained.net.layers(&data.scale)?;
    let reply =
        Reply { layers, epochs: trained.epochs, loss: trained.loss, gpu_used: request.cuda.is_some() };
    let reply = serde_json::to_string(&reply).map_err(|error| Error::Torch(error.to_string()))?;
    Ok((reply, numbers))
}

/// The caller's functions.
struct Host {
    pointer: *const c_void,
    interrupt: unsafe extern "C" fn(*const c_void) -> bool,
    progress: unsafe extern "C" fn(*const c_void, u32, u32, f64),
    validated: unsafe extern "C" fn(*const c_void, *const f32, usize),
}

impl Host {
    fn check_interrupt(&self) -> Result<(), Error> {
        // SAFETY: the host lives as long as the call.
        if unsafe { (self.interrupt)(self.pointer) } { Err(Error::Interrupted) } else { Ok(()) }
    }

    fn progress(&self, epoch: u32, epochs: u32, loss: f64) {
        // SAFETY: the host lives as long as the call.
        unsafe { (self.progress)(self.pointer, epoch, epochs, loss) }
    }

    fn validated(&self, numbers: &[f32]) {
        // SAFETY: the host lives as long as the call.
        unsafe { (self.validated)(self.pointer, numbers.as_ptr(), numbers.len()) }
    }
}
