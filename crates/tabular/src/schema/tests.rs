//! Behaviour of the room.
