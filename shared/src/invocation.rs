//! One invocation of a function, whatever triggers it: deadline, account of requests and units, panic guard, one log
//! line. [`http`](crate::http) and [`events`](crate::events) build on it.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use chrono::NaiveDate;
use futures_util::FutureExt as _;

use crate::clock::{Clock, Deadline, Stopwatch};
use crate::domain::country::Country;
use crate::error::{Cause, Error, Result};
use crate::table::spent::{self, Spent};
use crate::table::{Reader, Writer};

pub use crate::table::spent::{RESERVE, runs_short, so_far as spent_so_far};

/// The state of every function with a table.
#[derive(Clone)]
pub struct Base<Access = Writer> {
    /// Its access to the table.
    pub table: Access,
    /// The country it serves.
    pub country: &'static Country,
    /// Its clock.
    pub clock: Clock,
}

impl<A: Access> Base<A> {
    /// The table, for reading.
    pub fn reader(&self) -> &Reader {
        self.table.reader()
    }

    /// Today's date in the country.
    pub fn today(&self) -> NaiveDate {
        self.clock.now().with_timezone(&self.country.zone()).date_naive()
    }
}

/// A function's access to the table, full or read-only, like its role.
pub trait Access: Send + Sync + 'static {
    /// For reading.
    fn reader(&self) -> &Reader;

    /// For writing, if allowed.
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

/// Finished work: its result and its cost.
#[derive(Debug)]
pub struct Ended<T> {
    /// The result; a panic is an internal error.
    pub result: Result<T>,
    spent: Spent,
    watch: Stopwatch,
}

/// Runs work under a deadline, with an account of its own. Whatever happens inside, even a panic, it returns.
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

/// The log fields of a piece of work besides its cost: never a token, a full number or a body. Fields that do not apply
/// are omitted.
#[derive(Debug, Default)]
pub struct LogLine {
    /// The function.
    pub function: &'static str,
    /// The operation.
    pub op: String,
    /// The gateway's request id.
    pub request_id: Option<String>,
    /// The queue's message id.
    pub message_id: Option<String>,
    /// The calling client.
    pub client: Option<String>,
    /// The client id that came with a failed login, as far as the log may have it.
    pub presented: Option<String>,
    /// The method of a request that no operation takes.
    pub method: Option<String>,
    /// Its path, masked.
    pub path: Option<String>,
    /// The answer's HTTP status.
    pub status: Option<u16>,
    /// The outcome of a message or job.
    pub outcome: Option<&'static str>,
    /// The reason, if it needs one: of a refused request the public half of its error.
    pub reason: Option<String>,
}

impl<T> Ended<T> {
    /// Writes the log line.
    pub fn log(&self, line: &LogLine) {
        let LogLine { function, op, status, outcome, .. } = line;
        let [request_id, message_id] = [&line.request_id, &line.message_id].map(Option::as_deref);
        let [client, presented, reason] = [&line.client, &line.presented, &line.reason].map(Option::as_deref);
        let [method, path] = [&line.method, &line.path].map(Option::as_deref);
        let op = Some(op.as_str()).filter(|op| !op.is_empty());
        let (requests, (read_units, write_units)) = (self.spent.requests, self.spent.units());
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
                    presented,
                    method,
                    path,
                    requests,
                    read_units,
                    write_units,
                    cause,
                    "done"
                )
            };
        }
        if cause.is_some() { write!(error) } else { write!(info) }
    }
}

/// Says in the log what a metric of the template counts for an alarm, and of what.
pub fn ring(words: &'static str, of: &impl std::fmt::Display) {
    tracing::warn!(%of, "{words}");
}
