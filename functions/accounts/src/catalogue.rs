//! The services that profiles can have.

use shared::domain::ids::Partnum;
use shared::domain::service::NOT_FOUND;
use shared::error::{Invalid, Result};
use shared::http::{Reply, Request};

use crate::{Accounts, wire};

/// `GET /services/{partnum}`
pub async fn get(app: &Accounts, request: &Request) -> Result<Reply> {
    let partnum = request.path_text("partnum")?.parse::<Partnum>();
    let partnum = partnum.map_err(|invalid: Invalid| invalid.field("partnum"))?;
    let catalogue = app.catalogue(request).await?;
    Reply::ok(&wire::CatalogueService::from(catalogue.get(&partnum).ok_or(NOT_FOUND)?))
}
