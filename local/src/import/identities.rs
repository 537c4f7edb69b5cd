//! The identities that records name, in the form in which numbers are compared.

use shared::domain::country::Country;
use shared::domain::identity::Identity;

use super::record::Record;
use super::thing::Thing;

impl Record {
    /// The record with the number of every identity in its form for comparing, which keys are made of.
    ///
    /// # Errors
    /// A check digit that is set apart and wrong.
    pub(super) fn canonical(mut self, country: &Country) -> Result<Self, String> {
        let one = |identity: &Identity, field: &str| match identity.check(country) {
            Ok(()) => Ok(identity.canonical(country)),
            Err(invalid) => Err(format!("{field}: {invalid}")),
        };
        let document = match &mut self {
            Self::Account(account) => &mut account.document,
            Self::Site(site) => &mut site.document,
            Self::Document(document) => &mut document.document,
            Self::Remove(Thing::Site { document, .. }) => document,
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
        *document = one(document, "document")?;
        Ok(self)
    }
}
