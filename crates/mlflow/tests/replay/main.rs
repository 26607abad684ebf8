//! The client against recorded requests and answers: it sends what was recorded and reads what was answered.

mod answers;
mod errors;
mod recording;
mod requests;
