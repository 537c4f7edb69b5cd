//! Takes usage files in: each record becomes a call or an hour's traffic as the API shows it, and counts towards its line
//! and day. Once, whatever is delivered twice, late, in another order, or cut off in the middle
//! (docs/decisions/0013-usage-without-counters.md).

mod calls;
mod chunk;
mod clear;
mod file;
mod known;
mod report;
mod sessions;
mod survey;
mod watch;

use shared::clock::Deadline;
use shared::error::Result;
use shared::events::{Inbox, Object, Taken};
use shared::files::Files;
use shared::invocation::Base;
use shared::queue::Queue;
use shared::table::TariffCache;

/// The function: its stores, and the queues that it sends to.
pub struct UsageIngest {
    base: Base,
    files: Files,
    own_queue: Queue,
    looks: Queue,
    dead_letters: Queue,
    tariffs: TariffCache,
    chunk_records: u32,
}

/// Records of a chunk. Its words, the rejects and a day's bytes fit into memory many times over, and an hour's sessions
/// into an item.
const CHUNK_RECORDS: u32 = 10_000;

impl UsageIngest {
    /// The function over these stores; `looks` is the queue of usage-guard.
    pub fn new(base: Base, files: Files, own_queue: Queue, looks: Queue, dead_letters: Queue) -> Self {
        let (tariffs, chunk_records) = (TariffCache::default(), CHUNK_RECORDS);
        Self { base, files, own_queue, looks, dead_letters, tariffs, chunk_records }
    }

    /// The same with another number of records in the chunks of files that arrive from now on.
    #[must_use]
    pub const fn with_chunks_of(mut self, records: u32) -> Self {
        self.chunk_records = records;
        self
    }
}

impl Inbox for UsageIngest {
    const NAME: &'static str = "usage-ingest";

    fn base(&self) -> &Base {
        &self.base
    }

    fn dead_letters(&self) -> &Queue {
        &self.dead_letters
    }

    async fn take(&self, object: &Object, deadline: Deadline) -> Result<Taken> {
        file::take(self, object, deadline).await
    }
}
