//! Much of the same, not one after the other.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::error::Result;

/// Requests that are under way at the same time.
const AT_ONCE: usize = 32;

/// Does all of it, some at the same time, in no order. The first failure ends it; what had begun may have been done.
pub async fn all<T>(work: impl Iterator<Item = impl Future<Output = Result<T>>>) -> Result<Vec<T>> {
    // Collected, because a stream of borrowed work is nothing that can be sent to another thread.
    let work: Vec<_> = work.collect();
    stream::iter(work).buffer_unordered(AT_ONCE).try_collect().await
}
