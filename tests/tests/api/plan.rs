//! The current plan, available plans, and phone lease.

use chrono::TimeDelta;
use serde_json::{Value, json};
use shared::domain::billing::plan::PlanStart;
use tests::World;
use tests::world::{BLOCKED, LINE, OTHERS, PREPAID};

use crate::{bad_request_names, ids, message, pass, refused};

fn current(line: &str) -> String {
    format!("/plans/subscribers/{line}/current")
}

#[tokio::test]
async fn the_current_plan_is_shown_with_what_it_includes() {
    let world = World::demo().await;
    let reply = world.portal().get(&current(LINE)).await.expect(200);
    let expected = json!({
        "planId": "101", "planName": "Conectado 12GB", "monthlyAmount": 42000.0, "planDataInMB": 12000,
        "currencyId": "COP", "status": "ACTIVE", "CategoryName": "Pospago", "Rank": 2,
        "productOfferingList": [
            {"offeringCategory": "data", "offeringId": "Datos 12000 MB", "offeringDetailList": [
                {"name": "Megabytes", "value": "12000"}, {"name": "Redes sociales", "value": "Incluidas"},
            ]},
            {"offeringCategory": "voice", "offeringId": "Voz", "offeringDetailList": [
                {"name": "Minutos", "value": "Ilimitado"},
            ]},
            {"offeringCategory": "sms", "offeringId": "SMS", "offeringDetailList": [
                {"name": "Mensajes", "value": "100"},
            ]},
        ],
    });
    assert_eq!(reply.json(), expected);
    assert!(reply.text().contains("\"monthlyAmount\":42000.00,"), "{}", reply.text());
    for (line, plan) in [(BLOCKED, "100"), (PREPAID, "109"), (OTHERS, "102")] {
        assert_eq!(world.portal().get(&current(line)).await.expect(200).at("/planId"), plan);
    }
}

/// The plan starts of the line in its contract's ledger.
async fn starts_of_line(world: &World) -> Vec<PlanStart> {
    let line = world.line(LINE).await;
    let starts = world.operator.writer.reader().plan_starts(&line.contract).await.unwrap();
    starts.into_iter().filter(|start| start.line == line.msisdn).collect()
}

#[tokio::test]
async fn a_change_of_plan_holds_at_once_and_is_kept_for_the_bill() {
    let world = World::demo().await;
    let body = json!({
        "planId": "102", "monthlyAmount": 59000, "currencyId": "COP", "name": "Ana", "email": "ana@example.com",
        "planName": "another name", "categoryName": "x", "fromPlan": "app",
    });
    let reply = world.portal().put(&current(LINE), &body).await.expect(200);
    assert_eq!(reply.json(), json!({"response": "200", "message": "the plan was changed"}));
    assert_eq!(world.portal().get(&current(LINE)).await.at("/planName"), "Conectado 25GB");
    let line = world.line(LINE).await;
    assert_eq!(line.plan_on(world.today()).as_str(), "102");
    let starts = starts_of_line(&world).await;
    assert_eq!(starts.iter().map(|start| start.plan.as_str()).collect::<Vec<_>>(), ["101", "102"]);
    assert_eq!(starts[1].at, world.clock.now());

    // Down again, and to the retention plan.
    for plan in ["100", "106"] {
        pass(&world, TimeDelta::hours(1)).await;
        world.portal().put(&current(LINE), &json!({"planId": plan})).await.expect(200);
    }
    let steps: Vec<_> = starts_of_line(&world).await.into_iter().map(|start| start.plan.to_string()).collect();
    assert_eq!(steps, ["101", "102", "100", "106"]);
}

#[tokio::test]
async fn a_plan_that_is_not_for_the_line_is_not_found() {
    let world = World::demo().await;
    let before = world.items();
    let not_for = [
        (LINE, "999"),
        (LINE, "107"),
        (LINE, "108"),
        (LINE, "109"),
        (LINE, "150"),
        (LINE, "a b"),
        (LINE, ""),
        (LINE, "10#1"),
        (PREPAID, "102"),
    ];
    for (line, plan) in not_for {
        let reply = world.portal().put(&current(line), &json!({"planId": plan})).await.expect(404);
        assert_eq!(message(&reply), "the plan was not found", "{line} {plan}");
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn the_same_plan_a_blocked_line_and_an_open_upgrade_are_refused() {
    let world = World::demo().await;
    let put = async |line: &str, plan: &str| world.portal().put(&current(line), &json!({"planId": plan})).await;
    refused(&put(LINE, "101").await, "already");
    refused(&put(BLOCKED, "101").await, "blocked");
    let upgrade = format!("/plans/subscribers/{LINE}/upgraderequest");
    world.portal().post(&upgrade, &json!({"planId": "104"})).await.expect(200);
    let before = world.items();
    for plan in ["102", "104", "100"] {
        refused(&put(LINE, plan).await, "upgrade request is still open");
    }
    assert_eq!(world.items(), before);
    assert_eq!(world.line(LINE).await.plan_on(world.today()).as_str(), "101");
}

#[tokio::test]
async fn a_price_that_is_not_the_catalogues_is_named() {
    let world = World::demo().await;
    let upgrade = format!("/plans/subscribers/{LINE}/upgraderequest");
    let before = world.items();
    let body = |amount: &str| format!(r#"{{"planId":"102","monthlyAmount":{amount}}}"#);
    let headers = [("content-type", "application/json")];
    let wrong =
        ["59001", "58999.99", "0", "-59000", "59000.001", "5900000", "1e300", "\"59000\"", "true", "{}", "[59000]"];
    for amount in wrong {
        for (method, path) in [("PUT", current(LINE)), ("POST", upgrade.clone())] {
            bad_request_names(&world.portal().send(method, &path, &headers, &body(amount)).await, "monthlyAmount");
        }
    }
    for currency in ["USD", "cop", "", "COPP"] {
        let body = json!({"planId": "102", "currencyId": currency});
        bad_request_names(&world.portal().put(&current(LINE), &body).await, "currencyId");
        bad_request_names(&world.portal().post(&upgrade, &body).await, "currencyId");
    }
    assert_eq!(world.items(), before);
    for amount in ["59000", "59000.0", "59000.00", "null"] {
        let world = World::demo().await;
        world.portal().send("PUT", &current(LINE), &headers, &body(amount)).await.expect(200);
    }
}

#[tokio::test]
async fn a_plan_must_be_named() {
    let world = World::demo().await;
    for path in [current(LINE), format!("/plans/subscribers/{LINE}/upgraderequest")] {
        let method = if path.ends_with("current") { "PUT" } else { "POST" };
        for body in ["{}", r#"{"planid":"102"}"#, r#"{"planId":null}"#, r#"{"planId":102}"#] {
            bad_request_names(
                &world.portal().send(method, &path, &[("content-type", "application/json")], body).await,
                "planId",
            );
        }
    }
}

#[tokio::test]
async fn plans_are_listed_by_kind_and_rank() {
    let world = World::demo().await;
    let list = async |line: &str, query: &str| {
        let path = format!("/plans/subscribers/{line}/availableplans/{query}");
        ids(&world.portal().get(&path).await.expect(200), "planId")
    };
    for (query, expected) in [
        ("", &["100", "101", "102", "104", "105", "106", "150"][..]),
        ("?planType=upgrades", &["102", "104", "105"]),
        ("?planType=Upgrades", &["102", "104", "105"]),
        ("?planType=DOWNGRADES", &["100"]),
        ("?planType=retention", &["106"]),
        ("?planType=additional", &["150"]),
        ("?planType=new", &["105"]),
    ] {
        assert_eq!(list(LINE, query).await, expected, "{query}");
    }
    assert_eq!(list(PREPAID, "").await, ["109", "110", "150"]);
    assert_eq!(list(PREPAID, "?planType=upgrades").await, ["110"]);
    assert!(list(PREPAID, "?planType=downgrades").await.is_empty());
    assert_eq!(list(BLOCKED, "?planType=upgrades").await, ["101", "102", "104", "105"]);
    // Upgrades depend on the current plan.
    world.portal().put(&current(LINE), &json!({"planId": "105"})).await.expect(200);
    assert_eq!(list(LINE, "?planType=upgrades").await, ["104"]);
    assert_eq!(list(LINE, "?planType=downgrades").await, ["100", "101", "102"]);
}

#[tokio::test]
async fn another_kind_of_plan_is_named() {
    let world = World::demo().await;
    for wrong in ["upgrade", "all", "upgrades,new", "upgrades%20", "%C3%BCpgrades"] {
        let path = format!("/plans/subscribers/{LINE}/availableplans/?planType={wrong}");
        bad_request_names(&world.portal().get(&path).await, "planType");
    }
}

#[tokio::test]
async fn upgrades_are_the_plans_of_that_kind() {
    let world = World::demo().await;
    for line in [LINE, BLOCKED, PREPAID, OTHERS] {
        let upgrades = world.portal().get(&format!("/plans/subscribers/{line}/upgrades/")).await.expect(200);
        let path = format!("/plans/subscribers/{line}/availableplans/?planType=upgrades");
        assert_eq!(upgrades.bytes(), world.portal().get(&path).await.bytes(), "{line}");
    }
    let path = format!("/plans/subscribers/{LINE}/upgrades/?planType=nonsense");
    world.portal().get(&path).await.expect(200);
}

#[tokio::test]
async fn the_catalogue_is_remembered_for_a_minute() {
    let world = World::demo().await;
    let list = async || {
        let path = format!("/plans/subscribers/{LINE}/availableplans/?planType=additional");
        ids(&world.portal().get(&path).await.expect(200), "planId")
    };
    assert_eq!(list().await, ["150"]);
    crate::load(&world, &[crate::plan("151", "additional", 5_000)]).await;
    pass(&world, TimeDelta::seconds(60)).await;
    assert_eq!(list().await, ["150", "151"]);
}

#[tokio::test]
async fn the_leased_handset_is_shown_and_a_line_without_one_says_so() {
    let world = World::demo().await;
    let path = |line: &str| format!("/plans/subscribers/{line}/phonelease/");
    let expected = json!({
        "clauseId": "1668", "typeClauseId": "12M", "lastBillingDate": "2026-02-18", "nextRenewalDate": "2026-09-26",
        "imei": "357975075748204", "gama": "Media", "brand": "Andina", "model": "A5 Plus", "insurance": "No",
        "status": "ACTIVE",
    });
    assert_eq!(world.portal().get(&path(LINE)).await.expect(200).json(), expected);
    for line in [PREPAID, BLOCKED] {
        let reply = world.portal().get(&path(line)).await.expect(404);
        let none: Value = json!({"code": 404, "message": "the phone lease was not found"});
        assert_eq!(reply.json(), none);
    }
}
