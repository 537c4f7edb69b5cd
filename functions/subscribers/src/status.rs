//! What of a line is blocked.

use shared::domain::status::{Asset, StatusChange, StatusCode};
use shared::domain::subscriber::Subscriber;
use shared::error::{Error, Invalid, Result};
use shared::http::{Reply, Request};
use shared::table::{Changes, Stored};

use crate::{Subscribers, wire};

/// `GET /billing/subscribers/{MSISDN}/status`
pub async fn get(app: &Subscribers, request: &Request) -> Result<Reply> {
    let line = load(app, request).await?;
    Reply::ok(&wire::Status::of(&line))
}

/// `PUT /billing/subscribers/{MSISDN}/status`
///
/// The new state, its history entry and its event are one transaction at the revision that was loaded: of two calls
/// at once one decides again, a retry that finds the state as wanted changes nothing, and a crash leaves all or none.
pub async fn put(app: &Subscribers, request: &Request) -> Result<Reply> {
    let wanted: wire::StatusChangeRequest = request.json()?;
    let code: StatusCode = wanted.code.as_str().parse().map_err(|invalid: Invalid| invalid.field("code"))?;
    let asset: Asset = wanted.asset_type.as_str().parse().map_err(|invalid: Invalid| invalid.field("assetType"))?;
    let line = load(app, request).await?;
    check_identity(&line, &wanted)?;
    let mut changed = line.value.clone();
    let mut changes = Changes::new();
    if changed.set_status(code, asset) {
        let reason = wanted.update_reason.map(String::from);
        let change = StatusChange { code, asset, blocked: changed.blocked, reason, at: request.now };
        changes.update_subscriber(&line, &changed)?;
        changes.add_status_change(&line, &change)?;
    }
    request.commit(&app.base, changes, Reply::ok(&wire::Status::of(&changed))?).await
}

async fn load(app: &Subscribers, request: &Request) -> Result<Stored<Subscriber>> {
    request.line(&app.base, &request.msisdn("MSISDN")?, "the subscriber").await
}

/// Whoever names the customer must name the right one.
fn check_identity(line: &Subscriber, wanted: &wire::StatusChangeRequest) -> Result<()> {
    let kind = wanted.document_type.as_ref().map(|kind| kind.as_str());
    let fits = match (&wanted.customer_id, kind) {
        (Some(number), kind) => line.is_identified_by(kind, number.as_str()),
        (None, Some(kind)) => line.has_document_kind(kind),
        (None, None) => true,
    };
    if fits { Ok(()) } else { Err(Error::refused("customerId and documentType are not the subscriber's")) }
}
