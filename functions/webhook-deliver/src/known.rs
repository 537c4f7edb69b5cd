//! What is known of all subscriptions, so that not every event of a night asks for them.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use shared::domain::hook::index::HookIndex;
use shared::domain::ids::ClientId;
use shared::error::Result;
use shared::table::Reader;

/// By how much the clocks of the bus and of a function may differ.
const SKEW: TimeDelta = TimeDelta::seconds(5);
/// How long a copy is used at most: whoever has just subscribed is told of older events as well when they are published again.
const LIFE: TimeDelta = TimeDelta::seconds(10);

/// The subscriptions of all clients.
pub type Indexes = Arc<Vec<(ClientId, HookIndex)>>;

/// A copy of them, with the time it was read.
#[derive(Default)]
pub struct Known(Mutex<Option<(DateTime<Utc>, Indexes)>>);

impl Known {
    /// The subscriptions as they were when an event was told, or later: a copy that is older than the event may lack one that was
    /// there before it. While events wait in the queue, as after a night of bills, one copy serves many of them. At most one
    /// query.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn at(&self, reader: &Reader, told: DateTime<Utc>, now: DateTime<Utc>) -> Result<Indexes> {
        let copy = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let good = copy.filter(|(read, _)| *read >= told + SKEW && (*read..*read + LIFE).contains(&now));
        if let Some((_, indexes)) = good {
            return Ok(indexes);
        }
        let indexes: Indexes = Arc::new(reader.hook_indexes().await?);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&indexes)));
        Ok(indexes)
    }
}
