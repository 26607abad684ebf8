//! The token of a call.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};

use super::notes::UNAUTHENTICATED;
use super::refused::No;

/// Longest token that is looked at; those of ServiceAccounts have about 1,500 bytes.
const LONGEST: usize = 16 << 10;

/// The bearer token in the headers of a call.
pub(super) fn token(headers: &HeaderMap) -> Result<&str, No> {
    let none = |why: &str| No::new(StatusCode::UNAUTHORIZED, UNAUTHENTICATED, why);
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value =
        values.next().ok_or_else(|| none("the call has no token: send Authorization: Bearer TOKEN"))?;
    if values.next().is_some() {
        return Err(none("the call has several Authorization headers"));
    }
    let text = value.to_str().map_err(|_| none("the Authorization header is no text"))?;
    let token = match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => return Err(none("the Authorization header is no Bearer TOKEN")),
    };
    if token.is_empty() || token.len() > LONGEST || token.contains(|c: char| !c.is_ascii_graphic()) {
        return Err(none("the token is malformed"));
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (AUTHORIZATION, value.parse().unwrap())).collect()
    }

    #[test]
    fn a_bearer_token_is_read_whatever_the_case_of_its_scheme() {
        for text in ["Bearer a.b.c", "bearer a.b.c", "BEARER  a.b.c "] {
            assert_eq!(token(&headers(&[text])).unwrap(), "a.b.c", "{text}");
        }
    }

    #[test]
    fn all_else_is_no_token() {
        let long = format!("Bearer {}", "a".repeat(LONGEST + 1));
        let cases: [&[&str]; 7] = [
            &[],
            &["Bearer"],
            &["Bearer "],
            &["Basic YTpi"],
            &["Bearer a b"],
            &["Bearer a", "Bearer b"],
            &[long.as_str()],
        ];
        for case in cases {
            assert_eq!(token(&headers(case)).unwrap_err().status, StatusCode::UNAUTHORIZED, "{case:?}");
        }
    }
}
