//! What the container gives: threads and memory. Reads the kernel's files, sets nothing.

mod memory;
mod threads;

pub use memory::data_limit;
pub use threads::pool;
