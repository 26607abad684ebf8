//! What a container of the user's own is handed, and what it made: texts and tables. Pure; files are the caller's business.

mod data;
mod made;
#[cfg(test)]
mod tests;

pub use data::{HandedError, files};
pub use made::{MadeError, out_of_fold};
