//! Resolves `{idType}` and `{id}` to a customer: by code, by phone number, or by any of its identities.

use futures_util::future::try_join_all;
use shared::auth::Visible as _;
use shared::domain::identity::{Identity, trimmed};
use shared::domain::ids::CustomerCode;
use shared::domain::msisdn::Msisdn;
use shared::error::{Error, Result};
use shared::http::Request;
use shared::table::CustomerGroups;

use crate::{Billing, NOT_FOUND};

// Identity types with a meaning of their own: customer code, phone number.
const CODE: &str = "CODE";
const LINE: &str = "MSISDN";

/// A customer as the path names it.
pub struct Named {
    /// The customer's code.
    pub code: CustomerCode,
    /// The identity the customer must still have; none when named by code or line.
    by: Option<Identity>,
}

/// How current an identity look-up must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Up to a minute old: for reads.
    Remembered,
    /// Current: for writes.
    Now,
}

impl Billing {
    /// Resolves the path to a customer that the caller may see; whether there is one of that code, only the customer itself
    /// tells. A foreign code, line or identity costs what an unknown one does.
    ///
    /// # Errors
    /// 404 when the caller can see none, 400 when several.
    pub async fn named(&self, request: &Request, look: Look) -> Result<Named> {
        let (kind, number) = (kind(request)?, trimmed(request.path_text("id")?));
        let is = |known: &str| kind.eq_ignore_ascii_case(known);
        if is(CODE) {
            let code = number.parse().ok().filter(|code| request.principal().sees_customer(code));
            return Ok(Named { code: code.ok_or(Error::NotFound(NOT_FOUND))?, by: None });
        }
        if is(LINE) {
            let msisdn = Msisdn::parse(number, request.country).map_err(|invalid| invalid.field("id"))?;
            let line = self.base.reader().subscriber(&msisdn).await?;
            let line = line.filter(|line| !line.names_nobody).map(|line| line.value.customer);
            if let Some(code) = line.clone().filter(|customer| request.principal().sees_customer(customer)) {
                return Ok(Named { code, by: None });
            }
            let known = self.known_by(request, look, &[Identity::plain(kind, msisdn.to_string())]).await;
            return match known {
                // A number of nobody's may be an identity; a foreign line is looked up alike, and never found.
                Ok(_) | Err(Error::Invalid { .. }) if line.is_some() => Err(Error::NotFound(NOT_FOUND)),
                known => known,
            };
        }
        let meanings = Identity::readings(kind, number, request.country).map_err(|invalid| invalid.field("id"))?;
        self.known_by(request, look, &meanings).await
    }

    /// The customer with its groups, if it is visible to the caller and still has the identity.
    pub async fn customer(&self, request: &Request, named: &Named) -> Result<CustomerGroups> {
        let found = self.base.reader().customer_and_groups(&named.code).await?;
        let found = found.filter(|found| named.by.as_ref().is_none_or(|by| found.customer.is_known_by(by)));
        found.visible_to(request.principal(), NOT_FOUND)
    }

    /// All possible readings of a number are looked up concurrently; the first in order counts.
    async fn known_by(&self, request: &Request, look: Look, meanings: &[Identity]) -> Result<Named> {
        let reader = self.base.reader();
        let customers = |identity| async move {
            match look {
                Look::Remembered => self.identities.customers(reader, identity, request.now, request.sight()).await,
                Look::Now => reader.customers_by(identity).await,
            }
        };
        let found = try_join_all(meanings.iter().map(customers)).await?;
        for (identity, mut customers) in meanings.iter().zip(found) {
            customers.retain(|customer| request.principal().sees_customer(customer));
            if customers.len() > 1 {
                // Rare, and older imports may have left stale entries: each customer is asked itself.
                let asked = try_join_all(customers.iter().map(|code| reader.customer(code))).await?;
                let known = asked.into_iter().flatten().filter(|customer| customer.is_known_by(identity));
                customers = known.map(|customer| customer.code).collect();
            }
            let mut customers = customers.into_iter();
            match (customers.next(), customers.next()) {
                (Some(_), Some(_)) => {
                    return Err(Error::invalid(
                        "id",
                        "must identify one customer, but several have it: use idType CODE",
                    ));
                }
                (Some(code), None) => return Ok(Named { code, by: Some(identity.clone()) }),
                (None, _) => {}
            }
        }
        Err(Error::NotFound(NOT_FOUND))
    }
}

/// The kind of identity: 1 to 64 letters, digits, `.`, `_` or `-`.
fn kind(request: &Request) -> Result<&str> {
    let text = request.path_text("idType")?;
    let fits = (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    fits.then_some(text).ok_or_else(|| Error::invalid("idType", "must be 1 to 64 letters, digits, `.`, `_`, `-`"))
}
