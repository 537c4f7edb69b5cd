//! The lines of a customer's contracts.

use shared::auth::Visible as _;
use shared::domain::ids::CustomerCode;
use shared::error::{Error, Result};
use shared::http::paging::{DEFAULT_LIMIT, answer};
use shared::http::{Page, Reply, Request};

use crate::{Customers, wire};

/// What a 404 for a customer names, unknown and foreign ones alike.
const WHAT: &str = "the customer";

/// `GET /customers/{customerCode}/products`
///
/// Whose the list is, its address tells; for who may see it, customer and page are read concurrently.
pub async fn list(app: &Customers, request: &Request) -> Result<Reply> {
    let code: CustomerCode = request.path_digits("customerCode")?;
    let page = Page::of(request, DEFAULT_LIMIT)?;
    let (reader, window) = (app.base.reader(), page.window());
    if !request.principal().sees_customer(&code) {
        return Err(Error::NotFound(WHAT));
    }
    let (customer, products) = tokio::join!(reader.customer(&code), reader.products(&code, window));
    customer?.visible_to(request.principal(), WHAT)?;
    answer(request, &products?, |rows| {
        let rows = rows.iter().map(|product| wire::Product::of(product, request.country));
        Reply::ok(&rows.collect::<Result<Vec<_>>>()?)
    })
}
