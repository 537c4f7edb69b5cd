//! `GET`, `POST` and `DELETE /plans/subscribers/{MSISDN}/favorites/`

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::World;
use tests::world::{BLOCKED, LINE, PREPAID};

use crate::{bad_request_names, ids, pass, refused};

fn path(line: &str) -> String {
    format!("/plans/subscribers/{line}/favorites/")
}

async fn add(world: &World, body: Value) -> tests::Reply {
    world.portal().post(&path(LINE), &body).await
}

async fn numbers(world: &World, line: &str) -> Vec<String> {
    ids(&world.portal().get(&path(line)).await.expect(200), "PhoneNumber")
}

#[tokio::test]
async fn favourites_are_listed_with_what_is_known_of_them() {
    let world = World::demo().await;
    let reply = world.portal().get(&path(LINE)).await.expect(200);
    assert_eq!(
        reply.json(),
        json!([
            {"PhoneNumber": "3005550101", "Label": "Casa"},
            {"PhoneNumber": "3005550102", "Label": "Oficina", "ExpirationDate": "2026-06-08"},
        ])
    );
    assert_eq!(world.portal().get(&path(PREPAID)).await.expect(200).text(), "[]");
}

#[tokio::test]
async fn a_number_is_added_in_any_spelling_and_shown_in_one() {
    let world = World::demo().await;
    let sent = json!({
        "PhoneNumber": "+573005550103", "Label": "Mamá", "ExpirationDate": "2026-12-31", "PlanCode": "101",
    });
    let reply = add(&world, sent).await.expect(201);
    assert_eq!(reply.json(), json!({"response": "201", "message": "the favourite number was added"}));
    let shown = world.portal().get(&path(LINE)).await.at("/2");
    let expected =
        json!({"PhoneNumber": "3005550103", "Label": "Mamá", "ExpirationDate": "2026-12-31", "PlanCode": "101"});
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn a_number_that_is_there_keeps_its_one_slot_and_is_brought_up_to_date() {
    let world = World::demo().await;
    for spelling in ["3005550102", "573005550102", "+573005550102"] {
        add(&world, json!({"PhoneNumber": spelling, "Label": spelling})).await.expect(201);
        assert_eq!(numbers(&world, LINE).await, ["3005550101", "3005550102"]);
        let shown = world.portal().get(&path(LINE)).await.at("/1");
        assert_eq!(shown, json!({"PhoneNumber": "3005550102", "Label": spelling}));
    }
    // An identical repetition writes nothing.
    let before = world.items();
    add(&world, json!({"PhoneNumber": "3005550102", "Label": "+573005550102"})).await.expect(201);
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn the_slots_are_those_of_the_plan() {
    let world = World::demo().await;
    for number in 3..=5 {
        add(&world, json!({"PhoneNumber": format!("300555010{number}")})).await.expect(201);
    }
    let before = world.items();
    refused(&add(&world, json!({"PhoneNumber": "3005550106"})).await, "slots");
    assert_eq!(world.items(), before);
    add(&world, json!({"PhoneNumber": "3005550105", "Label": "still fine"})).await.expect(201);

    let plan = format!("/plans/subscribers/{LINE}/current");
    world.portal().put(&plan, &json!({"planId": "104"})).await.expect(200);
    for number in 106..=110 {
        add(&world, json!({"PhoneNumber": format!("3005550{number}")})).await.expect(201);
    }
    refused(&add(&world, json!({"PhoneNumber": "3005550111"})).await, "slots");
    assert_eq!(world.line(LINE).await.favourites.len(), 10);

    // With fewer slots no number is lost, and none can be added.
    world.portal().put(&plan, &json!({"planId": "101"})).await.expect(200);
    assert_eq!(numbers(&world, LINE).await.len(), 10);
    refused(&add(&world, json!({"PhoneNumber": "3005550111"})).await, "slots");
    world.portal().delete(&path(LINE), &json!({"PhoneNumber": "3005550101"})).await.expect(200);
    refused(&add(&world, json!({"PhoneNumber": "3005550101"})).await, "slots");
}

#[tokio::test]
async fn the_lines_own_number_is_refused_in_every_spelling() {
    let world = World::demo().await;
    for spelling in [LINE, "573001234567", "+573001234567"] {
        refused(&add(&world, json!({"PhoneNumber": spelling})).await, "its own favourite");
    }
}

#[tokio::test]
async fn emergency_and_malformed_numbers_are_named() {
    let world = World::demo().await;
    let before = world.items();
    let wrong = [
        "112",
        "119",
        "123",
        "132",
        "911",
        "",
        "555",
        "300555010",
        "30055501033",
        "+503 7000 1234",
        "+50370001234",
        "300 5550103",
        "٣٠٠٥٥٥٠١٠٣",
        "tel:3005550103",
        "%2B573005550103",
    ];
    for number in wrong {
        bad_request_names(&add(&world, json!({"PhoneNumber": number})).await, "PhoneNumber");
        bad_request_names(&world.portal().delete(&path(LINE), &json!({"PhoneNumber": number})).await, "PhoneNumber");
    }
    bad_request_names(&add(&world, json!({"Label": "x"})).await, "PhoneNumber");
    bad_request_names(&add(&world, json!({"phoneNumber": "3005550103"})).await, "PhoneNumber");
    assert_eq!(world.items(), before);
    let salvador = World::of("sv").await;
    let path = "/plans/subscribers/71234567/favorites/";
    for number in ["911", "132", "112", "3005550103"] {
        bad_request_names(&salvador.portal().post(path, &json!({"PhoneNumber": number})).await, "PhoneNumber");
    }
    salvador.portal().post(path, &json!({"PhoneNumber": "70001234"})).await.expect(201);
}

#[tokio::test]
async fn a_last_day_is_a_day_that_has_not_passed_in_the_country() {
    let world = World::demo().await;
    let with = |date: Value| json!({"PhoneNumber": "3005550103", "ExpirationDate": date});
    for wrong in [
        "2026-03-09",
        "1999-01-01",
        "2026-02-30",
        "2026-3-10",
        "10/03/2026",
        "2026-03-10T00:00:00Z",
        "",
        "20260310",
        "never",
    ] {
        bad_request_names(&add(&world, with(json!(wrong))).await, "ExpirationDate");
    }
    add(&world, with(Value::Null)).await.expect(201);
    add(&world, with(json!("9999-12-31"))).await.expect(201);
    // 03:00 UTC: tomorrow in UTC, today in Colombia.
    pass(&world, TimeDelta::hours(12)).await;
    add(&world, with(json!("2026-03-10"))).await.expect(201);
    assert_eq!(numbers(&world, LINE).await, ["3005550101", "3005550102", "3005550103"]);
    bad_request_names(&add(&world, with(json!("2026-03-09"))).await, "ExpirationDate");
    // Midnight in Colombia.
    pass(&world, TimeDelta::hours(2)).await;
    assert_eq!(numbers(&world, LINE).await, ["3005550101", "3005550102"]);
    bad_request_names(&add(&world, with(json!("2026-03-10"))).await, "ExpirationDate");
}

#[tokio::test]
async fn an_expired_number_makes_room_and_cannot_be_removed() {
    let world = World::demo().await;
    for number in 3..=5 {
        let body = json!({"PhoneNumber": format!("300555010{number}"), "ExpirationDate": "2026-03-10"});
        add(&world, body).await.expect(201);
    }
    refused(&add(&world, json!({"PhoneNumber": "3005550106"})).await, "slots");
    pass(&world, TimeDelta::days(1)).await;
    let gone = world.portal().delete(&path(LINE), &json!({"PhoneNumber": "3005550103"})).await.expect(404);
    assert_eq!(crate::message(&gone), "the favourite number was not found");
    add(&world, json!({"PhoneNumber": "3005550106"})).await.expect(201);
    assert_eq!(numbers(&world, LINE).await, ["3005550101", "3005550102", "3005550106"]);
    assert_eq!(world.line(LINE).await.favourites.len(), 3, "the expired ones are gone for good");
}

#[tokio::test]
async fn a_number_is_removed_in_any_spelling_and_only_once() {
    let world = World::demo().await;
    for (spelling, left) in [("573005550101", 1), ("+573005550102", 0)] {
        let body = json!({"PhoneNumber": spelling, "Label": "ignored", "ExpirationDate": "1999-01-01"});
        let reply = world.portal().delete(&path(LINE), &body).await.expect(200);
        assert_eq!(reply.json(), json!({"response": "200", "message": "the favourite number was removed"}));
        assert_eq!(numbers(&world, LINE).await.len(), left);
        world.portal().delete(&path(LINE), &body).await.expect(404);
    }
    assert!(world.line(LINE).await.favourites.is_empty());
}

#[tokio::test]
async fn a_blocked_line_still_has_its_favourites() {
    let world = World::demo().await;
    world.portal().post(&path(BLOCKED), &json!({"PhoneNumber": LINE})).await.expect(201);
    assert_eq!(numbers(&world, BLOCKED).await, [LINE]);
}
