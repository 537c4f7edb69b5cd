//! A write under faults and races.

use std::fmt::Debug;

use tests::{Caller, Reply, World};

/// A kind of write. `at` says which of many like objects it is done to, so that every case has one of its own.
pub trait Action: Copy + Debug {
    /// What the table holds for an object, told without the object's own name, so that two can be compared.
    type Seen: Clone + PartialEq + Debug;

    /// Makes a fresh object.
    async fn prepare(self, world: &World, at: usize);

    /// Does it.
    async fn send(self, caller: &Caller<'_>, at: usize, key: Option<&str>) -> Reply;

    /// What there is.
    async fn look(self, world: &World, at: usize) -> Self::Seen;

    /// The requests to the table that can fail: the operation, and how many of it come before. With a key the first is
    /// the look-up of the stored answer.
    fn places(self, keyed: bool) -> Vec<(&'static str, usize)>;

    /// The status of its success.
    fn done(self) -> u16;

    /// What somebody without a key is told who sends it again after it took effect.
    fn repeated(self) -> u16;

    /// Whether it is several transactions. Then it may stop between them, until it is sent again.
    fn has_steps(self) -> bool {
        false
    }
}

/// Objects of this number are models: no case has one.
pub const MODEL: usize = 1_000_000;
