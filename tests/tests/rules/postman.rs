//! The Postman collection is made from the documents: each of its requests is a document's example, and it has the form that Postman
//! reads.

use local::operate::Credentials;
use local::page::postman;
use serde_json::{Value, json};
use tests::World;

use crate::examples::examples;

const URL: &str = "http://127.0.0.1:3000";

fn client() -> Credentials {
    Credentials {
        client_id: "demo-portal".to_owned(),
        client_secret: "secret".to_owned(),
        scope: "read write".to_owned(),
        customers: "*".to_owned(),
    }
}

/// What of Postman's schema v2.1.0 the collection makes use of, as the schema has it: required fields, allowed values, and that
/// there is nothing else.
fn schema() -> Value {
    let list = |of: &str| json!({ "type": "array", "items": { "$ref": format!("#/definitions/{of}") } });
    let object = |required: &[&str], properties: Value| json!({ "type": "object", "required": required, "properties": properties, "additionalProperties": false });
    let text = || json!({ "type": "string" });
    let one_of = |allowed: &[&str]| json!({ "enum": allowed });
    json!({
        "$ref": "#/definitions/collection",
        "definitions": {
            "collection": object(&["info", "item"], json!({
                "info": object(&["name", "schema"], json!({
                    "name": text(), "description": text(),
                    "schema": one_of(&["https://schema.getpostman.com/json/collection/v2.1.0/collection.json"]),
                })),
                "auth": { "$ref": "#/definitions/auth" },
                "variable": list("attribute"),
                "item": { "type": "array", "items": { "anyOf": [
                    { "$ref": "#/definitions/item" }, { "$ref": "#/definitions/folder" },
                ] } },
            })),
            "folder": object(&["item"], json!({ "name": text(), "description": text(), "item": list("item") })),
            "item": object(&["request"], json!({
                "name": text(), "request": { "$ref": "#/definitions/request" }, "response": { "type": "array", "maxItems": 0 },
                "event": { "type": "array", "items": object(&["listen"], json!({
                    "listen": one_of(&["test", "prerequest"]),
                    "script": object(&[], json!({
                        "type": text(), "exec": { "type": "array", "items": text() },
                    })),
                })) },
            })),
            "request": object(&["method", "url"], json!({
                "method": one_of(&["GET", "POST", "PUT", "DELETE"]), "description": text(),
                "url": { "$ref": "#/definitions/url" }, "auth": { "$ref": "#/definitions/auth" }, "header": list("parameter"),
                "body": object(&["mode"], json!({
                    "mode": one_of(&["raw", "urlencoded"]), "raw": text(), "urlencoded": list("attribute"),
                    "options": { "type": "object" },
                })),
            })),
            "url": object(&["raw", "host", "path"], json!({
                "raw": text(), "host": { "type": "array", "items": text() }, "path": { "type": "array", "items": text() },
                "query": list("parameter"), "variable": list("parameter"),
            })),
            "parameter": object(&["key", "value"], json!({
                "key": text(), "value": text(), "description": text(), "disabled": { "type": "boolean" },
            })),
            "attribute": object(&["key"], json!({ "key": text(), "value": text(), "type": one_of(&["string"]) })),
            "auth": object(&["type"], json!({
                "type": one_of(&["bearer", "basic"]), "bearer": list("attribute"), "basic": list("attribute"),
            })),
        },
    })
}

/// The requests behind the one for a token.
fn requests(collection: &Value) -> Vec<Value> {
    let folders = collection["item"].as_array().unwrap().iter().skip(1);
    folders.flat_map(|folder| folder["item"].as_array().unwrap().clone()).collect()
}

/// Path and query as Postman sends them.
fn address(request: &Value) -> String {
    let url = &request["url"];
    let rows = |name: &str| url[name].as_array().cloned().unwrap_or_default();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let part = |part: &Value| match part.as_str().unwrap().strip_prefix(':') {
        Some(name) => text(rows("variable").iter().find(|row| row["key"] == name).unwrap(), "value"),
        None => part.as_str().unwrap().to_owned(),
    };
    let path: Vec<_> = url["path"].as_array().unwrap().iter().map(part).collect();
    let sent = rows("query").into_iter().filter(|row| row["disabled"].is_null());
    let mut query: Vec<_> = sent.map(|row| format!("{}={}", text(&row, "key"), text(&row, "value"))).collect();
    query.sort();
    format!("/{}?{}", path.join("/"), query.join("&"))
}

#[test]
fn the_collection_has_the_form_that_postman_reads() {
    let collection = postman::collection(URL, Some(&client()));
    let validator = jsonschema::draft7::new(&schema()).unwrap();
    let complaints: Vec<_> =
        validator.iter_errors(&collection).map(|one| format!("{}: {one}", one.instance_path())).collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    let token = &collection["item"][0];
    assert_eq!(token["request"]["url"]["raw"], "{{url}}/oauth/client_credential/accesstoken");
    assert_eq!(token["request"]["auth"]["type"], "basic");
    let script = token["event"][0]["script"]["exec"].to_string();
    assert!(script.contains("pm.collectionVariables.set('token', pm.response.json().access_token)"), "{script}");
    assert_eq!(collection["auth"]["bearer"][0]["value"], "{{token}}");
    let variables = collection["variable"].as_array().unwrap();
    let value = |key: &str| variables.iter().find(|row| row["key"] == key).map(|row| row["value"].clone()).unwrap();
    assert_eq!(
        (value("url"), value("client_id"), value("client_secret")),
        (URL.into(), "demo-portal".into(), "secret".into())
    );
}

#[test]
fn its_requests_are_the_examples_of_all_documents() {
    let own = requests(&postman::collection(URL, None));
    assert_eq!(own.len(), examples().len());
    for example in examples() {
        let (path, query) =
            example.address().split_once('?').map(|(path, query)| (path.to_owned(), query.to_owned())).unwrap();
        let mut query: Vec<_> = query.split('&').collect();
        query.sort_unstable();
        let wanted = format!("{path}?{}", query.join("&"));
        let fits = |item: &&Value| {
            item["request"]["method"] == example.operation.method && address(&item["request"]) == wanted
        };
        let found = own.iter().find(fits).map(|item| &item["request"]);
        assert!(found.is_some(), "{} {wanted} is not in the collection", example.operation.method);
        let body = found
            .and_then(|request| request["body"]["raw"].as_str())
            .map_or(Value::Null, |raw| serde_json::from_str(raw).unwrap());
        assert_eq!(body, example.body, "{wanted}");
    }
}

#[tokio::test]
async fn a_request_that_reads_is_answered() {
    let world = World::demo().await;
    let mut read = 0;
    for item in requests(&postman::collection(URL, Some(&client()))) {
        let request = &item["request"];
        let erases = request["url"]["raw"].as_str().unwrap().ends_with("/calls/:idCall/recordings");
        if request["method"] != "GET" || erases {
            continue;
        }
        let reply = world.portal().get(&address(request)).await;
        // What is read may not be there yet; that it is asked for in a way the API takes is what counts.
        assert!([200, 404].contains(&reply.status()), "{}: {}", item["name"], reply.text());
        read += usize::from(reply.status() == 200);
    }
    assert!(read >= 20, "{read}");
}
