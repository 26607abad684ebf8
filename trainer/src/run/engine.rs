//! Where a candidate computes. Torch is loaded only for a torch learner: the others neither link nor load it.

use podium_contract::{Candidate, Exit, Gpu};
use podium_learners::{
    Algorithm, Context, Device, FitError, FitReport, MlpModel, MlpRequest, TorchBackend, TorchPlugin,
    TrainingSet,
};
use tracing::warn;

use crate::failure::Failure;

/// Torch, when the learner needs it, and the device.
pub struct Engine {
    torch: Option<Torch>,
    /// Where torch computes.
    pub device: Device,
}

/// The plugin, and whether the CPU may stand in for a device that is not there.
struct Torch {
    plugin: TorchPlugin,
    fallback_cpu: bool,
}

impl Engine {
    /// A GPU that was asked for is used, or the failure is clear; the CPU is taken instead only where that was allowed.
    ///
    /// # Errors
    /// A GPU for a learner that has no use for one; torch that can't be loaded.
    pub fn of(candidate: &Candidate) -> Result<Self, Failure> {
        let gpu = candidate.gpu.filter(|gpu| gpu.count > 0);
        if candidate.algorithm.parse() == Ok(Algorithm::TorchMlp) {
            return Ok(Self {
                torch: Some(Torch::load(gpu)?),
                device: gpu.map_or(Device::Cpu, |_| Device::Cuda(0)),
            });
        }
        let cpu = Self { torch: None, device: Device::Cpu };
        let Some(gpu) = gpu else { return Ok(cpu) };
        let message = format!(
            "candidate {:?} asks for {} GPU, {} computes on the CPU only; leave gpu out or set fallback: Cpu",
            candidate.name, gpu.count, candidate.algorithm
        );
        if !gpu.fallback_cpu {
            return Err(Failure::Permanent { exit: Exit::DeviceMissing, reason: "DeviceMissing", message });
        }
        warn!("{message}");
        Ok(cpu)
    }

    /// Torch for a fit.
    pub fn torch(&self) -> Option<&dyn TorchBackend> {
        self.torch.as_ref().map(|torch| torch as &dyn TorchBackend)
    }
}

impl Torch {
    fn load(gpu: Option<Gpu>) -> Result<Self, Failure> {
        let missing =
            |error: &dyn std::fmt::Display| Failure::specification("TorchMissing", error.to_string());
        let program = std::env::current_exe().map_err(|error| missing(&error))?;
        let plugin = TorchPlugin::load(TorchPlugin::places(&program)).map_err(|error| missing(&error))?;
        Ok(Self { plugin, fallback_cpu: gpu.is_some_and(|gpu| gpu.fallback_cpu) })
    }
}

impl TorchBackend for Torch {
    fn fit(
        &self,
        request: &MlpRequest<'_>,
        set: &TrainingSet<'_>,
        context: &Context<'_>,
    ) -> Result<(MlpModel, FitReport), FitError> {
        match self.plugin.fit(request, set, context) {
            Err(error @ FitError::DeviceMissing { .. }) if self.fallback_cpu => {
                warn!(%error, "no device, the CPU is used instead");
                self.plugin.fit(&MlpRequest { device: Device::Cpu, ..request.clone() }, set, context)
            }
            done => done,
        }
    }
}
