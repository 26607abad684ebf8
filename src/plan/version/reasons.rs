//! Reasons that only model versions have.

/// It holds the alias.
pub const PROMOTED: &str = "Promoted";
/// A move of the alias is open.
pub const PROMOTING: &str = "Promoting";
/// Another object's move of an alias of this model is open.
pub const ANOTHER_PROMOTION: &str = "AnotherPromotionOpen";
/// A newer version took the alias.
pub const REPLACED: &str = "Replaced";
/// It was taken back.
pub const ROLLED_BACK: &str = "RolledBack";
/// A person refused it.
pub const REJECTED: &str = "RejectedByPerson";
/// The model's hold refuses it.
pub const HELD: &str = "Held";
/// All gates pass and a person decides.
pub const AWAITING_APPROVAL: &str = "AwaitingApproval";
/// Auto is asked for, and the operator's configuration does not allow it.
pub const AUTO_NOT_ALLOWED: &str = "AutoNotAllowed";
/// The version is older than the one that holds the alias.
pub const OLDER_THAN_HOLDER: &str = "OlderThanHolder";
/// The alias was moved outside of Podium.
pub const ALIAS_DRIFT: &str = "AliasDrift";
/// All gates pass, and promotion is not asked for.
pub const EVALUATED: &str = "Evaluated";
/// All gates pass: the reason of a promotion.
pub const ALL_GATES_PASSED: &str = "AllGatesPassed";
/// A person approved: the reason of a promotion.
pub const APPROVED: &str = "Approved";
/// A person asked for it: the reason of a rollback or release.
pub const REQUESTED: &str = "Requested";
/// Another namespace owns the model.
pub const MODEL_CLAIMED: &str = "ModelClaimed";
/// Another installation owns the model.
pub const CLAIMED_ELSEWHERE: &str = "ClaimedByOtherInstallation";
/// The model's record can't be used.
pub const RECORD_UNREADABLE: &str = "RecordUnreadable";
/// More aliases of one model than a record holds.
pub const TOO_MANY_ALIASES: &str = "TooManyAliases";
/// The source is not there yet.
pub const SOURCE_PENDING: &str = "SourcePending";
/// The source is not there.
pub const SOURCE_MISSING: &str = "SourceMissing";
/// The source ended without a model.
pub const SOURCE_FAILED: &str = "SourceFailed";
/// The version is no longer in MLflow.
pub const VERSION_MISSING: &str = "VersionMissing";
/// The model is being registered.
pub const REGISTERING: &str = "Registering";
/// There is no version to go back to.
pub const NO_STABLE_VERSION: &str = "NoStableVersion";
/// What a person asked for can't be done.
pub const ACTION_REFUSED: &str = "ActionRefused";
/// The model's hold ended.
pub const HOLD_RELEASED: &str = "HoldReleased";
/// The version stays in MLflow although its object goes.
pub const VERSION_KEPT: &str = "VersionKept";
/// An open move was given up before the alias moved.
pub const ABORTED: &str = "PromotionAborted";
