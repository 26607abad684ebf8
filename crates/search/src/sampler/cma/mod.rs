//! CMA-ES.
