//! Room `build`: PURE and infallible, from validated values to Kubernetes objects.

mod job;
mod pod;
mod version;

pub use job::job;
pub use version::version;
