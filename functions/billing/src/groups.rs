//! Billing groups.

use shared::auth::new_name;
use shared::domain::customer::BillingGroup;
use shared::domain::ids::GroupId;
use shared::error::{Error, Invalid, Result};
use shared::http::{Reply, Request, Text};
use shared::table::Changes;

use crate::bills::NO_GROUP;
use crate::named::Look;
use crate::{Billing, wire};

/// `POST /customers/{idType}/{id}/bills/groups`
///
/// The group is created where none is, so of two calls with one id the second finds it and says so. Without an id each
/// request makes a group of its own; a retry that must not make another one carries a key.
pub async fn create(app: &Billing, request: &Request) -> Result<Reply> {
    let sent: wire::BillingGroupRequest = request.json()?;
    let address = address(sent.address)?;
    let id = sent.group_id.as_ref().map(group_id).transpose()?;
    let named = app.named(request, Look::Now).await?;
    let customer = app.customer(request, &named).await?;
    if id.as_ref().is_some_and(|id| customer.group(id).is_some()) {
        return Err(Error::invalid("groupId", "is in use"));
    }
    let group = BillingGroup { id: id.map_or_else(new_id, Ok)?, address, since: Some(request.today()) };
    let mut changes = Changes::new();
    changes.create_group(&named.code, &group)?;
    request.commit(&app.base, changes, wire::group(&group)?).await
}

/// `PUT /customers/{idType}/{id}/bills/groups`
///
/// Written at the revision that was loaded: of two calls at once one decides again; a retry finds the address there.
pub async fn update(app: &Billing, request: &Request) -> Result<Reply> {
    let sent: wire::BillingGroupRequest = request.json()?;
    let address = address(sent.address)?;
    let id = required_id(sent.group_id.as_ref())?;
    let named = app.named(request, Look::Now).await?;
    let customer = app.customer(request, &named).await?;
    let before = customer.group(&id).ok_or(NO_GROUP)?;
    let after = BillingGroup { address, ..before.value.clone() };
    let mut changes = Changes::new();
    if before.value != after {
        changes.update_group(&named.code, before, &after)?;
    }
    request.commit(&app.base, changes, wire::group(&after)?).await
}

/// `DELETE /customers/{idType}/{id}/bills/groups`
///
/// The group must still be there when the transaction runs; the second of two removals finds nothing and says so. Its
/// bills are not touched: a bill shows a group only while there is one.
pub async fn delete(app: &Billing, request: &Request) -> Result<Reply> {
    let sent: wire::BillingGroupRequest = request.json()?;
    let id = required_id(sent.group_id.as_ref())?;
    let named = app.named(request, Look::Now).await?;
    let customer = app.customer(request, &named).await?;
    let group = customer.group(&id).ok_or(NO_GROUP)?;
    let mut changes = Changes::new();
    changes.remove_group(&named.code, &id);
    request.commit(&app.base, changes, wire::group(group)?).await
}

fn address(address: Option<Text>) -> Result<String> {
    let address = address.map(String::from).filter(|address| !address.trim().is_empty());
    address.ok_or_else(|| Error::invalid("address", "is required"))
}

fn required_id(id: Option<&Text>) -> Result<GroupId> {
    id.map(group_id).unwrap_or_else(|| Err(Error::invalid("groupId", "is required")))
}

fn group_id(id: &Text) -> Result<GroupId> {
    id.as_str().parse().map_err(|invalid: Invalid| invalid.field("groupId"))
}

/// An id nobody has chosen.
fn new_id() -> Result<GroupId> {
    format!("G-{}", new_name()?).parse().map_err(|invalid: Invalid| Error::internal(invalid.to_string()))
}
