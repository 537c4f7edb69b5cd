//! Reused numbers, profiles, accounts, extensions and document numbers. Nobody sees, counts or changes anything from
//! before they had it, and nothing stays with the former owner.

mod companies;
mod identities;
mod lines;
mod loads;
mod searches;

use local::import::ImportError;
use local::import::record::ClientRecord;
use local::operate::create;
use serde_json::{Value, json};
use tests::{Caller, World};

/// A subscriber record, by default of customer 1002, that says nothing of the former customer's state.
async fn line_of(world: &World, number: &str, customer: &str) -> Value {
    let mut line = world.line_record(number).await;
    let place = match customer {
        "1001" => ("100101", "10010101", "500101"),
        _ => ("100201", "10020101", "500201"),
    };
    line["customer"] = json!(customer);
    line["identities"] = json!([]);
    (line["account"], line["profile"], line["contract"]) = (json!(place.0), json!(place.1), json!(place.2));
    let told = [
        "since",
        "since_revision",
        "favourites",
        "lease",
        "holds",
        "upgrade",
        "additional",
        "additional_since",
        "blocked",
    ];
    for told in told {
        line.as_object_mut().unwrap().remove(told);
    }
    line
}

/// Moves a number to another customer, by importing its record.
async fn give(world: &World, number: &str, customer: &str) {
    let line = line_of(world, number, customer).await;
    crate::load(world, &[line]).await;
}

/// Imports records that must be refused, and returns the messages.
async fn refused(world: &World, records: &[Value]) -> Vec<String> {
    let before = world.items();
    let bad = match world.import(records).await {
        Err(ImportError::Bad(bad)) => Some(bad),
        _ => None,
    };
    assert_eq!(world.items(), before, "nothing of a file with a bad line is loaded");
    bad.unwrap().told.into_iter().map(|(line, reason)| format!("{line}: {reason}")).collect()
}

/// A caller who sees these customers.
async fn seeing<'w>(world: &'w World, sees: &str) -> Caller<'w> {
    let id = format!("sees-{}", sees.replace(',', "-"));
    let record: ClientRecord =
        serde_json::from_value(json!({"id": id, "name": "X", "scopes": "read write", "sees": sees})).unwrap();
    let ring = world.operator.ring().await.unwrap();
    let (credentials, _) = create(&world.operator.writer, &ring, record, world.clock.now()).await.unwrap();
    let body = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        credentials.client_id, credentials.client_secret
    );
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let reply = world.anonymous().send("POST", "/oauth/client_credential/accesstoken", &form, &body).await.expect(200);
    world.bearing(&format!("Bearer {}", reply.at("/access_token").as_str().unwrap()))
}

/// A field of all rows of a list, in order.
fn column(list: &Value, field: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|row| row[field].as_str().unwrap().to_owned()).collect()
}
