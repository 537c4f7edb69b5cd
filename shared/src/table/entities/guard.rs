//! The bill shock guard: what a look reads, what it leaves, and the lists of looks to come.

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Utc};
use futures_util::future::try_join;
use serde::{Deserialize, Serialize};

use super::contract::Books;
use super::statement::Wanted;
use crate::domain::billing::cycle::{Days, Period};
use crate::domain::billing::ledger::LineSpan;
use crate::domain::billing::usage::DayTotal;
use crate::domain::event::{DataRoamingHeld, DataRoamingReleased, UsageThresholdReached};
use crate::domain::guard::look::{of_line, period_of};
use crate::domain::guard::standing::Told;
use crate::domain::guard::threshold::{Agreement, Passed, Subject, Threshold};
use crate::domain::guard::watch::Watch;
use crate::domain::ids::{ContractId, CustomerCode};
use crate::domain::money::Money;
use crate::domain::msisdn::Msisdn;
use crate::domain::period::{Hour, midnight_of};
use crate::error::{Error, Result};
use crate::table::item::{self, Item, number, stored, text_of, value, values};
use crate::table::keys::{self, SK, TTL};
use crate::table::page::{Paged, Sieve, Window};
use crate::table::read::{Freshness, Order};
use crate::table::{Changes, Reader, Stored, Writer};

/// The attribute of a line with what the last look has left.
const WATCH: &str = "watch";
/// What of it tells one look from another.
const AT: &str = "at";
/// What was reached in a period is kept for so long after its end.
const KEPT: TimeDelta = TimeDelta::days(400);
/// An entry of a list is kept for so long: as long as nobody may have walked it.
const LISTED: TimeDelta = TimeDelta::days(35);

/// A contract in the period that runs, as a subject of it is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The contract, with the part of its ledger that is the subject's.
    pub books: Books,
    /// The period.
    pub period: Period,
    /// The subject's usage in it.
    pub usage: Vec<DayTotal>,
    /// What was told of the subject in it.
    pub told: Told,
}

/// Who may agree to data roaming of a line, until when, and what was told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreeable {
    /// The customer of the contract that pays.
    pub customer: CustomerCode,
    /// The period that runs.
    pub period: Days,
    /// What was told of the line in it.
    pub told: Told,
}

/// A place in the list of an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The contract that paid when it was listed.
    pub contract: ContractId,
    /// Who is to be looked at.
    pub subject: Subject,
}

/// How far the lists are walked.
#[derive(Serialize, Deserialize)]
struct Walked {
    through: Hour,
}

impl Reader {
    /// The usage of some lines of a contract in the periods that a look is about, the earliest first. One query for each line,
    /// half a unit for each 4 KB of its days; with a day from which on it has to be all that is written by now, another one, a unit
    /// for each 4 KB from that day on.
    pub async fn usage_in(
        &self,
        lines: &[LineSpan],
        periods: &[Period],
        sure_from: Option<NaiveDate>,
    ) -> Result<Vec<DayTotal>> {
        let (Some(first), Some(last)) = (periods.first(), periods.last()) else { return Ok(Vec::new()) };
        let (from, to) = (first.start, last.end);
        let sure_from = sure_from.map(|day| day.max(from));
        let before = sure_from.map_or(Some(to), |day| day.pred_opt());
        let of = async |days: Option<Days>, sure_until| match days.filter(|days| days.from <= days.to) {
            Some(days) => self.usage_of_lines(lines, Wanted { days, sure_until }).await,
            None => Ok(Vec::new()),
        };
        let eventual = of(before.map(|to| Days { from, to }), None);
        let sure = of(sure_from.map(|from| Days { from, to }), Some(to));
        let (mut usage, sure) = try_join(eventual, sure).await?;
        usage.extend(sure);
        usage.sort_by(|one, other| (&one.line, one.day).cmp(&(&other.line, other.day)));
        Ok(usage)
    }

    /// The limits that a subject has reached in the period that begins on a day. One query, a unit for each 4 KB.
    pub async fn passed(&self, contract: &ContractId, start: NaiveDate, subject: &Subject) -> Result<Vec<Passed>> {
        values(self.query(keys::thresholds(contract, start, subject), Freshness::Strong, Order::Ascending).await?)
    }

    /// What was told of a subject in the period that begins on a day, and what its customer has said. One query, a unit for each
    /// 4 KB, and of a line one strong get, at the same time.
    pub async fn told_of(&self, contract: &ContractId, start: NaiveDate, subject: &Subject) -> Result<Told> {
        let agreement = async {
            let Some(line) = subject.line() else { return Ok(None) };
            self.get(keys::agreement(contract, start, line), Freshness::Strong).await?.map(value).transpose()
        };
        let (passed, agreement) = try_join(self.passed(contract, start, subject), agreement).await?;
        Ok(Told { passed, agreement })
    }

    /// A contract in the period of a day, as a subject of it is shown it; none when it is not there, or no period of it runs. The
    /// books of the contract, one strong query; then at the same time what was told, and one query for each line's usage.
    pub async fn running(
        &self,
        contract: &ContractId,
        subject: &Subject,
        today: NaiveDate,
        zone: FixedOffset,
    ) -> Result<Option<Running>> {
        let Some((mut books, period)) = self.books_on(contract, today, zone).await? else { return Ok(None) };
        if let Some(line) = subject.line() {
            books.ledger = of_line(&books.ledger, line);
        }
        let wanted = Wanted { days: period.days(), sure_until: None };
        let told = self.told_of(contract, period.start, subject);
        let (usage, told) = try_join(self.usage_of(&books, wanted), told).await?;
        Ok(Some(Running { books, period, usage, told }))
    }

    /// What an agreement to data roaming of a line, on a day, is about; none when its contract is not there, or no period of it
    /// runs. The books of the contract, one strong query; then what was told.
    pub async fn agreeable(
        &self,
        contract: &ContractId,
        line: &Msisdn,
        today: NaiveDate,
        zone: FixedOffset,
    ) -> Result<Option<Agreeable>> {
        let Some((books, period)) = self.books_on(contract, today, zone).await? else { return Ok(None) };
        let told = self.told_of(contract, period.start, &Subject::Line(line.clone())).await?;
        Ok(Some(Agreeable { customer: books.owner.value.customer, period: period.days(), told }))
    }

    async fn books_on(
        &self,
        contract: &ContractId,
        today: NaiveDate,
        zone: FixedOffset,
    ) -> Result<Option<(Books, Period)>> {
        let Some(books) = self.books(contract, zone).await? else { return Ok(None) };
        let period = period_of(&books.billed, &books.owner.contract, today);
        Ok(period.map(|period| (books, period)))
    }

    /// What the last look has left of a contract as a whole. One strong get.
    pub async fn contract_watch(&self, contract: &ContractId) -> Result<Option<Stored<Watch>>> {
        self.get(keys::contract_watch(contract), Freshness::Strong).await?.map(stored).transpose()
    }

    /// A page of one of the lists of an hour. One query, half a unit for each 4 KB.
    pub async fn looks(&self, hour: Hour, list: u8, window: &Window) -> Result<Paged<Listed>> {
        let read = |item: Item| {
            let sk = text_of(&item, SK).unwrap_or_default();
            let read = keys::read_look(sk).and_then(|(contract, subject)| {
                let subject = match subject {
                    "all" => Subject::All,
                    line => Subject::Line(line.to_owned().try_into().ok()?),
                };
                Some(Listed { contract, subject })
            });
            read.map(Some).ok_or_else(|| Error::internal("an unreadable key of a look"))
        };
        self.page(keys::looks(hour, list), Freshness::Eventual, window, Sieve::All, read).await
    }

    /// The last hour whose lists are walked, if any is. One strong get.
    pub async fn looks_walked(&self) -> Result<Option<Hour>> {
        let walked: Option<Walked> = self.get(keys::looks_walked(), Freshness::Strong).await?.map(value).transpose()?;
        Ok(walked.map(|walked| walked.through))
    }
}

impl Changes {
    /// Keeps that a limit is reached, with the event that tells the world. There is one for each limit, subject and period: if
    /// it is there, the whole commit is [`Error::Stale`].
    pub fn add_passed(&mut self, customer: &CustomerCode, contract: &ContractId, passed: &Passed) -> Result<()> {
        let Passed { subject, period, threshold, used, of, estimate, at } = passed.clone();
        let mut item = item::item(keys::threshold(contract, period.from, &subject, &threshold), passed)?;
        item.insert(TTL.to_owned(), kept(period));
        let told = |measure, plan, allowance, percent| {
            let msisdn = subject.line();
            UsageThresholdReached {
                customer,
                contract,
                msisdn,
                period,
                measure,
                plan,
                allowance,
                percent,
                used,
                of,
                estimate,
                at,
            }
        };
        match &threshold {
            Threshold::Allowance { plan, allowance, percent } => {
                let percent = Some(u8::from(*percent));
                item::tell(&mut item, &told("allowance", Some(plan), Some(allowance), percent), at)?;
            }
            Threshold::Amount(_) => item::tell(&mut item, &told("amount", None, None, None), at)?,
            Threshold::RoamingCap(cap) => {
                let msisdn = subject.line().ok_or_else(|| Error::internal("data roaming of no line"))?;
                let [cap, used] = [cap.minor(), used].map(|minor| Money::of_minor(minor, estimate.currency));
                let held = DataRoamingHeld { customer, contract, msisdn, period, cap, used, estimate, at };
                item::tell(&mut item, &held, at)?;
            }
        }
        self.create(item);
        Ok(())
    }

    /// Keeps that data roaming of a line is not held any more in a period, with the event that tells the network. There is one: if
    /// it is there, the whole commit is [`Error::Stale`].
    pub fn add_agreement(
        &mut self,
        customer: &CustomerCode,
        contract: &ContractId,
        agreement: &Agreement,
    ) -> Result<()> {
        let Agreement { line, period, at, has_left } = agreement;
        let reason = if *has_left { "left" } else { "agreed" };
        let mut item = item::item(keys::agreement(contract, period.from, line), agreement)?;
        item.insert(TTL.to_owned(), kept(*period));
        let released = DataRoamingReleased { customer, contract, msisdn: line, period: *period, reason, at: *at };
        item::tell(&mut item, &released, *at)?;
        self.create(item);
        Ok(())
    }

    /// Forgets what the last look at a contract as a whole has left.
    pub fn forget_contract_watch(&mut self, contract: &ContractId) {
        self.delete(keys::contract_watch(contract), false);
    }

    /// What a look leaves of a contract as a whole becomes `after`, if no other look has left something since.
    pub fn set_contract_watch(&mut self, before: Option<&Stored<Watch>>, after: &Watch) -> Result<()> {
        let key = keys::contract_watch(&after.contract);
        match before {
            None => self.create(item::first(key, after)?),
            Some(before) => self.update(key, before, after)?,
        }
        Ok(())
    }
}

impl Writer {
    /// Lists a subject to be looked at when an hour begins. Listed again it is the same. One request, a unit.
    pub async fn list_look(&self, at: DateTime<Utc>, contract: &ContractId, subject: &Subject) -> Result<()> {
        let ttl = Item::from([(TTL.to_owned(), number((at + LISTED).timestamp()))]);
        self.set(keys::look(Hour::of(at), contract, subject), ttl, &[]).await.map(drop)
    }

    /// Leaves on a line what a look has seen, unless another look has left something since, or the line is gone. One request,
    /// a unit for each kilobyte of the line.
    ///
    /// It is no part of the line's revision: nothing that others change of a line depends on it, and they leave it alone.
    pub async fn watch_line(&self, line: &Msisdn, before: Option<&Watch>, after: &Watch) -> Result<()> {
        let before = before.map(item::encode).transpose()?.and_then(|mut before| before.remove(AT));
        let after = AttributeValue::M(item::encode(after)?);
        self.swap(keys::subscriber(line), WATCH, before.map(|at| (AT, at)), after).await
    }

    /// Forgets what the last look at a line has left, so that its next usage is looked at. One request, a unit for each kilobyte of
    /// the line. Done again it ends the same; a look that is under way finds another watch than it has read, and leaves none.
    pub async fn forget_watch(&self, line: &Msisdn) -> Result<()> {
        self.unset(keys::subscriber(line), WATCH).await
    }

    /// Keeps the last hour whose lists are walked. Two who walk at once leave the hour of either: what is walked again changes
    /// nothing.
    pub async fn keep_looks_walked(&self, through: Hour) -> Result<()> {
        self.set(keys::looks_walked(), item::encode(&Walked { through })?, &[]).await.map(drop)
    }
}

fn kept(period: Days) -> AttributeValue {
    number((midnight_of(period.to, chrono::Offset::fix(&Utc)) + KEPT).timestamp())
}
