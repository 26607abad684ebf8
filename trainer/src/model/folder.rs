//! The model folder: our own file, the ONNX one, and the texts that make it a model for MLflow.

use bytes::Bytes;
use podium_artifacts::Files;
use podium_contract::NATIVE_MODEL;
use podium_onnx::mlmodel::{MLMODEL, ONNX_FILE};
use podium_onnx::{ExportError, Exported, Source, export, mlmodel};

use super::{FileError, Own, Predictor, TrainedModel, write};

/// Why a model can't be written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The ONNX file.
    #[error("the model can't be written as ONNX: {0}")]
    Onnx(#[from] ExportError),
    /// Our own file.
    #[error(transparent)]
    Native(#[from] FileError),
}

/// The files of a model that a run made.
///
/// # Errors
/// See [`FolderError`].
pub fn folder(model: &TrainedModel, run_id: &str) -> Result<Files, FolderError> {
    let mut files = Files::new();
    let signature = match &model.predictor {
        Predictor::Own(own) => {
            let exported = exported(model, own)?;
            files.insert(ONNX_FILE.to_owned(), exported.bytes.into());
            exported.signature
        }
        // What was judged is what is registered, to the byte.
        Predictor::Foreign(foreign) => {
            files.insert(ONNX_FILE.to_owned(), foreign.bytes().clone());
            foreign.signature()
        }
    };
    files.insert(NATIVE_MODEL.to_owned(), write(model)?);
    for (name, text) in mlmodel::folder(&signature, run_id).files() {
        files.insert(name.to_owned(), Bytes::from(text.to_owned()));
    }
    Ok(files)
}

fn exported(model: &TrainedModel, own: &Own) -> Result<Exported, ExportError> {
    let body = &model.body;
    export(&Source {
        schema: &body.schema,
        preparation: &own.preparation,
        model: &own.learner,
        calibration: body.decision.calibration.as_ref(),
        threshold: body.decision.threshold,
    })
}

/// The same files as those of another run.
pub fn with_run_id(files: &Files, run_id: &str) -> Files {
    let mut files = files.clone();
    if let Some(text) = files.get_mut(MLMODEL) {
        *text = mlmodel::with_run_id(&String::from_utf8_lossy(text), run_id).into();
    }
    files
}
