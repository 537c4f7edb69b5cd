//! Identities: several customers may be known by one number, and a customer may stop being known by it.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Caller, World};

use super::seeing;
use crate::{load, message, pass};

/// A customer with these numbers as identities.
fn customer(code: &str, identities: &[(&str, &str)]) -> Value {
    let identity = |(kind, number): &(&str, &str)| json!({"kind": kind, "number": number});
    json!({
        "type": "customer", "code": code, "name": format!("Customer {code}"), "address": "X",
        "identities": identities.iter().map(identity).collect::<Vec<_>>(),
    })
}

const ACME: [(&str, &str); 3] = [("NIT", "900123456"), ("CONTRACT", "500101"), ("CONTRACT", "500102")];

/// Responses of the five operations by identity; a group is created, changed and removed.
async fn asked(caller: &Caller<'_>, by: &str, id: &str) -> Vec<u16> {
    let groups = format!("/customers/{by}/bills/groups");
    let body = json!({"groupId": id, "address": "Calle 1"});
    vec![
        caller.get(&format!("/customers/{by}/bills")).await.status(),
        caller.post(&groups, &body).await.status(),
        caller.get(&format!("{groups}/{id}")).await.status(),
        caller.put(&groups, &body).await.status(),
        caller.delete(&groups, &body).await.status(),
    ]
}

#[tokio::test]
async fn customers_of_one_document_number_each_find_their_own() {
    let world = World::demo().await;
    load(&world, &[customer("1003", &[("nit", "900123456"), ("CC", "77")])]).await;
    let third = seeing(&world, "1003").await;
    for (caller, bills) in [(&world.client("demo-acme"), 28), (&third, 0)] {
        for by in ["NIT/900123456", "nit/9001234568"] {
            assert_eq!(asked(caller, by, "G-7").await, [200; 5], "{by}");
            let reply = caller.get(&format!("/customers/{by}/bills?quantity=100")).await.expect(200);
            assert_eq!(reply.at("/invoice").as_array().unwrap().len(), bills);
        }
    }
    let globex = world.client("demo-globex");
    let unknown = globex.get("/customers/NIT/123/bills").await.expect(404);
    assert_eq!(globex.get("/customers/NIT/900123456/bills").await.expect(404).bytes(), unknown.bytes());
}

#[tokio::test]
async fn who_sees_several_customers_of_a_number_is_asked_for_the_code() {
    let world = World::demo().await;
    load(&world, &[customer("1003", &[("NIT", "900123456")])]).await;
    let both = seeing(&world, "1001,1003").await;
    for caller in [&world.portal(), &both] {
        assert_eq!(asked(caller, "NIT/900123456", "G-7").await, [400; 5]);
        let reply = caller.get("/customers/NIT/900123456/bills").await;
        assert_eq!(message(&reply), "id: must identify one customer, but several have it: use idType CODE");
        assert_eq!(asked(caller, "code/1003", "G-7").await, [200; 5]);
    }
    // One of them now has another number.
    load(&world, &[customer("1003", &[("NIT", "900123457")])]).await;
    pass(&world, TimeDelta::seconds(61)).await;
    assert_eq!(asked(&world.portal(), "NIT/900123456", "G-8").await, [200; 5]);
}

#[tokio::test]
async fn a_check_digit_is_read_in_colombia_alone_and_for_a_nit_alone() {
    let world = World::demo().await;
    let acme = world.client("demo-acme");
    assert_eq!(asked(&acme, "NIT/9001234568", "G-7").await, [200; 5]);
    assert_eq!(asked(&acme, "NIT/9001234567", "G-7").await, [404; 5]);
    load(&world, &[customer("1003", &[("NIT", "9001234568"), ("CC", "9001234568")])]).await;
    pass(&world, TimeDelta::seconds(61)).await;
    let third = seeing(&world, "1003").await;
    assert_eq!(asked(&third, "NIT/9001234568", "G-7").await, [200; 5], "as written comes first");
    assert_eq!(asked(&world.client("demo-acme"), "CC/9001234568", "G-7").await, [404; 5]);
}

#[tokio::test]
async fn an_identity_that_a_customer_no_longer_has_opens_nothing() {
    let world = World::demo().await;
    let acme = world.client("demo-acme");
    acme.get("/customers/CONTRACT/500102/bills").await.expect(200);
    load(&world, &[customer("1001", &ACME[..2])]).await;
    pass(&world, TimeDelta::seconds(61)).await;
    let acme = world.client("demo-acme");
    acme.get("/customers/CONTRACT/500102/bills").await.expect(404);
    acme.get("/customers/CONTRACT/500101/bills").await.expect(200);
    assert!(!world.items().iter().any(|item| item.contains("ID#CONTRACT#500102")), "nothing is left of it");
}

/// Within the minute for which a read may cache an identity.
#[tokio::test]
async fn a_write_asks_whose_an_identity_is_now() {
    let world = World::demo().await;
    let both = seeing(&world, "1001,1003").await;
    let groups = "/customers/CONTRACT/500102/bills/groups";
    both.get("/customers/CONTRACT/500102/bills").await.expect(200);
    load(&world, &[customer("1001", &ACME[..2]), customer("1003", &[("CONTRACT", "500102")])]).await;
    both.post(groups, &json!({"groupId": "G-7", "address": "Calle 7"})).await.expect(200);
    both.put("/customers/code/1003/bills/groups", &json!({"groupId": "G-7", "address": "Calle 8"})).await.expect(200);
    both.put("/customers/code/1001/bills/groups", &json!({"groupId": "G-7", "address": "Calle 8"})).await.expect(404);
    let acme = world.client("demo-acme");
    acme.delete(groups, &json!({"groupId": "G-1001"})).await.expect(404);
    acme.get("/customers/CONTRACT/500102/bills").await.expect(404);
}

#[tokio::test]
async fn a_number_leads_to_whoever_has_the_line() {
    let world = World::demo().await;
    let acme = world.client("demo-acme");
    acme.get("/customers/MSISDN/3001234567/bills").await.expect(200);
    super::give(&world, "3001234567", "1002").await;
    acme.get("/customers/MSISDN/3001234567/bills").await.expect(404);
    // An older record of a customer still names the number.
    let mut named = ACME.to_vec();
    named.push(("MSISDN", "573001234567"));
    load(&world, &[customer("1001", &named)]).await;
    acme.get("/customers/MSISDN/3001234567/bills").await.expect(404);
    let globex = world.client("demo-globex");
    assert_eq!(asked(&globex, "msisdn/573001234567", "G-7").await, [200; 5]);
    // A number that is no subscriber's belongs to the customer whose record names it.
    load(&world, &[customer("1003", &[("MSISDN", "576015550100")])]).await;
    let third = seeing(&world, "1003").await;
    third.get("/customers/MSISDN/6015550100/bills").await.expect(200);
}

/// An identity as an earlier importer stored it: one customer per number, the last one imported.
#[tokio::test]
async fn an_old_table_goes_on_working() {
    let world = World::demo().await;
    let table = world.store.table();
    for number in ["500101", "500102"] {
        let old = json!({
            "pk": {"S": format!("ID#CONTRACT#{number}")}, "sk": {"S": "I"}, "customer": {"S": "1001"},
        });
        let new = json!({"pk": {"S": format!("ID#CONTRACT#{number}")}, "sk": {"S": "C#1001"}});
        world.store.embedded.call("DeleteItem", &json!({"TableName": table, "Key": new})).unwrap();
        world.store.embedded.call("PutItem", &json!({"TableName": table, "Item": old})).unwrap();
    }
    let acme = world.client("demo-acme");
    assert_eq!(asked(&acme, "CONTRACT/500102", "G-7").await, [200; 5]);
    load(&world, &[customer("1001", &ACME[..2])]).await;
    pass(&world, TimeDelta::seconds(61)).await;
    let acme = world.client("demo-acme");
    assert_eq!(asked(&acme, "CONTRACT/500102", "G-7").await, [404; 5], "what the record does not name opens nothing");
    assert_eq!(asked(&acme, "CONTRACT/500101", "G-7").await, [200; 5], "known twice is known once");
}
