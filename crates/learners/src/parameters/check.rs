//! Checks one JSON value against one kind and brings it into the one spelling that is logged.

use serde_json::Value;

use super::Kind;

/// How none is spelt in effective values.
const NONE: &str = "none";

impl Kind {
    /// The value in its canonical spelling, or none when its type or range is wrong.
    #[must_use]
    pub fn check(&self, value: &Value) -> Option<Value> {
        match self {
            Self::Float { min, open_min, max, open_max } => {
                let number = value.as_f64()?;
                let above = if *open_min { number > *min } else { number >= *min };
                let below = if *open_max { number < *max } else { number <= *max };
                (above && below).then(|| Value::from(number))
            }
            Self::Integer { min, max, or_none } => {
                if *or_none && is_none(value) {
                    return Some(Value::from(NONE));
                }
                whole(value, *min, *max).map(Value::from)
            }
            Self::Bool => value.as_bool().map(Value::from),
            Self::Choice(words) => word(value, words),
            Self::ChoiceOrFraction(words) => match value.as_f64() {
                Some(number) => (number > 0.0 && number <= 1.0).then(|| Value::from(number)),
                None => word(value, words),
            },
            Self::Integers { min, max, most } => {
                let items = value.as_array().filter(|items| items.len() <= *most)?;
                let items: Option<Vec<u32>> = items.iter().map(|item| whole(item, *min, *max)).collect();
                items.map(Value::from)
            }
        }
    }
}

fn is_none(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some(NONE)
}

fn word(value: &Value, words: &[&str]) -> Option<Value> {
    let text = if value.is_null() { NONE } else { value.as_str()? };
    words.contains(&text).then(|| Value::from(text))
}

/// A whole number, also when it is written as `3.0`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be whole and in range"
)]
fn whole(value: &Value, min: u32, max: u32) -> Option<u32> {
    let number = value.as_f64()?;
    let in_range = number >= f64::from(min) && number <= f64::from(max);
    (in_range && number.fract() == 0.0).then_some(number as u32)
}
