//! What must hold, a sentence each.

mod every_write;
