//! Purchases: pending service changes are carried out.

use std::sync::Arc;

use serde_json::{Value, json};
use tests::World;

use crate::{bad_request_names, load, message};

const PROCESSES: &str = "/accounts/100101/processes";

/// The profiles and services that a contract's ledger charges without end.
async fn charges(world: &World, contract: &str) -> Vec<(String, String)> {
    let open = world.ledger(contract).await.services.into_iter().filter(|span| span.to.is_none());
    open.map(|span| (span.profile.unwrap().to_string(), span.service.to_string())).collect()
}

/// The part numbers that a contract is charged for a profile.
async fn paid(world: &World, contract: &str, profile: &str) -> Vec<String> {
    let all = charges(world, contract).await;
    all.into_iter().filter(|(of, _)| of == profile).map(|(_, service)| service).collect()
}

async fn field(world: &World, profile: &str, name: &str) -> Value {
    world.portal().get(&format!("/accounts/profiles/{profile}")).await.expect(200).at(&format!("/{name}"))
}

/// An account's event items, oldest first.
fn events(world: &World, account: &str) -> Vec<Value> {
    let items = world.items().into_iter().map(|item| serde_json::from_str::<Value>(&item).unwrap());
    let own = |item: &Value| item["pk"]["S"] == format!("ACCT#{account}") && item["event"]["S"].is_string();
    items.filter(own).collect()
}

#[tokio::test]
async fn a_purchase_carries_out_what_was_asked_for() {
    let world = World::demo().await;
    let add = json!({"serviceCollection": [{"partnum": "PN-DATOS-01"}]});
    world.portal().post("/profiles/10010101/services", &add).await.expect(200);
    assert_eq!(paid(&world, "500102", "10010102").await, ["PN-CUG-01", "PN-SMS-01", "PN-VOZ-02"]);
    let reply = world.client("demo-acme").post(PROCESSES, &json!({"consultantId": 4501})).await.expect(200);
    let expected = json!({"payload": "3", "msgCode": "0", "description": "Services processed: 3", "severity": "INFO"});
    assert_eq!(reply.json(), expected);
    assert_eq!(field(&world, "10010101", "value").await, 100_000);
    assert_eq!(field(&world, "10010101", "totalValue").await, 357_000);
    assert_eq!(field(&world, "10010102", "servicesAmount").await, "3");
    assert!(paid(&world, "500101", "10010101").await.contains(&"PN-DATOS-01".to_owned()));
    assert_eq!(paid(&world, "500102", "10010102").await, ["PN-CUG-01", "PN-ROAM-01", "PN-VOZ-02"]);
    let reader = world.operator.writer.reader();
    let account = reader.account(&"100101".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(account.consultant_id, Some(4501));
    let [event] = &events(&world, "100101")[..] else { panic!("one event") };
    assert_eq!(event["event"]["S"], "PurchaseCompleted");
    let payload: Value = serde_json::from_str(event["payload"]["S"].as_str().unwrap()).unwrap();
    assert_eq!((&payload["account"], &payload["customer"]), (&json!("100101"), &json!("1001")));
    assert_eq!(payload["consultant"], 4501);
    assert_eq!(payload["profiles"][1], json!({"profile": "10010102", "activated": 1, "removed": 1}));
}

#[tokio::test]
async fn nothing_to_do_is_a_success_that_says_0() {
    let world = World::demo().await;
    world.portal().post(PROCESSES, &json!({})).await.expect(200);
    let before = world.items();
    let reply = world.portal().post(PROCESSES, &json!({"consultantId": 1})).await.expect(200);
    assert_eq!((reply.at("/payload"), reply.at("/msgCode")), (json!("0"), json!("0")));
    assert_eq!(world.items(), before);
    assert_eq!(events(&world, "100101").len(), 1);
}

#[tokio::test]
async fn a_purchase_keeps_to_its_own_account() {
    let world = World::demo().await;
    let add = json!({"serviceCollection": [{"partnum": "PN-DATOS-01"}]});
    world.portal().post("/profiles/10010103/services", &add).await.expect(200);
    world.portal().post(PROCESSES, &json!({})).await.expect(200);
    assert_eq!(field(&world, "10010103", "servicesAmount").await, "1");
    let before = world.items();
    for id in ["100101", "999"] {
        let reply = world.client("demo-globex").post(&format!("/accounts/{id}/processes"), &json!({})).await;
        assert_eq!(message(&reply.expect(404)), "the account was not found");
    }
    for bad in [json!("4501"), json!(-1), json!(1.5), json!(1_234_567_890_123_456_789_u64)] {
        bad_request_names(&world.portal().post(PROCESSES, &json!({"consultantId": bad})).await, "consultantId");
    }
    bad_request_names(&world.portal().post("/accounts/x/processes", &json!({})).await, "accountId");
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn the_same_key_completes_a_purchase_once() {
    let world = World::demo().await;
    let body = json!({"consultantId": 4501});
    let first = world.portal().keyed("p", "POST", PROCESSES, &body).await.expect(200);
    let before = world.items();
    let second = world.portal().keyed("p", "POST", PROCESSES, &body).await.expect(200);
    assert_eq!((first.text(), world.items()), (second.text(), before));
    assert_eq!(first.at("/payload"), "2");
}

/// `count` further profiles of the account, each with a requested service.
fn profiles(count: u32) -> Vec<Value> {
    let price = json!({"minor": 100, "currency": "COP"});
    let profile = |at: u32| {
        json!({"type": "profile", "profile": {
            "id": format!("7{at:04}"), "customer": "1001", "account": "100102", "contract": "500103",
            "document_number": "900123456", "name": "X", "description": "X", "billing_account": "X",
            "parent_billing_account": "X", "cycle": 1, "status": "P",
        }, "services": [{
            "id": 1, "partnum": "PN-X", "service": 1, "kind": "X", "subtype": "X", "description": "X", "price": price,
            "tax_price": price, "status": "I",
        }]})
    };
    (0..count).map(profile).collect()
}

#[tokio::test]
async fn a_purchase_of_more_than_forty_profiles_takes_several_requests() {
    let world = World::demo().await;
    load(&world, &profiles(95)).await;
    let mut said = Vec::new();
    for _ in 0..4 {
        let reply = world.portal().post("/accounts/100102/processes", &json!({})).await.expect(200);
        said.push([reply.at("/payload"), reply.at("/description")].map(|field| field.as_str().unwrap().to_owned()));
    }
    let expected = [
        ["40", "More are waiting, complete again. Services processed: 40"],
        ["40", "More are waiting, complete again. Services processed: 40"],
        ["15", "Services processed: 15"],
        ["0", "Services processed: 0"],
    ];
    assert_eq!(said, expected);
    assert_eq!(events(&world, "100102").len(), 3);
    let open = charges(&world, "500103").await;
    assert_eq!(open.iter().filter(|(_, service)| service == "PN-X").count(), 95);
}

#[tokio::test]
async fn profiles_with_very_many_services_are_fewer_per_request() {
    let world = World::demo().await;
    let mut heavy = profiles(10);
    for profile in &mut heavy {
        let mut model = profile["services"][0].clone();
        model["description"] = json!("\u{1d11e}".repeat(256));
        let services = (1..=300).map(|id| {
            let mut service = model.clone();
            service["id"] = json!(id);
            service["partnum"] = json!(format!("PN-{id}"));
            service
        });
        profile["services"] = services.collect();
    }
    load(&world, &heavy).await;
    let mut said = Vec::new();
    for _ in 0..3 {
        // On a slow machine so much may take longer than a request may; then it asks to be tried again.
        let mut reply = world.portal().post("/accounts/100102/processes", &json!({})).await;
        for _ in 0..20 {
            if reply.status() != 503 {
                break;
            }
            reply = world.portal().post("/accounts/100102/processes", &json!({})).await;
        }
        said.push(reply.expect(200).at("/payload").as_str().unwrap().parse::<u32>().unwrap());
    }
    // What an answer that came too late had done is not told again.
    assert!(said[2] == 0 && said.iter().all(|count| *count < 3_000), "{said:?}");
    let open = charges(&world, "500103").await;
    assert_eq!(open.iter().filter(|(profile, _)| profile.starts_with('7')).count(), 3_000);
}

#[tokio::test]
async fn a_profile_that_has_moved_belongs_to_its_new_account_alone() {
    let world = World::demo().await;
    let mut moved = profiles(1).remove(0);
    load(&world, &[moved.clone()]).await;
    assert_eq!(paid(&world, "500103", "70000").await, [""; 0], "nothing before the purchase");
    for (field, value) in [("customer", "1002"), ("account", "100201"), ("contract", "500201")] {
        moved["profile"][field] = json!(value);
    }
    load(&world, &[moved]).await;
    let acme = world.client("demo-acme");
    let listed = acme.get("/accounts/100102/profiles").await.expect(200);
    assert!(!listed.text().contains("\"70000\""), "{}", listed.text());
    assert_eq!(acme.post("/accounts/100102/processes", &json!({})).await.expect(200).at("/payload"), "0");
    let bought = world.client("demo-globex").post("/accounts/100201/processes", &json!({})).await.expect(200);
    assert_eq!(bought.at("/payload"), "1");
    assert_eq!(paid(&world, "500201", "70000").await, ["PN-X"]);
}

#[tokio::test]
async fn a_purchase_changes_forty_profiles_with_a_key() {
    let world = World::demo().await;
    load(&world, &profiles(40)).await;
    let reply = world.portal().keyed("k", "POST", "/accounts/100102/processes", &json!({})).await.expect(200);
    assert_eq!(reply.at("/payload"), "40");
    let open = charges(&world, "500103").await;
    assert_eq!(open.iter().filter(|(_, service)| service == "PN-X").count(), 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn purchases_and_changes_at_the_same_time_lose_nothing() {
    let world = Arc::new(World::demo().await);
    let codes = ["PN-DATOS-01", "PN-DATOS-03", "PN-VAS-01", "PN-VAS-02", "PN-SMS-02", "PN-CUG-01"];
    let tasks = codes.map(|code| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            let add = json!({"serviceCollection": [{"partnum": code}]});
            while world.portal().post("/profiles/10010101/services", &add).await.status() != 200 {}
            loop {
                let reply = world.portal().post(PROCESSES, &json!({})).await;
                if reply.status() == 200 {
                    break reply.at("/payload").as_str().unwrap().parse::<u32>().unwrap();
                }
            }
        })
    });
    let mut processed = 0;
    for task in tasks {
        processed += task.await.unwrap();
    }
    assert_eq!(processed, 6 + 2, "each service is processed by one purchase");
    assert_eq!(field(&world, "10010101", "servicesAmount").await, "10");
    assert_eq!(paid(&world, "500101", "10010101").await.len(), 10);
    assert!(world.portal().post(PROCESSES, &json!({})).await.expect(200).at("/payload") == "0");
}
