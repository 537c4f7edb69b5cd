//! Whom the path means: `{idType}` and `{id}` are a customer's code, a line, or any identity a customer is known by.

use futures_util::future::try_join_all;
use shared::auth::Visible as _;
use shared::domain::identity::Identity;
use shared::domain::ids::CustomerCode;
use shared::domain::msisdn::Msisdn;
use shared::domain::nit::readings;
use shared::error::{Error, Result};
use shared::http::Request;
use shared::table::CustomerGroups;

use crate::{Billing, NOT_FOUND};

// The kinds with a meaning of their own: the customer's code, a line, a number with a check digit.
const CODE: &str = "CODE";
const LINE: &str = "MSISDN";
const NIT: &str = "NIT";

/// A customer as the path names it.
pub struct Named {
    /// Its code.
    pub code: CustomerCode,
    /// The identity it must still have; none for its code and for its line.
    by: Option<Identity>,
}

/// Whether an identity may have been looked up up to a minute ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// It may: for reads.
    Remembered,
    /// Now: a write decides on whose the identity is.
    Now,
}

impl Billing {
    /// The customer that the path names, by whatever identity. Several may be known by one: the first whom the caller may
    /// see counts.
    ///
    /// # Errors
    /// 404 when the caller may see none, 400 when several.
    pub async fn named(&self, request: &Request, look: Look) -> Result<Named> {
        let (kind, number) = (part(request, "idType")?, part(request, "id")?);
        let is = |known: &str| kind.eq_ignore_ascii_case(known);
        if is(CODE) {
            let code = number.parse().map_err(|_| Error::NotFound(NOT_FOUND))?;
            return Ok(Named { code, by: None });
        }
        let identity = |number: &str| Identity { kind: kind.to_owned(), number: number.to_owned() };
        if is(LINE) {
            let msisdn = Msisdn::parse(number, request.country).map_err(|invalid| invalid.field("id"))?;
            return match self.base.reader().subscriber(&msisdn).await? {
                Some(line) => Ok(Named { code: line.value.customer, by: None }),
                None => self.known_by(request, look, &[identity(&msisdn.to_string())]).await,
            };
        }
        let numbers = if is(NIT) { readings(number, request.country) } else { vec![number] };
        self.known_by(request, look, &numbers.into_iter().map(identity).collect::<Vec<_>>()).await
    }

    /// The customer with its groups, if the caller may know of it and it has the identity.
    pub async fn customer(&self, request: &Request, named: &Named) -> Result<CustomerGroups> {
        let found = self.base.reader().customer_and_groups(&named.code).await?;
        let found = found.filter(|found| named.by.as_ref().is_none_or(|by| found.customer.is_known_by(by)));
        found.visible_to(request.principal(), NOT_FOUND)
    }

    /// All meanings of a number are asked for at the same time; they count in their order.
    async fn known_by(&self, request: &Request, look: Look, meanings: &[Identity]) -> Result<Named> {
        let reader = self.base.reader();
        let customers = |identity| async move {
            match look {
                Look::Remembered => self.identities.customers(reader, identity, request.now).await,
                Look::Now => reader.customers_by(identity).await,
            }
        };
        let found = try_join_all(meanings.iter().map(customers)).await?;
        for (identity, mut customers) in meanings.iter().zip(found) {
            customers.retain(|customer| request.principal().sees_customer(customer));
            if customers.len() > 1 {
                // Rare, and some may have been left behind by older loads: each customer is asked itself.
                let asked = try_join_all(customers.iter().map(|code| reader.customer(code))).await?;
                let known = asked.into_iter().flatten().filter(|customer| customer.is_known_by(identity));
                customers = known.map(|customer| customer.code).collect();
            }
            let mut customers = customers.into_iter();
            match (customers.next(), customers.next()) {
                (Some(_), Some(_)) => {
                    return Err(Error::invalid("id", "means several customers, ask with idType CODE"));
                }
                (Some(code), None) => return Ok(Named { code, by: Some(identity.clone()) }),
                (None, _) => {}
            }
        }
        Err(Error::NotFound(NOT_FOUND))
    }
}

/// A variable of the path: 1 to 64 letters, digits and a few marks.
fn part<'a>(request: &'a Request, name: &'static str) -> Result<&'a str> {
    let text = request.path_text(name)?;
    let fits =
        (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-+".contains(&b));
    fits.then_some(text).ok_or_else(|| Error::invalid(name, "must be 1 to 64 letters, digits, `.`, `_`, `-`"))
}
