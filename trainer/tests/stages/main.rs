//! The stages against a real MLflow server: the binary as a pod runs it, with a document, and what it leaves in the run.

mod data;
mod document;
mod end_to_end;
mod faults;
mod honesty;
mod mlflow;
mod pipeline;
mod pod;
mod python;
mod s3;
