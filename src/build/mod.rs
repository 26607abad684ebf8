//! Room `build`: PURE and infallible, from validated values to Kubernetes objects.

mod common;
mod container;
mod job;
mod pod;
mod trial;
mod version;

#[cfg(test)]
mod tests;

pub use job::job;
pub use trial::trial;
pub use version::version;
