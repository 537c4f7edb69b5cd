//! Subscriptions of clients to events: which address is told of what, and what becomes of one that does not answer.

pub mod callback;
pub mod id;
pub mod index;
pub mod state;
pub mod wants;
