//! Podium: a Kubernetes operator that trains models, promotes them on evidence and takes them back.
//!
//! Each folder is a room with one purpose; the first line of its `mod.rs` says what it may use. Reconciling reads as
//! five verbs: observe, validate, plan, apply, report.
#![forbid(unsafe_code)]

pub mod api;
pub mod build;
pub mod cli;
pub mod cluster;
pub mod domain;
pub mod plan;
pub mod reconcile;
pub mod run;
pub mod serve;
pub mod settings;
pub mod telemetry;
pub mod tracking;
