//! The billing profile of a line.

use shared::error::{Error, Result};
use shared::http::{Reply, Request};

use crate::{Billing, wire};

/// `GET /customers/{msisdn}/profile`
pub async fn get(app: &Billing, request: &Request) -> Result<Reply> {
    let msisdn = request.msisdn("msisdn")?;
    let line = request.line(&app.base, &msisdn, "the line").await?;
    let billing = line.billing.as_ref().ok_or(Error::NotFound("the billing profile"))?;
    Reply::ok(&wire::Profile::of(billing, &line.payment))
}
