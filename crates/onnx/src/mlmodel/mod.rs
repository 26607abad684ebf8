//! The texts that make a folder with an ONNX file a model for MLflow: `MLmodel`, `requirements.txt`, `python_env.yaml`.
//! Texts only: writing and uploading them is the caller's business.

mod text;

use text::{json_columns, quoted};

use crate::Signature;

/// Name of the file that says what the folder holds.
pub const MLMODEL: &str = "MLmodel";
/// Name of the ONNX file.
pub const ONNX_FILE: &str = "model.onnx";
/// Name of the file with Python requirements.
pub const REQUIREMENTS: &str = "requirements.txt";
/// Name of the file with the Python environment.
pub const PYTHON_ENV: &str = "python_env.yaml";

/// Versions that exported models are tested with.
const PYTHON: &str = "3.11.7";
const MLFLOW: &str = "3.17.2";
const ONNX: &str = "1.23.2";
const ONNXRUNTIME: &str = "1.31.1";

/// The texts beside the ONNX file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Of [`MLMODEL`].
    pub mlmodel: String,
    /// Of [`REQUIREMENTS`].
    pub requirements: String,
    /// Of [`PYTHON_ENV`].
    pub python_env: String,
}

impl Folder {
    /// Names and texts of the files.
    #[must_use]
    pub fn files(&self) -> [(&'static str, &str); 3] {
        [(MLMODEL, &self.mlmodel), (REQUIREMENTS, &self.requirements), (PYTHON_ENV, &self.python_env)]
    }
}

/// The texts beside an ONNX file of this signature, for the run that made it. Nothing in them depends on when they are
/// written, so equal models give equal files.
///
/// Python callers: numbers must be floats (`df.astype("float64")`; MLflow refuses whole numbers for `double`), texts must
/// be of dtype `object` (the `str` dtype of pandas 3 is refused by onnxruntime), timestamps are seconds since 1970.
#[must_use]
pub fn folder(signature: &Signature, run_id: &str) -> Folder {
    Folder {
        mlmodel: mlmodel(signature, run_id),
        // pandas 3 reads texts as `str`, which onnxruntime refuses.
        requirements: format!(
            "mlflow=={MLFLOW}\nonnx=={ONNX}\nonnxruntime=={ONNXRUNTIME}\nnumpy>=2,<3\npandas>=2.2,<3\n"
        ),
        python_env: format!(
            "python: {PYTHON}\nbuild_dependencies:\n- pip\ndependencies:\n- -r {REQUIREMENTS}\n"
        ),
    }
}

fn mlmodel(signature: &Signature, run_id: &str) -> String {
    format!(
        "flavors:
  onnx:
    code: null
    data: {ONNX_FILE}
    onnx_version: {ONNX}
    providers:
    - CPUExecutionProvider
  python_function:
    data: {ONNX_FILE}
    env:
      virtualenv: {PYTHON_ENV}
    loader_module: mlflow.onnx
    python_version: {PYTHON}
mlflow_version: {MLFLOW}
{RUN_ID}{}
signature:
  inputs: {}
  outputs: {}
  params: null
",
        quoted(run_id),
        quoted(&json_columns(&signature.inputs)),
        if signature.outputs.is_empty() {
            "null".to_owned()
        } else {
            quoted(&json_columns(&signature.outputs))
        },
    )
}

/// Key of the run at the beginning of its line.
const RUN_ID: &str = "run_id: ";

/// The text of an `MLmodel` with another run; unchanged lines stay as they are, and a text without a run gets one.
#[must_use]
pub fn with_run_id(mlmodel: &str, run_id: &str) -> String {
    let line = format!("{RUN_ID}{}", quoted(run_id));
    let is_run = |text: &str| text.starts_with(RUN_ID.trim_end());
    let mut lines: Vec<&str> =
        mlmodel.lines().map(|text| if is_run(text) { line.as_str() } else { text }).collect();
    if !mlmodel.lines().any(is_run) {
        lines.push(&line);
    }
    lines.join("\n") + "\n"
}
