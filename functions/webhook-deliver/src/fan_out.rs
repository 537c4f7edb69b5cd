//! From an event to the subscriptions that are told of it.

use serde::Deserialize;
use shared::auth::{Client, Scope};
use shared::domain::event::WebhookDue;
use shared::domain::hook::id::HookId;
use shared::domain::ids::{ClientId, CustomerCode, EventName};
use shared::error::Result;
use shared::events::together::all;
use shared::events::{Outcome, Record, message};

use crate::WebhookDeliver;

/// What every event that is offered to clients names.
#[derive(Deserialize)]
struct OfCustomer {
    customer: CustomerCode,
}

/// An event of the bus: a message for each active subscription that asks for it and whose client sees its customer. Whether it
/// still does is looked at again when it is told.
///
/// Divided twice, by a second delivery or after a crash, it is told twice, by the same id; the event leaves the queue only after
/// all its messages are in it.
pub async fn fan_out(app: &WebhookDeliver, record: &Record) -> Result<Outcome> {
    let OfCustomer { customer } = record.payload()?;
    let event: EventName = record.event.parse().map_err(|invalid: shared::error::Invalid| invalid.field("type"))?;
    let reader = app.base.reader();
    let indexes = app.known.at(reader, record.told, record.now).await?;
    let wanting = indexes.iter().flat_map(|(client, index)| index.wanting(&event).map(move |id| (client, id)));
    let wanting: Vec<(&ClientId, HookId)> = wanting.collect();
    if wanting.is_empty() {
        return Ok(Outcome::Dropped("no subscription asks for it"));
    }
    let mut clients: Vec<_> = wanting.iter().map(|(client, _)| *client).collect();
    clients.dedup();
    let clients: Vec<Client> = reader.clients(clients.into_iter()).await?;
    let sees = |id: &ClientId| clients.iter().any(|client| client.id == *id && may_see(client, &customer));
    let due = wanting.into_iter().filter(|(client, _)| sees(client)).map(|(client, subscription)| WebhookDue {
        client: client.clone(),
        subscription,
        customer: customer.clone(),
        event: event.clone(),
        version: record.version,
        time: record.told,
        payload: record.text().to_owned(),
    });
    let due: Vec<_> = due.collect();
    if due.is_empty() {
        return Ok(Outcome::Dropped("no subscription's client sees its customer"));
    }
    let sent = due.iter().map(|due| async move {
        let body = message(due, &record.id)?;
        app.queue.send_for(&group(due), &body).await
    });
    all(sent).await?;
    Ok(Outcome::Applied)
}

/// Whether a client may be told of a customer's event: it is enabled, reads, and sees the customer.
pub fn may_see(client: &Client, customer: &CustomerCode) -> bool {
    client.is_enabled() && client.scopes.contains(Scope::Read) && client.sees.includes(customer)
}

/// The group of a subscription's messages.
pub fn group(due: &WebhookDue) -> String {
    format!("{}.{}", due.client, due.subscription)
}
