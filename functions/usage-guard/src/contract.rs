//! Looks at some lines of a contract, and at the contract as a whole.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use futures_util::{StreamExt as _, stream};
use shared::domain::billing::cycle::Period;
use shared::domain::billing::ledger::Ledger;
use shared::domain::billing::parked::Parked;
use shared::domain::billing::usage::DayTotal;
use shared::domain::guard::limits::Watched;
use shared::domain::guard::look::{Left, Seen, View, asleep, blind, of_line, periods};
use shared::domain::guard::threshold::{Passed, Subject, Threshold};
use shared::domain::guard::watch::Watch;
use shared::domain::ids::{ContractId, CustomerCode, PlanId};
use shared::domain::subscriber::Subscriber;
use shared::error::{Error, Result};
use shared::invocation::ring;
use shared::table::{Books, Changes, Stored};

use crate::look::{Done, Group, Look, What, again, is_wanted};

/// Lines that are looked at at once.
const AT_ONCE: usize = 16;
/// Limits of one transaction, which has a hundred items.
const LIMITS: usize = 80;
/// What the log says of usage that has no price.
const UNPRICED: &str = "usage cannot be priced, so nobody is told of limits";

/// What is looked at, with all that a look reads.
struct Sight<'a> {
    subject: Subject,
    contract: &'a ContractId,
    customer: &'a CustomerCode,
    plans: Vec<PlanId>,
    before: Option<&'a Watch>,
    ledger: Ledger,
    usage: Vec<DayTotal>,
    limits: Watched,
    periods: &'a [Period],
}

impl Look<'_> {
    /// The lines of a contract that are wanted, and the contract as a whole: when it is in a list, when it has to be looked at anyway
    /// because of the time, and when these lines together have spent much of what is left to all.
    ///
    /// What lines have reached is told first, then what the contract has, and only then the lines' watches let usage pass: a
    /// crash in between begins anew with all of it.
    pub async fn contract<'a>(&self, id: &'a ContractId, group: &Group<'a>) -> Done<'a> {
        let mut done = Done::default();
        if let Err(error) = self.all(id, group, &mut done).await {
            // Nothing of it is done.
            let whole = group.wanted.map(|_| What::Contract(id));
            done.failed = group.lines.iter().map(|line| What::Line(line)).chain(whole).collect();
            done.error = Some(error);
        }
        done
    }

    async fn all<'a>(&self, id: &'a ContractId, group: &Group<'a>, done: &mut Done<'a>) -> Result<()> {
        let (today, zone) = (self.record.today(), self.record.country.zone());
        let books = self.app.base.reader().books(id, zone).await?;
        let first = books.as_ref().map(|books| books.owner.contract.first);
        let books = books.map(|books| (periods(&books.billed, &books.owner.contract, today), books));
        let Some((periods, books)) = books.filter(|(periods, _)| !periods.is_empty()) else {
            let asleep = group.lines.iter().map(|line| async move { (*line, self.sleep(line, first).await) });
            let asleep = side_by_side(asleep).await;
            done.take(asleep);
            return Ok(());
        };
        let (books, periods) = (&books, periods.as_slice());
        let read = group.lines.iter().map(|line| async move { (*line, self.line(books, periods, line).await) });
        let sights = done.take(side_by_side(read).await);
        let told = sights.iter().map(|(line, sight)| async move {
            let seen = again(|| self.tell(sight)).await;
            (*line, seen.map(|seen| (sight, seen)))
        });
        let seen = done.take(side_by_side(told).await);
        let spent = seen.iter().filter_map(|(_, (sight, seen))| {
            let before = sight.before.map_or(0, |before| before.cost);
            seen.as_ref().map(|seen| seen.cost.saturating_sub(before))
        });
        let also = self.whole_too(books, periods, group, spent.fold(0, u64::saturating_add)).await?;
        done.any |= group.wanted.is_some();
        let left = seen
            .iter()
            .map(|(line, (sight, seen))| async move { (*line, self.leave(sight, seen.as_ref(), also).await) });
        done.take(side_by_side(left).await);
        Ok(())
    }

    /// A line whose contract is not there, or has no period that runs.
    async fn sleep(&self, line: &Subscriber, first: Option<NaiveDate>) -> Result<()> {
        let today = self.record.today();
        let (plans, before) = (line.plans_on(today), line.watch.as_ref());
        let left = Left { contract: &line.contract, plans: &plans, before, now: self.record.now };
        self.app.base.table.watch_line(&line.msisdn, before, &asleep(left, today, first)).await
    }

    async fn line<'a>(&self, books: &'a Books, periods: &'a [Period], line: &'a Subscriber) -> Result<Sight<'a>> {
        let ledger = of_line(&books.ledger, &line.msisdn);
        let usage = self.app.base.reader().usage_in(&ledger.lines, periods, self.sure_from).await?;
        Ok(Sight {
            subject: Subject::Line(line.msisdn.clone()),
            contract: &line.contract,
            customer: &books.owner.value.customer,
            plans: line.plans_on(self.record.today()),
            before: line.watch.as_ref(),
            ledger,
            usage,
            limits: Watched::of_line(books.owner.guard.as_ref(), line.guard.as_ref()),
            periods,
        })
    }

    /// Leaves on a line what was seen, and before that its place in the list of the next look.
    async fn leave(&self, sight: &Sight<'_>, seen: Option<&Seen<'_>>, also: Option<u64>) -> Result<()> {
        let Some(after) = self.after(sight, seen, also) else { return Ok(()) };
        let Some(line) = sight.subject.line() else { return Ok(()) };
        self.list(&after, sight).await?;
        self.app.base.table.watch_line(line, sight.before, &after).await
    }

    fn after(&self, sight: &Sight<'_>, seen: Option<&Seen<'_>>, also: Option<u64>) -> Option<Watch> {
        let left = Left { contract: sight.contract, plans: &sight.plans, before: sight.before, now: self.record.now };
        match seen {
            Some(seen) => seen.watch(left, also),
            None => sight.periods.last().map(|running| blind(left, running)),
        }
    }

    /// The contract as a whole, if it has limits of its own, and if it is to be looked at. What each of its lines may still spend of
    /// them: an equal part, so that all of them together are seen before all is spent.
    async fn whole_too(&self, books: &Books, periods: &[Period], group: &Group<'_>, spent: u64) -> Result<Option<u64>> {
        let id = &books.owner.contract.id;
        let has_limits = books.owner.guard.as_ref().is_some_and(|own| !own.amounts.is_empty());
        if !has_limits && group.wanted.is_none() {
            return Ok(None);
        }
        let reader = self.app.base.reader();
        let mut watch = reader.contract_watch(id).await?;
        if self.is_due(watch.as_ref().map(|watch| &watch.value), group, spent) {
            again(|| self.whole(books, periods, watch.as_ref())).await?;
            watch = reader.contract_watch(id).await?;
        }
        Ok(watch.and_then(|watch| Some(watch.rooms.first()?.left / watch.lines.max(1))))
    }

    fn is_due(&self, watch: Option<&Watch>, group: &Group<'_>, spent: u64) -> bool {
        let Some(watch) = watch else { return true };
        group.wanted.is_some_and(|wanted| is_wanted(wanted, Some(watch)))
            || !group.lines.is_empty()
                && (watch.period.to < self.record.today()
                    || watch.is_over(self.record.now)
                    || watch.is_spent(spent, group.lines.len() as u64, self.record.now))
    }

    async fn whole(&self, books: &Books, periods: &[Period], before: Option<&Stored<Watch>>) -> Result<()> {
        let lines = &books.ledger.lines;
        let sight = Sight {
            subject: Subject::All,
            contract: &books.owner.contract.id,
            customer: &books.owner.value.customer,
            plans: Vec::new(),
            before: before.map(|before| &before.value),
            ledger: books.ledger.clone(),
            usage: self.app.base.reader().usage_in(lines, periods, self.sure_from).await?,
            limits: Watched::of_contract(books.owner.guard.as_ref()),
            periods,
        };
        let seen = self.tell(&sight).await?;
        let Some(after) = self.after(&sight, seen.as_ref(), None) else { return Ok(()) };
        self.list(&after, &sight).await?;
        let mut changes = Changes::new();
        changes.set_contract_watch(before, &after)?;
        match self.app.base.table.commit(changes, None, self.record.now).await {
            // Another look has left something since.
            Ok(_) | Err(Error::Stale) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Tells the limits that are reached and were not told before, period by period; gives what was seen of the running one.
    /// What a bill would park cannot be seen: the bill run rings for that. Nobody can agree to data roaming of a period that is
    /// over, so it is held in none.
    async fn tell<'s>(&'s self, sight: &'s Sight<'_>) -> Result<Option<Seen<'s>>> {
        let Sight { subject, ledger, usage, limits, .. } = sight;
        let view = View { subject, ledger, usage, catalogues: &self.catalogues, limits };
        let mut running = None;
        for (at, period) in sight.periods.iter().enumerate() {
            running = view.see(period).inspect_err(say).ok();
            if let Some(seen) = &running {
                let is_over = at + 1 < sight.periods.len();
                let mut passed = seen.passed(self.record.now);
                passed.retain(|passed| !(is_over && matches!(passed.threshold, Threshold::RoamingCap(_))));
                self.keep(sight, period, passed).await?;
            }
        }
        Ok(running)
    }

    /// Keeps what is new of the limits that are reached.
    async fn keep(&self, sight: &Sight<'_>, period: &Period, passed: Vec<Passed>) -> Result<()> {
        if passed.is_empty() {
            return Ok(());
        }
        let table = &self.app.base.table;
        let known = table.reader().passed(sight.contract, period.start, &sight.subject).await?;
        let known: BTreeSet<_> = known.iter().map(|passed| passed.threshold.to_string()).collect();
        let new: Vec<_> = passed.into_iter().filter(|one| !known.contains(&one.threshold.to_string())).collect();
        for some in new.chunks(LIMITS) {
            let mut changes = Changes::new();
            for passed in some {
                changes.add_passed(sight.customer, sight.contract, passed)?;
            }
            table.commit(changes, None, self.record.now).await?;
        }
        Ok(())
    }

    /// A place in the list of the hour of the next look.
    async fn list(&self, after: &Watch, sight: &Sight<'_>) -> Result<()> {
        match after.next.filter(|_| after.listed) {
            Some(next) => self.app.base.table.list_look(next, sight.contract, &sight.subject).await,
            None => Ok(()),
        }
    }
}

/// Many at once, in no order.
async fn side_by_side<T>(work: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    // Collected, because a stream of borrowed work is nothing that can be sent to another thread.
    let work: Vec<_> = work.collect();
    stream::iter(work).buffer_unordered(AT_ONCE).collect().await
}

/// The kind of reason alone: the reason may name a line.
fn say(parked: &Parked) {
    ring(UNPRICED, &parked.kind());
}
