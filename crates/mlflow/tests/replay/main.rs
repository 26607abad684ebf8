//! The client against recorded requests and answers: it sends what was recorded and reads what was answered.

// The helpers of these tests are tests as well, which clippy can't know.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod answers;
mod errors;
mod recording;
mod requests;
