//! How much each parameter matters: fANOVA on a small forest.
