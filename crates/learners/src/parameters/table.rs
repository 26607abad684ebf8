//! The parameter table: name, kind, default and description of each parameter of each algorithm.

use std::fmt;

use serde_json::Value;

use crate::Algorithm;

/// One parameter of an algorithm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParameterSpec {
    /// scikit-learn's name where it has one.
    pub name: &'static str,
    /// Type and range.
    pub kind: Kind,
    /// Value when none is given.
    pub default: Literal,
    /// One sentence for users.
    pub description: &'static str,
}

/// Type and range of a parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// A number in `min..=max`; `open_min` and `open_max` exclude the end.
    Float {
        /// Smallest value.
        min: f64,
        /// Whether `min` itself is excluded.
        open_min: bool,
        /// Largest value.
        max: f64,
        /// Whether `max` itself is excluded.
        open_max: bool,
    },
    /// A whole number in `min..=max`, or none where that is allowed.
    Integer {
        /// Smallest value.
        min: u32,
        /// Largest value.
        max: u32,
        /// Whether `"none"` (or null) is allowed.
        or_none: bool,
    },
    /// true or false.
    Bool,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// One of these words, or a fraction above 0 and at most 1.
    ChoiceOrFraction(&'static [&'static str]),
    /// A list of whole numbers.
    Integers {
        /// Smallest element.
        min: u32,
        /// Largest element.
        max: u32,
        /// Most elements; an empty list is allowed.
        most: usize,
    },
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Float { min, open_min, max, open_max } => {
                let (low, high) = (
                    if *open_min { "above" } else { "at least" },
                    if *open_max { "below" } else { "at most" },
                );
                write!(f, "a number {low} {min} and {high} {max}")
            }
            Self::Integer { min, max, or_none } => {
                write!(f, "a whole number from {min} to {max}{}", if *or_none { ", or \"none\"" } else { "" })
            }
            Self::Bool => f.write_str("true or false"),
            Self::Choice(words) => write!(f, "one of {}", words.join(", ")),
            Self::ChoiceOrFraction(words) => {
                write!(f, "one of {}, or a number above 0 and at most 1", words.join(", "))
            }
            Self::Integers { min, max, most } => {
                write!(f, "a list of at most {most} whole numbers from {min} to {max}")
            }
        }
    }
}

/// A default value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Literal {
    /// A number.
    Float(f64),
    /// A whole number.
    Integer(u32),
    /// true or false.
    Bool(bool),
    /// A word; `none` stands for no value.
    Word(&'static str),
    /// A list of whole numbers.
    Integers(&'static [u32]),
}

impl Literal {
    /// The value as JSON.
    #[must_use]
    pub fn to_json(self) -> Value {
        match self {
            Self::Float(value) => Value::from(value),
            Self::Integer(value) => Value::from(value),
            Self::Bool(value) => Value::from(value),
            Self::Word(value) => Value::from(value),
            Self::Integers(values) => Value::from(values),
        }
    }
}

impl Algorithm {
    /// The table of its parameters.
    #[must_use]
    pub fn parameters(self) -> &'static [ParameterSpec] {
        match self {
            Self::LogisticRegression => LOGISTIC,
            Self::LinearRegression => LINEAR,
            Self::RandomForest => FOREST,
            Self::TorchMlp => MLP,
        }
    }
}

const fn positive(max: f64) -> Kind {
    Kind::Float { min: 0.0, open_min: true, max, open_max: false }
}

const fn count(min: u32, max: u32) -> Kind {
    Kind::Integer { min, max, or_none: false }
}

const fn spec(name: &'static str, kind: Kind, default: Literal, description: &'static str) -> ParameterSpec {
    ParameterSpec { name, kind, default, description }
}

const CLASS_WEIGHT: ParameterSpec = spec(
    "class_weight",
    Kind::Choice(&["none", "balanced"]),
    Literal::Word("none"),
    "balanced: each class counts n / (classes * its rows), multiplied with the sample weights.",
);

const FIT_INTERCEPT: ParameterSpec = spec(
    "fit_intercept",
    Kind::Bool,
    Literal::Bool(true),
    "Whether to fit a constant term; it is not penalised.",
);

const LOGISTIC: &[ParameterSpec] = &[
    spec(
        "C",
        positive(1e12),
        Literal::Float(1.0),
        "Inverse strength of the L2 penalty; smaller is stronger.",
    ),
    CLASS_WEIGHT,
    FIT_INTERCEPT,
    spec("max_iter", count(1, 1_000_000), Literal::Integer(1000), "Most iterations of L-BFGS."),
    spec(
        "tol",
        positive(1.0),
        Literal::Float(1e-6),
        "Stop when the largest gradient component is below this.",
    ),
];

const LINEAR: &[ParameterSpec] = &[FIT_INTERCEPT];

const FOREST: &[ParameterSpec] = &[
    spec("bootstrap", Kind::Bool, Literal::Bool(true), "Whether each tree draws its rows with replacement."),
    CLASS_WEIGHT,
    spec(
        "max_depth",
        Kind::Integer { min: 1, max: 1000, or_none: true },
        Literal::Word("none"),
        "Deepest level of a tree; none grows until leaves are pure.",
    ),
    spec(
        "max_features",
        Kind::ChoiceOrFraction(&["auto", "sqrt", "log2", "all"]),
        Literal::Word("auto"),
        "Features looked at for a split; auto is sqrt for classes and all for numbers.",
    ),
    spec("min_samples_leaf", count(1, 1_000_000_000), Literal::Integer(1), "Fewest rows of a leaf."),
    spec(
        "min_samples_split",
        count(2, 1_000_000_000),
        Literal::Integer(2),
        "Fewest rows of a node that is split.",
    ),
    spec("n_estimators", count(1, 10_000), Literal::Integer(100), "Number of trees."),
    spec(
        "oob_score",
        Kind::Bool,
        Literal::Bool(false),
        "Whether to score each row by the trees that did not see it.",
    ),
];

const MLP: &[ParameterSpec] = &[
    spec(
        "activation",
        Kind::Choice(&["relu", "tanh"]),
        Literal::Word("relu"),
        "Function after each hidden layer.",
    ),
    spec("batch_size", count(1, 1_000_000), Literal::Integer(256), "Rows of one step of the optimiser."),
    CLASS_WEIGHT,
    spec(
        "dropout",
        Kind::Float { min: 0.0, open_min: false, max: 1.0, open_max: true },
        Literal::Float(0.0),
        "Share of hidden units left out in each training step.",
    ),
    spec("epochs", count(1, 100_000), Literal::Integer(50), "Passes over the rows."),
    spec(
        "hidden",
        Kind::Integers { min: 1, max: 16_384, most: 16 },
        Literal::Integers(&[128, 64]),
        "Units of each hidden layer.",
    ),
    spec(
        "layer1_units",
        Kind::Integer { min: 1, max: 16_384, or_none: true },
        Literal::Word("none"),
        "Units of the first hidden layer, in place of what hidden says: a number that can be searched.",
    ),
    spec(
        "layer2_units",
        Kind::Integer { min: 1, max: 16_384, or_none: true },
        Literal::Word("none"),
        "Units of the second hidden layer, in place of what hidden says.",
    ),
    spec("learning_rate", positive(10.0), Literal::Float(1e-3), "Step size of Adam."),
    spec(
        "patience",
        Kind::Integer { min: 1, max: 100_000, or_none: true },
        Literal::Word("none"),
        "Stop after this many epochs without a better loss on the validation part; none trains all epochs.",
    ),
    spec(
        "validation_fraction",
        Kind::Float { min: 0.0, open_min: true, max: 0.5, open_max: false },
        Literal::Float(0.1),
        "Share of the training rows kept for early stopping; unused without patience.",
    ),
    spec(
        "weight_decay",
        Kind::Float { min: 0.0, open_min: false, max: 10.0, open_max: false },
        Literal::Float(0.0),
        "L2 penalty in Adam's gradient, on all weights.",
    ),
];
