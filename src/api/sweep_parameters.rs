//! What a `HyperparameterSweep` searches: parameters, their values, and when they are there.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};

use super::Decimal;

/// One parameter: its name, its values, and when it is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [
    {"rule": "[has(self.double), has(self.int), has(self.categorical)].exists_one(x, x)",
     "message": "a parameter needs exactly one of double, int, categorical"},
]))]
pub struct Parameter {
    /// Name, unique in the sweep.
    #[schemars(length(min = 1, max = 63), regex(pattern = "^[A-Za-z_][-A-Za-z0-9_.]*$"))]
    pub name: String,
    /// Real numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub double: Option<DoubleRange>,
    /// Whole numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub int: Option<IntRange>,
    /// One of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub categorical: Option<Categories>,
    /// When the parameter is there. Default: always.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
}

/// Real numbers from min to max.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DoubleRange {
    /// The lowest value.
    pub min: Decimal,
    /// The highest value, above the lowest.
    pub max: Decimal,
    /// How distances count. Log needs min above 0. Default: Linear.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// Only min, min + step and so on, up to max; not with Log. Default: every value between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<Decimal>,
}

/// Whole numbers from min to max, both included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IntRange {
    /// The lowest value.
    #[schemars(range(min = -2_251_799_813_685_248_i64, max = 2_251_799_813_685_248_i64))]
    pub min: i64,
    /// The highest value, above the lowest.
    #[schemars(range(min = -2_251_799_813_685_248_i64, max = 2_251_799_813_685_248_i64))]
    pub max: i64,
    /// How distances count. Log needs min of at least 1. Default: Linear.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// Only min, min + step and so on, up to max; not with Log. Default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 2_251_799_813_685_248_i64))]
    pub step: Option<i64>,
}

/// How distances between numbers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Scale {
    /// By differences.
    Linear,
    /// By ratios.
    Log,
}

/// A list of values without an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Categories {
    /// At least two different texts, numbers or booleans.
    #[schemars(schema_with = "scalars")]
    pub values: Vec<serde_json::Value>,
}

/// A parameter is there only when another one has one of some values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// Another parameter of the sweep, categorical or int.
    #[schemars(length(min = 1, max = 63))]
    pub parameter: String,
    /// Values of it.
    #[serde(rename = "in")]
    #[schemars(schema_with = "scalars")]
    pub values: Vec<serde_json::Value>,
}

/// A list whose items may be texts, numbers or booleans: no structural schema can say that.
fn scalars(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({
        "type": "array",
        "minItems": 1,
        "maxItems": 50,
        "items": {"x-kubernetes-preserve-unknown-fields": true}
    })
}
