//! Changes to a profile's services.

use std::sync::Arc;

use serde_json::{Value, json};
use tests::{Reply, World};

use crate::{bad_request_names, message, refused};

const ADD: &str = "/profiles/10010101/services";
const REMOVE: &str = "/profiles/10010101";
const REPLACE: &str = "/profile/10010101";

fn partnums(codes: &[&str]) -> Value {
    json!({"serviceCollection": codes.iter().map(|code| json!({"partnum": code})).collect::<Vec<_>>()})
}

fn rows(rows: &[(u64, &str)]) -> Value {
    json!({"service": rows.iter().map(|(id, code)| json!({"id": id, "partnum": code})).collect::<Vec<_>>()})
}

/// Id, code and state of each service.
async fn services(world: &World, profile: &str) -> Vec<[String; 3]> {
    let reply = world.portal().get(&format!("/accounts/profiles/{profile}/services")).await.expect(200);
    let list = reply.at("/serviceCollection");
    let row = |row: &Value| ["id", "partnum", "status"].map(|name| row[name].as_str().unwrap().to_owned());
    list.as_array().unwrap().iter().map(row).collect()
}

/// Asserts the response to a write.
#[track_caller]
fn done(reply: Reply, count: &str, words: &str) {
    let reply = reply.expect(200);
    let expected = json!({
        "payload": count, "msgCode": "0", "description": format!("{words}: {count}"), "severity": "INFO",
    });
    assert_eq!(reply.json(), expected);
}

#[tokio::test]
async fn services_are_added_in_process() {
    let world = World::demo().await;
    let reply = world.client("demo-acme").post(ADD, &partnums(&["PN-DATOS-01", "PN-VAS-01", "PN-VOZ-01"])).await;
    done(reply, "2", "Services added");
    let after = services(&world, "10010101").await;
    assert_eq!(
        after[4..],
        [["600105", "PN-DATOS-01", "I"], ["600106", "PN-VAS-01", "I"]].map(|row| row.map(String::from))
    );
    let before = world.items();
    done(world.portal().post(ADD, &partnums(&["PN-VAS-01", "PN-DATOS-01"])).await, "0", "Services added");
    assert_eq!(world.items(), before, "what is there is not added twice");
    let totals = world.portal().get("/accounts/profiles/10010101").await.expect(200);
    assert_eq!(totals.at("/value"), 80_000, "nothing is paid before the purchase is completed");
}

#[tokio::test]
async fn services_are_marked_and_can_be_asked_for_again() {
    let world = World::demo().await;
    done(world.portal().delete(REMOVE, &partnums(&["PN-VOZ-01", "PN-SMS-01"])).await, "2", "Services to be removed");
    let states = |rows: &[[String; 3]]| rows.iter().map(|row| row[2].clone()).collect::<Vec<_>>();
    assert_eq!(states(&services(&world, "10010101").await), ["D", "D", "P", "P"]);
    done(world.portal().delete(REMOVE, &partnums(&["PN-VOZ-01"])).await, "0", "Services to be removed");
    done(world.portal().post(ADD, &partnums(&["PN-SMS-01"])).await, "1", "Services added");
    assert_eq!(states(&services(&world, "10010101").await), ["D", "I", "P", "P"]);
}

#[tokio::test]
async fn a_service_is_replaced_under_its_id() {
    let world = World::demo().await;
    done(world.portal().put(REPLACE, &rows(&[(600_101, "PN-DATOS-01")])).await, "1", "Services replaced");
    assert_eq!(services(&world, "10010101").await[0], ["600101", "PN-DATOS-01", "I"]);
    done(world.portal().put(REPLACE, &rows(&[(600_101, "PN-DATOS-01")])).await, "0", "Services replaced");
    refused(&world.portal().put(REPLACE, &rows(&[(600_102, "PN-LDI-01")])).await, "has one of the services already");
    let swapped = rows(&[(600_102, "PN-LDI-01"), (600_104, "PN-SMS-01")]);
    done(world.portal().put(REPLACE, &swapped).await, "2", "Services replaced");
}

#[tokio::test]
async fn a_list_is_taken_whole_or_not_at_all() {
    let world = World::demo().await;
    let before = world.items();
    let portal = world.portal();
    for reply in [
        portal.post(ADD, &partnums(&["PN-DATOS-01", "PN-NONE"])).await,
        portal.delete(REMOVE, &partnums(&["PN-VOZ-01", "PN-DATOS-01"])).await,
        portal.put(REPLACE, &rows(&[(600_101, "PN-DATOS-01"), (600_201, "PN-VAS-01")])).await,
        portal.put(REPLACE, &rows(&[(600_101, "PN-DATOS-01"), (600_102, "PN-NONE")])).await,
        portal.put(REPLACE, &rows(&[(1, "PN-DATOS-01")])).await,
    ] {
        assert_eq!(message(&reply.expect(404)), "the service was not found");
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_hundred_services_change_at_once() {
    let world = World::demo().await;
    let service = |at: usize| {
        json!({
            "type": "service", "partnum": format!("X-{at}"), "id": at, "kind": "VAS", "subtype": "X", "description": "X",
            "price": {"minor": 100, "currency": "COP"}, "tax_price": {"minor": 119, "currency": "COP"},
            "poid_type": "/service/vas",
        })
    };
    crate::load(&world, &(0..101).map(service).collect::<Vec<_>>()).await;
    let codes: Vec<_> = (0..101).map(|at| format!("X-{at}")).collect();
    let codes: Vec<_> = codes.iter().map(String::as_str).collect();
    done(world.portal().post(ADD, &partnums(&codes[..100])).await, "100", "Services added");
    done(world.portal().delete(REMOVE, &partnums(&codes[..100])).await, "100", "Services to be removed");
    bad_request_names(&world.portal().post(ADD, &partnums(&codes)).await, "serviceCollection");
}

#[tokio::test]
async fn a_list_without_entries_is_never_all() {
    let world = World::demo().await;
    let before = world.items();
    let portal = world.portal();
    for empty in [json!({}), json!({"serviceCollection": null}), json!({"serviceCollection": []})] {
        bad_request_names(&portal.post(ADD, &empty).await, "serviceCollection");
        bad_request_names(&portal.delete(REMOVE, &empty).await, "serviceCollection");
    }
    bad_request_names(&portal.send("DELETE", REMOVE, &[], "").await, "body");
    for empty in [json!({}), json!({"service": []})] {
        bad_request_names(&portal.put(REPLACE, &empty).await, "service");
    }
    let bad = [
        (json!({"service": [{"partnum": "PN-VOZ-01"}]}), "service[0].id"),
        (json!({"service": [{"id": "600101", "partnum": "PN-VOZ-01"}]}), "service[0].id"),
        (json!({"service": [{"id": -1, "partnum": "PN-VOZ-01"}]}), "service[0].id"),
        (json!({"service": [{"id": 1_234_567_890_123_456_789_u64, "partnum": "PN-VOZ-01"}]}), "service[0].id"),
        (json!({"service": [{"id": 600_101, "partnum": "a#b"}]}), "service[0].partnum"),
        (rows(&[(600_101, "PN-VAS-01"), (600_101, "PN-VAS-02")]), "service"),
    ];
    for (body, field) in bad {
        bad_request_names(&portal.put(REPLACE, &body).await, field);
    }
    bad_request_names(&portal.post(ADD, &json!({"serviceCollection": [{}]})).await, "serviceCollection[0].partnum");
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_foreign_profile_is_not_changed() {
    let world = World::demo().await;
    let before = world.items();
    let globex = world.client("demo-globex");
    let (add, remove) = (partnums(&["PN-DATOS-01"]), partnums(&["PN-VOZ-01"]));
    let replace = rows(&[(600_101, "PN-DATOS-01")]);
    for profile in ["10010101", "999"] {
        for reply in [
            globex.post(&format!("/profiles/{profile}/services"), &add).await,
            globex.delete(&format!("/profiles/{profile}"), &remove).await,
            globex.put(&format!("/profile/{profile}"), &replace).await,
        ] {
            assert_eq!(message(&reply.expect(404)), "the profile was not found");
        }
    }
    assert_eq!(world.client("demo-readonly").post(ADD, &add).await.status(), 403);
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn the_same_key_changes_services_once() {
    let world = World::demo().await;
    let body = partnums(&["PN-DATOS-01"]);
    let first = world.portal().keyed("k", "POST", ADD, &body).await.expect(200);
    world.portal().delete(REMOVE, &body).await.expect(200);
    let before = world.items();
    let second = world.portal().keyed("k", "POST", ADD, &body).await.expect(200);
    assert_eq!((first.text(), world.items()), (second.text(), before));
    assert_eq!(world.portal().keyed("k", "POST", ADD, &partnums(&["PN-VAS-01"])).await.status(), 422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_at_the_same_time_do_not_undo_each_other() {
    let world = Arc::new(World::demo().await);
    world.portal().get("/services/PN-VAS-01").await.expect(200);
    let codes = ["PN-DATOS-01", "PN-DATOS-03", "PN-VAS-01", "PN-VAS-02", "PN-SMS-02", "PN-CUG-01"];
    let tasks = codes.map(|code| {
        let world = Arc::clone(&world);
        tokio::spawn(async move { while world.portal().post(ADD, &partnums(&[code])).await.status() != 200 {} })
    });
    for task in tasks {
        task.await.unwrap();
    }
    let after = services(&world, "10010101").await;
    let mut ids: Vec<_> = after.iter().map(|row| row[0].clone()).collect();
    ids.dedup();
    assert_eq!((after.len(), ids.len()), (10, 10), "{after:?}");
    assert!(codes.iter().all(|code| after.iter().any(|row| row[1] == *code)));
}
