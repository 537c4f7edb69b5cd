//! Sites and their extensions.

use futures_util::future::try_join_all;
use shared::auth::Visible as _;
use shared::domain::ids::CustomerCode;
use shared::error::{Error, Result};
use shared::http::paging::{MAX_LIMIT, with_next};
use shared::http::{Page, Reply, Request};

use crate::{Customers, readings, wire};

/// What a 404 for a customer names, unknown and foreign ones alike.
const WHAT: &str = "the customer";

/// `GET /customers/{nit}/portfolio`
///
/// Customer and sites are read concurrently, for each reading of the number. Only sites of customers visible to the
/// caller are shown, since two customers may have the same document number.
pub async fn get(app: &Customers, request: &Request) -> Result<Reply> {
    let numbers = readings(request, "nit")?;
    let page = Page::of(request, MAX_LIMIT)?;
    let (reader, window) = (app.base.reader(), page.window());
    let passes = |customer: &CustomerCode| request.principal().sees_customer(customer);
    let both =
        |number| async move { tokio::try_join!(reader.document_owner(number), reader.sites(number, window, passes)) };
    for (owner, sites) in try_join_all(numbers.iter().map(both)).await? {
        if !sites.rows.is_empty() || owner.visible_to(request.principal(), WHAT).is_ok() {
            let rows: Vec<_> = sites.rows.iter().map(wire::Site::from).collect();
            return with_next(Reply::ok(&rows)?, request, sites.next.as_deref());
        }
    }
    Err(Error::NotFound(WHAT))
}
