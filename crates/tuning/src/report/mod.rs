//! Tables about a sweep.
