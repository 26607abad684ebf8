//! `model.podium`: magic, version, then compressed: length of the body, the body as MessagePack, the list of trained rows.
//! Reading checks everything, so that a damaged file is an error and never a wrong prediction.

use std::io::Read;

use bytes::Bytes;
use podium_tabular::split::{TrainedRows, TrainedRowsError};

use super::{Body, TrainedModel};

const MAGIC: &[u8; 12] = b"PODIUM-MODEL";
/// Version of the layout; files of another one are refused.
const VERSION: u16 = 1;
/// Level of zstd: higher ones cost seconds on a forest and save little.
const LEVEL: i32 = 3;

/// Why bytes are no model.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Not such a file.
    #[error("not a model.podium file: its first bytes are not PODIUM-MODEL")]
    Magic,
    /// Of another version.
    #[error("model.podium has version {found}, this trainer reads version {VERSION}")]
    Version {
        /// The version found.
        found: u16,
    },
    /// Larger than may be held.
    #[error("model.podium unpacks to more than {limit} bytes")]
    TooLarge {
        /// The bound.
        limit: u64,
    },
    /// Cut or changed.
    #[error("model.podium is damaged: {0}")]
    Damaged(String),
    /// Could not be written; memory alone can cause it.
    #[error("model.podium could not be written: {0}")]
    Write(String),
}

impl From<TrainedRowsError> for FileError {
    fn from(error: TrainedRowsError) -> Self {
        Self::Damaged(error.to_string())
    }
}

/// The model as a file.
///
/// # Errors
/// [`FileError::Write`].
pub fn write(model: &TrainedModel) -> Result<Bytes, FileError> {
    let failed = |error: &dyn std::fmt::Display| FileError::Write(error.to_string());
    let body = rmp_serde::to_vec(&model.body).map_err(|error| failed(&error))?;
    let mut content = (body.len() as u64).to_le_bytes().to_vec();
    content.extend_from_slice(&body);
    content.extend_from_slice(&model.trained_rows.to_bytes());
    let packed = zstd::bulk::compress(&content, LEVEL).map_err(|error| failed(&error))?;
    let mut file = MAGIC.to_vec();
    file.extend_from_slice(&VERSION.to_le_bytes());
    file.extend_from_slice(&packed);
    Ok(file.into())
}

/// The model in a file that unpacks to at most `limit` bytes.
///
/// # Errors
/// See [`FileError`].
pub fn read(file: &[u8], limit: u64) -> Result<TrainedModel, FileError> {
    let rest = file.strip_prefix(MAGIC).ok_or(FileError::Magic)?;
    let (version, packed) =
        rest.split_first_chunk::<2>().ok_or_else(|| FileError::Damaged("cut short".to_owned()))?;
    let found = u16::from_le_bytes(*version);
    if found != VERSION {
        return Err(FileError::Version { found });
    }
    let content = unpack(packed, limit)?;
    let cut = || FileError::Damaged("cut short".to_owned());
    let (length, rest) = content.split_first_chunk::<8>().ok_or_else(cut)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| cut())?;
    let (body, rows) = rest.split_at_checked(length).ok_or_else(cut)?;
    let body: Body = rmp_serde::from_slice(body).map_err(|error| FileError::Damaged(error.to_string()))?;
    Ok(TrainedModel { body, trained_rows: TrainedRows::from_bytes(rows)? })
}

fn unpack(packed: &[u8], limit: u64) -> Result<Vec<u8>, FileError> {
    let damaged = |error: std::io::Error| FileError::Damaged(error.to_string());
    let mut content = Vec::new();
    let decoder = zstd::stream::read::Decoder::new(packed).map_err(damaged)?;
    let read = decoder.take(limit.saturating_add(1)).read_to_end(&mut content).map_err(damaged)?;
    if read as u64 > limit { Err(FileError::TooLarge { limit }) } else { Ok(content) }
}
