//! The leased handset.

use shared::error::{Error, Result};
use shared::http::{Call, Reply};

use crate::{Plans, wire};

/// `GET /plans/subscribers/{MSISDN}/phonelease/`
pub async fn get(app: &Plans, call: &Call) -> Result<Reply> {
    let line = app.line(call).await?;
    let lease = line.lease.as_ref().ok_or(Error::NotFound("the phone lease"))?;
    Reply::ok(&wire::PhoneLease::from(lease))
}
