//! One invocation of a function, whatever triggers it: its deadline, its account with the table, a guard against
//! panics, one line in the log. [`http`](crate::http) and [`events`](crate::events) stand on it.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

use crate::clock::{Clock, Deadline, Stopwatch};
use crate::domain::country::Country;
use crate::error::{Cause, Error, Result};
use crate::table::spent::{self, Spent};
use crate::table::{Reader, Writer};

pub use crate::table::spent::RESERVE;

/// What every function over the table starts from.
#[derive(Clone)]
pub struct Base<Access = Writer> {
    /// Its access to the table.
    pub table: Access,
    /// The country it serves.
    pub country: &'static Country,
    /// Where it gets the time from.
    pub clock: Clock,
}

impl<A: Access> Base<A> {
    /// The table, for reading.
    pub fn reader(&self) -> &Reader {
        self.table.reader()
    }
}

/// A function's access to the table: all of it, or for reading only, as its role says.
pub trait Access: Send + Sync + 'static {
    /// For reading.
    fn reader(&self) -> &Reader;

    /// For writing, if the function may.
    fn writer(&self) -> Option<&Writer>;
}

impl Access for Reader {
    fn reader(&self) -> &Reader {
        self
    }

    fn writer(&self) -> Option<&Writer> {
        None
    }
}

impl Access for Writer {
    fn reader(&self) -> &Reader {
        Self::reader(self)
    }

    fn writer(&self) -> Option<&Writer> {
        Some(self)
    }
}

/// A piece of work that has ended: what came of it and what it cost.
#[derive(Debug)]
pub struct Ended<T> {
    /// What came of it; a panic is an internal error.
    pub result: Result<T>,
    spent: Spent,
    watch: Stopwatch,
}

/// Runs a piece of work under a deadline and with an account of its own. Nothing that happens inside, not even a panic,
/// keeps it from ending.
pub async fn run<T>(deadline: Deadline, work: impl Future<Output = Result<T>>) -> Ended<T> {
    let watch = Stopwatch::start();
    let (result, spent) = spent::count(deadline, AssertUnwindSafe(work).catch_unwind()).await;
    Ended { result: result.unwrap_or_else(|panic| Err(panicked(panic.as_ref()))), spent, watch }
}

fn panicked(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Error::internal(format!("panic: {}", text.unwrap_or("of unknown kind")))
}

/// What the log says of a piece of work besides what it cost: never a token, a full number, a body. What does not apply
/// is left out.
#[derive(Debug, Default)]
pub struct LogLine {
    /// The function.
    pub function: &'static str,
    /// What it was asked to do.
    pub op: String,
    /// The gateway's id of the request.
    pub request_id: Option<String>,
    /// The queue's id of the message.
    pub message_id: Option<String>,
    /// The calling client.
    pub client: Option<String>,
    /// The answer's HTTP status.
    pub status: Option<u16>,
    /// What became of a record or a job.
    pub outcome: Option<&'static str>,
    /// Why, where that needs saying.
    pub reason: Option<String>,
}

impl<T> Ended<T> {
    /// Writes the one line of this work.
    pub fn log(&self, line: &LogLine) {
        let LogLine { function, op, request_id, message_id, client, status, outcome, reason } = line;
        let (request_id, message_id) = (request_id.as_deref(), message_id.as_deref());
        let (client, reason) = (client.as_deref(), reason.as_deref());
        let Spent { requests, read_tenths, write_tenths } = &self.spent;
        let ms = self.watch.millis();
        let cause = self.result.as_ref().err().and_then(Error::cause).map(Cause::for_log);
        macro_rules! write {
            ($level:ident) => {
                tracing::$level!(
                    function,
                    op,
                    status,
                    outcome,
                    reason,
                    ms,
                    request_id,
                    message_id,
                    client,
                    requests,
                    read_tenths,
                    write_tenths,
                    cause,
                    "done"
                )
            };
        }
        if cause.is_some() { write!(error) } else { write!(info) }
    }
}
