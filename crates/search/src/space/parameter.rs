//! Parameters as users write them.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// One parameter to search: its name, its values, and when it is there.
///
/// ```
/// use podium_search::{Parameter, Space};
///
/// let space = Space::new(vec![
///     Parameter::double("learning_rate", 1e-4, 0.3).log(),
///     Parameter::int("num_leaves", 8, 256).log(),
///     Parameter::categorical("booster", ["gbdt", "dart"]),
///     Parameter::double("drop_rate", 0.0, 0.5).when("booster", ["dart"]),
/// ])?;
/// assert_eq!(space.parameters().len(), 4);
/// # Ok::<(), podium_search::InvalidSpace>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Unique in the space.
    pub name: String,
    /// Its values.
    #[serde(flatten)]
    pub domain: Domain,
    /// When it is active; always when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// A step that an int parameter was given and can't have, for the message of the space that refuses it.
    #[serde(skip)]
    pub(super) unfit_step: Option<f64>,
}

/// The values of a parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Domain {
    /// Real numbers.
    Double {
        /// The lowest value.
        min: f64,
        /// The highest value, above the lowest.
        max: f64,
        /// How distances count. A log scale needs `min` above 0.
        #[serde(default)]
        scale: Scale,
        /// Only `min`, `min + step`, ... up to `max`; on a linear scale alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<f64>,
    },
    /// Whole numbers, within ±2^51.
    Int {
        /// The lowest value.
        min: i64,
        /// The highest value, above the lowest.
        max: i64,
        /// How distances count. A log scale needs `min` of at least 1.
        #[serde(default)]
        scale: Scale,
        /// Only `min`, `min + step`, ... up to `max`; on a linear scale alone. 1 when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<i64>,
    },
    /// One of a list, without an order.
    Categorical {
        /// At least two different scalars: strings, numbers, bools or null.
        values: Vec<Json>,
    },
}

/// How distances between numbers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Scale {
    /// By differences.
    #[default]
    Linear,
    /// By ratios.
    Log,
}

/// A parameter is there only when another one has one of some values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// Another parameter of the space, categorical or int.
    pub parameter: String,
    /// Values of it.
    #[serde(rename = "in")]
    pub values: Vec<Json>,
}

/// Whole numbers up to it are exact in a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Parameter {
    /// A parameter with these values, always there.
    #[must_use]
    pub fn new(name: impl Into<String>, domain: Domain) -> Self {
        Self { name: name.into(), domain, when: None, unfit_step: None }
    }

    /// A real number from `min` to `max`.
    #[must_use]
    pub fn double(name: impl Into<String>, min: f64, max: f64) -> Self {
        Self::new(name, Domain::Double { min, max, scale: Scale::Linear, step: None })
    }

    /// A whole number from `min` to `max`, both included.
    #[must_use]
    pub fn int(name: impl Into<String>, min: i64, max: i64) -> Self {
        Self::new(name, Domain::Int { min, max, scale: Scale::Linear, step: None })
    }

    /// One of `values`.
    #[must_use]
    pub fn categorical<V: Into<Json>>(name: impl Into<String>, values: impl IntoIterator<Item = V>) -> Self {
        Self::new(name, Domain::Categorical { values: values.into_iter().map(Into::into).collect() })
    }

    /// On a log scale. Changes nothing for a categorical parameter.
    #[must_use]
    pub fn log(mut self) -> Self {
        if let Domain::Double { scale, .. } | Domain::Int { scale, .. } = &mut self.domain {
            *scale = Scale::Log;
        }
        self
    }

    /// In steps from the lowest value on. The step of an int parameter is a whole number: [`Space::new`](crate::Space::new)
    /// refuses another one. Changes nothing for a categorical parameter.
    #[must_use]
    pub fn step(mut self, size: f64) -> Self {
        match &mut self.domain {
            Domain::Double { step, .. } => *step = Some(size),
            Domain::Int { step, .. } => {
                let whole = whole(size);
                self.unfit_step = whole.is_none().then_some(size);
                // No space takes 0 either, should the parameter be written down before one sees it.
                *step = Some(whole.unwrap_or(0));
            }
            Domain::Categorical { .. } => {}
        }
        self
    }

    /// Only when another parameter has one of `values`.
    #[must_use]
    pub fn when<V: Into<Json>>(
        mut self,
        parameter: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        self.when = Some(Condition { parameter: parameter.into(), values });
        self
    }
}

#[expect(clippy::cast_possible_truncation, reason = "checked to be whole and exact")]
fn whole(size: f64) -> Option<i64> {
    (size.fract() == 0.0 && size.abs() <= EXACT).then_some(size as i64)
}
