//! A bill is a difference: what periods cost, by all that is known now, minus what bills have charged under the same keys.
//!
//! A closing looks at the period that has ended, at the one that begins, for what is charged in advance, and at the two
//! closed periods before, where their facts have changed. Late usage, a changed plan, a missed month, a withdrawn
//! purchase, a second run on one day: all are the same subtraction. What bills charge for a period adds up to its price
//! by the facts of its last look.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::billing::billed::{Billed, BilledPeriod, Charged, LOOKS};
use crate::domain::billing::check;
use crate::domain::billing::cycle::Period;
use crate::domain::billing::document::{Document, DocumentKind, Line, issue};
use crate::domain::billing::facts::Facts;
use crate::domain::billing::key::{Key, Kind};
use crate::domain::billing::ledger::Ledger;
use crate::domain::billing::look::{Change, Look, Why};
use crate::domain::billing::parked::Parked;
use crate::domain::billing::past::{PAST_BILLS, PastBill};
use crate::domain::billing::pinned::Catalogues;
use crate::domain::billing::price::{Charge, Source, price};
use crate::domain::billing::terms::Terms;
use crate::domain::billing::usage::DayTotal;
use crate::domain::ids::BillNumber;

/// The version of these rules. A rule that changes is dated like a price; this says which code made a bill.
///
/// 2: a charge of several lines or pieces keeps [how they share its days](super::price::Many).
pub const ENGINE: u32 = 2;

/// What is known of a contract when it is billed.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Its facts.
    pub ledger: &'a Ledger,
    /// The day totals of its lines.
    pub usage: &'a [DayTotal],
    /// What bills have charged so far.
    pub billed: &'a Billed,
    /// All versions of the catalogue.
    pub catalogues: &'a Catalogues,
    /// What the country asks of bills.
    pub terms: &'a Terms,
}

/// What a run has done for a contract: a bill, or none and why. Either way it is written, at the contract's revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// The period that is closed; none for a bill on demand.
    pub closes: Option<Period>,
    /// The periods that were looked at, oldest first.
    pub looks: Vec<Look>,
    /// What became of it.
    pub outcome: Outcome,
    /// The version of the rules, [`ENGINE`].
    pub engine: u32,
}

/// What came of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Documents.
    Billed(Vec<Document>),
    /// No line other than zero.
    Nothing,
    /// A document of an ended contract that is too small to be sent.
    TooSmall(Vec<Document>),
}

/// Closes the oldest period that is due on a day; none when no period is. A run repeats this until none is.
///
/// # Errors
/// Why the contract is parked. Nothing has happened then, and the next run finds the same period due.
pub fn close(known: &Known<'_>, day: NaiveDate) -> Result<Option<Settlement>, Parked> {
    let contract = &known.ledger.contract;
    let Some(due) = known.billed.due(contract, day) else { return Ok(None) };
    let mut looks = Vec::with_capacity(4);
    for billed in known.billed.window() {
        looks.push(again(known, billed, Why::Again)?);
    }
    looks.push(closing(known, &due)?);
    looks.extend(advance(known, &known.billed.after(&due, contract))?);
    let ended = contract.last.is_some_and(|last| last < due.start);
    settle(known, looks, Some(due), ended).map(Some)
}

/// Bills on demand what is known today: late facts of closed periods, and usage, purchases and adjustments of the one
/// that runs. It closes nothing and moves no window.
///
/// # Errors
/// Why the contract is parked.
pub fn on_demand(known: &Known<'_>) -> Result<Settlement, Parked> {
    let contract = &known.ledger.contract;
    let mut looks = Vec::with_capacity(3);
    for billed in known.billed.window() {
        looks.push(again(known, billed, Why::OnDemand)?);
    }
    let open = known.billed.open(contract);
    let mut look = closing(known, &open)?;
    look.changes.retain(|change| matches!(change.key.kind, Kind::Usage | Kind::OneOff | Kind::Adjustment));
    looks.push(Look { why: Why::OnDemand, hash: None, facts: None, versions: Vec::new(), ..look });
    settle(known, looks, None, false)
}

/// What has become known too late: periods that no bill looks at any more, and what each would cost more, or less, by
/// what is known now. An operator settles it with a credit or debit.
///
/// # Errors
/// Why the contract would be parked.
pub fn too_late(known: &Known<'_>) -> Result<Vec<(Period, i64)>, Parked> {
    let mut late = Vec::new();
    for billed in known.billed.closed().filter(|billed| billed.is_final()) {
        let look = again(known, billed, Why::Again)?;
        let amount = look.changes.iter().map(Change::difference).fold(0, i64::saturating_add);
        if amount != 0 {
            late.push((billed.period, amount));
        }
    }
    Ok(late)
}

/// The look at a period that has ended. It is always priced, and pins the newest catalogue.
///
/// # Errors
/// Why the contract is parked.
pub fn closing(known: &Known<'_>, period: &Period) -> Result<Look, Parked> {
    let facts = clip(known, known.usage, period)?;
    let catalogue = known.catalogues.pinned(&[])?;
    let priced = price(&facts, &catalogue, period)?;
    let before = known.billed.period(period.start);
    check::purchases(&facts, before, known.terms)?;
    let changes = difference(priced.charges, before);
    let (hash, versions, served) = (Some(facts.hash()), catalogue.versions(), priced.served);
    Ok(Look { period: *period, why: Why::Closing, versions, hash, facts: Some(facts), served, changes })
}

/// Another look at a closed period. It is priced again only when its facts have changed, with the catalogue it is
/// pinned to.
fn again(known: &Known<'_>, billed: &BilledPeriod, why: Why) -> Result<Look, Parked> {
    let facts = clip(known, known.usage, &billed.period)?;
    let (hash, versions) = (Some(facts.hash()), billed.versions.clone());
    let look =
        Look { period: billed.period, why, versions, hash, facts: None, served: Vec::new(), changes: Vec::new() };
    if hash == billed.facts {
        return Ok(look);
    }
    let catalogue = known.catalogues.pinned(&billed.versions)?;
    let priced = price(&facts, &catalogue, &billed.period)?;
    check::purchases(&facts, Some(billed), known.terms)?;
    let changes = difference(priced.charges, Some(billed));
    Ok(Look { versions: catalogue.versions(), facts: Some(facts), served: priced.served, changes, ..look })
}

/// What is charged in advance for the period that begins.
fn advance(known: &Known<'_>, period: &Period) -> Result<Option<Look>, Parked> {
    // Purchases and adjustments are checked by the closing that bills them.
    let facts = Facts { charges: Vec::new(), adjustments: Vec::new(), ..clip(known, &[], period)? };
    let catalogue = known.catalogues.pinned(&[])?;
    let charges = price(&facts, &catalogue, period)?.in_advance();
    let versions = catalogue.versions();
    let mut changes = difference(charges, None);
    // What was charged already, in advance or on demand, is settled when the period is closed.
    changes.retain(|change| {
        known.billed.period(period.start).is_none_or(|billed| !billed.charged.contains_key(&change.key))
    });
    let (why, facts, served) = (Why::Advance, Some(facts), Vec::new());
    let look = Look { period: *period, why, versions, hash: None, facts, served, changes };
    Ok(look.changes.iter().any(|change| change.difference() != 0).then_some(look))
}

fn clip(known: &Known<'_>, usage: &[DayTotal], period: &Period) -> Result<Facts, Parked> {
    Facts::clip(known.ledger, usage, period, known.catalogues.country.zone())
}

/// The difference over all keys that are priced now or were ever charged. What is not priced any more counts 0.
pub(super) fn difference(charges: Vec<Charge>, before: Option<&BilledPeriod>) -> Vec<Change> {
    let nothing = BTreeMap::new();
    let charged = before.map_or(&nothing, |billed| &billed.charged);
    let gone = |key: &Key| charges.binary_search_by(|charge| charge.key.cmp(key)).is_err();
    let gone: Vec<_> = charged.iter().filter(|(key, _)| gone(key)).collect();
    let priced = charges.into_iter().map(|Charge { key, name, amount, source }| {
        let was = charged.get(&key);
        let named = match &source {
            Source::Adjustment { corrects, .. } => corrects.clone(),
            _ => None,
        };
        let corrects = was.and_then(|was| was.bill.clone()).or(named);
        Change { was: was.map(|was| was.amount), is: Some(amount), name, source: Some(source), corrects, key }
    });
    let gone = gone.into_iter().map(|(key, Charged { amount, name, bill })| Change {
        key: key.clone(),
        was: Some(*amount),
        is: None,
        name: name.clone(),
        source: None,
        corrects: bill.clone(),
    });
    priced.chain(gone).collect()
}

/// Makes documents of what was found, and checks them.
fn settle(known: &Known<'_>, looks: Vec<Look>, closes: Option<Period>, ended: bool) -> Result<Settlement, Parked> {
    let currency = known.ledger.contract.currency;
    let lines: Vec<Line> = looks.iter().flat_map(Line::of).collect();
    let outcome = if lines.is_empty() {
        Outcome::Nothing
    } else {
        let documents = issue(lines, &known.terms.form())?;
        let small = |document: &Document| document.total.unsigned_abs() < known.terms.floor.unsigned_abs();
        if ended && documents.iter().all(small) {
            Outcome::TooSmall(documents)
        } else {
            check::documents(&documents, known.billed, known.terms, currency)?;
            Outcome::Billed(documents)
        }
    };
    Ok(Settlement { closes, looks, outcome, engine: ENGINE })
}

impl Billed {
    /// What is charged once a settlement is written. `numbers` are its documents', in order.
    #[must_use]
    pub fn after_settlement(&self, settlement: &Settlement, numbers: &[BillNumber]) -> Self {
        let mut next = self.clone();
        let issued = matches!(settlement.outcome, Outcome::Billed(_));
        let places = settlement.places();
        for look in &settlement.looks {
            let changed = look.changes.iter().any(|change| change.difference() != 0);
            let closed = matches!(look.why, Why::Closing | Why::Again);
            if !(closed || issued && changed) {
                continue;
            }
            let at = next.periods.iter().position(|billed| billed.period.start == look.period.start);
            let at = at.unwrap_or_else(|| {
                next.periods.push(BilledPeriod::new(look.period));
                next.periods.len() - 1
            });
            let billed = &mut next.periods[at];
            billed.looks = (billed.looks + u8::from(closed)).min(LOOKS);
            if closed && !look.versions.is_empty() {
                billed.versions.clone_from(&look.versions);
            }
            // What was only reported stays to be billed: the next look prices it again.
            if matches!(settlement.outcome, Outcome::TooSmall(_)) {
                continue;
            }
            billed.facts = look.hash.or(billed.facts);
            for change in look.changes.iter().filter(|change| change.was.is_some() || change.difference() != 0) {
                let number = places.get(&change.key).and_then(|at| numbers.get(*at)).cloned();
                let Change { key, is, name, corrects, .. } = change;
                let bill = number.filter(|_| change.difference() > 0).or_else(|| corrects.clone());
                let charged = Charged { amount: is.unwrap_or_default(), name: name.clone(), bill };
                billed.charged.insert(key.clone(), charged);
            }
        }
        if let Outcome::Billed(documents) = &settlement.outcome {
            let invoices = documents.iter().filter(|document| document.kind == DocumentKind::Invoice);
            let end =
                settlement.closes.or_else(|| settlement.looks.last().map(|look| look.period)).map(|period| period.end);
            next.past.extend(
                end.into_iter().flat_map(|end| invoices.clone().map(move |document| PastBill::of(document, end))),
            );
            next.past.drain(..next.past.len().saturating_sub(PAST_BILLS));
        }
        next
    }
}

impl Settlement {
    /// Its documents, if it has any.
    pub fn documents(&self) -> &[Document] {
        match &self.outcome {
            Outcome::Billed(documents) => documents,
            Outcome::Nothing | Outcome::TooSmall(_) => &[],
        }
    }

    /// Which of its documents has the line of a key.
    fn places(&self) -> BTreeMap<&Key, usize> {
        let documents = self.documents().iter().enumerate();
        documents.flat_map(|(at, document)| document.lines.iter().map(move |line| (&line.key, at))).collect()
    }
}
