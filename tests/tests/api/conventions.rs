//! What holds for every response and every query.

use std::collections::HashSet;

use serde_json::Value;
use tests::world::{LINE, NOBODY};
use tests::{Sample, World, rows};

use crate::{bad_request_names, good, message};

#[tokio::test]
async fn every_answer_names_its_request_and_forbids_keeping_it() {
    let world = World::demo().await;
    let mut seen = HashSet::new();
    for sample in Sample::all(&rows::protected()) {
        let replies = [
            sample.by(&world.portal()).await,
            sample.on(NOBODY).by(&world.portal()).await,
            sample.on("x").by(&world.portal()).await,
            sample.by(&world.anonymous()).await,
            sample.by(&world.client("demo-readonly")).await,
        ];
        for reply in replies {
            assert_eq!(reply.header("cache-control"), "no-store", "{}", sample.row.name());
            // Of an answer without a body the gateway says that it is text.
            let kind = if reply.bytes().is_empty() { "text/plain;charset=UTF-8" } else { "application/json" };
            assert_eq!(reply.header("content-type"), kind, "{}", sample.row.name());
            let id = reply.header("x-request-id").to_owned();
            assert_eq!(id, reply.header("apigw-requestid"));
            assert!(seen.insert(id), "no two requests have the same name");
        }
    }
}

#[tokio::test]
async fn unknown_parameters_and_headers_are_ignored() {
    let world = World::demo().await;
    for mut sample in Sample::all(&rows::protected()) {
        sample.query = format!("{}&unknown=1&unknown=2&Msisdn=1&_=%00&%FF=%FE&==", sample.query);
        let reply = good(&sample, &sample.path, &world).await;
        assert!((200..300).contains(&reply.status()), "{}: {}", sample.row.name(), reply.text());
        if sample.body.is_empty() {
            let headers = [("x-unknown", "1"), ("accept", "text/html")];
            let reply = world.portal().send(&sample.row.method, &sample.address(), &headers, "").await;
            assert_ne!(reply.status(), 406, "{}", sample.row.name());
        }
    }
}

/// The query parameters of an operation's document, with a valid value each.
fn parameters(sample: &Sample) -> Vec<(String, String)> {
    let own = |name: &str| {
        let mut pairs = sample.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
    };
    let operation = sample.row.documented().unwrap();
    let parameters = operation.body["parameters"].as_array().into_iter().flatten().filter(|one| one["in"] == "query");
    let named = parameters.map(|one| {
        let name = one["name"].as_str().unwrap().to_owned();
        let values = [&one["example"], &one["schema"]["example"], &one["schema"]["enum"][0], &one["schema"]["default"]];
        let value = values.into_iter().find(|value| !value.is_null()).unwrap_or(&Value::Null);
        let value = own(&name).unwrap_or_else(|| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        (name, value)
    });
    named.collect()
}

/// Documented parameters without effect.
const UNREAD: &[&str] = &["additional"];

#[tokio::test]
async fn a_documented_parameter_given_twice_is_named() {
    let world = World::demo().await;
    let mut tried = 0;
    for sample in Sample::all(&rows::protected()) {
        for (name, value) in parameters(&sample).into_iter().filter(|(name, _)| !UNREAD.contains(&name.as_str())) {
            let rest: Vec<_> = sample.query.split('&').filter(|pair| !pair.starts_with(&format!("{name}="))).collect();
            let path = format!("{}?{}&{name}={value}", sample.path, rest.join("&"));
            // The same value, another one, an encoded name: the parameter is repeated.
            for second in
                [format!("{name}={value}"), format!("{name}="), format!("%{:02X}{}=1", name.as_bytes()[0], &name[1..])]
            {
                bad_request_names(&sample.to(&world.portal(), &format!("{path}&{second}")).await, &name);
                bad_request_names(&sample.to(&world.portal(), &format!("{path}&other=1&{second}")).await, &name);
            }
            tried += 1;
        }
    }
    assert!(tried > 25, "{tried} parameters");
}

#[tokio::test]
async fn a_comma_is_part_of_a_value() {
    let world = World::demo().await;
    for (path, name, value) in [
        ("/billing/subscribers/{}/usage/data/hourlybyapp", "startDate", "2026-03-10"),
        ("/billing/subscribers/{}/usage/data/percentagebyapp", "resolution", "DAY"),
        ("/plans/subscribers/{}/availableoffers/", "channelId", "4"),
        ("/plans/subscribers/{}/availableplans/", "planType", "new"),
        ("/plans/subscribers/{}/upgrades/", "limit", "1"),
        ("/plans/subscribers/{}/favorites/", "offset", "1"),
    ] {
        let path = path.replace("{}", LINE);
        bad_request_names(&world.portal().get(&format!("{path}?{name}={value},{value}")).await, name);
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
        for wrong in ["-1", "+1", "%2B1", "1.0", "1e3", "0x1", "one", "1%20", "%201", "%D9%A1", "1234567890123456789"] {
            bad_request_names(&world.portal().get(&format!("{list}?{name}={wrong}")).await, name);
        }
        for right in ["1", "007", "123456789012345678"] {
            world.portal().get(&format!("{list}?{name}={right}")).await.expect(200);
        }
    }
    bad_request_names(&world.portal().get(&format!("{list}?limit=0")).await, "limit");
    world.portal().get(&format!("{list}?offset=0")).await.expect(200);
}

#[tokio::test]
async fn an_empty_optional_value_is_none_and_a_required_one_is_missing() {
    let world = World::demo().await;
    let mut tried = 0;
    let reads = Sample::all(&rows::protected()).into_iter().filter(|sample| !sample.row.writes());
    for sample in reads.filter(|sample| sample.row.before().is_none()) {
        let mut names: Vec<_> = parameters(&sample).into_iter().map(|(name, _)| name).collect();
        names.extend(["limit", "offset", "cursor"].map(str::to_owned));
        for name in names {
            let rest =
                sample.query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with(&format!("{name}=")));
            let rest = rest.collect::<Vec<_>>().join("&");
            let ask = async |query: String| {
                let reply = sample.to(&world.portal(), &format!("{}?{query}", sample.path)).await;
                (reply.status(), message(&reply), reply.header("x-next-cursor").is_empty(), reply.text().len())
            };
            let without = ask(rest.clone()).await;
            for empty in [format!("{rest}&{name}="), format!("{name}&{rest}")] {
                assert_eq!(ask(empty).await, without, "{} {name}", sample.row.name());
            }
            let missing = format!("{name}: must be given");
            assert!(without.0 == 200 || without.1 == missing, "{} {name}: {without:?}", sample.row.name());
            tried += 1;
        }
    }
    assert!(tried > 80, "{tried} parameters");
}
