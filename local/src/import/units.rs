//! What records change, each for itself, set together: many batches and transactions at once, and what the table does not take is
//! told with its line.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use shared::error::{Cause, Error};
use shared::retry::pause;
use shared::table::{Changes, Unloaded};

use super::Import;
use super::thing::Told;

/// How much is read, or decided, at once.
const AT_ONCE: usize = 16;
/// Keys of one batch of reads.
const KEYS: usize = 100;
/// How often what somebody else changes at the same time is looked at again.
pub(super) const ROUNDS: u32 = 20;
/// The shortest wait before that.
pub(super) const PAUSE: Duration = Duration::from_millis(1);

/// What a record changes.
pub(super) struct Unit {
    /// The record's line.
    pub line: u64,
    /// The changes.
    pub changes: Changes,
}

/// What records change, as it was decided on what the table had.
#[derive(Default)]
pub(super) struct Decided {
    /// Whole items, whatever is there: in batches.
    pub set: Vec<Unit>,
    /// What was decided on what is there: each in one transaction, with others for the sake of speed.
    pub change: Vec<Unit>,
}

/// Why a step stopped.
#[derive(Debug)]
pub(super) struct Failed {
    /// The line at fault, if it is a line's.
    pub line: Option<u64>,
    /// Why.
    pub cause: Error,
}

impl From<Error> for Failed {
    fn from(cause: Error) -> Self {
        Self { line: None, cause }
    }
}

/// Names the line of a failure, unless it is the store's.
pub(super) fn at(line: u64) -> impl Fn(Error) -> Failed {
    move |cause| Failed { line: (!matches!(cause, Error::Unavailable(_))).then_some(line), cause }
}

impl Decided {
    /// Adds whole items.
    pub(super) fn set(&mut self, line: u64, changes: Changes) {
        self.set.push(Unit { line, changes });
    }

    /// Adds what was decided on what is there.
    pub(super) fn change(&mut self, line: u64, changes: Changes) {
        self.change.push(Unit { line, changes });
    }
}

/// Takes lines and changes apart.
fn apart(units: Vec<Unit>) -> (Vec<u64>, Vec<Changes>) {
    units.into_iter().filter(|unit| !unit.changes.is_empty()).map(|Unit { line, changes }| (line, changes)).unzip()
}

fn failed(lines: &[u64], Unloaded { part, cause }: Unloaded) -> Failed {
    let line = part.and_then(|part| lines.get(part)).copied();
    Failed { line: line.filter(|_| !matches!(cause, Error::Unavailable(_))), cause }
}

impl Import<'_> {
    /// Sets whole items.
    pub(super) async fn set(&self, units: Vec<Unit>) -> Result<(), Failed> {
        let (lines, parts) = apart(units);
        self.writer.load_all(parts).await.map_err(|unloaded| failed(&lines, unloaded))
    }

    /// Decides records on what the table has, and sets that. Those of which it has become something else in between are decided
    /// again on what it is then; done twice, nothing is different the second time.
    pub(super) async fn settle<T>(
        &self,
        mut told: Vec<Told<T>>,
        decide: impl AsyncFn(&[Told<T>]) -> Result<Decided, Failed>,
    ) -> Result<(), Failed> {
        for round in 0..ROUNDS {
            if told.is_empty() {
                return Ok(());
            }
            let Decided { set, change } = decide(&told).await?;
            self.set(set).await?;
            let (lines, parts) = apart(change);
            let stale = self.writer.commit_all(parts, self.clock.now()).await;
            let stale = stale.map_err(|unloaded| failed(&lines, unloaded))?;
            let again: BTreeSet<_> = stale.into_iter().filter_map(|part| lines.get(part)).collect();
            told.retain(|told| again.contains(&told.line));
            if !told.is_empty() {
                pause(PAUSE, round).await;
            }
        }
        if told.is_empty() { Ok(()) } else { Err(keeps_changing().into()) }
    }
}

/// Something that is to be set keeps changing under it.
pub(super) fn keeps_changing() -> Error {
    Error::Unavailable(Cause::text("what is to be loaded keeps changing"))
}

/// Reads things by their keys, many batches at once, in the order of the keys.
pub(super) async fn read<K: Clone, T>(
    keys: impl IntoIterator<Item = K>,
    read: impl AsyncFn(Vec<K>) -> Result<Vec<T>, Error>,
) -> Result<Vec<T>, Error> {
    let keys: Vec<_> = keys.into_iter().collect();
    let parts: Vec<_> = keys.chunks(KEYS).map(<[K]>::to_vec).collect();
    stream::iter(parts.into_iter().map(|part| read(part))).buffered(AT_ONCE).try_concat().await
}

/// Decides records one by one, many at once, in their order.
pub(super) async fn each<T, D>(
    all: impl IntoIterator<Item = T>,
    decide: impl AsyncFn(T) -> Result<D, Failed>,
) -> Result<Vec<D>, Failed> {
    stream::iter(all.into_iter().map(|one| decide(one))).buffered(AT_ONCE).try_collect().await
}
