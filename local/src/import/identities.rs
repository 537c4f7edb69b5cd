//! The identities that records name, in the form in which numbers are compared.

use shared::domain::country::Country;
use shared::domain::identity::Identity;

use super::record::Record;
use super::thing::Thing;

impl Record {
    /// The record with the number of every identity in its form for comparing, which keys are made of.
    ///
    /// # Errors
    /// A number that nobody could ask for, or a check digit that is set apart and wrong.
    pub(super) fn canonical(mut self, country: &Country) -> Result<Self, String> {
        let one = |identity: &Identity, field: &str| {
            let identity = identity.canonical(country);
            identity.check_number(country).map(|()| identity).map_err(|invalid| format!("{field}: {invalid}"))
        };
        let (field, own) = match &mut self {
            Self::Account(account) => ("document", &mut account.document),
            Self::Site(site) => ("document", &mut site.document),
            Self::Document(document) => ("document", &mut document.document),
            Self::Bill(bill) => ("subscriber", &mut bill.subscriber),
            Self::Remove(Thing::Site { document, .. }) => ("document", document),
            Self::Customer(customer) => {
                let identities = customer.identities.iter().map(|own| one(own, "identities"));
                customer.identities = identities.collect::<Result<_, _>>()?;
                return Ok(self);
            }
            Self::Subscriber(line) => {
                let identities = line.identities.iter().map(|own| one(own, "identities"));
                line.identities = identities.collect::<Result<_, _>>()?;
                return Ok(self);
            }
            _ => return Ok(self),
        };
        *own = one(own, field)?;
        Ok(self)
    }
}
