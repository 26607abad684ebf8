//! The operator and its command line.

use kube::CustomResourceExt;
use podium::api;

fn main() -> Result<(), serde_yaml_ng::Error> {
    for crd in [api::TrainingPipeline::crd(), api::ModelVersion::crd()] {
        serde_yaml_ng::to_writer(std::io::stdout(), &crd)?;
    }
    Ok(())
}
