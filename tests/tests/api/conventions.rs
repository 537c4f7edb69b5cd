//! What every answer carries and every query obeys.

use std::collections::HashSet;

use tests::World;
use tests::world::{LINE, NOBODY};

use crate::names;
use crate::operation::OPERATIONS;

#[tokio::test]
async fn every_answer_names_its_request_and_forbids_keeping_it() {
    let world = World::demo().await;
    let mut seen = HashSet::new();
    for operation in &OPERATIONS {
        let replies = [
            operation.ask(&world.portal(), LINE).await,
            operation.ask(&world.portal(), NOBODY).await,
            operation.ask(&world.portal(), "x").await,
            operation.ask(&world.anonymous(), LINE).await,
            operation.ask(&world.client("demo-readonly"), LINE).await,
        ];
        for reply in replies {
            assert_eq!(reply.header("cache-control"), "no-store", "{}", operation.name());
            assert_eq!(reply.header("content-type"), "application/json", "{}", operation.name());
            let id = reply.header("x-request-id").to_owned();
            assert_eq!(id, reply.header("apigw-requestid"));
            assert!(seen.insert(id), "no two requests have the same name");
        }
    }
}

#[tokio::test]
async fn unknown_parameters_and_headers_are_ignored() {
    let world = World::demo().await;
    for operation in &OPERATIONS {
        let path = format!("{}?unknown=1&unknown=2&MSISDN=1&_=%00&%FF=%FE&==", operation.at(LINE));
        let headers = [("content-type", "application/json"), ("x-unknown", "1"), ("accept", "text/html")];
        let reply = world.portal().send(operation.method, &path, &headers, operation.body).await;
        assert_eq!(reply.status(), operation.status, "{path}: {}", reply.text());
    }
}

#[tokio::test]
async fn a_known_parameter_given_twice_is_named() {
    let world = World::demo().await;
    let known = [
        ("/billing/subscribers/{}/usage/data/hourlybyapp", "startDate", "2026-03-10"),
        ("/billing/subscribers/{}/usage/data/hourlybyapp", "endDate", "2026-03-10"),
        ("/billing/subscribers/{}/usage/data/percentagebyapp", "startDate", "2026-03-10"),
        ("/billing/subscribers/{}/usage/data/percentagebyapp", "endDate", "2026-03-10"),
        ("/billing/subscribers/{}/usage/data/percentagebyapp", "resolution", "DAY"),
        ("/plans/subscribers/{}/availableoffers/", "channelId", "4"),
        ("/plans/subscribers/{}/availableplans/", "planType", "new"),
        ("/plans/subscribers/{}/favorites/", "limit", "1"),
        ("/plans/subscribers/{}/availableoffers/", "limit", "1"),
        ("/plans/subscribers/{}/availableplans/", "limit", "1"),
        ("/plans/subscribers/{}/upgrades/", "limit", "1"),
        ("/plans/subscribers/{}/favorites/", "offset", "1"),
        ("/plans/subscribers/{}/availableplans/", "cursor", "x"),
    ];
    for (path, name, value) in known {
        let path = path.replace("{}", LINE);
        // The same value, another one, an encoded name: the parameter is there twice.
        for second in
            [format!("{name}={value}"), format!("{name}="), format!("%{:02X}{}=1", name.as_bytes()[0], &name[1..])]
        {
            names(&world.portal().get(&format!("{path}?{name}={value}&{second}")).await, name);
            names(&world.portal().get(&format!("{path}?{name}={value}&other=1&{second}")).await, name);
        }
        // A comma is part of the value and never a second one.
        let reply = world.portal().get(&format!("{path}?{name}={value},{value}")).await;
        names(&reply, name);
    }
}

#[tokio::test]
async fn names_of_parameters_have_one_case() {
    let world = World::demo().await;
    let path = format!("/plans/subscribers/{LINE}/availableoffers/?ChannelId=99&CHANNELID=x");
    world.portal().get(&path).await.expect(200);
}

#[tokio::test]
async fn an_integer_is_digits_and_at_most_eighteen() {
    let world = World::demo().await;
    let list = format!("/plans/subscribers/{LINE}/availableplans/");
    for name in ["limit", "offset"] {
        for wrong in
            ["", "-1", "+1", "%2B1", "1.0", "1e3", "0x1", "one", "1%20", "%201", "%D9%A1", "1234567890123456789"]
        {
            names(&world.portal().get(&format!("{list}?{name}={wrong}")).await, name);
        }
        for right in ["1", "007", "123456789012345678"] {
            world.portal().get(&format!("{list}?{name}={right}")).await.expect(200);
        }
    }
    names(&world.portal().get(&format!("{list}?limit=0")).await, "limit");
    world.portal().get(&format!("{list}?offset=0")).await.expect(200);
}
