//! Room `build`: PURE and infallible, from validated values to Kubernetes objects.

mod common;
mod container;
mod job;
mod pod;
mod sweep;
mod trial;
mod version;

#[cfg(test)]
mod tests;

pub use job::job;
pub use sweep::sweep;
pub use trial::trial;
pub use version::version;
