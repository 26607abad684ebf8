//! What is to be followed, as it is named on the command line.

use crate::cli::Until;

/// What the user asked to follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// A pipeline, by name.
    Pipeline(String),
    /// A version, by name.
    Version(String),
    /// A sweep, by name.
    Sweep(String),
}

impl Target {
    /// Reads KIND/NAME, or KIND and NAME.
    pub fn parse(words: &[String]) -> Option<Self> {
        let (kind, name) = match words {
            [one] => one.split_once('/')?,
            [kind, name] => (kind.as_str(), name.as_str()),
            _ => return None,
        };
        let is_one_of = |names: [&str; 3]| names.iter().any(|name| kind.eq_ignore_ascii_case(name));
        let of: fn(String) -> Self = match name {
            "" => return None,
            _ if is_one_of(["trainingpipeline", "trainingpipelines", "tp"]) => Self::Pipeline,
            _ if is_one_of(["modelversion", "modelversions", "mv"]) => Self::Version,
            _ if is_one_of(["hyperparametersweep", "hyperparametersweeps", "hps"]) => Self::Sweep,
            _ => return None,
        };
        Some(of(name.to_owned()))
    }

    /// Kind of the object.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Pipeline(_) => "TrainingPipeline",
            Self::Version(_) => "ModelVersion",
            Self::Sweep(_) => "HyperparameterSweep",
        }
    }

    /// Name of the object.
    pub fn name(&self) -> &str {
        match self {
            Self::Pipeline(name) | Self::Version(name) | Self::Sweep(name) => name,
        }
    }

    /// Whether it can come to that at all: a sweep makes no version.
    pub fn can_reach(&self, until: Until) -> bool {
        match (self, until) {
            (Self::Pipeline(_) | Self::Version(_), _) | (Self::Sweep(_), Until::Finished) => true,
            (Self::Sweep(_), Until::Promoted | Until::Refused) => false,
        }
    }
}
