//! What is the same for every request, in memory for a while.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Duration, Utc};

use crate::error::Result;

/// Age at which it is read again.
const FRESH: Duration = Duration::seconds(60);

/// What was read last and when, shared by all work of a process.
pub struct Cached<T>(Arc<Mutex<Slot<T>>>);

type Slot<T> = Option<(DateTime<Utc>, Arc<T>)>;

impl<T> Clone for Cached<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Cached<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Cached<T> {
    /// What was read at most 60 s ago and not before `since`; what `read` gives, where that is nothing.
    pub(super) async fn or(
        &self,
        now: DateTime<Utc>,
        since: DateTime<Utc>,
        read: impl Future<Output = Result<T>>,
    ) -> Result<Arc<T>> {
        if let Some((read_at, known)) = &*self.slot()
            && (since..=now).contains(read_at)
            && now - *read_at < FRESH
        {
            return Ok(Arc::clone(known));
        }
        let found = Arc::new(read.await?);
        *self.slot() = Some((now, Arc::clone(&found)));
        Ok(found)
    }

    fn slot(&self) -> MutexGuard<'_, Slot<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
