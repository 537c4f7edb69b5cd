//! What a call has spent on the store, and how long it may go on. Dispatch opens the account; every request to the
//! store is entered. Outside dispatch nothing is counted and nothing is cut off.

use std::cell::RefCell;
use std::future::Future;
use std::time::Duration;

use aws_sdk_dynamodb::types::ConsumedCapacity;

use crate::clock::Deadline;
use crate::error::{Cause, Error};

/// Nothing new is started with less than this left: the answer must still get out.
pub const RESERVE: Duration = Duration::from_millis(500);

/// Requests to the store and what they consumed.
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

/// Runs a call with an account of its own and says what it spent.
pub async fn count<F: Future>(deadline: Deadline, call: F) -> (F::Output, Spent) {
    let account = Account { deadline, spent: RefCell::default() };
    ACCOUNT
        .scope(account, async {
            let output = call.await;
            (output, ACCOUNT.with(|account| account.spent.borrow().clone()))
        })
        .await
}

/// Runs one request to the store: refused when too little time is left, cut off before the invocation is.
///
/// The SDK's futures take some 20 KB each. They go to the heap here, or every caller up to dispatch would hold copies
/// of them on its stack.
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

/// What kind of request consumed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    Read,
    Write,
}

/// Enters what a request consumed.
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
