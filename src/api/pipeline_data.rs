//! The part of a TrainingPipeline that says what is learned from which rows. All of it belongs to a run's identity.

use podium_contract::{
    Average, Calibration, ColumnType, Encoding, Format, Imbalance, Missing, Scaling, Strategy, TaskChoice,
    Threshold,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Decimal;

/// Where the rows are and what their columns mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataSource {
    /// Where the rows are: s3://bucket/key, https://host/path, http://host/path, pvc://claim/path or configmap://name/key.
    #[schemars(
        length(min = 8, max = 2048),
        regex(
            pattern = r"^(s3://[^/]+/.+|https?://[^/]+/.*|pvc://[a-z0-9]([-a-z0-9.]*[a-z0-9])?/.+|configmap://[a-z0-9]([-a-z0-9.]*[a-z0-9])?/[-._a-zA-Z0-9]+)$"
        )
    )]
    pub uri: String,
    /// Format of the file. Default: by the extension of uri (.csv, .parquet).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// Secret of this namespace whose keys become environment variables of the pods that read the data, for example
    /// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL, AWS_REGION. For https:// and http://: username and
    /// password, or token; allowHttp: "true" lets them be sent over plain http.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub credentials_secret: Option<String>,
    /// Column to predict.
    #[schemars(length(min = 1, max = 256))]
    pub target: String,
    /// Two classes: the one that precision, recall and f1_score are about. Default: the larger in sorted order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub positive_label: Option<String>,
    /// What is learned. Default: Auto, read from the target column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskChoice>,
    /// Which columns are features and how they are read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub features: Option<Features>,
    /// Column with sample weights (numbers, not negative).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub weight_column: Option<String>,
    /// Column that orders the rows in time; needed by the strategy TimeOrdered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub time_column: Option<String>,
    /// Column whose equal values stay on one side of every split; needed by the strategy Group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub group_column: Option<String>,
}

/// Which columns are features and how they are read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Features {
    /// Columns that are no features. Identifiers and constants are left out by themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000), inner(length(min = 1, max = 256)))]
    pub exclude: Option<Vec<String>>,
    /// Columns that are categories even when all their cells are numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1000), inner(length(min = 1, max = 256)))]
    pub categorical: Option<Vec<String>>,
}

/// What the data must satisfy before anything is trained. A violation fails the run at once.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Checks {
    /// Fewest rows, copies not counted. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub min_rows: Option<i64>,
    /// Largest share of rows that are copies of another row, "0" to "1". Copies are dropped before the split in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_duplicates: Option<Decimal>,
    /// Rules for single columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 500), extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    pub columns: Option<Vec<ColumnCheck>>,
}

/// Rules for one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ColumnCheck {
    /// The column.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
    /// Type that every cell that is not missing must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<ColumnType>,
    /// Whether the column must be there. Default: true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required: Option<bool>,
    /// Smallest value, inclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<Decimal>,
    /// Largest value, inclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Decimal>,
    /// Largest share of missing cells, "0" to "1".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_missing: Option<Decimal>,
}

/// How features are made ready. It is fitted inside each training fold and is part of the model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Preparation {
    /// What replaces a missing number; a column that says whether it was missing is added. Default: Median.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<Missing>,
    /// Scaling of numbers. Default: Standard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scaling: Option<Scaling>,
    /// Encoding of categories. Default: OneHot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// What is done about unequal class frequencies. Default: None.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imbalance: Option<Imbalance>,
}

/// Which rows are held out, and the folds of the others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    {"rule": "!has(self.holdout) || (double(self.holdout) >= 0.01 && double(self.holdout) <= 0.9)",
     "message": "split.holdout must be from \"0.01\" to \"0.9\""},
    {"rule": "!has(self.gap) || self.gap == 0 || (has(self.strategy) && self.strategy == 'TimeOrdered')",
     "message": "split.gap is only for the strategy TimeOrdered"},
]))]
pub struct Split {
    /// Share of the rows that are held out, "0.01" to "0.9". Default: "0.2".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holdout: Option<Decimal>,
    /// How rows are dealt. Default: Auto, which is Stratified for classes and Shuffled for regression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Strategy>,
    /// Folds of cross-validation. Default: 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 20))]
    pub folds: Option<i32>,
    /// TimeOrdered: rows left out between the training rows and the rows after them. Default: 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub gap: Option<i64>,
    /// Key of the hash that deals the rows: the same seed holds out the same rows, also when data grow. Default: 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 4_294_967_295u32))]
    pub seed: Option<i64>,
}

/// How models are compared and what is tuned on out-of-fold predictions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Evaluation {
    /// Metric that ranks candidates, by cross-validation. Default: roc_auc for two classes, log_loss for more, rmse for
    /// regression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<RankingMetric>,
    /// Average of precision, recall and f1_score. Default: Binary (of the positive label) for two classes, else Macro.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average: Option<Average>,
    /// Calibration of learners' probabilities on out-of-fold predictions; a container's model is taken as it is. Isotonic needs
    /// 1,000 training rows. Default: None.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// Decision threshold of learners for two classes. Half is 0.5; Auto is the best one for the metric on out-of-fold
    /// predictions. Default: Half, which a container's model always has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Threshold>,
}

/// A metric that can rank candidates; the names are those under which it is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are scikit-learn's")]
pub enum RankingMetric {
    Accuracy,
    BalancedAccuracy,
    Precision,
    Recall,
    F1Score,
    RocAuc,
    AveragePrecision,
    Mcc,
    LogLoss,
    Brier,
    Mse,
    Rmse,
    Mae,
    Medae,
    R2Score,
    Mape,
}
