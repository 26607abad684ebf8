//! Labels, annotations and field managers: the names that others may rely on.

/// Server-side apply owner and Event reporter.
pub const MANAGER: &str = "podium.dev/operator";
/// Uid of the pipeline that a Job or pod belongs to.
pub const OWNER_UID: &str = "podium.dev/owner-uid";
/// Name of the owner when it fits a label value, else absent.
pub const OWNER: &str = "podium.dev/owner";
/// Digest of the evidence that a pipeline's ModelVersion is to be judged on; an annotation, which wakes its controller
/// when a repeated evaluation has written other evidence into the same run.
pub const EVIDENCE: &str = "podium.dev/evidence-digest";
/// Name of the owner in full; an annotation, since names may be longer than a label value.
pub const OWNER_NAME: &str = "podium.dev/owner-name";
/// Key of the run.
pub const RUN: &str = "podium.dev/run";
/// Stage of a Job.
pub const STAGE: &str = "podium.dev/stage";
/// Name of the candidate.
pub const CANDIDATE: &str = "podium.dev/candidate";
/// Number of a sweep's worker.
pub const WORKER: &str = "podium.dev/worker";
/// Number of a sweep's trial that has a Job of its own.
pub const TRIAL: &str = "podium.dev/trial";
/// Annotation of a trial's pod with its parameters as JSON.
pub const PARAMETERS: &str = "podium.dev/parameters";
/// Number of the attempt.
pub const ATTEMPT: &str = "podium.dev/attempt";
/// What made an object.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// Value of [`MANAGED_BY`].
pub const MANAGED_BY_VALUE: &str = "podium";
/// Annotation by which people act: `run:<nonce>` on pipelines; `approve`, `reject`, `rollback`, `release-hold` on versions.
pub const ACTION: &str = "podium.dev/action";
/// Digest of the Job document, to tell our own Job from one that only has its name.
pub const DOCUMENT_DIGEST: &str = "podium.dev/document-digest";
/// Finalizer of a ModelVersion with `deletionPolicy: Delete`.
pub const FINALIZER: &str = "podium.dev/model-version";
/// Label that hands a Job to Kueue.
pub const KUEUE_QUEUE: &str = "kueue.x-k8s.io/queue-name";
/// Label of the ConfigMap that holds a model's record.
pub const MODEL_RECORD: &str = "podium.dev/model-record";
/// Annotation of the record with the model's name.
pub const MODEL: &str = "podium.dev/model";
