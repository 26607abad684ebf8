//! A Gaussian process with log expected improvement.
