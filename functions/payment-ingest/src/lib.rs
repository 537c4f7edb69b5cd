//! Takes payment files in: each row pays its bill as an event does, once, whatever is delivered twice or cut off in the middle
//! (docs/decisions/0018-bank-files.md).

mod chunk;
mod file;
mod report;
mod row;

use shared::clock::Deadline;
use shared::error::Result;
use shared::events::{Inbox, Object, Taken};
use shared::files::Files;
use shared::invocation::Base;
use shared::queue::Queue;

/// The function: its stores, and the queues that it sends to.
pub struct PaymentIngest {
    base: Base,
    files: Files,
    own_queue: Queue,
    dead_letters: Queue,
    chunk_rows: usize,
}

/// Rows of a chunk: some seconds of work, which is what a function that ends in the middle does again.
const CHUNK_ROWS: usize = 1_000;

impl PaymentIngest {
    /// The function over these stores.
    pub const fn new(base: Base, files: Files, own_queue: Queue, dead_letters: Queue) -> Self {
        Self { base, files, own_queue, dead_letters, chunk_rows: CHUNK_ROWS }
    }

    /// The same with another number of rows in a chunk.
    #[must_use]
    pub const fn with_chunks_of(mut self, rows: usize) -> Self {
        self.chunk_rows = rows;
        self
    }
}

impl Inbox for PaymentIngest {
    const NAME: &'static str = "payment-ingest";

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
