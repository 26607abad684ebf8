//! Tables and charts of an evaluation, as files. Pure: values in, bytes out.

pub mod figures;
pub mod summary;
