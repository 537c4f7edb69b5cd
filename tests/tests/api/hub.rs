//! Subscriptions to events.

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Caller, Reply, World};

use crate::{bad_request_names, pass, refused};

const HUB: &str = "/hub/v1/hub";
const CALLBACK: &str = "https://hooks.example.com/in";

async fn subscribe(caller: &Caller<'_>, query: &str) -> Reply {
    caller.post(HUB, &json!({ "callback": CALLBACK, "query": query })).await
}

#[tokio::test]
async fn a_subscription_is_made_shown_and_removed() {
    let world = World::demo().await;
    let made = subscribe(&world.portal(), "eventType=BillPaid,BillGenerated").await.expect(201);
    assert_eq!(made.header("location"), "/hub/v1/hub/1");
    let wanted = json!({
        "id": "1", "callback": CALLBACK, "query": "eventType=BillGenerated,BillPaid", "state": "active",
        "createdAt": "2026-03-10T10:00:00-05:00",
    });
    let mut shown = made.json();
    let secret = shown.as_object_mut().unwrap().remove("secret").unwrap();
    assert!(secret.as_str().unwrap().starts_with("whsec_") && shown == wanted, "{shown}");
    assert_eq!(world.portal().get(made.header("location")).await.expect(200).json(), wanted);
    subscribe(&world.portal(), "").await.expect(201);
    let listed = world.portal().get(HUB).await.expect(200).json();
    assert_eq!((&listed[0], &listed[1]["id"], &listed[1]["query"]), (&wanted, &json!("2"), &json!("")));
    world.portal().delete("/hub/v1/hub/1", &json!({})).await.expect(204);
    for _ in 0..2 {
        world.portal().delete("/hub/v1/hub/1", &json!({})).await.expect(404);
        world.portal().get("/hub/v1/hub/1").await.expect(404);
    }
    assert_eq!(world.portal().get(HUB).await.expect(200).json().as_array().unwrap().len(), 1);
    assert_eq!(subscribe(&world.portal(), "").await.expect(201).at("/id"), "3", "no number is given twice");
}

#[tokio::test]
async fn a_client_has_subscriptions_of_its_own() {
    let world = World::demo().await;
    let own = subscribe(&world.client("demo-acme"), "").await.expect(201);
    let others = subscribe(&world.client("demo-globex"), "").await.expect(201);
    assert_eq!((own.at("/id"), others.at("/id")), (json!("1"), json!("1")));
    assert_ne!(own.at("/secret"), others.at("/secret"));
    assert_eq!(world.portal().get(HUB).await.expect(200).json(), json!([]));
    world.portal().get("/hub/v1/hub/1").await.expect(404);
    world.client("demo-readonly").get("/hub/v1/hub/1").await.expect(404);
    world.client("demo-globex").delete("/hub/v1/hub/1", &json!({})).await.expect(204);
    world.client("demo-acme").get("/hub/v1/hub/1").await.expect(200);
}

#[tokio::test]
async fn a_repeated_request_gets_the_secret_again_and_nothing_keeps_it() {
    let world = World::demo().await;
    let body = json!({ "callback": CALLBACK });
    let first = world.portal().keyed("k", "POST", HUB, &body).await.expect(201);
    let again = world.portal().keyed("k", "POST", HUB, &body).await.expect(201);
    assert_eq!((first.text(), first.header("location")), (again.text(), again.header("location")));
    let listed = world.portal().get(HUB).await.expect(200);
    assert_eq!(listed.json().as_array().unwrap().len(), 1);
    let secret = first.at("/secret").as_str().unwrap().to_owned();
    let bare = secret.trim_start_matches("whsec_").to_owned();
    for text in world.items().iter().chain([&listed.text()]) {
        assert!(!text.contains("whsec_") && !text.contains(&bare), "{text}");
    }
    world.portal().keyed("k", "POST", HUB, &json!({ "callback": "https://other.example/" })).await.expect(422);
    pass(&world, TimeDelta::hours(25)).await;
    let later = world.portal().keyed("k", "POST", HUB, &body).await.expect(201);
    assert_ne!(later.at("/secret"), secret, "another subscription has another secret");
}

#[tokio::test]
async fn a_client_has_ten_subscriptions_at_most() {
    let world = World::demo().await;
    for _ in 0..10 {
        subscribe(&world.portal(), "").await.expect(201);
    }
    let before = world.items();
    refused(&subscribe(&world.portal(), "").await, "at most 10");
    assert_eq!(world.items(), before);
    world.portal().delete("/hub/v1/hub/4", &json!({})).await.expect(204);
    assert_eq!(subscribe(&world.portal(), "").await.expect(201).at("/id"), "11");
}

#[tokio::test]
async fn what_names_no_event_or_no_address_is_refused() {
    let world = World::demo().await;
    let before = world.items();
    for query in ["eventType=Everything", "eventType=BillRunClosed", "eventType=", "customer=1001", "BillPaid"] {
        bad_request_names(&subscribe(&world.portal(), query).await, "query");
    }
    for callback in ["", "hooks.example", "http://hooks.example/", "https://10.0.0.1/", "https://u@hooks.example/"] {
        bad_request_names(&world.portal().post(HUB, &json!({ "callback": callback })).await, "callback");
    }
    bad_request_names(&world.portal().post(HUB, &json!({})).await, "callback");
    bad_request_names(&world.portal().post(HUB, &json!({ "callback": Value::Null })).await, "callback");
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn who_may_not_read_is_told_of_nothing() {
    let world = World::demo().await;
    let asked = "/oauth/client_credential/accesstoken?grant_type=client_credentials&scope=write";
    let token = world.bearing(&world.basic("demo-portal")).send("POST", asked, &[], "").await.expect(200);
    let writer = world.bearing(&format!("Bearer {}", token.at("/access_token").as_str().unwrap()));
    let reply = subscribe(&writer, "").await.expect(403);
    assert!(reply.header("www-authenticate").contains("scope=\"read\""), "{}", reply.text());
    subscribe(&world.client("demo-readonly"), "").await.expect(403);
    assert_eq!(world.portal().get(HUB).await.expect(200).json(), json!([]));
}
