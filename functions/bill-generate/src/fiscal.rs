//! What the tax office knows documents by: checked before they take numbers, made when they have them.

use chrono::{DateTime, NaiveDate, Utc};
use shared::auth::random;
use shared::domain::billing::bill::Settlement;
use shared::domain::billing::parked::Parked;
use shared::domain::billing::series::Given;
use shared::domain::customer::Customer;
use shared::domain::fiscal::declared::{Buyer, Declaration, Declared, needs_keys};
use shared::domain::fiscal::issuer::Issuer;
use shared::domain::fiscal::keys::FiscalKeys;
use shared::error::{Invalid, Result};

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

impl Task<'_> {
    /// What the tax office knows the documents of a settlement by; nothing where no catalogue names an issuer. The secrets are
    /// read where the country has any, once in five minutes.
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
        let none = FiscalKeys::default();
        let read = if needs_keys(country) { Some(self.app.keys.ring(self.record.now).await?) } else { None };
        let keys = read.as_deref().unwrap_or(&none);
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
