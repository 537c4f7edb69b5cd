//! A client's subscriptions.

use lambda_http::http::header::LOCATION;
use shared::auth::Scope;
use shared::auth::hook_secret::HookSecret;
use shared::domain::hook::callback::Callback;
use shared::domain::hook::id::HookId;
use shared::domain::hook::index::HookIndex;
use shared::domain::hook::state::Hook;
use shared::domain::hook::wants::Wants;
use shared::error::{Error, Invalid, Result};
use shared::http::{Reply, Request, Text};
use shared::table::Changes;

use crate::{Hub, wire};

const NOT_FOUND: Error = Error::NotFound("the subscription");

/// `GET /hub/v1/hub`
pub async fn list(app: &Hub, request: &Request) -> Result<Reply> {
    let hooks = app.base.reader().hooks(request.principal().client()).await?;
    Reply::ok(&hooks.iter().map(|hook| wire::Subscription::of(hook, request.country)).collect::<Vec<_>>())
}

/// `GET /hub/v1/hub/{id}`
pub async fn get(app: &Hub, request: &Request) -> Result<Reply> {
    let hook = app.base.reader().hook(request.principal().client(), id(request)?).await?.ok_or(NOT_FOUND)?;
    Reply::ok(&wire::Subscription::of(&hook, request.country))
}

/// `POST /hub/v1/hub`
///
/// The subscription and its place in the client's list are one transaction at the list's revision: of two at once the second
/// decides again, and takes the next number or is refused; a crash leaves both or neither. A retry without a key makes a second
/// subscription, which the caller sees and can remove.
pub async fn subscribe(app: &Hub, request: &Request) -> Result<Reply> {
    let wanted: wire::EventSubscriptionInput = request.json()?;
    let callback = Callback::parse(wanted.callback.as_str(), app.addresses);
    let callback = callback.map_err(|invalid| invalid.field("callback"))?;
    let query = wanted.query.as_ref().map(Text::as_str).unwrap_or_default();
    let wants: Wants = query.parse().map_err(|invalid: Invalid| invalid.field("query"))?;
    // What is delivered is read.
    request.principal().may(Scope::Read)?;
    let client = request.principal().client();
    let before = app.base.reader().hook_index(client).await?;
    let empty = HookIndex::default();
    let (after, id) = before.as_ref().map_or(&empty, |before| &before.value).with(&wants)?;
    let hook = Hook::new(id, client.clone(), callback.as_str().to_owned(), wants, request.now);
    let mut changes = Changes::new();
    changes.create_hook(before.as_ref(), &after, &hook)?;
    let reply = Reply::created(&wire::Subscription::of(&hook, request.country))?;
    request.commit(&app.base, changes, reply).await
}

/// `DELETE /hub/v1/hub/{id}`
///
/// The subscription and its place in the list go in one transaction; the second of two removals gets 404. What waits for it is
/// dropped when its turn comes.
pub async fn unsubscribe(app: &Hub, request: &Request) -> Result<Reply> {
    let (client, id) = (request.principal().client(), id(request)?);
    let index = app.base.reader().hook_index(client).await?.filter(|index| index.has(id)).ok_or(NOT_FOUND)?;
    let mut changes = Changes::new();
    changes.delete_hook(&index, client, id)?;
    request.commit(&app.base, changes, Reply::text(204, String::new())).await
}

/// The answer with the address of the new subscription, and with its secret.
pub fn with_secret(request: &Request, reply: &Reply) -> Result<Reply> {
    let unreadable = |error: serde_json::Error| Error::internal(error.to_string());
    let mut body: serde_json::Value = serde_json::from_str(&reply.body).map_err(unreadable)?;
    let id = body["id"].as_str().and_then(|id| id.parse().ok());
    let id: HookId = id.ok_or_else(|| Error::internal("an answer names no subscription"))?;
    body["secret"] = HookSecret::of(request.principal().seal_key(), id).expose().into();
    let address = format!("{}/{id}", request.path.trim_end_matches('/'));
    Ok(Reply::json(reply.status, &body).header(LOCATION, address))
}

/// An id of another form is none of a subscription.
fn id(request: &Request) -> Result<HookId> {
    request.path_text("id")?.parse().map_err(|_| NOT_FOUND)
}
