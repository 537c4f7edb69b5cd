//! The lines of a customer's contracts.

use shared::auth::Visible as _;
use shared::domain::ids::CustomerCode;
use shared::error::Result;
use shared::http::paging::{DEFAULT_LIMIT, with_next};
use shared::http::{Page, Reply, Request};

use crate::{Customers, wire};

/// `GET /customers/{customerCode}/products`
///
/// Customer and page are read concurrently.
pub async fn list(app: &Customers, request: &Request) -> Result<Reply> {
    let code: CustomerCode = request.path_digits("customerCode")?;
    let page = Page::of(request, DEFAULT_LIMIT)?;
    let (reader, window) = (app.base.reader(), page.window());
    let (customer, products) = tokio::join!(reader.customer(&code), reader.products(&code, window));
    customer?.visible_to(request.principal(), "the customer")?;
    let products = products?;
    let rows =
        products.rows.iter().map(|product| wire::Product::of(product, request.country)).collect::<Result<Vec<_>>>()?;
    with_next(Reply::ok(&rows)?, request, products.next.as_deref())
}
