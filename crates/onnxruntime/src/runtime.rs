//! ONNX Runtime, loaded once in a process.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;

use crate::LoadError;

/// Name of the library.
const LIBRARY: &str = "libonnxruntime.so";
/// Variable with the library's path, which goes before all other places.
const PLACE: &str = "PODIUM_ONNXRUNTIME";

/// The library, loaded.
#[derive(Debug, Clone)]
pub struct Runtime(pub(crate) Environment);

/// A process can have one environment, whose threads and logger all sessions share.
static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

impl Runtime {
    /// Where the library is looked for, the first one that exists counts: the path in `PODIUM_ONNXRUNTIME` alone when there is
    /// one; else `../lib/podium/` seen from the program, as an image has it.
    #[must_use]
    pub fn places(program: &Path) -> Vec<PathBuf> {
        if let Some(path) = std::env::var_os(PLACE) {
            return vec![path.into()];
        }
        let folder = program.parent().and_then(Path::parent);
        folder.map(|folder| folder.join("lib/podium").join(LIBRARY)).into_iter().collect()
    }

    /// The library from the first of these places that exists; the one that is loaded already, if one is.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub fn load(places: &[PathBuf]) -> Result<Self, LoadError> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = loaded.as_ref() {
            return Ok(runtime.clone());
        }
        let Some(path) = places.iter().find(|path| path.exists()) else {
            let all: Vec<String> = places.iter().map(|path| path.display().to_string()).collect();
            return Err(LoadError::Missing(all.join(", ")));
        };
        let broken = |error: &dyn std::fmt::Display| LoadError::Broken {
            path: path.display().to_string(),
            message: error.to_string(),
        };
        let environment = ort::init_from(path)
            .map_err(|error| broken(&error))?
            // It would send usage to its makers, where it was built so.
            .with_telemetry(false)
            .build()
            .map_err(|error| broken(&error))?;
        Ok(loaded.insert(Self(environment)).clone())
    }
}
