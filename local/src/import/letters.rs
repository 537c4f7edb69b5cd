//! The letters of a record's texts: what the API refuses in a body, no record brings either.

use serde_json::{Map, Value};
use shared::domain::text::is_control;

/// Checks every text of a record, and the names of its fields.
///
/// # Errors
/// The first text that has a control character, by its field.
pub(super) fn check(fields: &Map<String, Value>) -> Result<(), String> {
    match in_fields(fields).as_deref().map(|path| path.strip_prefix('.').unwrap_or(path)) {
        None => Ok(()),
        Some("") => Err("record: must have fields whose names have no control characters".to_owned()),
        Some(path) => Err(format!("{path}: must be a text without control characters, such as line ends")),
    }
}

/// The path, from here, to the first text that has one.
fn within(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => is_unfit(text).then(String::new),
        Value::Array(list) => list.iter().enumerate().find_map(|(at, one)| Some(format!("[{at}]{}", within(one)?))),
        Value::Object(fields) => in_fields(fields),
        _ => None,
    }
}

/// The same of an object; nothing is added for a name.
fn in_fields(fields: &Map<String, Value>) -> Option<String> {
    fields.iter().find_map(|(name, value)| match is_unfit(name) {
        true => Some(String::new()),
        false => Some(format!(".{name}{}", within(value)?)),
    })
}

fn is_unfit(text: &str) -> bool {
    text.chars().any(is_control)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(record: &Value) -> String {
        check(record.as_object().unwrap()).err().unwrap_or_default()
    }

    #[test]
    fn a_text_with_a_control_character_is_told_by_its_path() {
        assert_eq!(told(&json!({"a": "Ñandú, piso 4\u{a0}– 微信", "b": [null, 1, true, {"c": ["x"]}]})), "");
        let must = "must be a text without control characters, such as line ends";
        for letter in ["\0", "\n", "\r\n", "\t", "\u{7f}", "\u{2028}", "\u{202e}", "\u{2066}"] {
            let text = format!("a{letter}b");
            let name = text.as_str();
            assert_eq!(told(&json!({"name": text})), format!("name: {must}"), "{letter:?}");
            assert_eq!(told(&json!({"a": ["x", {"b": [text]}]})), format!("a[1].b[0]: {must}"), "{letter:?}");
            assert_eq!(
                told(&json!({name: 1})),
                "record: must have fields whose names have no control characters",
                "{letter:?}"
            );
            assert_eq!(told(&json!({"a": {name: 1}})), format!("a: {must}"), "{letter:?}");
        }
    }
}
