//! A contract as it is read, and the steps that a run has to take with it.

use std::sync::Arc;

use chrono::{DateTime, Days as Count, NaiveDate, Utc};
use futures_util::lock::OwnedMutexGuard;
use shared::domain::billing::bill::{Known, Outcome, Settlement, close};
use shared::domain::billing::billed::Billed;
use shared::domain::billing::cycle::{Days, Period};
use shared::domain::billing::document::DocumentKind;
use shared::domain::billing::issued::apps;
use shared::domain::billing::page::{self, Listed, Why};
use shared::domain::billing::parked::Parked;
use shared::domain::billing::pinned::Catalogues;
use shared::domain::billing::terms::Terms;
use shared::domain::ids::AppName;
use shared::error::Result;
use shared::table::{Books, CustomerGroups, Statement, Wanted};

use crate::BillGenerate;

/// Lines of a contract that is handled alone.
const HEAVY: usize = 200;

/// A contract as it is read.
pub struct Contract {
    statement: Statement,
    /// Its customer; none when the customer is not there.
    pub customer: Option<CustomerGroups>,
    /// The catalogue's versions.
    pub catalogues: Arc<Catalogues>,
    terms: Terms,
    /// The day of issue.
    pub today: NaiveDate,
    /// Held while a heavy one is in memory.
    _alone: Option<OwnedMutexGuard<()>>,
}

impl Contract {
    /// Reads a contract with the usage of the days that a run may look at. None when it is not there.
    pub async fn read(app: &BillGenerate, listed: &Listed, day: NaiveDate, now: DateTime<Utc>) -> Result<Option<Self>> {
        let (reader, country) = (app.base.reader(), app.base.country);
        let books = reader.books(&listed.contract, country.zone());
        let customer = reader.addressee(&listed.customer);
        let (books, customer) = tokio::try_join!(books, customer)?;
        let Some(books) = books else { return Ok(None) };
        let alone =
            if books.ledger.lines.len() > HEAVY { Some(Arc::clone(&app.alone).lock_owned().await) } else { None };
        let pinned = books.billed.window().flat_map(|billed| billed.versions.iter().copied());
        let catalogues = app.catalogues.get(reader, country, pinned, now).await?;
        let wanted = wanted(&books, day);
        let usage = reader.usage_of(&books, wanted).await?;
        let statement = Statement { books, usage };
        let terms = Terms::of(country).allowing(&statement.books.owner.allowed);
        let today = now.with_timezone(&country.zone()).date_naive();
        Ok(Some(Self { statement, customer, catalogues, terms, today, _alone: alone }))
    }

    /// Its books.
    pub const fn books(&self) -> &Books {
        &self.statement.books
    }

    /// The same, to be brought up to date by a step; what a person has looked at was of that step.
    pub fn books_of_step(&mut self) -> &mut Books {
        self.terms.allowed.clear();
        &mut self.statement.books
    }

    /// What the country asks of its bills.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// How its data of a period was shared out among apps.
    pub fn apps(&self, period: &Period) -> Vec<(AppName, u64)> {
        apps(&self.statement.usage, period)
    }

    /// Whether it is so large that it should not stay in memory beside others.
    pub const fn is_heavy(&self) -> bool {
        self.statement.books.ledger.lines.len() > HEAVY
    }

    /// The period that has to be closed next, by what is charged so far; none when no other is due.
    ///
    /// # Errors
    /// Why the contract is parked.
    pub fn next(&self, billed: &Billed, day: NaiveDate) -> std::result::Result<Option<Settlement>, Parked> {
        self.next_under(&self.terms, billed, day)
    }

    fn next_under(
        &self,
        terms: &Terms,
        billed: &Billed,
        day: NaiveDate,
    ) -> std::result::Result<Option<Settlement>, Parked> {
        let Self { statement, catalogues, .. } = self;
        let known = Known { ledger: &statement.books.ledger, usage: &statement.usage, billed, catalogues, terms };
        let settlement = close(&known, day)?;
        if settlement.as_ref().is_some_and(|settlement| !settlement.documents().is_empty()) {
            let customer = self.customer.as_ref().ok_or(Parked::NoCustomer)?;
            self.check_fiscal(&customer.customer)?;
        }
        Ok(settlement)
    }

    /// What a run of a day would do with it: the documents, and how it ends. No number is taken, and nothing written.
    pub fn preview(&self, day: NaiveDate) -> Preview {
        let mut billed = self.statement.books.billed.clone();
        let mut terms = self.terms.clone();
        let mut preview = Preview { documents: Vec::new(), end: Ok(None) };
        loop {
            match self.next_under(&terms, &billed, day) {
                Ok(None) => return preview,
                Ok(Some(settlement)) => {
                    preview.end = Ok(why(&settlement));
                    preview.documents.extend(reported(&settlement));
                    billed = billed.after_settlement(&settlement, &[]);
                    billed.trim();
                    terms.allowed.clear();
                }
                Err(parked) => return Preview { end: Err(parked), ..preview },
            }
        }
    }
}

/// What a run would do with a contract.
pub struct Preview {
    /// Its documents, without numbers.
    pub documents: Vec<page::Billed>,
    /// Why the last period has none, if it has none; or why the contract is parked.
    pub end: std::result::Result<Option<Why>, Parked>,
}

impl Preview {
    /// How many documents of a kind it needs numbers for.
    pub fn needs(&self, kind: DocumentKind) -> usize {
        self.documents.iter().filter(|document| document.kind == kind).count()
    }
}

/// The documents of a settlement as a run reports them, without numbers.
pub fn reported(settlement: &Settlement) -> impl Iterator<Item = page::Billed> {
    settlement.documents().iter().map(|document| page::Billed {
        number: None,
        kind: document.kind,
        net: document.net,
        total: document.total,
        taxes: document.taxes.clone(),
    })
}

/// Why a settlement has no document.
pub fn why(settlement: &Settlement) -> Option<Why> {
    match settlement.outcome {
        Outcome::Billed(_) => None,
        Outcome::Nothing => Some(Why::Nothing),
        Outcome::TooSmall(_) => Some(Why::TooSmall),
    }
}

/// The usage that a run of a day may look at: from the first day that a bill can still correct to the day before the run's.
/// What a period's last look sees must be all that is written: nobody looks at it again.
fn wanted(books: &Books, day: NaiveDate) -> Wanted {
    let (billed, contract) = (&books.billed, &books.owner.contract);
    let from = billed.window_start(contract);
    let to = day.checked_sub_days(Count::new(1)).unwrap_or(day);
    Wanted { days: Days { from, to: to.max(from) }, sure_until: billed.last_looks(contract, day) }
}
