//! Events of subscriptions to events.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Event;
use crate::domain::hook::id::{Ended, HookId};
use crate::domain::ids::{ClientId, CustomerCode, EventName};

/// A subscription was given up: nothing is delivered to it any more.
#[derive(Debug, Serialize)]
pub struct HubDisabled<'a> {
    /// Whose it is.
    pub client: &'a ClientId,
    /// Which one of the client's.
    pub subscription: HookId,
    /// Why.
    pub reason: Ended,
    /// Since when its address has failed.
    pub failing_since: DateTime<Utc>,
    /// How many attempts have failed since.
    pub failures: u32,
    /// When it was given up.
    pub at: DateTime<Utc>,
}

/// An event is to be delivered to a subscription; webhook-deliver tells itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookDue {
    /// Whose subscription it is.
    pub client: ClientId,
    /// Which one of the client's.
    pub subscription: HookId,
    /// Whose the event is.
    pub customer: CustomerCode,
    /// The event's name.
    pub event: EventName,
    /// The version of its payload.
    pub version: u32,
    /// When it was told.
    pub time: DateTime<Utc>,
    /// Its payload, JSON as text.
    pub payload: String,
}

impl Event for HubDisabled<'_> {
    const NAME: &'static str = "HubDisabled";
}

impl Event for WebhookDue {
    const NAME: &'static str = "WebhookDue";
}
