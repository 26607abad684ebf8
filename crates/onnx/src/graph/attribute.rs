//! Settings of a node.

use crate::message::{Attribute, AttributeKind, Tensor};

/// A named setting.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    name: &'static str,
    content: Content,
}

#[derive(Debug, Clone)]
enum Content {
    Int(i64),
    Text(String),
    Tensor(Tensor),
    Ints(Vec<i64>),
    Texts(Vec<Vec<u8>>),
}

impl Setting {
    pub(crate) fn int(name: &'static str, value: i64) -> Self {
        Self { name, content: Content::Int(value) }
    }

    pub(crate) fn text(name: &'static str, value: &str) -> Self {
        Self { name, content: Content::Text(value.to_owned()) }
    }

    pub(crate) fn tensor(name: &'static str, value: Tensor) -> Self {
        Self { name, content: Content::Tensor(value) }
    }

    pub(crate) fn ints(name: &'static str, values: Vec<i64>) -> Self {
        Self { name, content: Content::Ints(values) }
    }

    pub(crate) fn texts<S: AsRef<str>>(name: &'static str, values: impl IntoIterator<Item = S>) -> Self {
        let bytes = values.into_iter().map(|text| text.as_ref().as_bytes().to_vec()).collect();
        Self { name, content: Content::Texts(bytes) }
    }

    /// The message; readers of proto2 files go by `kind`, not by which field is set.
    pub(crate) fn into_attribute(self) -> Attribute {
        let mut out = Attribute { name: Some(self.name.to_owned()), ..Attribute::default() };
        let kind = match self.content {
            Content::Int(value) => {
                out.i = Some(value);
                AttributeKind::Int
            }
            Content::Text(value) => {
                out.s = Some(value.into_bytes());
                AttributeKind::String
            }
            Content::Tensor(value) => {
                out.t = Some(value);
                AttributeKind::Tensor
            }
            Content::Ints(values) => {
                out.ints = values;
                AttributeKind::Ints
            }
            Content::Texts(values) => {
                out.strings = values;
                AttributeKind::Strings
            }
        };
        out.kind = Some(kind as i32);
        out
    }
}
