//! Sites and their extensions.

use futures_util::future::try_join_all;
use shared::domain::identity::Identity;
use shared::domain::site::Site;
use shared::error::{Error, Result};
use shared::http::paging::{MAX_LIMIT, answer};
use shared::http::{Page, Reply, Request};
use shared::table::{Paged, owner_first};

use crate::{Customers, readings, wire};

/// What a 404 for a customer names, unknown and foreign ones alike.
const NOT_FOUND: Error = Error::NotFound("the customer");

/// `GET /customers/{nit}/portfolio`
///
/// All readings of the number are read concurrently. Only sites of customers visible to the caller are shown, since two
/// customers may have the same document number.
pub async fn get(app: &Customers, request: &Request) -> Result<Reply> {
    let numbers = readings(request, "nit")?;
    let page = Page::of(request, MAX_LIMIT)?;
    let found = try_join_all(numbers.iter().map(|number| sites(app, request, number, &page))).await?;
    let sites = found.into_iter().flatten().next().ok_or(NOT_FOUND)?;
    answer(request, &sites, |rows| Reply::ok(&rows.iter().map(wire::Site::from).collect::<Vec<_>>()))
}

/// The sites under one reading of the number, if it means a customer of the caller's.
async fn sites(app: &Customers, request: &Request, number: &Identity, page: &Page) -> Result<Option<Paged<Site>>> {
    let (reader, sight) = (app.base.reader(), request.sight());
    let owners = async {
        let owners = reader.document_owners(number).await?;
        if owners.may_be_seen(sight) { Ok(owners) } else { Err(NOT_FOUND) }
    };
    match owner_first(sight, owners, reader.sites(number, page.window(), sight)).await {
        Ok((owners, sites)) => Ok(Some(sites).filter(|sites| !sites.is_over() || owners.are_seen(sight))),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
