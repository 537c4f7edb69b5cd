//! What the tax office knows documents by: checked before they take numbers, made when they have them.

use std::iter;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use shared::auth::random;
use shared::domain::billing::bill::Settlement;
use shared::domain::billing::parked::Parked;
use shared::domain::billing::pinned::Catalogues;
use shared::domain::billing::series::{Given, Series};
use shared::domain::customer::Customer;
use shared::domain::fiscal::declared::{Buyer, Declaration, Declared, needs_keys};
use shared::domain::fiscal::issuer::Issuer;
use shared::domain::fiscal::keys::FiscalKeys;
use shared::domain::fiscal::usable::Usable;
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

    /// What the tax office asks of the numbers of documents that are issued on a day.
    pub async fn demands(&self, day: NaiveDate, now: DateTime<Utc>) -> Result<Demands> {
        let catalogues = self.catalogues.get(self.base.reader(), self.base.country, iter::empty(), now).await?;
        let mut demands = Demands { catalogues, keys: Arc::default(), day };
        if demands.issuer().is_some() {
            demands.keys = self.fiscal_keys(now).await?;
        }
        Ok(demands)
    }
}

/// What the tax office asks of a day's numbers; nothing where no catalogue names an issuer.
pub struct Demands {
    catalogues: Arc<Catalogues>,
    keys: Arc<FiscalKeys>,
    day: NaiveDate,
}

impl Demands {
    fn issuer(&self) -> Option<&Issuer> {
        self.catalogues.newest()?.issuer.on(self.day)
    }

    /// Whether documents can have numbers of a series: what is missing, if not.
    pub fn check(&self, series: &Series) -> Result<(), Invalid> {
        let Some(issuer) = self.issuer() else { return Ok(()) };
        let (country, keys, given) = (self.catalogues.country, &*self.keys, &series.example()?);
        Usable { country, issuer, keys, given, day: self.day }.check()
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
