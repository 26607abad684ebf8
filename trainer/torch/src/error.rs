//! Why a fit ended without a model.

use std::fmt;

use tch::TchError;

use crate::abi::Status;

#[derive(Debug)]
pub(crate) enum Error {
    Interrupted,
    /// The loss is NaN or infinite.
    NotFinite,
    /// The device asked for is not there; the text says why.
    DeviceMissing(String),
    Torch(String),
}

impl Error {
    pub(crate) fn status(&self) -> Status {
        match self {
            Self::Interrupted => Status::INTERRUPTED,
            Self::NotFinite => Status::NOT_FINITE,
            Self::DeviceMissing(_) => Status::DEVICE_MISSING,
            Self::Torch(_) => Status::FAILED,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted => f.write_str("interrupted"),
            Self::NotFinite => f.write_str("the loss is not finite"),
            Self::DeviceMissing(text) | Self::Torch(text) => f.write_str(text),
        }
    }
}

impl From<TchError> for Error {
    fn from(error: TchError) -> Self {
        // Torch appends a C++ backtrace; the first line says what happened.
        let text = error.to_string();
        Self::Torch(text.lines().next().unwrap_or("unknown").to_owned())
    }
}
