//! What is told, held against the catalogue of events: as JSON Schema, which `docs/events/` publishes.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Map, Value, json};
use shared::domain::event_catalogue::{Field, Kind, Told, events};

/// The JSON Schema of an event's payload. A reader of it lets fields through that it does not know: some may be added.
pub fn schema(event: &Told) -> Value {
    let mut schema = object(event.fields);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!(event.name);
    schema["description"] = json!(event.about);
    schema
}

fn object(fields: &[Field]) -> Value {
    let required: Vec<_> = fields.iter().filter(|field| !field.is_optional).map(|field| field.name).collect();
    let property = |field: &Field| {
        let mut schema = kind(field.kind);
        if field.is_optional {
            schema["type"] = json!([schema["type"], "null"]);
        }
        schema["description"] = json!(field.about);
        (field.name.to_owned(), schema)
    };
    let properties: Map<String, Value> = fields.iter().map(property).collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

const ID: &str = "^[A-Za-z0-9._-]{1,64}$";

fn kind(kind: Kind) -> Value {
    match kind {
        Kind::Id => json!({ "type": "string", "pattern": ID }),
        Kind::Line => json!({ "type": "string", "pattern": "^[0-9]{10,15}$" }),
        Kind::Text => json!({ "type": "string" }),
        Kind::Digest => json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" }),
        Kind::Count => json!({ "type": "integer", "minimum": 0 }),
        Kind::Whole => json!({ "type": "integer" }),
        Kind::Day => json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
        Kind::Time => {
            json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?Z$" })
        }
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Money => json!({
            "type": "object", "required": ["minor", "currency"],
            "properties": {
                "minor": { "type": "integer", "description": "The amount in minor units of the currency, such as cents." },
                "currency": { "type": "string", "pattern": "^[A-Z]{3}$", "description": "ISO 4217." },
            },
        }),
        Kind::Word(words) => json!({ "type": "string", "enum": words }),
        Kind::Ids => json!({ "type": "array", "items": { "type": "string", "pattern": ID } }),
        Kind::Object(fields) => object(fields),
        Kind::Objects(fields) => json!({ "type": "array", "items": object(fields) }),
        Kind::Whom => json!({
            "type": ["string", "object"],
            "anyOf": [
                { "enum": ["all", "parked"] },
                { "type": "object", "required": ["these"], "properties": {
                    "these": { "type": "array", "items": { "type": "string", "pattern": ID } },
                } },
            ],
        }),
    }
}

/// What a value is, in words.
pub fn words(kind: Kind) -> String {
    match kind {
        Kind::Id => "id".to_owned(),
        Kind::Line => "phone number with its calling code".to_owned(),
        Kind::Text => "text".to_owned(),
        Kind::Digest => "64 hexadecimal digits".to_owned(),
        Kind::Count => "whole number from 0 on".to_owned(),
        Kind::Whole => "whole number".to_owned(),
        Kind::Day => "day".to_owned(),
        Kind::Time => "instant".to_owned(),
        Kind::Flag => "true or false".to_owned(),
        Kind::Money => "money".to_owned(),
        Kind::Word(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        Kind::Ids => "list of ids".to_owned(),
        Kind::Object(_) => "object".to_owned(),
        Kind::Objects(_) => "list of objects".to_owned(),
        Kind::Whom => "`all`, `parked`, or `{\"these\": […]}`".to_owned(),
    }
}

/// The same schema without room for fields that it does not name.
fn strict(schema: Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let mut fields: Map<String, Value> =
                fields.into_iter().map(|(name, value)| (name, strict(value))).collect();
            if fields.contains_key("properties") && fields.get("type") == Some(&json!("object")) {
                fields.insert("additionalProperties".to_owned(), json!(false));
            }
            Value::Object(fields)
        }
        Value::Array(list) => list.into_iter().map(strict).collect(),
        other => other,
    }
}

#[expect(clippy::expect_used, reason = "a test without its schema cannot go on")]
fn validators() -> &'static BTreeMap<&'static str, Validator> {
    static VALIDATORS: OnceLock<BTreeMap<&'static str, Validator>> = OnceLock::new();
    VALIDATORS.get_or_init(|| {
        let validator = |event: &Told| jsonschema::draft202012::new(&strict(schema(event))).expect("a schema");
        events().map(|event| (event.name, validator(event))).collect()
    })
}

/// What is wrong with a payload; nothing when it is what the catalogue says of the event.
pub fn complaint(name: &str, payload: &Value) -> Option<String> {
    let Some(validator) = validators().get(name) else { return Some(format!("{name} is not in the catalogue")) };
    let error = validator.iter_errors(payload).next()?;
    Some(format!("{name}: {}: {error}", error.instance_path()))
}

/// Sees every event on a test's bus.
///
/// # Panics
/// When an event is not what the catalogue says.
pub fn witness(event: &Value) {
    let detail = &event["detail"];
    let name = detail["type"].as_str().unwrap_or_default();
    let payload: Value = serde_json::from_str(detail["payload"].as_str().unwrap_or_default()).unwrap_or_default();
    let known = events().find(|known| known.name == name).map(|known| json!(known.version.to_string()));
    assert_eq!(known.as_ref(), Some(&detail["version"]), "the version of {event}");
    assert_eq!(complaint(name, &payload), None, "{event}");
}
