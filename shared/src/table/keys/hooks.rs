//! Keys of clients' subscriptions to events.

use super::{Key, Place, Range, below, key, whole};
use crate::domain::hook::id::HookId;
use crate::domain::ids::ClientId;

fn partition(client: &ClientId) -> String {
    format!("HUB#{client}")
}

/// How a subscription stands in a key: its number, padded, so that text order is the order in which they were made.
fn padded(id: HookId) -> String {
    format!("{:010}", id.number())
}

/// Which subscriptions a client has.
pub fn hook_index(client: &ClientId) -> Key {
    key("HUBS", client.to_string())
}

/// Which subscriptions all clients have.
pub fn hook_indexes() -> Range {
    whole("HUBS")
}

/// A subscription.
pub fn hook(client: &ClientId, id: HookId) -> Key {
    key(partition(client), format!("S#{}", padded(id)))
}

/// All subscriptions of a client, oldest first.
pub fn hooks(client: &ClientId) -> Range {
    below(partition(client), "S")
}

/// That a subscription was given up.
pub fn hook_end(client: &ClientId, id: HookId) -> Key {
    key(partition(client), format!("D#{}", padded(id)))
}

/// Where subscriptions lie.
pub(super) const PLACES: &[Place] = &[
    Place {
        entity: "subscriptions of a client",
        pk: "HUBS",
        sk: "<client>",
        holds: "which subscriptions a client has, what each asks for, whether it is active; rev",
        read_by: "hub: get before one is added or removed; webhook-deliver: one query for all clients",
    },
    Place {
        entity: "subscription",
        pk: "HUB#<client>",
        sk: "S#<hook>",
        holds: "its address, what it asks for, since when and how often it has failed, why it was given up; rev",
        read_by: "hub: get, or one query for all of a client; webhook-deliver: in one batch with the client",
    },
    Place {
        entity: "end of a subscription",
        pk: "HUB#<client>",
        sk: "D#<hook>",
        holds: "that it was given up, with its event for the stream",
        read_by: "audits: query",
    },
];
