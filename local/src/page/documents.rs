//! The published documents as JSON, with the address of the server that serves them.

use serde_json::{Map, Value, json};

/// The documents by name.
pub const DOCUMENTS: [(&str, &str); 7] = [
    ("mobile-v1", include_str!("../../../openapi/mobile-v1.yaml")),
    ("billing-v1", include_str!("../../../openapi/billing-v1.yaml")),
    ("co-b2b-crm-v2", include_str!("../../../openapi/co-b2b-crm-v2.yaml")),
    ("crm-v2", include_str!("../../../openapi/crm-v2.yaml")),
    ("sv-b2b-crm-v1", include_str!("../../../openapi/sv-b2b-crm-v1.yaml")),
    ("hub-v1", include_str!("../../../openapi/hub-v1.yaml")),
    ("limits-v1", include_str!("../../../openapi/limits-v1.yaml")),
];

/// Where a document names its token endpoint.
const FLOW: &str = "/components/securitySchemes/application/flows/clientCredentials";
/// The token endpoint.
pub const TOKEN: &str = "/oauth/client_credential/accesstoken";

/// A document; none of this name, or none that can be read.
pub fn document(name: &str) -> Option<Value> {
    let (_, text) = DOCUMENTS.iter().find(|(own, _)| *own == name)?;
    serde_yaml_ng::from_str(text).ok()
}

/// A document for who reads it at `url`: this server comes first among its servers, and its token endpoint is this server's.
pub fn served(name: &str, url: &str) -> Option<Value> {
    let mut document = document(name)?;
    let servers = document["servers"].as_array_mut()?;
    servers.insert(0, json!({ "url": url, "description": "This server." }));
    document.pointer_mut(FLOW)?["tokenUrl"] = format!("{url}{TOKEN}").into();
    Some(document)
}

/// A schema with its references resolved.
pub fn resolved(schema: &Value, document: &Value) -> Value {
    match schema {
        Value::Object(fields) => match fields.get("$ref").and_then(Value::as_str) {
            Some(place) => match document.pointer(place.trim_start_matches('#')) {
                Some(named) => resolved(named, document),
                None => Value::Null,
            },
            None => fields.iter().map(|(name, field)| (name.clone(), resolved(field, document))).collect(),
        },
        Value::Array(list) => list.iter().map(|entry| resolved(entry, document)).collect(),
        other => other.clone(),
    }
}

/// The example of a schema: its own, its first allowed value, or those of its fields.
pub fn example(schema: &Value) -> Value {
    if let Some(own) = schema.get("example").or_else(|| schema["enum"].get(0)) {
        return own.clone();
    }
    match schema["type"].as_str() {
        Some("array") => json!([example(&schema["items"])]),
        Some("object") => {
            let fields = schema["properties"].as_object().into_iter().flatten();
            fields.map(|(name, field)| (name.clone(), example(field))).collect::<Map<_, _>>().into()
        }
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_names_the_server_that_serves_it() {
        for (name, _) in DOCUMENTS {
            let document = served(name, "http://localhost:3000").unwrap();
            assert_eq!(document["servers"][0]["url"], "http://localhost:3000", "{name}");
            assert!(document["servers"].as_array().unwrap().len() > 1, "{name}: its own base paths stay");
            let flow = document.pointer(FLOW).unwrap();
            assert_eq!(flow["tokenUrl"], "http://localhost:3000/oauth/client_credential/accesstoken", "{name}");
        }
        assert!(served("other", "u").is_none());
    }
}
