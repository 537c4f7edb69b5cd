//! The lines of a customer's contracts.

use serde_json::{Value, json};
use tests::World;

#[tokio::test]
async fn products_come_by_contract_and_line() {
    let world = World::demo().await;
    let acme = world.client("demo-acme");
    let reply = acme.get("/customers/1001/products").await.expect(200);
    let rows: Vec<(Value, Value)> = reply
        .json()
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| (row["contract"].clone(), row["msisdn"].clone()))
        .collect();
    let expected = [(500_101, "3001234567"), (500_101, "3001234568"), (500_102, "3001234569")];
    assert_eq!(rows, expected.map(|(contract, line)| (json!(contract), json!(line))));
    assert_eq!(reply.at("/0/planValue"), 42_000);
    assert_eq!(reply.at("/0/customerCode"), 1001);
    let based = acme.get("/v2/tigo/b2b/co/transactions/customers/1001/products").await.expect(200);
    assert_eq!(based.bytes(), reply.bytes());
}

#[tokio::test]
async fn a_value_is_in_whole_units_to_the_nearest() {
    let world = World::of("sv").await;
    let product = json!({
        "type": "product", "customer": "1001", "contract": 500_101, "msisdn": "50371234567", "name": "X", "address": "X",
        "plan": 1, "plan_description": "X", "plan_value": {"minor": 2999, "currency": "USD"},
    });
    crate::load(&world, &[product]).await;
    assert_eq!(world.portal().get("/customers/1001/products").await.expect(200).at("/0/planValue"), 30);
}

#[tokio::test]
async fn products_are_paged_by_index_and_cursor() {
    let world = World::demo().await;
    let portal = world.portal();
    let first = portal.get("/customers/1001/products?limit=2").await.expect(200);
    assert_eq!(first.json().as_array().map(Vec::len), Some(2));
    let rest = portal.get("/customers/1001/products?limit=2&offset=3").await.expect(200);
    let next = format!("/customers/1001/products?limit=2&cursor={}", first.header("x-next-cursor"));
    assert_eq!(portal.get(&next).await.expect(200).bytes(), rest.bytes());
    assert_eq!(portal.get("/customers/1001/products?offset=10").await.expect(200).json(), json!([]));
    portal.get("/customers/1001/products?limit=0").await.expect(400);
    portal.get("/customers/1001/products?limit=x").await.expect(400);
}

#[tokio::test]
async fn a_foreign_or_unknown_customer_has_no_products() {
    let world = World::demo().await;
    let globex = world.client("demo-globex");
    let foreign = globex.get("/customers/1001/products").await.expect(404);
    let unknown = globex.get("/customers/9999/products").await.expect(404);
    assert_eq!(foreign.bytes(), unknown.bytes());
    let bad = world.portal().get("/customers/acme/products").await.expect(400);
    assert!(bad.at("/error/developerMessage").as_str().unwrap_or_default().starts_with("customerCode"));
    world.anonymous().get("/customers/1001/products").await.expect(401);
}
