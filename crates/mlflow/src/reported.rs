//! Enum values of answers: a value that this client does not know is kept as text instead of breaking the
//! answer.

use serde::Deserialize;

/// A value the server reported: one this client knows, or the text of one that it does not.
/// It can't be sent: the server answers 200 to an unknown value and changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Reported<T> {
    /// A value this client knows.
    Known(T),
    /// The text of a value it does not know.
    Unknown(String),
}

impl<T: PartialEq> Reported<T> {
    /// Whether it is this known value.
    pub fn is(&self, value: T) -> bool {
        matches!(self, Self::Known(known) if *known == value)
    }
}

impl<T: Copy> Reported<T> {
    /// The value, if this client knows it.
    pub fn known(&self) -> Option<T> {
        match self {
            Self::Known(value) => Some(*value),
            Self::Unknown(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RunStatus;

    #[test]
    fn an_unknown_status_is_kept_as_text() {
        let read = |text| serde_json::from_str::<Reported<RunStatus>>(text).unwrap();
        assert_eq!(read("\"FINISHED\""), Reported::Known(RunStatus::Finished));
        assert_eq!(read("\"PAUSED\""), Reported::Unknown("PAUSED".to_owned()));
        assert!(read("\"KILLED\"").is(RunStatus::Killed));
        assert_eq!(read("\"PAUSED\"").known(), None);
    }
}
