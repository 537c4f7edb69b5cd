//! Which events a subscription asks for.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::event_catalogue::offered;
use crate::domain::ids::EventName;
use crate::error::Invalid;

/// The only condition of a subscription's query, as TM Forum names it.
const EVENT_TYPE: &str = "eventType";

/// The names of events; empty for all that clients can subscribe to, later ones included.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Wants(BTreeSet<EventName>);

impl Wants {
    /// Whether events of this name are asked for.
    pub fn includes(&self, event: &EventName) -> bool {
        self.0.is_empty() || self.0.contains(event)
    }

    /// Whether all events are asked for.
    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }
}

/// `eventType=BillGenerated,BillPaid`, or the condition several times; an empty text for all.
impl FromStr for Wants {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let mut names = BTreeSet::new();
        for (condition, value) in form_urlencoded::parse(text.as_bytes()) {
            if condition != EVENT_TYPE {
                return Err(const { Invalid::new("must be `eventType=NAME,NAME`, without other conditions") });
            }
            for name in value.split(',') {
                let known = offered().contains(&name);
                let name = name.parse().ok().filter(|_| known);
                names.insert(name.ok_or(const { Invalid::new("must name events that docs/events.md offers") })?);
            }
        }
        Ok(Self(names))
    }
}

impl fmt::Display for Wants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(EventName::as_str).collect();
        if names.is_empty() { Ok(()) } else { write!(f, "{EVENT_TYPE}={}", names.join(",")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wants(query: &str) -> Result<Wants, Invalid> {
        query.parse()
    }

    #[test]
    fn a_query_names_events() {
        let some = wants("eventType=BillPaid,BillGenerated").unwrap();
        assert_eq!(some.to_string(), "eventType=BillGenerated,BillPaid");
        assert_eq!(wants("eventType=BillPaid&eventType=BillGenerated").unwrap(), some);
        assert_eq!(wants("eventType=BillPaid%2CBillGenerated").unwrap(), some);
        assert!(some.includes(&"BillPaid".parse().unwrap()) && !some.includes(&"PlanUpgraded".parse().unwrap()));
        let all = wants("").unwrap();
        assert!(all.is_all() && all.includes(&"PlanUpgraded".parse().unwrap()) && all.to_string().is_empty());
    }

    #[test]
    fn another_condition_and_an_event_that_is_not_offered_are_refused() {
        for query in [
            "eventType=",
            "eventType=BillPaid,",
            "eventType=billpaid",
            "eventType=BillRunClosed",
            "eventType=WebhookDue",
            "BillPaid",
            "type=BillPaid",
            "eventType=BillPaid&customer=1001",
        ] {
            assert!(wants(query).is_err(), "{query}");
        }
    }
}
