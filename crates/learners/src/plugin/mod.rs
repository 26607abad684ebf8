//! Loads the torch plugin and speaks to it. Only this module opens a file, and only when it is asked to.
//!
//! The plugin is loaded when the first torch learner runs, so the other learners need no libtorch at all.
#![allow(unsafe_code, reason = "a plugin is called through a C interface")]

#[allow(dead_code, reason = "the plugin's half of the file")]
mod abi;
mod host;

use std::path::{Path, PathBuf};

use libloading::Library;
use thiserror::Error;

use crate::{
    Activation, Context, Device, FitError, FitReport, MlpModel, MlpRequest, Target, TorchBackend, TrainingSet,
};

/// File name of the plugin.
pub const PLUGIN_FILE: &str = "libpodium_torch.so";

/// The loaded plugin.
pub struct TorchPlugin {
    // Never closed: libtorch's threads and destructors don't survive that.
    library: std::mem::ManuallyDrop<Library>,
}

/// Why there is no plugin.
#[derive(Debug, Error)]
pub enum PluginError {
    /// No file at any of the places.
    #[error("the torch plugin is at none of: {}; build it with scripts/torch, or use an image that has it", places(.0))]
    Missing(Vec<PathBuf>),
    /// The file is there and does not load: a library it needs is missing, most likely libtorch.
    #[error("the torch plugin {path} can't be loaded: {source}")]
    Load {
        /// The file.
        path: PathBuf,
        /// What the dynamic linker said.
        source: libloading::Error,
    },
    /// Another version of the interface.
    #[error(
        "the torch plugin {path} speaks version {found}, this program {}; build both from one source",
        abi::VERSION
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
}

fn places(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

impl TorchPlugin {
    /// Where the plugin of a program may lie: beside it, as cargo builds it, or in `../lib/podium`, as it is installed.
    #[must_use]
    pub fn places(program: &Path) -> Vec<PathBuf> {
        let folder = program.parent().unwrap_or(Path::new("."));
        vec![folder.join(PLUGIN_FILE), folder.join("../lib/podium").join(PLUGIN_FILE)]
    }

    /// Loads the first plugin that is there.
    ///
    /// libgomp reads `OMP_WAIT_POLICY` when it is loaded, that is now: set `PASSIVE` before, or threads that wait for
    /// each other on busy cores take many times as long.
    ///
    /// # Errors
    /// A [`PluginError`] that names the file.
    pub fn load(places: Vec<PathBuf>) -> Result<Self, PluginError> {
        let Some(path) = places.iter().find(|path| path.exists()).cloned() else {
            return Err(PluginError::Missing(places));
        };
        let failed = |source| PluginError::Load { path: path.clone(), source };
        // SAFETY: the file is our own plugin by its place and name; its constructors are libtorch's.
        let library = unsafe { Library::new(&path) }.map_err(failed)?;
        // SAFETY: this symbol has this type in every version.
        let found = unsafe {
            let version = library.get::<abi::VersionFn>(abi::VERSION_SYMBOL).map_err(failed)?;
            version()
        };
        if found != abi::VERSION {
            return Err(PluginError::Version { path, found });
        }
        Ok(Self { library: std::mem::ManuallyDrop::new(library) })
    }
}

impl TorchBackend for TorchPlugin {
    fn fit(
        &self,
        request: &MlpRequest<'_>,
        set: &TrainingSet<'_>,
        context: &Context<'_>,
    ) -> Result<(MlpModel, FitReport), FitError> {
        // SAFETY: the version was checked, so the symbol has this type.
        let function = unsafe { self.library.get::<abi::FitFn>(abi::FIT_SYMBOL) };
        let function = function.map_err(|error| FitError::Torch(error.to_string().into()))?;
        let target: Vec<f64> = match set.target() {
            Target::Classes { labels, .. } => labels.iter().map(|&label| f64::from(label)).collect(),
            Target::Values(values) => values.clone(),
        };
        let message = serde_json::to_vec(&message(request, set, context))
            .map_err(|error| FitError::Torch(error.to_string().into()))?;
        let validation = context.validation.map_or(&[][..], |validation| validation.features.values());
        let host = host::Host::new(context, request);
        let call = abi::Call {
            features: set.features().values().as_ptr(),
            target: target.as_ptr(),
            weights: request.weights.as_ptr(),
            rows: set.rows(),
            columns: set.features().columns(),
            validation: validation.as_ptr(),
            validation_rows: validation.len() / set.features().columns(),
            request: message.as_ptr(),
            request_length: message.len(),
            host: host.as_pointer(),
            interrupt: host::interrupt,
            progress: host::progress,
            validated: host::validated,
            finish: host::finish,
        };
        // SAFETY: all pointers outlive the call and have the lengths stated; the plugin keeps none of them.
        unsafe { function(&raw const call) };
        host.outcome()
    }
}

fn message(request: &MlpRequest<'_>, set: &TrainingSet<'_>, context: &Context<'_>) -> abi::Request {
    let parameters = request.parameters;
    abi::Request {
        hidden: parameters.layers(),
        classes: match set.target() {
            Target::Classes { classes, .. } => Some(*classes),
            Target::Values(_) => None,
        },
        tanh: parameters.activation == Activation::Tanh,
        dropout: parameters.dropout,
        learning_rate: parameters.learning_rate,
        weight_decay: parameters.weight_decay,
        batch_size: parameters.batch_size,
        epochs: parameters.epochs,
        patience: parameters.patience,
        validation_fraction: parameters.validation_fraction,
        seed: context.seed,
        threads: context.threads(),
        cuda: match request.device {
            Device::Cpu => None,
            Device::Cuda(index) => Some(index),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_that_is_nowhere_is_reported_with_the_places() {
        let places = TorchPlugin::places(Path::new("/nowhere/bin/podium-trainer"));
        let error = TorchPlugin::load(places).err().unwrap().to_string();
        assert_eq!(
            error,
            "the torch plugin is at none of: /nowhere/bin/libpodium_torch.so, \
             /nowhere/bin/../lib/podium/libpodium_torch.so; build it with scripts/torch, or use an image that has it"
        );
    }

    #[test]
    fn a_file_that_is_no_plugin_is_reported_and_not_called() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let error = TorchPlugin::load(vec![manifest]).err().unwrap();
        assert!(matches!(error, PluginError::Load { .. }), "{error}");
        let program = std::env::current_exe().unwrap();
        let error = TorchPlugin::load(vec![program]).err().unwrap();
        assert!(matches!(error, PluginError::Load { .. }), "{error}");
    }
}
