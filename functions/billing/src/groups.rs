//! Billing groups.

use shared::auth::new_name;
use shared::domain::customer::{BillingGroup, MOST_GROUPS};
use shared::domain::ids::GroupId;
use shared::error::{Error, Invalid, Result};
use shared::http::{Reply, Request, Text};
use shared::table::Changes;

use crate::bills::NO_GROUP;
use crate::named::Look;
use crate::{Billing, wire};

/// `POST /customers/{idType}/{id}/bills/groups`
///
/// The group is created only where none exists, so of two requests with one id the second is told that it exists. All
/// creations of a customer change one item at the revision that was loaded, so no race exceeds the number of groups.
/// Without an id each request makes a new group; a retry that must not needs a key.
pub async fn create(app: &Billing, request: &Request) -> Result<Reply> {
    let sent: wire::BillingGroupRequest = request.json()?;
    let address = address(sent.address)?;
    let id = sent.group_id.as_ref().map(group_id).transpose()?;
    let named = app.named(request, Look::Now).await?;
    let customer = app.customer(request, &named).await?;
    if id.as_ref().is_some_and(|id| customer.group(id).is_some()) {
        return Err(Error::invalid("groupId", "must be new: it is in use"));
    }
    if customer.groups.len() >= MOST_GROUPS {
        return Err(Error::refused("the customer has as many billing groups as it can have"));
    }
    let group = BillingGroup { id: id.map_or_else(new_id, Ok)?, address, since: Some(request.today()) };
    let mut changes = Changes::new();
    changes.create_group(&customer, &group)?;
    request.commit(&app.base, changes, wire::group(&group)?).await
}

/// `PUT /customers/{idType}/{id}/bills/groups`
///
/// Written at the revision that was loaded: of two concurrent requests one decides again; a retry finds the address
/// set.
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
/// The group must still exist when the transaction runs, so the second of two removals gets 404. Its bills are not
/// touched: a bill shows a group only while the group exists.
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
    address.ok_or_else(|| Error::invalid("address", "must be given"))
}

fn required_id(id: Option<&Text>) -> Result<GroupId> {
    id.map(group_id).unwrap_or_else(|| Err(Error::invalid("groupId", "must be given")))
}

fn group_id(id: &Text) -> Result<GroupId> {
    id.as_str().parse().map_err(|invalid: Invalid| invalid.field("groupId"))
}

/// A new id, for a caller who named none.
fn new_id() -> Result<GroupId> {
    format!("G-{}", new_name()?).parse().map_err(|invalid: Invalid| Error::internal(invalid.to_string()))
}
