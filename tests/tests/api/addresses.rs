//! Where the operations answer, and how a line is named.

use serde_json::json;
use tests::World;
use tests::world::{LINE, OTHERS};

use crate::operation::OPERATIONS;
use crate::{names, send_bytes};

/// One world, all operations in order, at addresses made by `address`.
async fn all_succeed(address: impl Fn(&str) -> String) {
    let world = World::demo().await;
    for operation in &OPERATIONS {
        let path = address(&operation.at(LINE));
        let reply = operation.send(&world.portal(), &path).await;
        assert_eq!(reply.status(), operation.status, "{} {path}: {}", operation.method, reply.text());
    }
}

#[tokio::test]
async fn a_final_slash_makes_no_difference() {
    all_succeed(|path| path.trim_end_matches('/').to_owned()).await;
    all_succeed(|path| format!("{}/", path.trim_end_matches('/'))).await;
    all_succeed(|path| format!("/v1/tigo/mobile/co{}/", path.trim_end_matches('/'))).await;
    let world = World::demo().await;
    for (with, without) in [
        ("/accounts/?docId=900123456", "/accounts?docId=900123456"),
        ("/accounts/100101/", "/accounts/100101"),
        ("/accounts/profiles/?msisdn=3001234567", "/accounts/profiles?msisdn=3001234567"),
        ("/accounts/profiles/10010101/", "/accounts/profiles/10010101"),
        ("/customers/code/1001/bills/", "/customers/code/1001/bills"),
        ("/customers/1001/products/", "/customers/1001/products"),
        ("/v2/tigo/b2b/co/crm/customers/900123456/portfolio/", "/customers/900123456/portfolio"),
    ] {
        let replies = [world.portal().get(with).await.expect(200), world.portal().get(without).await.expect(200)];
        assert_eq!(replies[0].bytes(), replies[1].bytes(), "{with}");
    }
}

#[tokio::test]
async fn every_operation_answers_under_both_base_paths() {
    all_succeed(|path| format!("/v1/tigo/mobile/co{path}")).await;
    all_succeed(|path| format!("/v2/tigo/mobile/co{}", path.trim_end_matches('/'))).await;
}

#[tokio::test]
async fn another_base_path_is_no_address() {
    let world = World::demo().await;
    for base in ["/v3/tigo/mobile/co", "/v2/tigo/mobile/sv", "/v2/tigo/mobile/CO", "/v2/tigo/mobile", "/co"] {
        let path = format!("{base}/plans/subscribers/{LINE}/nothing");
        let reply = world.portal().get(&path).await.expect(404);
        assert_eq!(reply.at("/error/statusCode"), "404", "{base}");
    }
}

#[tokio::test]
async fn more_than_a_final_slash_is_another_address() {
    let world = World::demo().await;
    for operation in &OPERATIONS {
        for more in ["//", "/more", "/more/", "/%20"] {
            let path = format!("{}{more}", operation.at(LINE).trim_end_matches('/'));
            let reply = send_bytes(&world, operation.method, &path, "", operation.body.as_bytes()).await;
            let status = reply.status();
            assert_eq!(status, 404, "{} {path}", operation.method);
        }
    }
}

#[tokio::test]
async fn every_spelling_of_a_number_is_the_same_line() {
    let world = World::demo().await;
    for spelling in [LINE, "573001234567", "+573001234567", "%2B573001234567", "%2b573001234567", "%33001234567"] {
        for operation in OPERATIONS.iter().filter(|operation| !operation.writes()) {
            let spelled = operation.ask(&world.portal(), spelling).await;
            let plain = operation.ask(&world.portal(), LINE).await;
            assert_eq!((spelled.status(), spelled.bytes()), (plain.status(), plain.bytes()), "{spelling}");
        }
    }
    let path = "/plans/subscribers/%2B573001234567/favorites/";
    world.portal().post(path, &json!({"PhoneNumber": "+573005550199"})).await.expect(201);
    assert!(world.line(LINE).await.favourites.contains_key(&world.msisdn("3005550199")));
}

#[tokio::test]
async fn anything_else_is_no_number_and_is_named() {
    let world = World::demo().await;
    let before = world.items();
    let wrong = [
        "300123456",
        "30012345678",
        "57300123456",
        "5730012345678",
        "+3001234567",
        "%2B%2B573001234567",
        "0057",
        "00573001234567",
        "50370001234",
        "300123456x",
        "abcdefghij",
        "300%201234567",
        "300-1234567",
        "%20573001234567",
        "3001234567%0A",
        "3001234567%00",
        "3001%2F234567",
        "3001234567%2F",
        "300123456%25",
        "%253001234567",
        "%D9%A3%D9%A0%D9%A0%D9%A1%D9%A2%D9%A3%D9%A4%D9%A5%D9%A6%D9%A7",
        "%EF%BC%93001234567",
        "3001234567,3001234568",
        "*",
        "-3001234567",
        "3e9",
        "'%20OR%201=1",
        "..",
    ];
    for operation in &OPERATIONS {
        let field = if operation.is_usage() { "msisdn" } else { "MSISDN" };
        for line in wrong {
            names(&operation.ask(&world.portal(), line).await, field);
        }
        let long = "3".repeat(1_000);
        names(&operation.ask(&world.portal(), &long).await, field);
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn an_error_never_repeats_what_was_sent() {
    let world = World::demo().await;
    for operation in &OPERATIONS {
        let reply = operation.ask(&world.portal(), "%3Cscript%3E4711").await.expect(400);
        assert!(!reply.text().contains("4711"), "{}", reply.text());
    }
}

#[tokio::test]
async fn an_address_without_a_number_is_none() {
    let world = World::demo().await;
    for operation in &OPERATIONS {
        let status = operation.ask(&world.portal(), "").await.status();
        assert_eq!(status, 404, "{}", operation.name());
    }
}

#[tokio::test]
async fn an_address_that_is_no_utf8_is_a_bad_request() {
    let world = World::demo().await;
    let reply = send_bytes(&world, "GET", "/plans/subscribers/%FF%FE/current", "", b"").await;
    assert_eq!(reply.status(), 400);
}

#[tokio::test]
async fn el_salvador_has_its_own_numbers_paths_and_money() {
    let world = World::of("sv").await;
    for line in ["71234567", "50371234567", "+50371234567", "%2B50371234567"] {
        for base in ["", "/v1/tigo/mobile/sv", "/v2/tigo/mobile/sv"] {
            let reply = world.portal().get(&format!("{base}/plans/subscribers/{line}/current")).await.expect(200);
            assert_eq!((reply.at("/planId"), reply.at("/currencyId")), (json!("101"), json!("USD")));
            assert_eq!(reply.text().matches("\"monthlyAmount\":42.00,").count(), 1, "{}", reply.text());
        }
    }
    for line in [LINE, OTHERS, "573001234567", "7123456", "712345678", "5037123456"] {
        names(&world.portal().get(&format!("/plans/subscribers/{line}/current")).await, "MSISDN");
    }
    let path = "/v2/tigo/mobile/co/plans/subscribers/71234567/current";
    let elsewhere = send_bytes(&world, "GET", path, "", b"").await;
    assert_eq!(elsewhere.status(), 404, "the other country's base path leads nowhere");
}
