//! What goes into an exported model and what comes out of it, by name and type.

/// Type of an input or output, one value a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// 64-bit floating point; NaN is missing.
    Double,
    /// 64-bit integer.
    Long,
    /// UTF-8 text.
    String,
}

impl ColumnType {
    /// Its name in an MLflow signature.
    #[must_use]
    pub fn mlflow_name(self) -> &'static str {
        match self {
            Self::Double => "double",
            Self::Long => "long",
            Self::String => "string",
        }
    }
}

/// An input or output, one value a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Type.
    pub r#type: ColumnType,
}

/// The inputs and outputs of a model.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signature {
    /// Inputs: the raw feature columns that the model uses.
    pub inputs: Vec<Column>,
    /// Outputs: `label` and a `probability_<class>` for each class, or `prediction`. None are stated for a model that others made.
    pub outputs: Vec<Column>,
}
