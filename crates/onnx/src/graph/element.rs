//! Element types of tensors, as types.

use crate::message::DataType;

/// An element type.
pub(crate) trait Element: Clone {
    /// Its number in the file.
    const TYPE: DataType;
}

/// An element type with numbers for elements.
pub(crate) trait Number: Element {
    /// The element in Rust.
    type Native: Copy;
    /// The element in the file: little-endian.
    fn write(value: Self::Native, bytes: &mut Vec<u8>);
}

macro_rules! elements {
    ($($name:ident, $type:ident, $doc:literal;)*) => {$(
        #[doc = $doc]
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $name;
        impl Element for $name {
            const TYPE: DataType = DataType::$type;
        }
    )*};
}

macro_rules! numbers {
    ($($name:ident, $native:ty;)*) => {$(
        impl Number for $name {
            type Native = $native;
            fn write(value: $native, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&value.to_le_bytes());
            }
        }
    )*};
}

elements! {
    F32, Float, "32-bit floating point.";
    F64, Double, "64-bit floating point.";
    I64, Int64, "64-bit integer.";
    Text, String, "UTF-8 text.";
    Bool, Bool, "Truth value.";
}

numbers! {
    F32, f32;
    F64, f64;
    I64, i64;
}
