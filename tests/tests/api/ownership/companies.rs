//! Accounts, profiles, sites and extensions that change hands, or lose what they had.

use serde_json::{Value, json};
use shared::domain::billing::ledger::ServiceSpan;
use tests::World;

use super::{column, give, refused};
use crate::load;

/// A profile with a requested service, of customer 1001 or 1002.
fn profile(id: &str, customer: &str) -> Value {
    let (account, contract) = if customer == "1001" { ("100102", "500103") } else { ("100201", "500201") };
    let price = json!({"minor": 100, "currency": "COP"});
    json!({"type": "profile", "profile": {
        "id": id, "customer": customer, "account": account, "contract": contract, "document_number": "1", "name": "X",
        "description": "X", "billing_account": "X", "parent_billing_account": "X", "cycle": 1, "status": "P",
    }, "services": [{
        "id": 1, "partnum": "PN-X", "service": 1, "kind": "X", "subtype": "X", "description": "X", "price": price,
        "tax_price": price, "status": "I",
    }]})
}

fn account(id: &str, customer: &str, nit: &str) -> Value {
    json!({
        "type": "account", "id": id, "customer": customer, "document": {"kind": "NIT", "number": nit}, "name": "X",
        "billing_account": "X", "consultant": "X", "contact": "X", "phone": "X", "email": "X",
    })
}

async fn processed(world: &World, client: &str, account: &str) -> Value {
    let reply = world.client(client).post(&format!("/accounts/{account}/processes"), &json!({})).await.expect(200);
    reply.at("/payload")
}

async fn profiles(world: &World, client: &str, account: &str) -> Vec<String> {
    let reply = world.client(client).get(&format!("/accounts/{account}/profiles")).await.expect(200);
    column(&reply.at("/profileCollection"), "id")
}

/// Two records of one profile in one file, in both orders.
#[tokio::test]
async fn a_profile_named_twice_in_a_file_is_where_the_last_record_says() {
    for order in [["1001", "1002"], ["1002", "1001"]] {
        let world = World::demo().await;
        load(&world, &order.map(|customer| profile("70000", customer))).await;
        let of = |customer| if customer == "1001" { ("demo-acme", "100102") } else { ("demo-globex", "100201") };
        let [(before, old), (owner, account)] = order.map(of);
        assert!(!profiles(&world, before, old).await.contains(&"70000".to_owned()), "{order:?}");
        assert!(profiles(&world, owner, account).await.contains(&"70000".to_owned()), "{order:?}");
        assert_eq!(processed(&world, before, old).await, "0", "{order:?}: another customer's services");
        assert_eq!(processed(&world, owner, account).await, "1", "{order:?}");
        for (contract, paid) in [("500103", order[1] == "1001"), ("500201", order[1] == "1002")] {
            let services = world.ledger(contract).await.services;
            let of_profile = |span: &ServiceSpan| span.profile.as_ref().is_some_and(|id| id.as_str() == "70000");
            assert_eq!(services.iter().any(of_profile), paid, "{order:?} {contract}");
        }
    }
}

/// Stores an item as an earlier release's importer did.
fn put(world: &World, pk: &str, sk: &str, change: impl FnOnce(&mut Value), like: (&str, &str)) {
    let key = json!({"pk": {"S": like.0}, "sk": {"S": like.1}});
    let table = world.store.table();
    let found = world.store.embedded.call("GetItem", &json!({"TableName": table, "Key": key})).unwrap();
    let mut item = found["Item"].clone();
    (item["pk"]["S"], item["sk"]["S"]) = (json!(pk), json!(sk));
    change(&mut item);
    world.store.embedded.call("PutItem", &json!({"TableName": table, "Item": item})).unwrap();
}

#[tokio::test]
async fn a_stale_copy_in_an_old_table_neither_shows_nor_buys() {
    let world = World::demo().await;
    load(&world, &[profile("70000", "1002")]).await;
    // Left by an earlier importer: a copy that names the profile's former customer.
    let acme = |item: &mut Value| {
        (item["customer"]["S"], item["account"]["S"], item["contract"]["S"]) =
            (json!("1001"), json!("100102"), json!("500103"));
    };
    put(&world, "ACCT#100102", "P#70000", acme, ("PROF#70000", "O"));
    assert_eq!(processed(&world, "demo-acme", "100102").await, "0");
    assert_eq!(processed(&world, "demo-globex", "100201").await, "1");
    // And one that names its new customer, under the old account.
    put(&world, "ACCT#100102", "P#70000", |_| (), ("PROF#70000", "O"));
    assert!(!profiles(&world, "demo-acme", "100102").await.contains(&"70000".to_owned()));
}

#[tokio::test]
async fn an_account_named_twice_in_a_file_is_under_the_document_of_the_last_record() {
    for order in [["800000001", "800000002"], ["800000002", "800000001"]] {
        let world = World::demo().await;
        load(&world, &order.map(|nit| account("300", "1001", nit))).await;
        world.portal().get(&format!("/accounts?docId={}", order[0])).await.expect(404);
        world.portal().get(&format!("/accounts?docId={}", order[1])).await.expect(200);
    }
}

#[tokio::test]
async fn a_profile_is_its_accounts_customers() {
    let world = World::demo().await;
    let mut stray = profile("70000", "1001");
    stray["profile"]["account"] = json!("300");
    let theirs = account("300", "1002", "901987654");
    let said = "account: must be the customer's: 300 is customer 1002's, the profile 70000 is customer 1001's";
    assert_eq!(refused(&world, &[stray.clone(), theirs.clone()]).await, [format!("1: {said}")]);
    assert_eq!(refused(&world, &[theirs.clone(), stray.clone()]).await, [format!("2: {said}")]);
    let ours = account("300", "1001", "900123456");
    load(&world, &[theirs.clone(), stray.clone(), ours.clone()]).await;
    // Account and profile are 1001's. They move together or not at all.
    assert_eq!(refused(&world, std::slice::from_ref(&theirs)).await, [format!("1: {said}")]);
    let mut theirs_too = profile("70000", "1002");
    theirs_too["profile"]["account"] = json!("300");
    load(&world, &[theirs, theirs_too]).await;
    assert_eq!(refused(&world, &[stray]).await, [format!("1: {said}")]);
    assert_eq!(profiles(&world, "demo-globex", "300").await, ["70000"]);
    world.client("demo-acme").get("/accounts/300").await.expect(404);
}

#[tokio::test]
async fn a_profile_that_changes_hands_does_not_show_lines_that_have_not() {
    let world = World::demo().await;
    let mut profile = profile("10010101", "1002");
    profile["profile"]["account"] = json!("100201");
    load(&world, &[profile]).await;
    let globex = world.client("demo-globex");
    let lines = async || globex.get("/accounts/profiles/10010101/lines").await.expect(200).at("/lineCollection");
    assert_eq!(lines().await, json!([]));
    assert_eq!(globex.get("/accounts/profiles/10010101").await.expect(200).at("/linesAmount"), "0");
    // A caller who sees both customers does not see one's line in the other's profile.
    world.portal().get("/accounts/profiles?msisdn=3001234567").await.expect(404);
    let mut line = super::line_of(&world, "3001234568", "1002").await;
    line["profile"] = json!("10010101");
    load(&world, &[line]).await;
    assert_eq!(column(&lines().await, "msisdn"), ["3001234568"]);
    let page = globex.get("/accounts/profiles/10010101/lines?offset=1&limit=1").await.expect(200);
    assert_eq!(column(&page.at("/lineCollection"), "msisdn"), ["3001234568"]);
}

#[tokio::test]
async fn a_line_is_listed_where_its_own_record_says() {
    let world = World::demo().await;
    let listed = |profile: &str| {
        json!({"type": "profile_line", "profile": profile, "line": {
            "id": "1", "msisdn": "573001234567", "poid": "x", "kind": "MOVIL", "status": "P",
        }})
    };
    let product = json!({
        "type": "product", "customer": "1001", "contract": 500_101, "msisdn": "573001234567", "name": "X", "address": "X",
        "plan": 1, "plan_description": "X", "plan_value": {"minor": 0, "currency": "COP"},
    });
    load(&world, &[listed("10010101"), product.clone()]).await;
    assert_eq!(
        refused(&world, &[listed("10020101")]).await,
        ["1: profile: must be 10010101, which the line's own record names"]
    );
    let moved = super::line_of(&world, "3001234567", "1002").await;
    let names = "which the line's own record names";
    let said = [format!("1: profile: must be 10020101, {names}"), format!("3: customer: must be 1002, {names}")];
    assert_eq!(refused(&world, &[listed("10010101"), moved, product.clone()]).await, said);
    give(&world, "3001234567", "1002").await;
    // Importing yesterday's file does not bring the line back.
    assert_eq!(refused(&world, &[product]).await, [format!("1: customer: must be 1002, {names}")]);
}

fn site(id: &str, customer: &str, extensions: &[u64]) -> Value {
    let nit = if customer == "1001" { "900123456" } else { "901987654" };
    let extension = |number: &u64| json!({"number": number, "name": "X", "recorded": true});
    json!({
        "type": "site", "id": id, "customer": customer, "document": {"kind": "NIT", "number": nit}, "name": "Sede",
        "extensions": extensions.iter().map(extension).collect::<Vec<_>>(),
    })
}

async fn recordings(world: &World, client: &str, extension: u64) -> u16 {
    let body = json!({"extensions": [extension], "start": "2026-03-01T00:00:00", "end": "2026-03-10T00:00:00"});
    world.client(client).post("/lines/recordings", &body).await.status()
}

#[tokio::test]
async fn a_site_gives_back_the_extensions_that_it_no_longer_names() {
    let world = World::demo().await;
    assert_eq!(recordings(&world, "demo-acme", 6_015_550_102).await, 200);
    load(&world, &[site("S-02", "1001", &[6_015_550_109])]).await;
    assert_eq!(recordings(&world, "demo-acme", 6_015_550_102).await, 404);
    assert_eq!(recordings(&world, "demo-acme", 6_015_550_109).await, 200);
    // From one site to another of the same customer, in both orders.
    load(&world, &[site("S-02", "1001", &[]), site("S-01", "1001", &[6_015_550_109])]).await;
    assert_eq!(recordings(&world, "demo-acme", 6_015_550_109).await, 200);
    load(&world, &[site("S-02", "1001", &[6_015_550_109]), site("S-01", "1001", &[])]).await;
    assert_eq!(recordings(&world, "demo-acme", 6_015_550_109).await, 200);
}

#[tokio::test]
async fn an_extension_of_another_customer_now_is_not_given_back() {
    let world = World::demo().await;
    load(&world, &[site("S-01", "1002", &[6_055_550_201, 6_015_550_102])]).await;
    let portfolio = world.client("demo-acme").get("/customers/900123456/portfolio").await.expect(200);
    assert!(!portfolio.text().contains("6015550102"), "its old site does not show it: {}", portfolio.text());
    load(&world, &[site("S-02", "1001", &[])]).await;
    assert_eq!(recordings(&world, "demo-globex", 6_015_550_102).await, 200);
    assert_eq!(recordings(&world, "demo-acme", 6_015_550_102).await, 404);
}
