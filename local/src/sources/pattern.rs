//! Event patterns of EventBridge and its pipes.

use serde_json::Value;

/// Whether an event matches: each field of the pattern has one of the listed values. Of the content filters, `exists`
/// and `prefix` are supported; a pattern with another matches nothing.
pub fn matches(pattern: &Value, event: &Value) -> bool {
    let Some(fields) = pattern.as_object() else { return false };
    fields.iter().all(|(name, wanted)| {
        let found = event.get(name);
        match wanted {
            Value::Array(values) => values.iter().any(|value| fits(value, found)),
            Value::Object(_) => found.is_some_and(|inner| matches(wanted, inner)) || wants_nothing(wanted, found),
            _ => false,
        }
    })
}

/// A missing branch matches a pattern that only has `exists: false` below it.
fn wants_nothing(wanted: &Value, found: Option<&Value>) -> bool {
    found.is_none() && matches(wanted, &Value::Null)
}

fn fits(value: &Value, found: Option<&Value>) -> bool {
    match value {
        Value::Object(filter) => match filter.iter().next() {
            Some((name, wanted)) if name == "exists" => wanted.as_bool() == Some(found.is_some()),
            Some((name, wanted)) if name == "prefix" => {
                let (text, start) = (found.and_then(Value::as_str), wanted.as_str());
                text.zip(start).is_some_and(|(text, start)| text.starts_with(start))
            }
            _ => false,
        },
        plain => found == Some(plain),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_has_what_the_pattern_names() {
        let event = json!({ "source": "selfcare", "detail-type": "A", "detail": { "x": { "S": "text" }, "n": 1 } });
        for pattern in [
            json!({ "source": ["selfcare"] }),
            json!({ "source": ["other", "selfcare"], "detail-type": ["A"] }),
            json!({ "detail": { "x": { "S": [{ "exists": true }] } } }),
            json!({ "detail": { "x": { "S": [{ "prefix": "te" }] }, "n": [1] } }),
            json!({ "detail": { "y": { "S": [{ "exists": false }] } } }),
        ] {
            assert!(matches(&pattern, &event), "{pattern}");
        }
        for pattern in [
            json!({ "source": ["other"] }),
            json!({ "detail-type": ["B"] }),
            json!({ "detail": { "y": { "S": [{ "exists": true }] } } }),
            json!({ "detail": { "x": { "S": [{ "exists": false }] } } }),
            json!({ "detail": { "n": [2] } }),
            json!({ "source": [{ "anything-but": ["x"] }] }),
            json!({ "source": "selfcare" }),
        ] {
            assert!(!matches(&pattern, &event), "{pattern}");
        }
    }
}
