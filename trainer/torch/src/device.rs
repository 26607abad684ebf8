//! The device of a fit: the CPU, or a CUDA device that must be there.

use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
use tch::{Cuda, Device};

use crate::abi::Request;
use crate::error::Error;

/// Multiplications of a batch that are worth a thread: with fewer, threads wait for each other longer than they work
/// (measured at 5 million: two threads take 1.5 times as long as one).
const WORTH_A_THREAD: usize = 20_000_000;

/// Sets threads and the first seed and answers the device.
pub(crate) fn prepare(request: &Request, columns: usize) -> Result<Device, Error> {
    let device = match request.cuda {
        None => Device::Cpu,
        Some(index) => cuda(index)?,
    };
    tch::set_num_threads(i32::try_from(threads(request, columns)).unwrap_or(1));
    tch::manual_seed(request.seed as i64);
    Ok(device)
}

/// Begins an epoch with random numbers of its own. Torch has one source of them a process: so a fit may let others run
/// between two epochs and comes to the same model.
pub(crate) fn begin_epoch(request: &Request, epoch: u32) {
    // The steps of SplitMix64: epochs of neighbouring seeds have nothing in common.
    let mut seed = request.seed.wrapping_add(u64::from(epoch).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    seed = (seed ^ (seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    seed = (seed ^ (seed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    tch::manual_seed((seed ^ (seed >> 31)) as i64);
}

fn threads(request: &Request, columns: usize) -> usize {
    let mut sizes = vec![columns];
    sizes.extend(request.hidden.iter().map(|&units| units as usize));
    sizes.push(request.classes.unwrap_or(1));
    let weights: usize = sizes.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let worth = 1 + weights.saturating_mul(request.batch_size as usize) / WORTH_A_THREAD;
    request.threads.clamp(1, worth)
}

fn cuda(index: u32) -> Result<Device, Error> {
    load_cuda()
        .map_err(|detail| Error::DeviceMissing(format!("libtorch's CUDA part does not load: {detail}")))?;
    let count = Cuda::device_count();
    if !Cuda::is_available() || i64::from(index) >= count {
        return Err(Error::DeviceMissing(format!("torch sees {} CUDA devices", count.max(0))));
    }
    Ok(Device::Cuda(index as usize))
}

/// The linker drops libtorch_cuda, of which no symbol is used; loading it registers the CUDA kernels.
fn load_cuda() -> Result<(), String> {
    // SAFETY: the library only registers its kernels with libtorch_cpu; it is never closed.
    match unsafe { Library::open(Some("libtorch_cuda.so"), RTLD_NOW | RTLD_GLOBAL) } {
        Ok(library) => {
            std::mem::forget(library);
            Ok(())
        }
        Err(error) => Err(error.to_string()),
    }
}
