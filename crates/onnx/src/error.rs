//! Why a model can't be written as an ONNX file.

use thiserror::Error;

/// Why a model can't be written as an ONNX file. None of these can follow from data alone: they mean parts that don't
/// belong together, or a limit of the format.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// A model without inputs has no number of rows.
    #[error("the preparation has no feature column; an ONNX model needs at least one input")]
    NoInputs,
    /// ONNX takes an empty name for an absent value.
    #[error("feature column {position} has an empty name, which ONNX can't hold; name the column")]
    EmptyName {
        /// Position among the features, from 1.
        position: usize,
    },
    /// Two inputs of one name.
    #[error("feature column {name:?} stands twice in the preparation")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// The model was fitted on another preparation.
    #[error("the preparation gives {prepared} columns, the model was fitted on {fitted}")]
    Columns {
        /// Columns of the preparation.
        prepared: usize,
        /// Columns of the model.
        fitted: usize,
    },
    /// The model was fitted on another set of classes.
    #[error("the schema names {labels} classes, the model knows {known}")]
    Classes {
        /// Labels of the schema; 0 for regression.
        labels: usize,
        /// Classes of the model; 0 for regression.
        known: usize,
    },
    /// A level of a category of numbers that is no number.
    #[error("feature column {column:?}: level {level:?} of a category of numbers is no number")]
    Level {
        /// The column.
        column: String,
        /// The level.
        level: String,
    },
    /// A threshold outside 0 to 1.
    #[error("decision threshold {0} is outside 0 to 1")]
    Threshold(f64),
    /// Calibrators of another number of classes.
    #[error(
        "the calibration has {calibrators} calibrators for {calibrated} classes, the model knows {classes}; two classes have one calibrator, more have one each"
    )]
    Calibration {
        /// Calibrators there are.
        calibrators: usize,
        /// Classes they were fitted for.
        calibrated: usize,
        /// Classes of the model.
        classes: usize,
    },
    /// An isotonic calibrator that is no function.
    #[error(
        "an isotonic calibrator has {scores} scores and {probabilities} probabilities; it needs the same number of both, at least 1"
    )]
    Knots {
        /// Scores.
        scores: usize,
        /// Probabilities.
        probabilities: usize,
    },
    /// A learner that this crate does not know.
    #[error("this learner has no ONNX form in this version of Podium")]
    Learner,
    /// Protocol buffers end at 2 GiB.
    #[error(
        "the ONNX file would have {bytes} bytes; the format ends at {limit}. Make the model smaller: fewer trees, a max_depth, or a larger min_samples_leaf"
    )]
    TooLarge {
        /// Size of the file.
        bytes: usize,
        /// Largest size.
        limit: usize,
    },
}
