//! The document as it is written, and what it means.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::domain::billing::bill::Known;
use crate::domain::billing::billed::{Billed, BilledPeriod, Charged, LOOKS};
use crate::domain::billing::class::Place;
use crate::domain::billing::cycle::{CycleDay, Days, Period};
use crate::domain::billing::document::DocumentKind;
use crate::domain::billing::key::Key;
use crate::domain::billing::ledger::{
    AdditionalSpan, Adjustment, Contract, Ledger, LineSpan, OneOff, ServiceSpan, Withdrawal,
};
use crate::domain::billing::past::{PAST_BILLS, PastBill};
use crate::domain::billing::pinned::Catalogues;
use crate::domain::billing::plan::PlanStart;
use crate::domain::billing::rating::{Contact, Rating};
use crate::domain::billing::tariff::Tariff;
use crate::domain::billing::terms::Terms;
use crate::domain::billing::usage::DayTotal;
use crate::domain::call::{CallType, Direction, ServiceType};
use crate::domain::contract::PaymentKind;
use crate::domain::country::Country;
use crate::domain::ids::{AdjustmentId, BillNumber, Dialled, OfferId, SourceId, TaxClass};
use crate::domain::money::{Currency, Money};
use crate::domain::msisdn::Msisdn;
use crate::error::{Error, Result};

/// A contract, a catalogue, and what is asked of them.
#[derive(Debug)]
pub struct Case {
    /// A day of the period whose price is asked for.
    pub period: Option<NaiveDate>,
    /// The day of the run whose bills are asked for.
    pub bill_day: Option<NaiveDate>,
    /// How many earlier bills there are.
    pub earlier: usize,
    /// What they have charged.
    pub billed: Billed,
    ledger: Ledger,
    usage: Vec<DayTotal>,
    catalogues: Catalogues,
    terms: Terms,
}

/// The document.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[expect(dead_code, reason = "it names the schema for editors")]
    #[serde(rename = "$schema", default)]
    schema: Option<String>,
    country: String,
    catalogue: Vec<Tariff>,
    contract: Contract,
    #[serde(default)]
    lines: Vec<LineSpan>,
    #[serde(default)]
    plans: Vec<PlanStart>,
    #[serde(default)]
    additional: Vec<AdditionalSpan>,
    #[serde(default)]
    services: Vec<ServiceSpan>,
    #[serde(default)]
    charges: Vec<Purchase>,
    #[serde(default)]
    withdrawals: Vec<Withdrawal>,
    #[serde(default)]
    adjustments: Vec<Credit>,
    #[serde(default)]
    usage: Vec<DayTotal>,
    #[serde(default)]
    records: Vec<Record>,
    #[serde(default)]
    earlier: Vec<Earlier>,
    #[serde(default)]
    terms: Map<String, Value>,
    #[serde(default)]
    period: Option<NaiveDate>,
    #[serde(default)]
    until: Option<NaiveDate>,
    #[serde(default)]
    bill_day: Option<NaiveDate>,
}

/// A purchase; its price is decimal text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Purchase {
    id: String,
    #[serde(default)]
    line: Option<Msisdn>,
    offer: OfferId,
    name: String,
    day: NaiveDate,
    price: String,
    #[serde(default)]
    tax: TaxClass,
    #[serde(default = "postpaid")]
    purse: PaymentKind,
}

const fn postpaid() -> PaymentKind {
    PaymentKind::Postpaid
}

/// An operator's credit or debit; its amount is decimal text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Credit {
    id: AdjustmentId,
    day: NaiveDate,
    amount: String,
    reason: String,
    #[serde(default)]
    tax: TaxClass,
    #[serde(default)]
    corrects: Option<BillNumber>,
}

/// A usage record.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Record {
    /// A call or message.
    Call {
        line: Msisdn,
        start: DateTime<Utc>,
        service: ServiceType,
        #[serde(default = "out")]
        direction: Direction,
        #[serde(default = "unknown")]
        told: CallType,
        other: Dialled,
        #[serde(default)]
        visited: Option<Dialled>,
        #[serde(default)]
        seconds: u64,
    },
    /// A data session.
    Data {
        line: Msisdn,
        start: DateTime<Utc>,
        bytes: u64,
        #[serde(default)]
        roaming: bool,
    },
}

const fn out() -> Direction {
    Direction::Out
}

const fn unknown() -> CallType {
    CallType::Unknown
}

/// An earlier bill, as this computation prints them. What else it says is not needed. One without a number was not
/// issued, and has charged nothing.
#[derive(Debug, Deserialize)]
struct Earlier {
    #[serde(default)]
    number: Option<BillNumber>,
    closes: Days,
    #[serde(default)]
    advance: Option<Days>,
    #[serde(default)]
    catalogue: Vec<u32>,
    #[serde(default)]
    lines: Vec<EarlierLine>,
    #[serde(default)]
    documents: Vec<EarlierDocument>,
}

#[derive(Debug, Deserialize)]
struct EarlierDocument {
    kind: DocumentKind,
    total: String,
}

#[derive(Debug, Deserialize)]
struct EarlierLine {
    key: Key,
    #[serde(default)]
    text: String,
    amount: String,
}

impl Case {
    /// Reads the document.
    ///
    /// # Errors
    /// 400 that names the field at fault.
    pub fn read(json: &[u8]) -> Result<Self> {
        let mut reader = serde_json::Deserializer::from_slice(json);
        let written: Written = serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| Error::invalid(error.path().to_string(), error.inner().to_string()))?;
        reader.end().map_err(|error| Error::invalid("document", error.to_string()))?;
        Self::of(written)
    }

    /// What bills are computed from.
    pub fn known(&self) -> Known<'_> {
        let Self { ledger, usage, billed, catalogues, terms, .. } = self;
        Known { ledger, usage, billed, catalogues, terms }
    }

    /// What the contract is billed in.
    pub const fn currency(&self) -> Currency {
        self.ledger.contract.currency
    }

    fn of(written: Written) -> Result<Self> {
        let country = Country::by_code(&written.country).map_err(|error| error.field("country"))?;
        if written.period.is_some() == written.bill_day.is_some() {
            return Err(Error::invalid("period", "say either period or bill_day"));
        }
        let newest = written.catalogue.iter().max_by_key(|tariff| tariff.version);
        let newest = newest.ok_or_else(|| Error::invalid("catalogue", "at least one version"))?;
        let mut usage = written.usage;
        for (at, record) in written.records.into_iter().enumerate() {
            let field = |reason: String| Error::invalid(format!("records[{at}]"), reason);
            usage.push(record.total(at, &newest.rating, country).map_err(field)?);
        }
        let mut contract = written.contract;
        let billed = billed(&written.earlier, &contract)?;
        contract.last = [contract.last, written.until].into_iter().flatten().min();
        let currency = contract.currency;
        let charges = written.charges.into_iter().enumerate().map(|(at, one)| one.read(at, currency));
        let adjustments = written.adjustments.into_iter().enumerate().map(|(at, one)| one.read(at, currency));
        let ledger = Ledger {
            contract,
            lines: written.lines,
            plans: written.plans,
            additional: written.additional,
            services: written.services,
            charges: charges.collect::<Result<_>>()?,
            withdrawals: written.withdrawals,
            adjustments: adjustments.collect::<Result<_>>()?,
        };
        Ok(Self {
            period: written.period,
            bill_day: written.bill_day,
            earlier: written.earlier.len(),
            billed,
            ledger,
            usage,
            catalogues: Catalogues::new(country, written.catalogue),
            terms: terms(written.terms, country)?,
        })
    }
}

/// A country's terms with some of them replaced.
fn terms(own: Map<String, Value>, country: &Country) -> Result<Terms> {
    let wrong = |error: serde_json::Error| Error::invalid("terms", error.to_string());
    let mut all = serde_json::to_value(Terms::of(country)).map_err(wrong)?;
    if let Value::Object(all) = &mut all {
        all.extend(own);
    }
    serde_json::from_value(all).map_err(wrong)
}

fn money(text: &str, currency: Currency, field: impl FnOnce() -> String) -> Result<Money> {
    Money::parse(text, currency).map_err(|error| error.field(field()))
}

impl Purchase {
    fn read(self, at: usize, currency: Currency) -> Result<OneOff> {
        let price = money(&self.price, currency, || format!("charges[{at}].price"))?;
        let Self { id, line, offer, name, day, tax, purse, .. } = self;
        Ok(OneOff { id, line, offer, name, day, price, tax, purse })
    }
}

impl Credit {
    fn read(self, at: usize, currency: Currency) -> Result<Adjustment> {
        let amount = money(&self.amount, currency, || format!("adjustments[{at}].amount"))?;
        let Self { id, day, reason, tax, corrects, .. } = self;
        Ok(Adjustment { id, day, amount, reason, tax, corrects })
    }
}

impl Record {
    /// The record as a day total of its own.
    fn total(self, at: usize, rating: &Rating, country: &Country) -> Result<DayTotal, String> {
        let (line, start) = match &self {
            Self::Call { line, start, .. } | Self::Data { line, start, .. } => (line.clone(), *start),
        };
        let day = start.with_timezone(&country.zone()).date_naive();
        let rated = match self {
            Self::Call { service, direction, told, other, visited, seconds, .. } => {
                let contact = Contact { service, direction, told, other, visited, seconds };
                rating.contact(&contact, day, country).map_err(|error| error.to_string())?
            }
            Self::Data { bytes, roaming, .. } => {
                Some(Rating::session(bytes, if roaming { Place::Roaming } else { Place::Home }))
            }
        };
        let source: SourceId =
            format!("record-{at}").parse().map_err(|error: crate::error::Invalid| error.to_string())?;
        let mut total = DayTotal::new(line, day, source);
        total.add(rated);
        Ok(total)
    }
}

/// What earlier bills have charged, from the bills.
fn billed(earlier: &[Earlier], contract: &Contract) -> Result<Billed> {
    let mut billed = Billed::default();
    for (at, bill) in earlier.iter().enumerate() {
        let closed = place(&mut billed, bill.closes, contract);
        for one in billed.periods.iter_mut().filter(|one| one.looks > 0) {
            one.looks = (one.looks + 1).min(LOOKS);
        }
        billed.periods[closed].looks = 1;
        billed.periods[closed].versions.clone_from(&bill.catalogue);
        if let Some(days) = bill.advance {
            place(&mut billed, days, contract);
        }
        for (row, EarlierLine { key, text, amount }) in bill.lines.iter().enumerate() {
            let field = |name: &str| format!("earlier[{at}].lines[{row}].{name}");
            let amount = money(amount, contract.currency, || field("amount"))?.minor;
            let period = billed.periods.iter_mut().find(|one| one.period.start == key.period);
            let period = period.ok_or_else(|| {
                Error::invalid(field("key"), "no earlier bill closes this period or charges it in advance")
            })?;
            let Some(number) = &bill.number else { continue };
            let new = Charged { amount: 0, name: text.clone(), bill: None };
            let charged = period.charged.entry(key.clone()).or_insert(new);
            charged.amount = charged.amount.saturating_add(amount);
            if amount > 0 {
                charged.bill = Some(number.clone());
            }
        }
        let issued = bill.documents.iter().filter(|one| bill.number.is_some() && one.kind == DocumentKind::Invoice);
        for EarlierDocument { total, .. } in issued {
            let field = || format!("earlier[{at}].documents");
            let total = money(total, contract.currency, field)?.minor;
            billed.past.push(PastBill {
                end: billed.periods[closed].period.end,
                total,
                sections: Vec::new(),
                plans: None,
            });
        }
    }
    billed.past.drain(..billed.past.len().saturating_sub(PAST_BILLS));
    Ok(billed)
}

/// The place of a period among those that are facts.
fn place(billed: &mut Billed, days: Days, contract: &Contract) -> usize {
    if let Some(at) = billed.periods.iter().position(|one| one.period.start == days.from) {
        return at;
    }
    let next = days.to.succ_opt().map_or(1, |day| chrono::Datelike::day(&day));
    let mut changes: Vec<_> = contract.cycle.changes.iter().collect();
    changes.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
    let followed = billed.periods.last().map(|last| last.period.cycle_day);
    let had = followed.into_iter().chain([contract.cycle.day]).chain(changes.into_iter().map(|change| change.day));
    let likely = had.chain(CycleDay::try_from(next).ok());
    let period = |cycle_day| match billed.periods.last() {
        Some(last) => last.period.next(cycle_day),
        None => Period::containing(days.from, cycle_day),
    };
    let fitting = likely.map(period).find(|period| period.days() == days);
    billed.periods.push(BilledPeriod::new(fitting.unwrap_or_else(|| period(contract.cycle.newest()))));
    billed.periods.len() - 1
}
