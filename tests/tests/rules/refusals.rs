//! What a caller can measure: that something of somebody else is refused costs the same requests and units as that there is
//! no such thing, however much lies behind it, the first time and later. So neither time nor throttling tells the two apart.

use serde_json::json;
use tests::connector::meter::Metered;
use tests::large::Large;
use tests::world::{LINE, NOBODY};
use tests::{Sample, World, rows};

use crate::authorization::{INNER, OF_NOBODY_ELSE, bytes};

/// Rows of each list of customer 1001: several units of each.
const MANY: usize = 1_500;
/// Most that a refusal costs, in tenths of a unit.
const MOST: u64 = 40;

/// Customer 1001 with much behind every address.
async fn world() -> World {
    let world = World::demo().await;
    for list in Large::ALL.into_iter().chain(Large::INNER) {
        list.fill(&world, MANY);
    }
    let services: Vec<_> = (0..300)
        .map(|at| {
            let price = json!({"minor": 100, "currency": "COP"});
            json!({
                "id": at + 1, "partnum": format!("PN-{at}"), "service": at, "kind": "VOZ", "subtype": "BOLSA",
                "description": "x".repeat(200), "price": price, "tax_price": price, "status": "P",
            })
        })
        .collect();
    let profile = |id: &str, contract: &str| {
        json!({"type": "profile", "services": services, "profile": {
            "id": id, "customer": "1001", "account": "100101", "contract": contract, "document_number": "900123456",
            "name": "x", "description": "x", "billing_account": "x", "parent_billing_account": "x", "cycle": 15,
            "status": "P",
        }})
    };
    world.import(&[profile("10010101", "500101"), profile("10010102", "500102")]).await.unwrap();
    world.meter.slow_down();
    world
}

/// What a request costs.
async fn cost(sample: &Sample, world: &World, token: &str) -> (u16, Vec<Metered>) {
    world.meter.take();
    let (status, ..) = bytes(sample, world, token).await;
    let mut spent = world.meter.take();
    spent.sort_by(|one, other| (&one.operation, one.tenths).cmp(&(&other.operation, other.tenths)));
    (status, spent)
}

/// Asserts that two requests are refused at the same cost, and again when they are repeated.
async fn alike(world: &World, token: &str, foreign: &Sample, unknown: &Sample, of: &str) {
    for time in ["first", "again"] {
        let (status, unknown) = cost(unknown, world, token).await;
        let refused = cost(foreign, world, token).await;
        assert_eq!(
            refused,
            (status, unknown),
            "{of}, {time}: {}: the cost tells a foreign thing apart",
            foreign.address()
        );
        let tenths: u64 = refused.1.iter().map(|spent| spent.tenths).sum();
        assert!(tenths <= MOST, "{of}: {tenths} tenths of a unit for a refusal");
    }
}

/// Operations on things of customer 1001 by other names than their samples have, with an unknown counterpart.
const NAMED: &[(&str, &str, &str)] = &[
    ("FindAccounts", "/accounts?docId=900123456", "/accounts?docId=909999999"),
    ("FindAccounts", "/accounts?docId=9001234568", "/accounts?docId=9099999997"),
    ("GetPortfolio", "/customers/900123456/portfolio", "/customers/909999999/portfolio"),
    (
        "ListCalls",
        "/customers/3001234567/calls/details?dateFrom=2026-01-01&dateTill=2026-01-31",
        "/customers/3000000000/calls/details?dateFrom=2026-01-01&dateTill=2026-01-31",
    ),
    ("ListBills", "/customers/CODE/1001/bills", "/customers/CODE/9999/bills"),
    ("ListBills", "/customers/NIT/900123456/bills", "/customers/NIT/909999999/bills"),
    ("ListBills", "/customers/MSISDN/3001234567/bills", "/customers/MSISDN/3000000000/bills"),
    ("ListBills", "/customers/CONTRACT/500101/bills", "/customers/CONTRACT/599999/bills"),
    ("ListGroupBills", "/customers/NIT/900123456/bills/groups/G-1001", "/customers/NIT/909999999/bills/groups/G-1001"),
    ("CreateGroup", "/customers/NIT/900123456/bills/groups", "/customers/NIT/909999999/bills/groups"),
    ("UpdateGroup", "/customers/MSISDN/3001234567/bills/groups", "/customers/MSISDN/3000000000/bills/groups"),
    ("DeleteGroup", "/customers/NIT/900123456/bills/groups", "/customers/NIT/909999999/bills/groups"),
    ("GetDocument", "/documents/900123456?movil=3001234567", "/documents/900123456?movil=3000000000"),
    ("GetDocument", "/documents/900123456?movil=3009876543", "/documents/909999999?movil=3009876543"),
    ("GetRecording", "/calls/1/7001/recordings", "/calls/1/7999/recordings"),
    ("EraseRecording", "/calls/7001/recordings", "/calls/7999/recordings"),
    ("DeleteRecording", "/calls/7001/recordings", "/calls/7999/recordings"),
];

fn at(op: &str, address: &str) -> Sample {
    let row = rows::protected().into_iter().find(|row| row.op == op).unwrap();
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    Sample { path: path.to_owned(), query: query.to_owned(), ..Sample::of(&row) }
}

#[tokio::test]
async fn a_refusal_costs_what_an_unknown_thing_costs() {
    let world = world().await;
    let token = world.token("demo-globex").await;
    let before = world.items();
    // Fills the caches that do not depend on what is named.
    for row in rows::protected().into_iter().filter(|row| !OF_NOBODY_ELSE.contains(&row.op.as_str())) {
        bytes(&Sample::of(&row).on(NOBODY), &world, &token).await;
    }
    for row in rows::protected().into_iter().filter(|row| !OF_NOBODY_ELSE.contains(&row.op.as_str())) {
        let sample = Sample::of(&row);
        alike(&world, &token, &sample, &sample.on(NOBODY), &row.name()).await;
    }
    for (op, foreign, unknown) in NAMED {
        alike(&world, &token, &at(op, foreign), &at(op, unknown), op).await;
    }
    let calls = |line: &str| {
        let sample = at("SearchCalls", "/customers/calls/details");
        Sample { body: format!(r#"{{"msisdn":{line},"startDate":"2026-01-01","endDate":"2026-01-31"}}"#), ..sample }
    };
    alike(&world, &token, &calls(LINE), &calls(NOBODY), "calls").await;
    let search = |extensions: &str| {
        let sample = at("SearchRecordings", "/lines/recordings");
        Sample { body: format!(r#"{{"extensions":{extensions},"start":"2026-03-01","end":"2026-03-10"}}"#), ..sample }
    };
    alike(&world, &token, &search("[6015550101]"), &search("[6055559999]"), "recordings").await;
    // Beside an extension of the caller's own.
    alike(&world, &token, &search("[6015550101,6055550201]"), &search("[6055559999,6055550201]"), "recordings").await;
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn what_is_looked_up_for_one_caller_makes_no_refusal_of_another_cheaper() {
    let world = world().await;
    let (owner, other) = (world.token("demo-acme").await, world.token("demo-globex").await);
    let (foreign, unknown) = ("/customers/NIT/900123456/bills", "/customers/NIT/909999999/bills");
    bytes(&at("ListBills", unknown), &world, &other).await;
    assert_eq!(cost(&at("ListBills", foreign), &world, &owner).await.0, 200);
    alike(&world, &other, &at("ListBills", foreign), &at("ListBills", unknown), "bills").await;
}

#[tokio::test]
async fn a_foreign_id_inside_a_request_costs_what_an_unknown_one_costs() {
    let world = World::demo().await;
    world.meter.slow_down();
    let group = r#"{"groupId":"G-2001","address":"Calle 1 # 2-3"}"#;
    let json = [("content-type", "application/json")];
    world.client("demo-globex").send("POST", "/customers/code/1002/bills/groups", &json, group).await.expect(200);
    let token = world.token("demo-acme").await;
    let protected = rows::protected();
    for (op, own, foreign, unknown) in INNER {
        let row = protected.iter().find(|row| row.op == *op).unwrap();
        let with = |other: &str| Sample::of(row).with(own, other);
        bytes(&with(unknown), &world, &token).await;
        alike(&world, &token, &with(foreign), &with(unknown), op).await;
    }
}

/// An account of customer 1001 with a profile, both given to customer 1002; the line stays.
fn moved(text: &str) -> Vec<serde_json::Value> {
    let price = json!({"minor": 100, "currency": "COP"});
    let service = |at: usize| {
        json!({
            "id": at, "partnum": format!("PN-{at}"), "service": at, "kind": "VOZ", "subtype": "BOLSA",
            "description": text, "price": price, "tax_price": price, "status": "P",
        })
    };
    vec![
        json!({
            "type": "account", "id": "100101", "customer": "1002", "document": {"kind": "NIT", "number": "901987654"},
            "name": "x", "billing_account": "x", "consultant": "x", "contact": "x", "phone": "1", "email": "x@example.com",
        }),
        json!({"type": "profile", "services": (1..100).map(service).collect::<Vec<_>>(), "profile": {
            "id": "10010101", "customer": "1002", "account": "100101", "contract": "500299",
            "document_number": "901987654", "name": "x", "description": "x", "billing_account": "x",
            "parent_billing_account": "x", "cycle": 15, "status": "P",
        }}),
        json!({"type": "profile", "services": [], "profile": {
            "id": "10010102", "customer": "1002", "account": "100101", "contract": "500299",
            "document_number": "901987654", "name": "x", "description": "x", "billing_account": "x",
            "parent_billing_account": "x", "cycle": 15, "status": "P",
        }}),
    ]
}

#[tokio::test]
async fn what_a_line_of_the_callers_has_left_behind_is_not_read() {
    let world = World::demo().await;
    world.meter.slow_down();
    let token = world.token("demo-acme").await;
    let row = rows::protected().into_iter().find(|row| row.op == "FindLineProfile").unwrap();
    let sample = Sample::of(&row);
    assert_eq!(cost(&sample, &world, &token).await.0, 200);
    let mut costs = Vec::new();
    for text in ["x", &"x".repeat(256)] {
        world.import(&moved(text)).await.unwrap();
        costs.push(cost(&sample, &world, &token).await);
    }
    assert_eq!(costs[0].0, 404);
    assert_eq!(costs[0], costs[1]);
}
