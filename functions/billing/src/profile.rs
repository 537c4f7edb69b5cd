//! Where the bills of a line go.

use shared::auth::Visible as _;
use shared::error::{Error, Result};
use shared::http::{Call, Reply};

use crate::{Billing, wire};

/// `GET /customers/{msisdn}/profile`
pub async fn get(app: &Billing, call: &Call) -> Result<Reply> {
    let msisdn = call.msisdn("msisdn")?;
    let line = app.writer.reader().subscriber(&msisdn).await?.visible_to(call.principal(), "the line")?;
    let billing = line.billing.as_ref().ok_or(Error::NotFound("the billing profile"))?;
    Reply::ok(&wire::Profile::of(billing, &line.payment))
}
