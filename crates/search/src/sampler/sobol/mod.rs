//! A scrambled Sobol sequence.
