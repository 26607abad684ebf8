//! What can be wrong with a space or a point.

use serde_json::Value as Json;
use thiserror::Error;

/// Everything that is wrong with a space.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("invalid search space: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct InvalidSpace(pub Vec<Violation>);

/// One thing that is wrong with a space.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("parameter {parameter:?}: {reason}")]
pub struct Violation {
    /// The parameter; empty when the space has none.
    pub parameter: String,
    /// What is wrong with it.
    pub reason: Reason,
}

/// Why a parameter can't stand.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Reason {
    /// The space is empty.
    #[error("a space needs at least one parameter")]
    EmptySpace,
    /// It has no name.
    #[error("a parameter needs a name")]
    EmptyName,
    /// Another parameter has its name.
    #[error("the name is used twice")]
    RepeatedName,
    /// Its bounds are in the wrong order.
    #[error("min {min} must be below max {max}")]
    Bounds {
        /// As written.
        min: f64,
        /// As written.
        max: f64,
    },
    /// A bound is NaN or infinite, or the range overflows.
    #[error("min {min}, max {max} and their difference must be finite numbers")]
    NotFinite {
        /// As written.
        min: f64,
        /// As written.
        max: f64,
    },
    /// An int that a double can't hold with its neighbours.
    #[error("min {min} and max {max} must lie within ±2^51")]
    TooLarge {
        /// As written.
        min: i64,
        /// As written.
        max: i64,
    },
    /// A log scale from 0 or below.
    #[error("a log scale needs min {at_least}, found {min}")]
    LogFrom {
        /// As written.
        min: f64,
        /// In words.
        at_least: &'static str,
    },
    /// A step with a log scale.
    #[error("a step goes with a linear scale only")]
    StepOnLog,
    /// A step of 0 or less, or one that is wider than the range or too fine.
    #[error("step {step} must be above 0, at most max - min, and give at most 2^51 steps")]
    Step {
        /// As written.
        step: f64,
    },
    /// A step of an int parameter that is no whole number, or too large for one.
    #[error("step {step} of an int parameter must be a whole number, at least 1 and at most max - min")]
    WholeStep {
        /// As written.
        step: f64,
    },
    /// A categorical parameter with nothing to choose.
    #[error("a categorical parameter needs at least 2 values, found {found}")]
    TooFewValues {
        /// Number of values.
        found: usize,
    },
    /// A category twice.
    #[error("value {value} is listed twice")]
    RepeatedValue {
        /// As written.
        value: Json,
    },
    /// A list or an object.
    #[error("value {value} must be a string, a number, a bool or null")]
    NotScalar {
        /// As written.
        value: Json,
    },
    /// A condition on a parameter that isn't there.
    #[error("its condition names {parent:?}, which is no parameter of this space")]
    UnknownParent {
        /// As written.
        parent: String,
    },
    /// A condition on a double.
    #[error("its condition names {parent:?}, a double: only categorical and int parameters can decide")]
    DoubleParent {
        /// As written.
        parent: String,
    },
    /// A condition with an empty list.
    #[error("its condition on {parent:?} lists no values, so it could never be active")]
    NoConditionValues {
        /// As written.
        parent: String,
    },
    /// A condition on a value that the parent never has.
    #[error("its condition lists {value}, which is no value of {parent:?}")]
    ConditionValue {
        /// As written.
        parent: String,
        /// As written.
        value: Json,
    },
    /// A parameter that depends on itself.
    #[error("its conditions go round in a circle")]
    Cycle,
}

/// Why values are no point of a space.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PointError {
    /// A name that the space doesn't have.
    #[error("{name:?} is no parameter of this space")]
    Unknown {
        /// As written.
        name: String,
    },
    /// An active parameter without a value.
    #[error("parameter {name:?} is active and has no value")]
    Missing {
        /// The parameter.
        name: String,
    },
    /// A value for a parameter that is not active.
    #[error("parameter {name:?} has a value, but its condition on {parent:?} does not hold")]
    Inactive {
        /// The parameter.
        name: String,
        /// The parameter that decides.
        parent: String,
    },
    /// A value outside the domain.
    #[error("parameter {name:?}: {value} is not {allowed}")]
    Value {
        /// The parameter.
        name: String,
        /// As written.
        value: Json,
        /// The domain in words.
        allowed: String,
    },
}
