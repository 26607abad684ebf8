//! Room `build`: PURE and infallible, from validated values to Kubernetes objects.

mod candidate;
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

/// Name of the container with our trainer, of whatever stage.
const TRAINER: &str = "trainer";
/// Name of the container with our trainer that hands the data over to a container of the user's own.
const HAND_OVER: &str = "hand-over";
/// Name of the container of the user's own that trains a candidate.
const CANDIDATE: &str = "candidate";

/// Whether a container of this name, in a pod of ours, runs our trainer; any other runs a program whose exit codes say nothing
/// to us.
pub fn is_trainer(container: &str) -> bool {
    matches!(container, TRAINER | HAND_OVER)
}
