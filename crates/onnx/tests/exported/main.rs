//! Exported models against native predictions: every model runs in onnxruntime and through `mlflow.pyfunc.load_model`,
//! and passes the full check of the `onnx` package. Needs the Python environment of `scripts/pyenv`, which it makes.
#![cfg(test)]

mod calibrated;
mod case;
mod data;
mod fitted;
mod learners;
mod models;
mod outputs;
mod peer;
mod rows;
