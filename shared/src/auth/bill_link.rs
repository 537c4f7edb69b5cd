//! Sealed links to bills' documents. Whoever has one may have the document until it expires, without a token: a link is put into
//! an e-mail or opened by a browser.
//!
//! A link names the client that was given it, and holds the bill's number sealed under that client's key; so it opens nothing
//! else, and a caller cannot make one.

use chrono::{DateTime, TimeDelta, Utc};

use super::principal::Principal;
use super::public::PublicRing;
use super::seal::{open, seal};
use crate::domain::ids::{BillNumber, ClientId};
use crate::error::{Invalid, Result};

/// How long a link lasts.
pub const LIFE: TimeDelta = TimeDelta::minutes(15);
/// What such texts are sealed for; nothing else is.
const PLACE: &str = "bill-document";
const REFUSED: Invalid = Invalid::new("must be a link this service gave out, not yet expired");

/// The last part of a link to a bill's document.
///
/// # Errors
/// 500 when the cipher or the random generator fails.
pub fn link(caller: &Principal, number: &BillNumber, now: DateTime<Utc>) -> Result<String> {
    let sealed = seal(caller.seal_key(), PLACE, number.as_str().as_bytes(), now + LIFE)?;
    Ok(format!("{}.{sealed}", caller.client()))
}

/// The bill that a link leads to.
///
/// # Errors
/// The same whether it is forged, damaged or expired.
pub fn bill(ring: &PublicRing, link: &str, now: DateTime<Utc>) -> Result<BillNumber, Invalid> {
    let (client, sealed) = link.rsplit_once('.').ok_or(REFUSED)?;
    let client: ClientId = client.parse().map_err(|_| REFUSED)?;
    let number = open(&ring.seal_key(&client), PLACE, sealed, now).map_err(|_| REFUSED)?;
    String::from_utf8(number).ok().and_then(|number| number.parse().ok()).ok_or(REFUSED)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::auth::Scopes;
    use crate::auth::principal::{Grant, context};
    use crate::auth::sample::{PUBLIC, REALM, RING, acme, after, now};
    use crate::auth::token::issue;

    fn caller() -> Principal {
        let (client, scopes) = (acme(), Scopes::READ);
        let claims = issue(&RING, &REALM, &client.id, scopes, TimeDelta::hours(1), now()).unwrap().1;
        let context = context(&Grant::new(&claims, &client, &PUBLIC));
        let context: BTreeMap<_, _> = context.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
        Principal::from_context(&context, now()).unwrap()
    }

    #[test]
    fn a_link_leads_to_its_bill_until_it_expires() {
        let ring = &*PUBLIC;
        let number: BillNumber = "FE-000009".parse().unwrap();
        let link = link(&caller(), &number, now()).unwrap();
        assert_eq!(bill(ring, &link, now()).unwrap(), number);
        assert_eq!(bill(ring, &link, after(899)).unwrap(), number);
        assert!(bill(ring, &link, after(901)).is_err());
        let (_, sealed) = link.rsplit_once('.').unwrap();
        for wrong in ["", "x", sealed, &format!("globex.{sealed}"), &format!("{link}A"), &link[..link.len() - 1]] {
            assert!(bill(ring, wrong, now()).is_err(), "{wrong}");
        }
    }
}
