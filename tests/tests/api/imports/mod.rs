//! What an operator gives the import: any text, any order, again and back; and what is left where a thing was before.

mod again;
mod doors;
mod fields;
mod money;
mod numbers;
mod places;
mod removal;
mod speed;

use local::import::{BadLines, Import, ImportError, Lines, Report};
use serde_json::{Value, json};
use tests::World;

/// Imports a text as it is.
async fn import(world: &World, text: &str) -> Result<Report, ImportError> {
    let ring = world.operator.ring().await.unwrap();
    let import = Import { writer: &world.operator.writer, ring: &ring, clock: &world.clock, country: world.country() };
    import.run(&Lines::Text(text.to_owned()), |_, _, _| ()).await
}

/// The complaints about a text, by line; nothing of it may be loaded.
async fn complaints(world: &World, text: &str) -> Vec<String> {
    let before = world.items();
    let outcome = import(world, text).await;
    let Err(ImportError::Bad(BadLines { told, .. })) = outcome else { unreachable!("{outcome:?}") };
    assert_eq!(world.items(), before, "nothing of a file with a bad line is loaded");
    told.into_iter().map(|(line, reason)| format!("{line}: {reason}")).collect()
}

fn text(records: &[Value]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

/// So many small records, no more of a customer than it can have.
fn groups(count: u64) -> Vec<Value> {
    let one = |at: u64| json!({"type": "group", "customer": (2_000 + at / 100).to_string(), "id": format!("G-{at}"), "address": "x"});
    (0..count).map(one).collect()
}

fn group(id: &str, address: &str) -> Value {
    json!({"type": "group", "customer": "1001", "id": id, "address": address})
}

fn bill(number: &str, customer: &str, day: &str) -> Value {
    let money = |minor: i64| json!({ "minor": minor, "currency": "COP" });
    json!({
        "type": "bill", "number": number, "serial": "OLD", "customer": customer, "contract": "500101",
        "subscriber": { "kind": "NIT", "number": "900123456" }, "date": day, "period_start": "2025-11-01",
        "period_end": "2025-11-30", "due": "2025-12-20", "amount": money(100_000), "paid": money(0), "name": "A",
        "address": "B", "plan": "", "services": 1,
    })
}

/// The numbers of a customer's bills, as the API lists them.
async fn bills(world: &World, customer: &str) -> Vec<String> {
    let path = format!("/customers/CODE/{customer}/bills?quantity=100");
    let reply = world.portal().get(&path).await.expect(200);
    let rows = reply.at("/invoice");
    rows.as_array().unwrap().iter().map(|row| row["invoiceNumber"].as_str().unwrap().to_owned()).collect()
}

/// The item under a key.
fn item(world: &World, pk: &str, sk: &str) -> Value {
    let key = json!({"pk": {"S": pk}, "sk": {"S": sk}});
    let asked = json!({"TableName": world.store.table(), "Key": key});
    world.store.embedded.call("GetItem", &asked).unwrap()["Item"].clone()
}
