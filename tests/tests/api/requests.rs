//! Upgrade and subscription requests: registered, visible, exclusive.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use shared::domain::subscriber::{PlanRequest, RequestKind};
use tests::world::{BLOCKED, LINE, PREPAID};
use tests::{Reply, World};

use crate::{bad_request_names, load, message, pass, plan, refused};

fn upgrade(line: &str) -> String {
    format!("/plans/subscribers/{line}/upgraderequest")
}

async fn subscribe(world: &World, line: &str, body: &Value) -> Reply {
    world.portal().post(&format!("/plans/subscribers/{line}/subscriptionrequests/"), body).await
}

/// A body that requests these plans.
fn requesting(plans: &[&str]) -> Value {
    let list: Vec<_> = plans.iter().map(|plan| json!({"planId": plan, "planName": "x"})).collect();
    json!({
        "planId": "not read", "planName": "x", "categoryName": "Adicionales", "name": "Ana",
        "AdditionalSubscriptionsList": list,
    })
}

async fn requests(world: &World, line: &str) -> Vec<PlanRequest> {
    world.operator.writer.reader().requests(&world.msisdn(line)).await.unwrap()
}

/// The plan that the line is told to have.
async fn current(world: &World) -> String {
    let reply = world.portal().get(&format!("/plans/subscribers/{LINE}/current")).await.expect(200);
    reply.at("/planId").as_str().unwrap().to_owned()
}

#[tokio::test]
async fn who_never_asked_for_an_upgrade_has_no_request() {
    let world = World::demo().await;
    let reply = world.portal().get(&upgrade(LINE)).await.expect(404);
    assert_eq!(reply.json(), json!({"code": 404, "message": "the upgrade request was not found"}));
}

#[tokio::test]
async fn an_upgrade_is_registered_and_says_702_until_it_is_done() {
    let world = World::demo().await;
    let body = json!({"planId": "102", "name": "Ana", "email": "ana@example.com", "fromPlan": "app"});
    let reply = world.portal().post(&upgrade(LINE), &body).await.expect(200);
    assert_eq!(reply.json(), json!({"response": "200", "message": "the upgrade was requested"}));
    let open = world.portal().get(&upgrade(LINE)).await.expect(200);
    assert_eq!(open.json(), json!({"response": "702", "message": "the upgrade to plan 102 is in progress"}));

    let [request] = &requests(&world, LINE).await[..] else { panic!("one request") };
    assert_eq!((request.kind, request.plan.as_str()), (RequestKind::Upgrade, "102"));
    assert_eq!((request.name.as_deref(), request.email.as_deref()), (Some("Ana"), Some("ana@example.com")));
    assert_eq!((request.source.as_deref(), request.at), (Some("app"), world.clock.now()));
    let line = world.line(LINE).await;
    assert_eq!(line.plan_on(world.today()).as_str(), "101", "the plan stays until the next cycle starts");
    assert_eq!(line.upgrade().unwrap().plan.as_str(), "102");

    // The cycle of the demo's line starts on the 15th.
    pass(&world, "2026-03-15T04:59:59Z".parse::<DateTime<Utc>>().unwrap() - world.clock.now()).await;
    assert_eq!(world.portal().get(&upgrade(LINE)).await.at("/response"), "702");
    assert_eq!(current(&world).await, "101");
    pass(&world, TimeDelta::seconds(1)).await;
    let closed = world.portal().get(&upgrade(LINE)).await.expect(200);
    assert_eq!(closed.json(), json!({"response": "200", "message": "the upgrade to plan 102 is done"}));
    assert_eq!(current(&world).await, "102");
    world.portal().post(&upgrade(LINE), &json!({"planId": "104"})).await.expect(200);
    assert_eq!(world.portal().get(&upgrade(LINE)).await.at("/response"), "702");
    assert_eq!(requests(&world, LINE).await.len(), 2);
}

#[tokio::test]
async fn while_one_upgrade_is_open_a_second_is_refused_with_702() {
    let world = World::demo().await;
    world.portal().post(&upgrade(LINE), &json!({"planId": "104"})).await.expect(200);
    let before = world.items();
    for plan in ["104", "102"] {
        let reply = world.portal().post(&upgrade(LINE), &json!({"planId": plan})).await.expect(403);
        assert_eq!(reply.json(), json!({"code": 702, "message": "an upgrade request is still open"}));
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn only_an_upgrade_can_be_asked_for() {
    let world = World::demo().await;
    let before = world.items();
    for plan in ["100", "101", "106", "107", "108", "109", "150", "999", "", "a b"] {
        let reply = world.portal().post(&upgrade(LINE), &json!({"planId": plan})).await.expect(404);
        assert_eq!(message(&reply), "the plan was not found", "{plan}");
    }
    refused(&world.portal().post(&upgrade(BLOCKED), &json!({"planId": "104"})).await, "blocked");
    assert_eq!(world.items(), before);
    world.portal().post(&upgrade(PREPAID), &json!({"planId": "110"})).await.expect(200);
}

#[tokio::test]
async fn the_bodys_own_plan_counts_when_there_is_no_list() {
    let world = World::demo().await;
    let body = json!({
        "planId": "150", "planName": "any", "categoryName": "any", "name": "Ana", "email": "ana@example.com",
        "fromPlan": "web",
    });
    let reply = subscribe(&world, LINE, &body).await.expect(200);
    assert_eq!(reply.json(), json!({"response": "200", "message": "the subscriptions were requested"}));
    let [request] = &requests(&world, LINE).await[..] else { panic!("one request") };
    assert_eq!((request.kind, request.plan.as_str()), (RequestKind::Subscription, "150"));
    assert_eq!((request.name.as_deref(), request.email.as_deref()), (Some("Ana"), Some("ana@example.com")));
    assert_eq!(request.source.as_deref(), Some("web"));
    assert!(world.line(LINE).await.additional.contains(&"150".parse().unwrap()));

    // A repeated plan is requested once.
    let before = world.items();
    pass(&world, TimeDelta::hours(2)).await;
    subscribe(&world, LINE, &body).await.expect(200);
    subscribe(&world, LINE, &requesting(&["150", "150"])).await.expect(200);
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_list_of_up_to_twenty_is_registered_as_a_whole() {
    let world = World::demo().await;
    let extra: Vec<_> = (200..221).map(|id| id.to_string()).collect();
    let records: Vec<_> = extra.iter().map(|id| plan(id, "additional", 1_000)).collect();
    load(&world, &records).await;
    let extra: Vec<_> = extra.iter().map(String::as_str).collect();
    let before = world.items();
    bad_request_names(&subscribe(&world, LINE, &requesting(&extra)).await, "AdditionalSubscriptionsList");
    bad_request_names(&subscribe(&world, LINE, &requesting(&[])).await, "AdditionalSubscriptionsList");
    assert_eq!(world.items(), before);
    subscribe(&world, LINE, &requesting(&extra[..20])).await.expect(200);
    let mut asked: Vec<_> = requests(&world, LINE).await.iter().map(|request| request.plan.to_string()).collect();
    asked.sort();
    assert_eq!(asked, extra[..20]);
    assert_eq!(world.line(LINE).await.additional.len(), 20);
    // One new plan among requested ones is one new request.
    subscribe(&world, LINE, &requesting(&[extra[0], extra[20], extra[1]])).await.expect(200);
    assert_eq!(requests(&world, LINE).await.len(), 21);
}

#[tokio::test]
async fn one_plan_that_cannot_be_added_spoils_the_whole_list() {
    let world = World::demo().await;
    let before = world.items();
    for other in ["102", "999", "", "a b", "107"] {
        for list in [["150", other], [other, "150"]] {
            let reply = subscribe(&world, LINE, &requesting(&list)).await.expect(404);
            assert_eq!(message(&reply), "the plan was not found");
        }
    }
    let alone = json!({"planId": "102", "planName": "x", "categoryName": "x", "name": "x"});
    assert_eq!(subscribe(&world, LINE, &alone).await.status(), 404);
    refused(&subscribe(&world, BLOCKED, &requesting(&["150"])).await, "blocked");
    assert_eq!(world.items(), before);
    subscribe(&world, PREPAID, &requesting(&["150"])).await.expect(200);
}

#[tokio::test]
async fn required_fields_of_a_subscription_are_named() {
    let world = World::demo().await;
    let good = json!({"planId": "150", "planName": "x", "categoryName": "x", "name": "x"});
    for field in ["planId", "planName", "categoryName", "name"] {
        let mut body = good.clone();
        body.as_object_mut().unwrap().remove(field);
        bad_request_names(&subscribe(&world, LINE, &body).await, field);
    }
    let mut body = requesting(&["150", "150"]);
    body["AdditionalSubscriptionsList"][1] = json!({"planId": "150"});
    bad_request_names(&subscribe(&world, LINE, &body).await, "AdditionalSubscriptionsList[1].planName");
    body["AdditionalSubscriptionsList"][1] = json!({"planId": 150, "planName": "x"});
    bad_request_names(&subscribe(&world, LINE, &body).await, "AdditionalSubscriptionsList[1].planId");
    for list in [json!("150"), json!({}), json!(5)] {
        body["AdditionalSubscriptionsList"] = list;
        bad_request_names(&subscribe(&world, LINE, &body).await, "AdditionalSubscriptionsList");
    }
    body["AdditionalSubscriptionsList"] = Value::Null;
    body["planId"] = json!("150");
    subscribe(&world, LINE, &body).await.expect(200);
}

#[tokio::test]
async fn an_open_upgrade_does_not_stand_in_the_way_of_additional_plans() {
    let world = World::demo().await;
    world.portal().post(&upgrade(LINE), &json!({"planId": "104"})).await.expect(200);
    subscribe(&world, LINE, &requesting(&["150"])).await.expect(200);
    assert_eq!(requests(&world, LINE).await.len(), 2);
    assert_eq!(world.portal().get(&upgrade(LINE)).await.at("/response"), "702");
}
