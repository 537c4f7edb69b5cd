//! The documents as a Postman collection (its schema v2.1.0): every operation with the documents' examples, after a request that fetches
//! a token and keeps it for the others.

use serde_json::{Value, json};

use super::documents::{DOCUMENTS, TOKEN, document, example, resolved};
use crate::operate::Credentials;

/// Its name below `/openapi/`.
pub const FILE: &str = "selfcare.postman_collection.json";
const SCHEMA: &str = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";
const METHODS: [&str; 4] = ["get", "post", "put", "delete"];

/// The collection for a server at `url`, and the client that it fetches its token as, if one is known.
pub fn collection(url: &str, client: Option<&Credentials>) -> Value {
    let (id, secret) = client.map_or(("", ""), |client| (&*client.client_id, &*client.client_secret));
    let folders = DOCUMENTS.iter().filter_map(|(name, _)| folder(&document(name)?));
    let items: Vec<_> = std::iter::once(token()).chain(folders).collect();
    json!({
        "info": {
            "name": "Self-care API", "schema": SCHEMA,
            "description": "Send “Get a token” first: it keeps the token in the variable `token`, which every other request carries.",
        },
        "auth": { "type": "bearer", "bearer": [text("token", "{{token}}")] },
        "variable": [
            text("url", url), text("client_id", id), text("client_secret", secret), text("token", ""),
        ],
        "item": items,
    })
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": value, "type": "string" })
}

/// The request for a token, which keeps it.
fn token() -> Value {
    let keep = [
        "pm.test('a token is issued', () => pm.response.to.have.status(200));",
        "pm.collectionVariables.set('token', pm.response.json().access_token);",
    ];
    let basic = [text("username", "{{client_id}}"), text("password", "{{client_secret}}")];
    json!({
        "name": "Get a token",
        "request": {
            "method": "POST",
            "header": [],
            "auth": { "type": "basic", "basic": basic },
            "body": { "mode": "urlencoded", "urlencoded": [text("grant_type", "client_credentials")] },
            "url": address(TOKEN, &[], &[]),
        },
        "event": [{ "listen": "test", "script": { "type": "text/javascript", "exec": keep } }],
    })
}

/// A document as a folder of its operations.
fn folder(document: &Value) -> Option<Value> {
    let mut items = Vec::new();
    for (path, methods) in document["paths"].as_object()? {
        for method in METHODS {
            items.extend(methods.get(method).map(|operation| item(method, path, operation, document)));
        }
    }
    let info = &document["info"];
    Some(json!({ "name": info["title"], "description": info["description"], "item": items }))
}

/// An operation as a request.
fn item(method: &str, path: &str, operation: &Value, document: &Value) -> Value {
    let parameters: Vec<_> =
        operation["parameters"].as_array().into_iter().flatten().map(|one| resolved(one, document)).collect();
    let within = |place: &str| parameters.iter().filter(|one| one["in"] == place).map(filled).collect::<Vec<_>>();
    let content = &operation["requestBody"]["content"]["application/json"];
    let mut request = json!({
        "method": method.to_uppercase(),
        "header": within("header"),
        "url": address(path, &within("path"), &within("query")),
        "description": operation["description"],
    });
    if !content.is_null() {
        let body = content.get("example").cloned().unwrap_or_else(|| example(&resolved(&content["schema"], document)));
        let options = json!({ "raw": { "language": "json" } });
        request["body"] = json!({ "mode": "raw", "raw": format!("{body:#}"), "options": options });
    }
    json!({ "name": operation["summary"], "request": request, "response": [] })
}

/// A parameter with its example; one without waits, switched off, for a value.
fn filled(parameter: &Value) -> Value {
    let value = match parameter.get("example") {
        Some(Value::String(text)) => Some(text.clone()),
        other => other.map(Value::to_string),
    };
    let mut filled = json!({
        "key": parameter["name"], "value": value.as_deref().unwrap_or_default(), "description": parameter["description"],
    });
    if value.is_none() && parameter["in"] != "path" {
        filled["disabled"] = true.into();
    }
    filled
}

/// An address: `{name}` of the documents is `:name` here.
fn address(path: &str, variables: &[Value], query: &[Value]) -> Value {
    let parts: Vec<_> = path.split('/').skip(1).map(|part| part.replace('{', ":").replace('}', "")).collect();
    let sent: Vec<_> = query.iter().filter(|one| one.get("disabled").is_none()).collect();
    let of = |one: &Value, field: &str| one[field].as_str().unwrap_or_default().to_owned();
    let sent: Vec<_> = sent.iter().map(|one| format!("{}={}", of(one, "key"), of(one, "value"))).collect();
    let sent = if sent.is_empty() { String::new() } else { format!("?{}", sent.join("&")) };
    let mut address =
        json!({ "raw": format!("{{{{url}}}}/{}{sent}", parts.join("/")), "host": ["{{url}}"], "path": parts });
    if !query.is_empty() {
        address["query"] = query.into();
    }
    if !variables.is_empty() {
        address["variable"] = variables.into();
    }
    address
}
