//! Why there is no model or no prediction.

/// Why ONNX Runtime can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// No library at any of these places.
    #[error("ONNX Runtime is not installed: none of {0} is there")]
    Missing(String),
    /// A library that is none, or of a version that is too old.
    #[error("ONNX Runtime at {path} can't be loaded: {message}")]
    Broken {
        /// Where it is.
        path: String,
        /// What the loader says.
        message: String,
    },
}

/// Why a model can't be used, or not for these rows. Each says what its author can do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// No ONNX file, or one of operators that the runtime lacks.
    #[error("ONNX Runtime refuses it: {0}")]
    Refused(String),
    /// An input that is no tensor of rows.
    #[error(
        "its input {name:?} is {found}: an input must be a tensor of shape [rows], [rows, 1] or [rows, features], of numbers or strings"
    )]
    Input {
        /// The input.
        name: String,
        /// Its type.
        found: String,
    },
    /// An input that no column feeds.
    #[error(
        "its input {name:?} is no feature; with several inputs each must have the name of one of {known}"
    )]
    UnknownInput {
        /// The input.
        name: String,
        /// Features, shortened.
        known: String,
    },
    /// One input for all features, of another width.
    #[error("its input {name:?} takes {found} columns, there are {expected} features")]
    Width {
        /// The input.
        name: String,
        /// Its width.
        found: i64,
        /// Number of features.
        expected: usize,
    },
    /// Texts for an input of numbers, or the other way round.
    #[error("its input {input:?} takes {wanted}, column {column:?} holds {found}")]
    Kind {
        /// The input.
        input: String,
        /// What the input takes.
        wanted: &'static str,
        /// The column.
        column: String,
        /// What the column holds.
        found: &'static str,
    },
    /// A missing number for an input of whole numbers.
    #[error("its input {input:?} takes whole numbers, column {column:?} has {value} in row {row}")]
    Whole {
        /// The input.
        input: String,
        /// The column.
        column: String,
        /// The value.
        value: String,
        /// Row of the table, from 0.
        row: usize,
    },
    /// No output that can be read as predictions.
    #[error("none of its outputs is {wanted}; they are: {found}")]
    Output {
        /// What is needed.
        wanted: String,
        /// Names and types.
        found: String,
    },
    /// A column that the model knows and the table lacks.
    #[error("column {0:?} is not in the data")]
    Column(String),
    /// An answer of another shape than asked for.
    #[error("it answered {found} values for {rows} rows, {expected} were expected")]
    Shape {
        /// Values in the answer.
        found: usize,
        /// Rows asked for.
        rows: usize,
        /// Values that were expected.
        expected: usize,
    },
    /// An answer that is no prediction.
    #[error("its answer for row {row} is no prediction: {message}")]
    Answer {
        /// Row of the table, from 0.
        row: usize,
        /// What is wrong.
        message: String,
    },
}

impl From<ort::Error> for ModelError {
    fn from(error: ort::Error) -> Self {
        Self::Refused(error.to_string())
    }
}
