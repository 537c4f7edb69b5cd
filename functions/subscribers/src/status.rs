//! The status of a line: what is blocked.

use shared::domain::overtaken::Overtaken;
use shared::domain::status::{Asset, StatusChange, StatusCode};
use shared::domain::subscriber::Subscriber;
use shared::error::{Error, Invalid, Result};
use shared::http::{Reply, Request, Text};
use shared::table::{Changes, Stored};

use crate::{Subscribers, wire};

/// `GET /billing/subscribers/{MSISDN}/status`
pub async fn get(app: &Subscribers, request: &Request) -> Result<Reply> {
    let line = load(app, request).await?;
    Reply::ok(&wire::Status::of(&line))
}

/// `PUT /billing/subscribers/{MSISDN}/status`
///
/// The new state, its history entry and its event are one transaction at the revision that was loaded: of two
/// concurrent requests one decides again, a retry that finds the requested state changes nothing, and a crash leaves
/// all or nothing. A block closes an upgrade that is still to come, in the same transaction.
pub async fn put(app: &Subscribers, request: &Request) -> Result<Reply> {
    let wanted: wire::StatusChangeRequest = request.json()?;
    let code: StatusCode = wanted.code.as_str().parse().map_err(|invalid: Invalid| invalid.field("code"))?;
    let asset: Asset = wanted.asset_type.as_str().parse().map_err(|invalid: Invalid| invalid.field("assetType"))?;
    let line = load(app, request).await?;
    let (kind, number) = (wanted.document_type.as_ref(), wanted.customer_id.as_ref());
    if !line.is_named_by(kind.map(Text::as_str), number.map(Text::as_str), request.country) {
        return Err(Error::refused("customerId and documentType are not the subscriber's"));
    }
    let mut changed = line.value.clone();
    let mut changes = Changes::new();
    if changed.set_status(code, asset) {
        let reason = wanted.update_reason.map(String::from);
        let change = StatusChange { code, asset, blocked: changed.blocked, reason, at: request.now };
        changes.add_status_change(&line, &change)?;
        let overtakes = changed.blocked.any();
        let zone = request.country.zone();
        if let Some(closed) = overtakes.then(|| changed.close_upgrade(Overtaken::Blocked, request.now, zone)).flatten()
        {
            changes.add_closed_upgrade(&closed)?;
        }
        changes.update_subscriber(&line, &changed)?;
    }
    request.commit(&app.base, changes, Reply::ok(&wire::Status::of(&changed))?).await
}

async fn load(app: &Subscribers, request: &Request) -> Result<Stored<Subscriber>> {
    request.line(&app.base, &request.msisdn("MSISDN")?, "the subscriber").await
}
