//! What an invocation has spent, and how long it may go on. `invocation::run` opens the account;
//! every request to the table, the bucket and the queues is entered. Outside of it nothing is counted or cut off.

use std::cell::RefCell;
use std::future::Future;
use std::time::Duration;

use aws_sdk_dynamodb::types::ConsumedCapacity;

use crate::clock::Deadline;
use crate::error::{Cause, Error};
use crate::retry;

/// Nothing new is started with less than this left: the answer must still get out.
pub const RESERVE: Duration = Duration::from_millis(500);

/// With less than this left, work that can be done in parts ends with what it has: another request may take so long with
/// its retries.
const SHORT: Duration = Duration::from_secs(2);

/// Requests to the table, the bucket and the queues, and the table's units they consumed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spent {
    /// Requests sent (an SDK retry is not counted again).
    pub requests: u32,
    /// Read units, in tenths: an eventually consistent read of a small item is 5.
    pub read_tenths: u64,
    /// Write units, in tenths.
    pub write_tenths: u64,
}

struct Account {
    deadline: Deadline,
    spent: RefCell<Spent>,
}

tokio::task_local! {
    static ACCOUNT: Account;
}

impl Spent {
    /// Read units and write units, as numbers for the log.
    pub fn units(&self) -> (f64, f64) {
        let units = |tenths: u64| format!("{}.{}", tenths / 10, tenths % 10).parse().unwrap_or_default();
        (units(self.read_tenths), units(self.write_tenths))
    }
}

/// Runs `work` with an account of its own and returns what it spent.
pub async fn count<F: Future>(deadline: Deadline, work: F) -> (F::Output, Spent) {
    let account = Account { deadline, spent: RefCell::default() };
    ACCOUNT
        .scope(account, async {
            let output = work.await;
            (output, ACCOUNT.with(|account| account.spent.borrow().clone()))
        })
        .await
}

/// What the work in whose account this is called has spent so far.
pub fn so_far() -> Spent {
    ACCOUNT.try_with(|account| account.spent.borrow().clone()).unwrap_or_default()
}

/// Whether time runs short for the work in whose account this is called: another request might not be answered in time.
pub fn runs_short() -> bool {
    ACCOUNT.try_with(|account| account.deadline.left() < SHORT).unwrap_or(false)
}

/// Sends one request: refused when too little time is left, cut off before the invocation is.
///
/// The SDK's futures take some 20 KB each. They are boxed here, or every caller up the stack would hold a copy.
pub(crate) fn request<F: Future>(request: F) -> impl Future<Output = Result<F::Output, Error>> {
    bounded(Box::pin(request))
}

async fn bounded<F: Future>(request: F) -> Result<F::Output, Error> {
    let Ok(left) = ACCOUNT.try_with(|account| {
        account.spent.borrow_mut().requests += 1;
        account.deadline.left()
    }) else {
        return Ok(request.await);
    };
    if left < RESERVE {
        return Err(Error::Unavailable(Cause::text("no time left for another request to the store")));
    }
    tokio::time::timeout(left - RESERVE / 2, request)
        .await
        .map_err(|_| Error::Unavailable(Cause::text("the store did not answer before the deadline")))
}

/// Waits before something is asked for again, as [`pause`](crate::retry::pause) does, but not beyond the time that is
/// left.
///
/// # Errors
/// 503 when the wait would end too late for another request.
pub(crate) async fn pause(shortest: Duration, attempt: u32) -> Result<(), Error> {
    let left = ACCOUNT.try_with(|account| account.deadline.left().saturating_sub(RESERVE)).unwrap_or(Duration::MAX);
    let late = |_| Error::Unavailable(Cause::text("no time left to ask the store again"));
    tokio::time::timeout(left, retry::pause(shortest, attempt)).await.map_err(late)
}

/// Which units a request consumed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    Read,
    Write,
}

/// Adds what a request consumed to the account.
pub(super) fn enter<'a>(side: Side, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
    let tenths: u64 = consumed.into_iter().filter_map(|capacity| capacity.capacity_units()).map(tenths).sum();
    let _ = ACCOUNT.try_with(|account| {
        let mut spent = account.spent.borrow_mut();
        match side {
            Side::Read => spent.read_tenths += tenths,
            Side::Write => spent.write_tenths += tenths,
        }
    });
}

/// Units come as a float; they are multiples of a half, so their text is exact.
fn tenths(units: f64) -> u64 {
    let text = format!("{units:.1}");
    text.replace('.', "").parse().unwrap_or(0)
}
