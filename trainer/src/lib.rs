//! The trainer in the pods: one stage of a pipeline from its document to MLflow.
//!
//! Rooms: [`source`] reads bytes, [`stage`] says what each stage does, [`fit`] and [`compare`] are the pure functions it stands on,
//! [`handed`] is what a container of the user's own gets and leaves, [`model`] is what is saved, [`deliver`] brings everything to MLflow, [`worker`] serves a sweep. Nothing here talks to the Kubernetes API.
#![forbid(unsafe_code)]

mod causes;
pub mod cli;
pub mod compare;
pub mod deliver;
pub mod failure;
pub mod fit;
pub mod handed;
pub mod machine;
pub mod model;
pub mod report;
pub mod run;
pub mod source;
pub mod specification;
pub mod stage;
pub mod telemetry;
pub mod worker;
