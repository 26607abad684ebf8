//! `model.podium`: magic, version, then compressed: length of the body, the body as MessagePack, the list of trained rows.
//! Reading checks everything, so that a damaged file is an error and never a wrong prediction.

use std::io::Read;

use bytes::Bytes;
use podium_artifacts::Files;
use podium_contract::NATIVE_MODEL;
use podium_onnx::mlmodel::ONNX_FILE;
use podium_tabular::split::{TrainedRows, TrainedRowsError};

use super::wire::{ForeignBody, OwnBody};
use super::{Foreign, Predictor, TrainedModel};

const MAGIC: &[u8; 12] = b"PODIUM-MODEL";
/// Version of the layout with a learner of ours in it.
const OWN: u16 = 1;
/// Version of the layout without one, beside which the ONNX file is the model. Files of other versions are refused.
const FOREIGN: u16 = 2;
/// Level of zstd: higher ones cost seconds on a forest and save little.
const LEVEL: i32 = 3;

/// Why bytes are no model.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Not such a file.
    #[error("not a model.podium file: its first bytes are not PODIUM-MODEL")]
    Magic,
    /// Of another version.
    #[error("model.podium has version {found}, this trainer reads versions {OWN} and {FOREIGN}")]
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
    /// A file of the model's folder is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// The ONNX file that is the model can't be used.
    #[error("{ONNX_FILE} can't be used: {0}")]
    Foreign(#[from] super::ForeignError),
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
    let (version, body) = match &model.predictor {
        Predictor::Own(own) => (OWN, rmp_serde::to_vec(&OwnBody::of(&model.body, own))),
        Predictor::Foreign(_) => (FOREIGN, rmp_serde::to_vec(&ForeignBody::of(&model.body))),
    };
    let body = body.map_err(|error| failed(&error))?;
    let mut content = (body.len() as u64).to_le_bytes().to_vec();
    content.extend_from_slice(&body);
    content.extend_from_slice(&model.trained_rows.to_bytes());
    let packed = zstd::bulk::compress(&content, LEVEL).map_err(|error| failed(&error))?;
    let mut file = MAGIC.to_vec();
    file.extend_from_slice(&version.to_le_bytes());
    file.extend_from_slice(&packed);
    Ok(file.into())
}

/// How models are read.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// Bytes that a file may unpack to.
    pub limit: u64,
    /// Threads of a model that others made.
    pub threads: u32,
}

/// The model in this folder.
///
/// # Errors
/// See [`FileError`].
pub fn read(files: &Files, reading: Reading) -> Result<TrainedModel, FileError> {
    let file = files.get(NATIVE_MODEL).ok_or(FileError::Missing(NATIVE_MODEL))?;
    let rest = file.strip_prefix(MAGIC).ok_or(FileError::Magic)?;
    let (version, packed) =
        rest.split_first_chunk::<2>().ok_or_else(|| FileError::Damaged("cut short".to_owned()))?;
    let found = u16::from_le_bytes(*version);
    if !matches!(found, OWN | FOREIGN) {
        return Err(FileError::Version { found });
    }
    let content = unpack(packed, reading.limit)?;
    let (body, rows) = parts(&content)?;
    let damaged = |error: rmp_serde::decode::Error| FileError::Damaged(error.to_string());
    let (body, predictor) = if found == OWN {
        let (body, own) = rmp_serde::from_slice::<OwnBody<'_>>(body).map_err(damaged)?.parts();
        (body, Predictor::Own(Box::new(own)))
    } else {
        let body = rmp_serde::from_slice::<ForeignBody<'_>>(body).map_err(damaged)?.body();
        let onnx = files.get(ONNX_FILE).ok_or(FileError::Missing(ONNX_FILE))?;
        let foreign = Foreign::load(onnx.clone(), &body.schema, reading.threads)?;
        (body, Predictor::Foreign(foreign))
    };
    Ok(TrainedModel { body, predictor, trained_rows: TrainedRows::from_bytes(rows)? })
}

/// The body and the list of trained rows.
fn parts(content: &[u8]) -> Result<(&[u8], &[u8]), FileError> {
    let cut = || FileError::Damaged("cut short".to_owned());
    let (length, rest) = content.split_first_chunk::<8>().ok_or_else(cut)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| cut())?;
    rest.split_at_checked(length).ok_or_else(cut)
}

fn unpack(packed: &[u8], limit: u64) -> Result<Vec<u8>, FileError> {
    let damaged = |error: std::io::Error| FileError::Damaged(error.to_string());
    let mut content = Vec::new();
    let decoder = zstd::stream::read::Decoder::new(packed).map_err(damaged)?;
    let read = decoder.take(limit.saturating_add(1)).read_to_end(&mut content).map_err(damaged)?;
    if read as u64 > limit { Err(FileError::TooLarge { limit }) } else { Ok(content) }
}
