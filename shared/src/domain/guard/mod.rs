//! The bill shock guard: while a period runs, it says which limits the usage so far has reached, and when to look again.
//!
//! A [`look`] prices the running period with the usage that is known and gauges it against the [`limits`]. Each
//! [`threshold`] that is passed is told once a period. What is left until the next one stays on the line as a [`watch`], by
//! which whoever takes usage in knows, without reading anything more, whether a line has to be looked at. Its [`standing`] is what customers and operators are
//! shown.

pub mod gauge;
pub mod limits;
pub mod look;
pub mod standing;
pub mod threshold;
pub mod watch;

#[cfg(test)]
mod tests;
