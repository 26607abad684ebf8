//! The stages against a real MLflow server: the binary as a pod runs it, with a document, and what it leaves in the run.

// The helpers of these tests are tests as well, which clippy can't know.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod chance;
mod data;
mod devices;
mod document;
mod end_to_end;
mod faults;
mod honesty;
mod kinds;
mod login;
mod mlflow;
mod outages;
mod own_image;
mod pipeline;
mod pod;
mod proxy;
mod python;
mod s3;
mod tls;
mod torch;
mod untuned;
