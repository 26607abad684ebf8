//! MLflow's limits, checked before anything is sent: over some of them the server cuts values silently.
//! Lengths are counted in characters, as the server does.

use crate::{MetricPoint, Param, Tag};

/// A value that is refused before it is sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {value} is refused: allowed is {allowed}")]
pub struct Invalid {
    /// What the value was for.
    pub field: String,
    /// The value, shortened and in quotes.
    pub value: String,
    /// What is allowed.
    pub allowed: String,
}

impl Invalid {
    pub(crate) fn new(field: impl Into<String>, value: &str, allowed: impl Into<String>) -> Self {
        let mut shown: String = value.chars().take(60).collect();
        if shown.len() < value.len() {
            shown.push_str("...");
        }
        Self { field: field.into(), value: format!("{shown:?}"), allowed: allowed.into() }
    }
}

pub(crate) const KEY: usize = 250;
pub(crate) const PARAM_VALUE: usize = 6000;
pub(crate) const TAG_VALUE: usize = 8000;
pub(crate) const EXPERIMENT_TAG_VALUE: usize = 20_000;
// The server's own check allows 100,000 for both, but its column for a registered model's tag holds 5000.
pub(crate) const MODEL_TAG_VALUE: usize = 5000;
pub(crate) const VERSION_TAG_VALUE: usize = 100_000;
pub(crate) const DESCRIPTION: usize = 5000;
pub(crate) const SOURCE: usize = 500;
pub(crate) const NAME: usize = 255;

/// At most `longest` characters.
pub(crate) fn check_length(field: &str, value: &str, longest: usize) -> Result<(), Invalid> {
    let length = value.chars().count();
    if length <= longest {
        return Ok(());
    }
    Err(Invalid::new(field, value, format!("at most {longest} characters (it has {length})")))
}

/// Key of a metric, parameter or tag: 1 to 250 letters, digits or `_ - . space : /`, not to be read as
/// another path.
///
/// # Errors
/// Names the key and what is allowed.
pub fn check_key(field: &str, key: &str) -> Result<(), Invalid> {
    check_length(field, key, KEY)?;
    let is_allowed = |c: char| c.is_alphanumeric() || "_-. :/".contains(c);
    if key.is_empty() || !key.chars().all(is_allowed) {
        return Err(Invalid::new(field, key, "1 to 250 letters, digits, _ - . space : /"));
    }
    // Keys may become file names: what another path would mean the same as is refused by the server.
    let is_path_like = key.starts_with("..") || key.split('/').any(|part| matches!(part, "" | "." | ".."));
    if is_path_like {
        let allowed = "no .. at its begin, and parts between slashes that are not empty, \".\" or \"..\"";
        return Err(Invalid::new(field, key, allowed));
    }
    Ok(())
}

pub(crate) fn check_metric(point: &MetricPoint) -> Result<(), Invalid> {
    check_key("metric key", &point.key)?;
    match &point.dataset {
        Some(dataset) => check_dataset_ref(&dataset.name, &dataset.digest),
        None => Ok(()),
    }
}

pub(crate) fn check_param(param: &Param) -> Result<(), Invalid> {
    check_key("parameter key", &param.key)?;
    check_length(&format!("value of parameter {:?}", param.key), &param.value, PARAM_VALUE)
}

pub(crate) fn check_tag(tag: &Tag) -> Result<(), Invalid> {
    check_tag_of(tag, TAG_VALUE)
}

pub(crate) fn check_tag_of(tag: &Tag, longest: usize) -> Result<(), Invalid> {
    check_key("tag key", &tag.key)?;
    check_length(&format!("value of tag {:?}", tag.key), &tag.value, longest)
}

pub(crate) fn check_tags_of(tags: &[Tag], longest: usize) -> Result<(), Invalid> {
    tags.iter().try_for_each(|tag| check_tag_of(tag, longest))
}

pub(crate) fn check_dataset_ref(name: &str, digest: &str) -> Result<(), Invalid> {
    check_filled("dataset name", name, 500)?;
    check_filled("dataset digest", digest, 36)
}

pub(crate) fn check_filled(field: &str, value: &str, longest: usize) -> Result<(), Invalid> {
    if value.trim().is_empty() {
        return Err(Invalid::new(field, value, format!("1 to {longest} characters")));
    }
    check_length(field, value, longest)
}

/// Name of an experiment: 1 to 256 characters.
///
/// # Errors
/// Names the name and what is allowed.
pub fn check_experiment_name(name: &str) -> Result<(), Invalid> {
    check_filled("experiment name", name, 256)
}

/// Name of a registered model: 1 to 255 characters without `/` and `:`, not `.` or `..`.
///
/// # Errors
/// Names the name and what is allowed.
pub fn check_model_name(name: &str) -> Result<(), Invalid> {
    check_filled("registered model name", name, NAME)?;
    if name.contains(['/', ':']) || matches!(name, "." | "..") {
        return Err(Invalid::new("registered model name", name, "no / or :, and not . or .."));
    }
    Ok(())
}

/// Name of a LoggedModel: 1 to 255 characters without `/ : . % " '`.
///
/// # Errors
/// Names the name and what is allowed.
pub fn check_logged_model_name(name: &str) -> Result<(), Invalid> {
    check_filled("logged model name", name, NAME)?;
    if name.contains(['/', ':', '.', '%', '"', '\'']) {
        return Err(Invalid::new("logged model name", name, "none of / : . % \" '"));
    }
    Ok(())
}

/// Alias of a model version: 1 to 255 letters, digits, `_` or `-`; not `latest`, not `v` and digits.
///
/// # Errors
/// Names the alias and what is allowed.
pub fn check_alias(alias: &str) -> Result<(), Invalid> {
    check_filled("alias", alias, NAME)?;
    let allowed = |what| Err(Invalid::new("alias", alias, what));
    if !alias.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) {
        return allowed("letters, digits, _ and -");
    }
    if alias.eq_ignore_ascii_case("latest") {
        return allowed("any name but latest, which MLflow keeps for itself");
    }
    let digits = alias.strip_prefix(['v', 'V']);
    if digits.is_some_and(|digits| !digits.is_empty() && digits.chars().all(char::is_numeric)) {
        return allowed("any name but v and digits, which looks like a version");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_hold_unicode_letters_slashes_and_colons() {
        for key in ["loss", "train/loss", "cv f1: fold.1-a_b", "größe", "准确率", &"k".repeat(250)] {
            assert_eq!(check_key("metric key", key), Ok(()), "{key}");
        }
    }

    #[test]
    fn a_key_that_is_empty_too_long_odd_or_path_like_is_refused() {
        for key in [
            "",
            "a@b",
            "a\nb",
            "loss\n",
            "a'b",
            "../x",
            "a/../b",
            "/abs",
            "a//b",
            "a/",
            ".",
            "..",
            "..a",
            &"k".repeat(251),
        ] {
            assert!(check_key("metric key", key).is_err(), "{key}");
        }
        let message = check_key("metric key", "a@b").unwrap_err().to_string();
        assert_eq!(
            message,
            "metric key \"a@b\" is refused: allowed is 1 to 250 letters, digits, _ - . space : /"
        );
    }

    #[test]
    fn values_are_counted_in_characters_and_never_cut() {
        assert_eq!(check_param(&Param::new("p", "é".repeat(6000))), Ok(()));
        assert_eq!(check_tag(&Tag::new("t", "é".repeat(8000))), Ok(()));
        let message = check_param(&Param::new("p", "é".repeat(6001))).unwrap_err().to_string();
        assert!(message.ends_with("at most 6000 characters (it has 6001)"), "{message}");
        assert!(message.len() < 300);
        assert!(check_tag(&Tag::new("t", "é".repeat(8001))).is_err());
    }

    #[test]
    fn aliases_that_mlflow_keeps_for_itself_are_refused() {
        for alias in ["champion", "Champion-2", "v", "v1a", "_x", &"a".repeat(255)] {
            assert_eq!(check_alias(alias), Ok(()), "{alias}");
        }
        for alias in ["", "latest", "LATEST", "v1", "V22", "a b", "a.b", "a/b", &"a".repeat(256)] {
            assert!(check_alias(alias).is_err(), "{alias}");
        }
    }

    #[test]
    fn model_names_follow_the_rules_of_their_kind() {
        assert_eq!(check_model_name("ns1.resnet"), Ok(()));
        assert!(check_logged_model_name("ns1.resnet").is_err());
        assert_eq!(check_logged_model_name("resnet-18_b"), Ok(()));
        for name in ["", " ", "a/b", "a:b", ".", ".."] {
            assert!(check_model_name(name).is_err(), "{name}");
        }
        for name in ["", "a/b", "a:b", "a%b", "a\"b", "a'b"] {
            assert!(check_logged_model_name(name).is_err(), "{name}");
        }
    }
}
