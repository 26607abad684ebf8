//! Artifacts of runs and models, wherever MLflow's artifact root puts them: behind its proxy, or in S3 and what speaks its
//! protocol, where clients write and read past the server.

mod bucket;
mod digest;
mod error;
mod store;

pub use bucket::{Access, bucket};
pub use digest::{Files, of_bytes, of_files, of_sums};
pub use error::{S3Verdict, StoreError, innermost, judge, plain_http};
pub use store::Store;
