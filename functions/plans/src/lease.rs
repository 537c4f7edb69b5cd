//! The leased handset.

use shared::error::{Error, Result};
use shared::http::{Reply, Request};

use crate::{Plans, wire};

/// `GET /plans/subscribers/{MSISDN}/phonelease/`
pub async fn get(app: &Plans, request: &Request) -> Result<Reply> {
    let line = app.line(request).await?;
    let lease = line.lease.as_ref().ok_or(Error::NotFound("the phone lease"))?;
    Reply::ok(&wire::PhoneLease::from(lease))
}
