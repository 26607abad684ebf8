//! MLflow's login from the variables that MLflow's own client reads. They come from a Secret, never from the document.

use podium_contract::{MLFLOW_TRACKING_PASSWORD, MLFLOW_TRACKING_TOKEN, MLFLOW_TRACKING_USERNAME};
use podium_mlflow::{Auth, Secret};

/// A token wins over user and password, as in MLflow's own client; neither is no login.
pub(super) fn from_environment() -> Auth {
    from(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
}

fn from(variable: impl Fn(&str) -> Option<String>) -> Auth {
    if let Some(token) = variable(MLFLOW_TRACKING_TOKEN) {
        return Auth::Bearer(Secret::new(token));
    }
    match (variable(MLFLOW_TRACKING_USERNAME), variable(MLFLOW_TRACKING_PASSWORD)) {
        (Some(user), password) => Auth::Basic { user, password: Secret::new(password.unwrap_or_default()) },
        (None, _) => Auth::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_wins_and_half_a_login_is_none() {
        let with = |pairs: &'static [(&str, &str)]| {
            from(move |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(with(&[]), Auth::None);
        assert_eq!(with(&[(MLFLOW_TRACKING_PASSWORD, "p")]), Auth::None);
        let basic = Auth::Basic { user: "u".to_owned(), password: Secret::new("p") };
        assert_eq!(with(&[(MLFLOW_TRACKING_USERNAME, "u"), (MLFLOW_TRACKING_PASSWORD, "p")]), basic);
        let bearer = Auth::Bearer(Secret::new("t"));
        assert_eq!(with(&[(MLFLOW_TRACKING_USERNAME, "u"), (MLFLOW_TRACKING_TOKEN, "t")]), bearer);
    }
}
