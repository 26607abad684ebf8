//! The course of a hyperparameter sweep, and its report.
//!
//! A pure library: no files, no network, no clock. [`sweep::Sweep`] decides what happens next, whoever runs the trials and
//! wherever they run; [`report`] turns what happened into tables. `podium-search` suggests the points.
#![forbid(unsafe_code)]

pub mod report;
pub mod sweep;
