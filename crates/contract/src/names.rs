//! Tags, artifact names and paths that both sides, and users of MLflow, rely on.

/// Where the pod finds its [`crate::JobDocument`].
pub const DOCUMENT_PATH: &str = "/etc/podium/job.json";
/// Annotation of the pod template that holds the document.
pub const DOCUMENT_ANNOTATION: &str = "podium.dev/job";
/// Directory below which `pvc://` claims and `configmap://` objects are mounted, one folder each.
pub const DATA_MOUNT: &str = "/var/run/podium/data";

/// Folder with what a container that is a candidate gets; it can't write there.
pub const HANDED_INPUT: &str = "/podium/input";
/// Rows of the training part: CSV with a header, without copies; the row of a line is its number below the header, from 0.
pub const HANDED_DATA: &str = "data.csv";
/// CSV: `row`, then a column `fold_1`, `fold_2`, ... a fold, each cell `train`, `validation` or empty.
pub const HANDED_FOLDS: &str = "folds.csv";
/// JSON: [`crate::HandedTask`].
pub const HANDED_TASK: &str = "task.json";
/// Folder where such a container leaves what it made.
pub const HANDED_OUTPUT: &str = "/podium/output";
/// CSV: `row`, then a column for each class with its probability, or `prediction`; every validation row of every fold once.
pub const OUT_OF_FOLD: &str = "out_of_fold.csv";
/// The model, fitted on all rows of the training part.
pub const HANDED_MODEL: &str = "model.onnx";
/// What stands for the learner where a container trained the candidate.
pub const CONTAINER_ALGORITHM: &str = "Container";

/// Tag with the [`crate::StageResult`] of the run's attempt that counts.
pub const RESULT_TAG: &str = "podium.dev/result";
/// Tag of the validate stage's result; it stands in the parent run, which has no other result.
pub const VALIDATE_RESULT_TAG: &str = "podium.dev/result.validate";
/// Tag with the installation that a run, version or model belongs to.
pub const INSTALLATION_TAG: &str = "podium.dev/installation";
/// Tag with the namespace of the owner.
pub const NAMESPACE_TAG: &str = "podium.dev/namespace";
/// Tag with the name of the owner.
pub const OWNER_TAG: &str = "podium.dev/owner";
/// Tag with the uid of the owner.
pub const OWNER_UID_TAG: &str = "podium.dev/owner-uid";
/// Tag with the key under which exactly one run or version may exist.
pub const KEY_TAG: &str = "podium.dev/key";
/// Tag with the key of the pipeline's run that a run in MLflow belongs to.
pub const RUN_TAG: &str = "podium.dev/run";
/// Tag with what the run is for: `pipeline`, `candidate`, `evaluation`, `sweep`, `trial` or `summary`.
pub const ROLE_TAG: &str = "podium.dev/role";
/// Tag with the candidate's name.
pub const CANDIDATE_TAG: &str = "podium.dev/candidate";
/// Tag with the attempt that wrote last.
pub const ATTEMPT_TAG: &str = "podium.dev/attempt";
/// Tag of a trial's run with the [`crate::TrialRecord`]: its number, parameters and who has it.
pub const TRIAL_TAG: &str = "podium.dev/trial";
/// Tag of a trial's run with what the search knew when it suggested it, where it learns from values: [`crate::Suggested`].
pub const TRIAL_SUGGESTED_TAG: &str = "podium.dev/trial-suggested";
/// Tag of a trial's run with the [`crate::TrialResult`], written when it ends.
pub const TRIAL_RESULT_TAG: &str = "podium.dev/trial-result";
/// Tag of a sweep's run: what it makes better, as `Maximize f1_score`.
pub const OBJECTIVE_TAG: &str = "podium.dev/objective";
/// Prefix of the tags of a trial's run with what it reported step by step, in parts of [`REPORTS_IN_A_TAG`].
pub const TRIAL_REPORTS_TAG: &str = "podium.dev/trial-reports-";
/// Reports in one tag, so that none is longer than the 8,000 characters that MLflow takes: a step and a value have 47 at most.
pub const REPORTS_IN_A_TAG: usize = 150;
/// Tag of a model version with the digest of its model files.
pub const MODEL_DIGEST_TAG: &str = "podium.dev/model-digest";

/// Folder of the model files in a run's artifacts.
pub const MODEL_FOLDER: &str = "model";
/// Our own model file, beside the ONNX one, in [`MODEL_FOLDER`].
pub const NATIVE_MODEL: &str = "model.podium";
/// The evidence that gates read, in the evaluation run's artifacts.
pub const EVIDENCE_ARTIFACT: &str = "evidence.json";

/// Prefix of metrics that come from cross-validation on the training part.
pub const CV_PREFIX: &str = "cv_";
/// Suffix of the standard deviation over folds.
pub const STD_SUFFIX: &str = "_std";
