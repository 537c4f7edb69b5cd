//! Authentication, scopes and ownership, for every operation.

use chrono::TimeDelta;
use tests::world::{LINE, NOBODY, OTHERS};
use tests::{Reply, World};

use crate::operation::{OPERATIONS, Operation};
use crate::{message, pass};

const INVALID: &str =
    "Bearer realm=\"selfcare\", error=\"invalid_token\", error_description=\"the access token is invalid\"";
const EXPIRED: &str =
    "Bearer realm=\"selfcare\", error=\"invalid_token\", error_description=\"the access token has expired\"";

/// Asserts the error body of the operation's document, with no other field.
#[track_caller]
fn shaped(operation: &Operation, reply: &Reply, status: u16, says: &str) {
    let name = operation.name();
    assert_eq!(reply.status(), status, "{name}: {}", reply.text());
    assert_eq!(message(reply), says, "{name}");
    let body = reply.json();
    let fields: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    if operation.is_usage() {
        assert_eq!(fields, ["code", "developerMessage", "message", "statusCode"], "{name}");
        assert_eq!((&body["statusCode"], &body["code"]), (&status.into(), &status.to_string().into()), "{name}");
    } else {
        assert_eq!(fields, ["code", "message"], "{name}");
        assert_eq!(body["code"], status, "{name}");
    }
}

#[tokio::test]
async fn every_operation_succeeds_for_the_portal_and_for_the_owner() {
    for client in ["demo-portal", "demo-acme"] {
        let world = World::demo().await;
        for operation in &OPERATIONS {
            let reply = operation.ask(&world.client(client), LINE).await;
            assert_eq!(reply.status(), operation.status, "{client} {}: {}", operation.name(), reply.text());
        }
    }
}

#[tokio::test]
async fn a_client_that_may_only_read_reads_everything() {
    let world = World::demo().await;
    for operation in OPERATIONS.iter().filter(|operation| !operation.writes()) {
        let reply = operation.ask(&world.client("demo-readonly"), LINE).await;
        // There is no upgrade request in this world.
        let expected = if operation.path.ends_with("upgraderequest") { 404 } else { 200 };
        assert_eq!(reply.status(), expected, "{}: {}", operation.name(), reply.text());
    }
}

#[tokio::test]
async fn a_write_without_its_scope_is_refused_before_anything_is_looked_up() {
    let world = World::demo().await;
    let before = world.items();
    for operation in OPERATIONS.iter().filter(|operation| operation.writes()) {
        for line in [LINE, NOBODY, "no-number"] {
            let reply = operation.ask(&world.client("demo-readonly"), line).await;
            shaped(operation, &reply, 403, "the access token lacks the scope `write`");
            let challenge = "Bearer realm=\"selfcare\", error=\"insufficient_scope\", scope=\"write\"";
            assert_eq!(reply.header("www-authenticate"), challenge);
        }
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_token_of_narrower_scope_than_its_client_stays_narrow() {
    let world = World::demo().await;
    let asked = "/oauth/client_credential/accesstoken?grant_type=client_credentials&scope=write";
    let reply = world.bearing(&world.basic("demo-portal")).send("POST", asked, &[], "").await.expect(200);
    let caller = world.bearing(&format!("Bearer {}", reply.at("/access_token").as_str().unwrap()));
    let reply = OPERATIONS[0].ask(&caller, LINE).await;
    shaped(&OPERATIONS[0], &reply, 403, "the access token lacks the scope `read`");
    OPERATIONS[1].ask(&caller, LINE).await.expect(200);
}

#[tokio::test]
async fn without_a_token_nobody_gets_in() {
    let world = World::demo().await;
    let before = world.items();
    for operation in &OPERATIONS {
        for line in [LINE, NOBODY, "no-number"] {
            let reply = operation.ask(&world.anonymous(), line).await;
            shaped(operation, &reply, 401, "Access token was not provided");
            assert_eq!(reply.header("www-authenticate"), "Bearer realm=\"selfcare\"");
        }
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn what_is_no_token_is_invalid() {
    let world = World::demo().await;
    let token = world.token("demo-portal").await;
    let forged = format!("Bearer {token}x");
    let basic = world.basic("demo-portal");
    let bare = format!("Bearer{token}");
    for header in ["Bearer", "Bearer x", "Bearer a.b.c", &forged, &basic, &token, &bare, "Digest x"] {
        for operation in &OPERATIONS {
            let reply = operation.ask(&world.bearing(header), LINE).await;
            shaped(operation, &reply, 401, "Access token is invalid");
            assert_eq!(reply.header("www-authenticate"), INVALID);
        }
    }
    for header in [format!("bearer {token}"), format!("BEARER  {token}")] {
        OPERATIONS[0].ask(&world.bearing(&header), LINE).await.expect(200);
    }
}

#[tokio::test]
async fn a_token_ends_to_the_second() {
    let world = World::demo().await;
    let caller = world.bearing(&format!("Bearer {}", world.token("demo-portal").await));
    world.clock.set(world.clock.now() + TimeDelta::seconds(3_599));
    OPERATIONS[0].ask(&caller, LINE).await.expect(200);
    // The gateway still has the authorizer's cached answer; the function checks the token's expiry again.
    world.clock.set(world.clock.now() + TimeDelta::seconds(1));
    for operation in &OPERATIONS {
        let reply = operation.ask(&caller, LINE).await;
        shaped(operation, &reply, 401, "Access token has expired");
        assert_eq!(reply.header("www-authenticate"), EXPIRED);
    }
    // Nor when the authorizer is invoked again.
    world.clock.set(world.clock.now() + TimeDelta::seconds(3_600));
    let reply = OPERATIONS[0].ask(&caller, LINE).await.expect(401);
    assert_eq!(reply.header("www-authenticate"), EXPIRED);
}

#[tokio::test]
async fn a_revoked_token_and_a_disabled_client_are_out_within_a_minute() {
    let world = World::demo().await;
    let token = world.token("demo-portal").await;
    let body = format!("token={token}");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let caller = world.bearing(&format!("Bearer {token}"));
    let acme = world.bearing(&format!("Bearer {}", world.token("demo-acme").await));
    OPERATIONS[0].ask(&caller, LINE).await.expect(200);
    OPERATIONS[0].ask(&acme, LINE).await.expect(200);
    world.bearing(&world.basic("demo-portal")).send("POST", "/oauth/revoke", &form, &body).await.expect(200);
    world.operator.disable(&"demo-acme".parse().unwrap(), world.clock.now()).await.unwrap();
    world.clock.set(world.clock.now() + TimeDelta::seconds(60));
    for caller in [&caller, &acme] {
        let reply = OPERATIONS[0].ask(caller, LINE).await;
        shaped(&OPERATIONS[0], &reply, 401, "Access token is invalid");
        assert_eq!(reply.header("www-authenticate"), INVALID);
    }
    // The client's next token is valid.
    world.forget_tokens().await;
    OPERATIONS[0].ask(&world.portal(), LINE).await.expect(200);
}

#[tokio::test]
async fn a_foreign_line_and_an_unknown_one_get_the_same_bytes() {
    let world = World::demo().await;
    let before = world.items();
    for operation in &OPERATIONS {
        let unknown = operation.ask(&world.portal(), NOBODY).await;
        shaped(operation, &unknown, 404, "the subscriber was not found");
        for (client, line) in [("demo-globex", LINE), ("demo-globex", NOBODY), ("demo-acme", OTHERS)] {
            let foreign = operation.ask(&world.client(client), line).await;
            assert_eq!((foreign.status(), foreign.bytes()), (404, unknown.bytes()), "{client} {}", operation.name());
        }
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn the_owner_of_a_line_is_asked_for_each_time() {
    let world = World::demo().await;
    let globex = world.client("demo-globex");
    OPERATIONS[0].ask(&globex, OTHERS).await.expect(200);
    // The gateway caches the authorizer's answer for this client; it opens no other line.
    OPERATIONS[0].ask(&globex, LINE).await.expect(404);
    pass(&world, TimeDelta::days(1)).await;
    OPERATIONS[0].ask(&globex, LINE).await.expect(404);
    OPERATIONS[0].ask(&globex, OTHERS).await.expect(200);
}
