//! What a worker of a sweep is told: what every trial has in common, and where trials are to be had.

use serde::{Deserialize, Serialize};

use crate::{Candidate, Pinned};

/// A worker of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Search {
    /// The learner with the parameters that all trials share; those of a trial are added to them.
    pub candidate: Candidate,
    /// The objective's metric, as `<metric>` or `cv_<metric>`: its mean over the folds counts.
    pub metric: String,
    /// Whether trials are stopped by what they report. Then a step must mean the same in all of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub early_stopping: bool,
    /// The data that all workers must find; absent: the first worker that has read them decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<Pinned>,
    /// Where trials are to be had.
    pub service: Service,
}

/// The trial service of the operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Service {
    /// Its address, for example `https://podium-trials.podium.svc:8443`. The name may stand for several replicas, of which one
    /// leads and the others answer 503.
    pub uri: String,
    /// The certificate authority (PEM) that its certificate comes from, and no other is trusted; absent for `http://`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_authority: Option<String>,
    /// How long a worker goes on without an answer, in seconds. Then it ends, so that no GPU stays bound.
    pub timeout_seconds: u64,
}
