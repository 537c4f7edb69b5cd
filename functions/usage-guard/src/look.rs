//! One look at a line, or at a contract as a whole.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use shared::domain::billing::cycle::Period;
use shared::domain::billing::parked::Parked;
use shared::domain::billing::pinned::Catalogues;
use shared::domain::event::UsageLookWanted;
use shared::domain::guard::limits::Watched;
use shared::domain::guard::look::{Left, Seen, View, asleep, blind};
use shared::domain::guard::threshold::{Passed, Subject};
use shared::domain::guard::watch::{Room, Watch};
use shared::domain::ids::{ContractId, PlanId};
use shared::domain::subscriber::Subscriber;
use shared::error::{Cause, Error, Result};
use shared::events::{Outcome, Record, together};
use shared::invocation::ring;
use shared::retry::pause;
use shared::table::{Changes, Guarded, Stored};

use crate::UsageGuard;

/// How often a subject is looked at again of which somebody else has told something at the same time.
const ROUNDS: u32 = 8;
const PAUSE: Duration = Duration::from_millis(2);
/// How far clocks may be apart.
const SKEW: TimeDelta = TimeDelta::seconds(5);
/// What the log says of usage that has no price.
const UNPRICED: &str = "usage cannot be priced, so nobody is told of limits";
/// Limits of one transaction, which has a hundred items.
const AT_ONCE: usize = 80;

/// `UsageLookWanted`: looks at each line and contract.
///
/// Each limit that is reached is an item of its own, created where none is, with its event; they come before the watch that
/// lets further usage pass. So a second delivery, two at once and usage that falls and rises again tell nothing twice, and
/// after a crash the limit is found again by the message that comes back. A place in the list of the next look's hour comes
/// before that watch as well: no watch ever promises a look that nobody will take.
///
/// Who was looked at after the message was sent is left alone, and so is who is in a list no more.
pub async fn look(app: &UsageGuard, record: &Record) -> Result<Outcome> {
    let wanted: UsageLookWanted = record.payload()?;
    let tariff = app.tariffs.get(app.base.reader(), record.now).await?;
    let (look, wanted) = (&Look { app, record, catalogues: Catalogues::new(record.country, [tariff]) }, &wanted);
    let lines = app.base.reader().lines(wanted.lines.iter()).await?;
    let due = lines.iter().filter(|line| is_wanted(wanted, line.watch.as_ref()));
    let looked = together::all(due.map(|line| again(move || look.line(line)))).await?;
    let contracts = wanted.contracts.iter().map(|contract| again(move || look.listed(contract, wanted)));
    let contracts = together::all(contracts).await?;
    let any = looked.len() + contracts.into_iter().filter(|looked| *looked).count() > 0;
    Ok(if any { Outcome::Applied } else { Outcome::Duplicate })
}

/// Looks again while somebody else tells the same.
async fn again<T, F: Future<Output = Result<T>>>(look: impl Fn() -> F) -> Result<T> {
    for round in 0..ROUNDS {
        match look().await {
            Err(Error::Stale) => pause(PAUSE, round).await,
            done => return done,
        }
    }
    Err(Error::Unavailable(Cause::text("somebody else keeps looking at the same")))
}

/// Whether nobody has looked since a look was asked for.
fn is_wanted(wanted: &UsageLookWanted, watch: Option<&Watch>) -> bool {
    let Some(watch) = watch else { return true };
    if wanted.listed { watch.listed && watch.next == Some(wanted.at) } else { watch.at <= wanted.at + SKEW }
}

/// What the looks of a message have in common.
struct Look<'a> {
    app: &'a UsageGuard,
    record: &'a Record,
    catalogues: Catalogues,
}

/// What is looked at, and what the look before has left.
struct Target<'a> {
    contract: &'a ContractId,
    subject: Subject,
    plans: Vec<PlanId>,
    before: Option<&'a Watch>,
}

impl Target<'_> {
    fn left(&self, record: &Record) -> Left<'_> {
        Left { contract: self.contract, plans: &self.plans, before: self.before, now: record.now }
    }
}

impl Look<'_> {
    /// A line, and its contract as a whole, if that has limits of its own and may be near one.
    async fn line(&self, line: &Subscriber) -> Result<()> {
        let today = self.record.today();
        let target = Target {
            contract: &line.contract,
            subject: Subject::Line(line.msisdn.clone()),
            plans: line.plans_on(today),
            before: line.watch.as_ref(),
        };
        let guarded = self.guarded(&target).await?;
        let table = &self.app.base.table;
        let Some((guarded, running)) = guarded.as_ref().and_then(|own| Some((own, own.periods.last()?))) else {
            let after = asleep(target.left(self.record), today);
            return table.watch_line(&line.msisdn, target.before, &after).await;
        };
        let of_contract = guarded.books.owner.guard.as_ref();
        let limits = Watched::of_line(of_contract, line.guard.as_ref());
        let after = match self.tell(&target, guarded, &limits).await? {
            Some(seen) => {
                let more = seen.cost.saturating_sub(target.before.map_or(0, |before| before.cost));
                let also = self.beside(&target, of_contract.is_some_and(|own| !own.amounts.is_empty()), more).await?;
                seen.watch(target.left(self.record), also)
            }
            None => Some(blind(target.left(self.record), running)),
        };
        let Some(after) = after else { return Ok(()) };
        self.list(&after, &target).await?;
        table.watch_line(&line.msisdn, target.before, &after).await
    }

    /// What may still be spent of a contract as a whole, if that has limits of its own. The contract is looked at first where
    /// this line has spent much of it since the line was looked at, and where usage has to wake it.
    async fn beside(&self, line: &Target<'_>, has_limits: bool, more: u64) -> Result<Option<u64>> {
        if !has_limits {
            return Ok(None);
        }
        let reader = self.app.base.reader();
        let mut watch = reader.contract_watch(line.contract).await?;
        let is_due = |watch: &Watch| {
            watch.period.to < self.record.today()
                || watch.is_over(self.record.now)
                || watch.rooms.iter().any(|room| room.is_taken_by(more))
        };
        if watch.as_ref().is_none_or(|watch| is_due(&watch.value)) {
            self.whole(line.contract, watch.as_ref()).await?;
            watch = reader.contract_watch(line.contract).await?;
        }
        Ok(watch.and_then(|watch| watch.rooms.first().map(|Room { left, .. }| *left)))
    }

    /// A contract that is in the list of an hour. Whether it was looked at.
    async fn listed(&self, contract: &ContractId, wanted: &UsageLookWanted) -> Result<bool> {
        let watch = self.app.base.reader().contract_watch(contract).await?;
        if !is_wanted(wanted, watch.as_ref().map(|watch| &watch.value)) {
            return Ok(false);
        }
        self.whole(contract, watch.as_ref()).await.map(|()| true)
    }

    /// A contract as a whole.
    async fn whole(&self, contract: &ContractId, before: Option<&Stored<Watch>>) -> Result<()> {
        let target =
            Target { contract, subject: Subject::All, plans: Vec::new(), before: before.map(|before| &before.value) };
        let guarded = self.guarded(&target).await?;
        let Some((guarded, running)) = guarded.as_ref().and_then(|own| Some((own, own.periods.last()?))) else {
            return Ok(());
        };
        let limits = Watched::of_contract(guarded.books.owner.guard.as_ref());
        let after = match self.tell(&target, guarded, &limits).await? {
            Some(seen) => seen.watch(target.left(self.record), None),
            None => Some(blind(target.left(self.record), running)),
        };
        let Some(after) = after else { return Ok(()) };
        self.list(&after, &target).await?;
        let mut changes = Changes::new();
        changes.set_contract_watch(before, &after)?;
        match self.app.base.table.commit(changes, None, self.record.now).await {
            // Another look has left something since.
            Ok(_) | Err(Error::Stale) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn guarded(&self, target: &Target<'_>) -> Result<Option<Guarded>> {
        let (today, zone) = (self.record.today(), self.record.country.zone());
        self.app.base.reader().guarded(target.contract, &target.subject, today, zone).await
    }

    /// Tells the limits that are reached and were not told before, period by period; gives what was seen of the running one.
    /// What a bill would park cannot be seen: the bill run rings for that.
    async fn tell<'s>(
        &'s self,
        target: &'s Target<'_>,
        guarded: &'s Guarded,
        limits: &'s Watched,
    ) -> Result<Option<Seen<'s>>> {
        let (subject, catalogues) = (&target.subject, &self.catalogues);
        let view = View { subject, ledger: &guarded.books.ledger, usage: &guarded.usage, catalogues, limits };
        let mut running = None;
        for period in &guarded.periods {
            running = view.see(period).inspect_err(say).ok();
            if let Some(seen) = &running {
                self.keep(target, guarded, period, seen.passed(self.record.now)).await?;
            }
        }
        Ok(running)
    }

    /// Keeps what is new of the limits that are reached.
    async fn keep(&self, target: &Target<'_>, guarded: &Guarded, period: &Period, passed: Vec<Passed>) -> Result<()> {
        if passed.is_empty() {
            return Ok(());
        }
        let table = &self.app.base.table;
        let known = table.reader().passed(target.contract, period.start, &target.subject).await?;
        let known: BTreeSet<_> = known.iter().map(|passed| passed.threshold.to_string()).collect();
        let new: Vec<_> = passed.into_iter().filter(|one| !known.contains(&one.threshold.to_string())).collect();
        for some in new.chunks(AT_ONCE) {
            let mut changes = Changes::new();
            for passed in some {
                changes.add_passed(&guarded.books.owner.customer, target.contract, passed)?;
            }
            table.commit(changes, None, self.record.now).await?;
        }
        Ok(())
    }

    /// A place in the list of the hour of the next look.
    async fn list(&self, after: &Watch, target: &Target<'_>) -> Result<()> {
        match after.next.filter(|_| after.listed) {
            Some(next) => self.app.base.table.list_look(next, target.contract, &target.subject).await,
            None => Ok(()),
        }
    }
}

/// The kind of reason alone: the reason may name a line.
fn say(parked: &Parked) {
    ring(UNPRICED, &parked.kind());
}
