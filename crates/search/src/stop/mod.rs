//! Stops a trial early (ASHA, Median), or the whole study (patience).
