//! The document's names.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use shared::domain::country::Country;
use shared::domain::hook::id::Ended;
use shared::domain::hook::state::Hook;
use shared::domain::period::rfc3339;
use shared::http::Text;

/// `EventSubscriptionInput`
#[derive(Debug, Deserialize)]
pub struct EventSubscriptionInput {
    pub callback: Text,
    #[serde(default)]
    pub query: Option<Text>,
}

/// `EventSubscription`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    id: String,
    callback: String,
    query: String,
    state: &'static str,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    failing_since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failures: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_attempt_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

impl Subscription {
    /// A subscription as its client is shown it.
    pub fn of(hook: &Hook, country: &Country) -> Self {
        let time = |at: DateTime<Utc>| rfc3339(at, country.zone());
        let (failing, disabled) = (hook.failing.as_ref(), hook.disabled.as_ref());
        let state = match (disabled, failing) {
            (Some(_), _) => "disabled",
            (None, Some(_)) => "failing",
            (None, None) => "active",
        };
        Self {
            id: hook.id.to_string(),
            callback: hook.callback.clone(),
            query: hook.wants.to_string(),
            state,
            created_at: time(hook.created),
            failing_since: disabled
                .map(|disabled| disabled.failing_since)
                .or(failing.map(|failing| failing.since))
                .map(time),
            failures: disabled.map(|disabled| disabled.failures).or(failing.map(|failing| failing.failures)),
            next_attempt_at: failing.map(|failing| time(failing.not_before)),
            disabled_at: disabled.map(|disabled| time(disabled.at)),
            reason: disabled.map(|disabled| match disabled.reason {
                Ended::Failing => "the address has failed for a day",
                Ended::Gone => "the address has answered 410",
            }),
        }
    }
}
