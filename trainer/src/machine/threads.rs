//! The threads that learners work on.

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::failure::Failure;

/// A pool of as many threads as the document states. The node's cores don't count: a container sees all of them
/// and may use few.
///
/// # Errors
/// When the system gives no more threads.
pub fn pool(threads: u32) -> Result<ThreadPool, Failure> {
    ThreadPoolBuilder::new()
        .num_threads(threads.max(1) as usize)
        .thread_name(|index| format!("fit-{index}"))
        .build()
        .map_err(|error| Failure::Temporary(format!("{threads} threads could not be started: {error}")))
}
