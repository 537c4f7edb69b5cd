//! The examples and types in the documents: examples work as copied, other types are refused.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use local::page::documents::{example, resolved};
use serde_json::{Value, json};
use tests::contract::{self, Operation};
use tests::world::LINE;
use tests::{Reply, World};

/// A request made of a document's examples.
#[derive(Clone)]
pub struct Example {
    pub operation: Operation,
    country: &'static str,
    /// Path and query: the name in the document, and the text sent in its place.
    pub parameters: BTreeMap<String, String>,
    /// The schema of the body, with references resolved; null without a body.
    pub schema: Value,
    pub body: Value,
}

pub fn examples() -> &'static [Example] {
    static EXAMPLES: OnceLock<Vec<Example>> = OnceLock::new();
    EXAMPLES.get_or_init(|| contract::operations().into_iter().map(Example::of).collect())
}

impl Example {
    fn of(operation: Operation) -> Self {
        let document = contract::document(operation.document);
        let parameters = operation.body["parameters"].as_array().into_iter().flatten();
        let parameters = parameters
            .filter_map(|parameter| Some((parameter["name"].as_str()?.to_owned(), text(parameter.get("example")?))));
        let content = &operation.body["requestBody"]["content"]["application/json"];
        let schema = resolved(&content["schema"], &document);
        let body = content.get("example").cloned().unwrap_or_else(|| example(&schema));
        let country = if operation.document.contains("sv-") { "sv" } else { "co" };
        Self { parameters: parameters.collect(), country, schema, body, operation }
    }

    /// Path and query, with every other parameter in the query.
    pub fn address(&self) -> String {
        let (mut path, mut query) = (self.operation.path.clone(), Vec::new());
        for (name, value) in &self.parameters {
            let variable = format!("{{{name}}}");
            if path.contains(&variable) {
                path = path.replace(&variable, value);
            } else {
                query.push(format!("{name}={value}"));
            }
        }
        assert!(!path.contains('{'), "{}: a path parameter of {path} has no example", self.operation.document);
        format!("{path}?{}", query.join("&"))
    }

    /// Sends it as the portal, with this body.
    pub async fn send(&self, world: &World, body: &Value) -> Reply {
        let (headers, body): (&[_], _) = match body {
            Value::Null => (&[], String::new()),
            body => (&[("content-type", "application/json")], body.to_string()),
        };
        world.portal().send(&self.operation.method, &self.address(), headers, &body).await
    }

    /// A world in which the example succeeds.
    pub async fn world(&self) -> World {
        let world = World::of(self.country).await;
        let before = match self.operation.body["operationId"].as_str().unwrap() {
            "GetUpgradeStatusbyMSISDN" => "CreateUpgradeRequestbyMSISDN",
            "DeleteFavoriteNumberByMSISDN" => "AddFavoriteNumberByMSISDN",
            "DeleteOfferbyMSISDNandOfferId" => "PurchaseOfferbyMSISDNandOfferId",
            "UpdateBillingGroup" | "DeleteBillingGroup" => "CreateBillingGroup",
            "getEventsSubscription" | "unregisterListener" => "registerListener",
            "agreeToDataRoaming" => {
                world.hold_roaming(LINE).await;
                return world;
            }
            "deleteATPCorporateServices" => "postATPCorporateServices",
            _ => return world,
        };
        let before = examples().iter().find(|example| example.operation.body["operationId"] == before).unwrap();
        let reply = before.send(&world, &before.body).await;
        assert!((200..300).contains(&reply.status()), "{}: {}", before.address(), reply.text());
        world
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The pointers to a body's fields, with their schemas.
pub fn fields(schema: &Value, at: &str) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let at = format!("{at}/{name}");
        all.push((at.clone(), field.clone()));
        let (inner, at) = if field["type"] == "array" { (&field["items"], format!("{at}/0")) } else { (field, at) };
        all.extend(fields(inner, &at));
    }
    all
}

/// Sets or removes the value at a pointer; inside a removed list, does nothing.
pub fn put(body: &mut Value, at: &str, value: Option<Value>) {
    let (parent, name) = at.rsplit_once('/').unwrap();
    let Some(parent) = body.pointer_mut(parent).and_then(Value::as_object_mut) else { return };
    match value {
        Some(value) => parent.insert(name.to_owned(), value),
        None => parent.remove(name),
    };
}

#[tokio::test]
async fn the_examples_of_every_operation_are_a_good_call_on_the_demo_data() {
    for example in examples() {
        let reply = example.send(&example.world().await, &example.body).await;
        assert!((200..300).contains(&reply.status()), "{}: {}", example.address(), reply.text());
    }
}

#[tokio::test]
async fn a_field_of_another_type_is_refused_by_name_also_where_nobody_reads_it() {
    let mut tried = 0;
    for example in examples() {
        let world = example.world().await;
        let before = world.items();
        for (at, schema) in fields(&example.schema, "") {
            let mut body = example.body.clone();
            put(&mut body, &at, Some(if schema["type"] == "object" { json!(5) } else { json!({ "x": 1 }) }));
            let reply = example.send(&world, &body).await;
            let name = at.rsplit('/').next().unwrap();
            assert_eq!(reply.status(), 400, "{} {at}: {}", example.address(), reply.text());
            assert!(reply.text().contains(name), "{} {at}: {}", example.address(), reply.text());
            tried += 1;
        }
        assert_eq!(world.items(), before, "{}", example.address());
    }
    assert!(tried > 50, "{tried} fields");
}

#[tokio::test]
async fn null_is_absent_and_documented_where_it_is_taken() {
    let mut taken = 0;
    for example in examples() {
        for (at, schema) in fields(&example.schema, "") {
            let [mut null, mut absent] = [example.body.clone(), example.body.clone()];
            put(&mut null, &at, Some(Value::Null));
            put(&mut absent, &at, None);
            let null = example.send(&example.world().await, &null).await;
            let absent = example.send(&example.world().await, &absent).await;
            let both = format!("{} {at}: {} and {}", example.address(), null.text(), absent.text());
            assert_eq!(null.status(), absent.status(), "{both}");
            if null.status() < 300 {
                assert_eq!(schema["nullable"], true, "{}: the document lacks `nullable` at {at}", example.address());
                taken += 1;
            }
        }
    }
    assert!(taken > 20, "{taken} fields");
}
