//! The login for data over HTTP: from the user's Secret, to the host of the URI alone, and not over plain http unless the
//! Secret allows it.

use std::fmt;

use podium_contract::{DATA_ALLOW_HTTP, DATA_PASSWORD, DATA_TOKEN, DATA_USERNAME};
use reqwest::{RequestBuilder, Url};

/// A login, or none.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Login {
    kind: Kind,
    allow_http: bool,
}

#[derive(Clone, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    None,
    Basic {
        username: String,
        password: String,
    },
    Bearer(String),
}

impl Login {
    /// From the variables of this process.
    ///
    /// # Errors
    /// A Secret that holds half a login, or two; keys are named, values never.
    pub fn of_process() -> Result<Self, String> {
        Self::of(|name| std::env::var(name).ok())
    }

    /// From variables.
    ///
    /// # Errors
    /// As [`Login::of_process`].
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let allow_http = match variable(DATA_ALLOW_HTTP).as_deref().map(str::trim) {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err("its key allowHttp must be true or false".to_owned()),
        };
        let kind = match (variable(DATA_USERNAME), variable(DATA_PASSWORD), variable(DATA_TOKEN)) {
            (None, None, None) => Kind::None,
            (Some(username), Some(password), None) => Kind::Basic { username, password },
            // A line break at the end is an accident of the editor, and no part of a header.
            (None, None, Some(token)) => Kind::Bearer(token.trim().to_owned()),
            (Some(_), None, None) => return Err("it has the key username and not password".to_owned()),
            (None, Some(_), None) => return Err("it has the key password and not username".to_owned()),
            _ => {
                return Err(
                    "it has the key token beside username or password; one login is needed".to_owned()
                );
            }
        };
        Ok(Self { kind, allow_http })
    }

    /// Whether there is one.
    pub fn is_some(&self) -> bool {
        self.kind != Kind::None
    }

    /// Whether it would be sent where everybody on the way can read it, and nobody has allowed that.
    pub(super) fn would_be_readable(&self, url: &Url) -> bool {
        self.is_some() && url.scheme() == "http" && !self.allow_http
    }

    /// The request with the login. It takes the place of one in the URL.
    pub(super) fn apply(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.kind {
            Kind::None => request,
            Kind::Basic { username, password } => request.basic_auth(username, Some(password)),
            Kind::Bearer(token) => request.bearer_auth(token),
        }
    }
}

/// Without the values.
impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::None => "Login(none)",
            Kind::Basic { .. } => "Login(basic)",
            Kind::Bearer(_) => "Login(bearer)",
        })
    }
}
