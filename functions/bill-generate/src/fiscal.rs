//! What the tax office knows documents by: checked before they take numbers, made when they have them.

use std::iter;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use shared::auth::random;
use shared::domain::billing::bill::Settlement;
use shared::domain::billing::document::DocumentKind;
use shared::domain::billing::parked::Parked;
use shared::domain::billing::series::Given;
use shared::domain::country::Country;
use shared::domain::customer::Customer;
use shared::domain::fiscal::declared::{Buyer, Declaration, Declared, needs_keys};
use shared::domain::fiscal::issuer::Issuer;
use shared::domain::fiscal::keys::FiscalKeys;
use shared::domain::ids::SeriesId;
use shared::error::{Invalid, Result};

use crate::BillGenerate;
use crate::commit::Task;
use crate::contract::Contract;

impl Contract {
    /// Who issues bills on a day, and the version of the catalogue that says so; none where no catalogue does.
    fn issuer(&self, day: NaiveDate) -> Option<(u32, &Issuer)> {
        let newest = self.catalogues.newest()?;
        Some((newest.version, newest.issuer.on(day)?))
    }

    /// Whether the tax office would take documents for a customer that are issued today.
    pub fn check_fiscal(&self, customer: &Customer) -> Result<(), Parked> {
        let Some((_, issuer)) = self.issuer(self.today) else { return Ok(()) };
        let country = self.catalogues.country;
        issuer.check(country).and_then(|()| Buyer::of(customer, country).map(drop)).map_err(Parked::Fiscal)
    }
}

impl BillGenerate {
    /// What codes are made with: read where the country makes any with keys, once in five minutes.
    async fn fiscal_keys(&self, now: DateTime<Utc>) -> Result<Arc<FiscalKeys>> {
        if needs_keys(self.base.country) { self.keys.ring(now).await } else { Ok(Arc::default()) }
    }

    /// What the codes of documents need that are issued on a day.
    pub async fn codes(&self, day: NaiveDate, now: DateTime<Utc>) -> Result<Codes> {
        let catalogues = self.catalogues.get(self.base.reader(), self.base.country, iter::empty(), now).await?;
        let has_issuer = catalogues.newest().is_some_and(|newest| newest.issuer.on(day).is_some());
        let keys = if has_issuer { Some(self.fiscal_keys(now).await?) } else { None };
        Ok(Codes { keys, country: self.base.country, day })
    }
}

/// What the codes of a day's documents are made with; nothing where no catalogue names an issuer.
pub struct Codes {
    keys: Option<Arc<FiscalKeys>>,
    country: &'static Country,
    day: NaiveDate,
}

impl Codes {
    /// Whether documents with numbers of a series can have codes: what is missing, if not.
    pub fn are_there(&self, kind: DocumentKind, series: &SeriesId) -> Result<(), Invalid> {
        self.keys.as_ref().map_or(Ok(()), |keys| keys.serve(self.country, kind, series, self.day))
    }
}

impl Task<'_> {
    /// What the tax office knows the documents of a settlement by; nothing where no catalogue names an issuer.
    ///
    /// # Errors
    /// The outer one: they cannot be read. The inner one: what the office would refuse.
    pub async fn declared(
        &self,
        contract: &Contract,
        settlement: &Settlement,
        numbers: &[Given],
        at: DateTime<Utc>,
    ) -> Result<Result<Vec<Declared>, Invalid>> {
        let country = self.app.base.country;
        let day = at.with_timezone(&country.zone()).date_naive();
        let Some(((catalogue, issuer), customer)) = contract.issuer(day).zip(contract.customer.as_ref()) else {
            return Ok(Ok(Vec::new()));
        };
        let keys = self.app.fiscal_keys(self.record.now).await?;
        let keys = &*keys;
        let customer = &customer.customer;
        let documents = settlement.documents().iter().zip(numbers);
        let mut declared = Vec::new();
        for (document, given) in documents {
            // A bill that is made again before it is committed has another code: nobody has seen the first.
            let random = random()?;
            declared.push(
                Declaration { country, issuer, catalogue, keys, customer, document, given, at, random }.declared(),
            );
        }
        Ok(declared.into_iter().collect())
    }
}
