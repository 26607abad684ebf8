//! What a model takes, matched with the columns of a table: one tensor of all features, or one for each column.

use ort::session::Session;
use ort::value::{TensorElementType, ValueType};
use podium_onnx::{Column, ColumnType};
use podium_tabular::schema::{FeatureKind, Schema};

use crate::ModelError;

/// Most names in a message.
const SHOWN: usize = 20;

/// What an input's elements are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    F32,
    F64,
    I64,
    Text,
}

/// An input of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Input {
    /// Its name.
    pub name: String,
    /// What it takes.
    pub element: Element,
    /// Columns of the table that it is fed with, in this order.
    pub columns: Vec<String>,
    /// Whether its tensors have a second dimension.
    pub is_wide: bool,
}

/// All inputs of a session.
pub(crate) fn of(session: &Session, schema: &Schema) -> Result<Vec<Input>, ModelError> {
    let stated: Vec<Stated> = session
        .inputs()
        .iter()
        .map(|outlet| stated(outlet.name(), outlet.dtype()))
        .collect::<Result<_, _>>()?;
    let is_feature = |name: &str| schema.features.iter().any(|feature| feature.name == name);
    match stated.as_slice() {
        [one] if one.is_wide && !(schema.features.len() == 1 && is_feature(&one.name)) => {
            Ok(vec![table(one, schema)?])
        }
        _ => stated.iter().map(|input| column(input, schema)).collect(),
    }
}

/// An input as the model states it.
struct Stated {
    name: String,
    element: Element,
    is_wide: bool,
    /// -1: any.
    width: i64,
}

fn stated(name: &str, found: &ValueType) -> Result<Stated, ModelError> {
    let unfit = || ModelError::Input { name: name.to_owned(), found: found.to_string() };
    let ValueType::Tensor { ty, shape, .. } = found else { return Err(unfit()) };
    let element = match ty {
        TensorElementType::Float32 => Element::F32,
        TensorElementType::Float64 => Element::F64,
        TensorElementType::Int64 => Element::I64,
        TensorElementType::String => Element::Text,
        _ => return Err(unfit()),
    };
    let (is_wide, width) = match shape.as_ref() {
        [_] => (false, 1),
        [_, width] => (true, *width),
        _ => return Err(unfit()),
    };
    Ok(Stated { name: name.to_owned(), element, is_wide, width })
}

/// One input for all features.
fn table(input: &Stated, schema: &Schema) -> Result<Input, ModelError> {
    let columns: Vec<String> = schema.features.iter().map(|feature| feature.name.clone()).collect();
    check_width(input, columns.len())?;
    schema.features.iter().try_for_each(|feature| check_kind(input, &feature.name, feature.kind))?;
    Ok(Input { name: input.name.clone(), element: input.element, columns, is_wide: true })
}

/// An input for the column of its name.
fn column(input: &Stated, schema: &Schema) -> Result<Input, ModelError> {
    let feature = schema.features.iter().find(|feature| feature.name == input.name);
    let feature = feature.ok_or_else(|| {
        let mut known: Vec<String> =
            schema.features.iter().take(SHOWN).map(|feature| format!("{:?}", feature.name)).collect();
        if schema.features.len() > SHOWN {
            known.push("...".to_owned());
        }
        ModelError::UnknownInput { name: input.name.clone(), known: known.join(", ") }
    })?;
    check_width(input, 1)?;
    check_kind(input, &feature.name, feature.kind)?;
    Ok(Input {
        name: input.name.clone(),
        element: input.element,
        columns: vec![feature.name.clone()],
        is_wide: input.is_wide,
    })
}

fn check_width(input: &Stated, expected: usize) -> Result<(), ModelError> {
    if input.width < 0 || usize::try_from(input.width) == Ok(expected) {
        return Ok(());
    }
    Err(ModelError::Width { name: input.name.clone(), found: input.width, expected })
}

fn check_kind(input: &Stated, column: &str, kind: FeatureKind) -> Result<(), ModelError> {
    let wants_text = input.element == Element::Text;
    let is_text = kind == FeatureKind::Category;
    if wants_text == is_text {
        return Ok(());
    }
    let word = |text: bool| if text { "strings" } else { "numbers" };
    let (wanted, found) = (word(wants_text), word(is_text));
    Err(ModelError::Kind { input: input.name.clone(), wanted, column: column.to_owned(), found })
}

/// The columns that a caller gives, as an MLflow signature has them. A caller's whole numbers become what the input takes, so all
/// numbers of a table are doubles.
pub(crate) fn signature(inputs: &[Input]) -> Vec<Column> {
    let of = |input: &Input| {
        let kind = match (input.element, input.columns.len()) {
            (Element::Text, _) => ColumnType::String,
            (Element::I64, 1) => ColumnType::Long,
            (Element::I64 | Element::F32 | Element::F64, _) => ColumnType::Double,
        };
        input.columns.iter().map(|name| Column { name: name.clone(), r#type: kind }).collect::<Vec<_>>()
    };
    inputs.iter().flat_map(of).collect()
}
