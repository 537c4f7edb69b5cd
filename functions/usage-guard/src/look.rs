//! Looks at the lines and contracts of a message.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{NaiveDate, TimeDelta};
use futures_util::{StreamExt as _, stream};
use shared::domain::billing::pinned::Catalogues;
use shared::domain::event::UsageLookWanted;
use shared::domain::guard::watch::Watch;
use shared::domain::ids::ContractId;
use shared::domain::subscriber::Subscriber;
use shared::error::{Cause, Error, Result};
use shared::events::{Outcome, Record, message};
use shared::queue::CONTINUED;
use shared::retry::pause;

use crate::UsageGuard;

/// Contracts that are looked at at once.
const AT_ONCE: usize = 8;
/// How often a subject is looked at again of which somebody else has told something at the same time.
const ROUNDS: u32 = 8;
const PAUSE: Duration = Duration::from_millis(2);
/// How far clocks may be apart.
const SKEW: TimeDelta = TimeDelta::seconds(5);

/// `UsageLookWanted`: looks at each line and contract, contract by contract, so that the books of each are read once.
///
/// Each limit that is reached is an item of its own, created where none is, with its event; they come before the watch that
/// lets further usage pass. So a second delivery, two at once and usage that falls and rises again tell nothing twice, and
/// after a crash the limit is found again by the message that comes back. A place in the list of the next look's hour comes
/// before that watch as well: no watch ever promises a look that nobody will take.
///
/// Who was looked at after the message was sent is left alone, and so is who is in a list no more. What fails of several goes on in
/// a message of its own, for none of the others to wait for it; only then the message is done, and a crash before does it again.
pub async fn look(app: &UsageGuard, record: &Record) -> Result<Outcome> {
    let wanted: UsageLookWanted = record.payload()?;
    let tariff = app.tariffs.get(app.base.reader(), record.now).await?;
    // Usage of today, or of an evening that comes after midnight.
    let sure_from = record.today().pred_opt().filter(|_| !wanted.listed);
    let look = Look { app, record, catalogues: Catalogues::new(record.country, [tariff]), sure_from };
    let lines = app.base.reader().lines(wanted.lines.iter()).await?;
    let mut groups: BTreeMap<&ContractId, Group<'_>> = BTreeMap::new();
    for line in lines.iter().filter(|line| is_wanted(&wanted, line.watch.as_ref())) {
        groups.entry(&line.contract).or_default().lines.push(line);
    }
    for contract in &wanted.contracts {
        groups.entry(contract).or_default().wanted = Some(&wanted);
    }
    let looks: Vec<_> = groups.iter().map(|(contract, group)| look.contract(contract, group)).collect();
    let mut done: Vec<Done<'_>> = stream::iter(looks).buffer_unordered(AT_ONCE).collect().await;
    let any = done.iter().any(|done| done.any);
    let error = done.iter_mut().find_map(|done| done.error.take());
    let failed: Vec<What<'_>> = done.into_iter().flat_map(|done| done.failed).collect();
    if let Some(error) = error.filter(|_| wanted.lines.len() + wanted.contracts.len() == 1) {
        return Err(error);
    }
    for (at, what) in failed.iter().enumerate() {
        app.own_queue.send(&message(&what.alone(&wanted), &format!("{}:{at}", record.id))?, CONTINUED).await?;
    }
    Ok(if any || !failed.is_empty() { Outcome::Applied } else { Outcome::Duplicate })
}

/// Looks again while somebody else tells the same.
pub async fn again<T, F: Future<Output = Result<T>>>(look: impl Fn() -> F) -> Result<T> {
    for round in 0..ROUNDS {
        match look().await {
            Err(Error::Stale) => pause(PAUSE, round).await,
            done => return done,
        }
    }
    Err(Error::Unavailable(Cause::text("somebody else keeps looking at the same")))
}

/// Whether nobody has looked since a look was asked for.
pub fn is_wanted(wanted: &UsageLookWanted, watch: Option<&Watch>) -> bool {
    let Some(watch) = watch else { return true };
    if wanted.listed { watch.listed && watch.next == Some(wanted.at) } else { watch.at <= wanted.at + SKEW }
}

/// What the looks of a message have in common.
pub struct Look<'a> {
    pub app: &'a UsageGuard,
    pub record: &'a Record,
    pub catalogues: Catalogues,
    /// From which day on usage was written a moment ago, so that it has to be read strongly.
    pub sure_from: Option<NaiveDate>,
}

/// What of a contract is looked at.
#[derive(Default)]
pub struct Group<'a> {
    pub lines: Vec<&'a Subscriber>,
    /// By whom the contract as a whole is asked for.
    pub wanted: Option<&'a UsageLookWanted>,
}

/// What was not looked at.
#[derive(Clone, Copy)]
pub enum What<'a> {
    Line(&'a Subscriber),
    Contract(&'a ContractId),
}

impl What<'_> {
    fn alone(&self, wanted: &UsageLookWanted) -> UsageLookWanted {
        let (lines, contracts) = match self {
            Self::Line(line) => (vec![line.msisdn.clone()], Vec::new()),
            Self::Contract(contract) => (Vec::new(), vec![(*contract).clone()]),
        };
        UsageLookWanted { lines, contracts, at: wanted.at, listed: wanted.listed }
    }
}

/// What became of the looks at a contract and its lines.
#[derive(Default)]
pub struct Done<'a> {
    /// Whether anything was looked at.
    pub any: bool,
    /// What was not.
    pub failed: Vec<What<'a>>,
    /// Why, of one of them.
    pub error: Option<Error>,
}

impl<'a> Done<'a> {
    /// Keeps which lines failed, and gives the others.
    pub fn take<T>(&mut self, lines: Vec<(&'a Subscriber, Result<T>)>) -> Vec<(&'a Subscriber, T)> {
        let mut good = Vec::with_capacity(lines.len());
        for (line, result) in lines {
            match result {
                Ok(value) => good.push((line, value)),
                Err(error) => {
                    self.failed.push(What::Line(line));
                    self.error = Some(error);
                }
            }
        }
        self.any |= !good.is_empty();
        good
    }
}
