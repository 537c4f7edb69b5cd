//! The authorizer's answers and their cache.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// At this many entries, expired ones are dropped.
const CROWDED: usize = 1_000;

/// The authorizer's simple response.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Allowed, with this context (an object).
    Allowed(Value),
    /// Denied: 403.
    Denied,
}

impl Decision {
    /// Parses the authorizer's answer; none if it is not a simple response.
    pub fn read(answer: &Value) -> Option<Self> {
        if !answer.get("isAuthorized")?.as_bool()? {
            return Some(Self::Denied);
        }
        match answer.get("context") {
            None | Some(Value::Null) => Some(Self::Allowed(json!({}))),
            Some(context) => context.is_object().then(|| Self::Allowed(context.clone())),
        }
    }
}

/// Cached answers by identity source. As on AWS the route is not part of the key: one answer serves all routes.
#[derive(Debug, Default)]
pub struct Cache {
    answers: Mutex<HashMap<Vec<String>, Kept>>,
}

#[derive(Debug)]
struct Kept {
    decision: Decision,
    until: DateTime<Utc>,
}

impl Cache {
    /// The cached answer for `identity`, unless it has expired at `now`.
    pub fn get(&self, identity: &[String], now: DateTime<Utc>) -> Option<Decision> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.get(identity).filter(|kept| now < kept.until).map(|kept| kept.decision.clone())
    }

    /// Caches an answer for `ttl` from `now`.
    pub fn put(&self, identity: Vec<String>, decision: Decision, now: DateTime<Utc>, ttl: Duration) {
        let ttl = chrono::Duration::from_std(ttl).unwrap_or_default();
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= CROWDED {
            answers.retain(|_, kept| now < kept.until);
        }
        answers.insert(identity, Kept { decision, until: now + ttl });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_simple_response_is_a_verdict() {
        let allowed = |context: Value| Some(Decision::Allowed(context));
        assert_eq!(
            Decision::read(&json!({ "isAuthorized": true, "context": { "a": "b" } })),
            allowed(json!({ "a": "b" }))
        );
        assert_eq!(Decision::read(&json!({ "isAuthorized": true })), allowed(json!({})));
        assert_eq!(Decision::read(&json!({ "isAuthorized": false, "context": {} })), Some(Decision::Denied));
        for malformed in [json!({}), json!(null), json!({ "isAuthorized": "true" }), json!({ "principalId": "x" })] {
            assert_eq!(Decision::read(&malformed), None);
        }
        assert_eq!(Decision::read(&json!({ "isAuthorized": true, "context": [] })), None);
    }

    #[test]
    fn a_crowded_cache_drops_what_has_run_out() {
        let cache = Cache::default();
        let start = DateTime::UNIX_EPOCH;
        let later = start + chrono::Duration::seconds(61);
        for caller in 0..CROWDED {
            cache.put(vec![caller.to_string()], Decision::Denied, start, Duration::from_secs(60));
        }
        cache.put(vec!["new".to_owned()], Decision::Denied, later, Duration::from_secs(60));
        assert_eq!(cache.answers.lock().unwrap().len(), 1);
    }

    #[test]
    fn without_a_time_to_live_nothing_is_kept() {
        let cache = Cache::default();
        cache.put(vec!["a".to_owned()], Decision::Denied, DateTime::UNIX_EPOCH, Duration::ZERO);
        assert_eq!(cache.get(&["a".to_owned()], DateTime::UNIX_EPOCH), None);
    }
}
