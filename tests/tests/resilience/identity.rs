//! Who is calling, over a table that fails: the token endpoint and the authorizer.

use axum::body::Bytes;
use axum::http::Request;
use chrono::TimeDelta;
use tests::connector::faults::Fault;
use tests::world::LINE;
use tests::{Reply, World};

use crate::faults::{ALWAYS, refill};

/// What a single write or a read can meet.
fn faults() -> impl Iterator<Item = Fault> {
    Fault::ALL.into_iter().filter(|fault| *fault != Fault::Conflict)
}

async fn ask(world: &World, authorization: &str) -> Reply {
    let path = "/oauth/client_credential/accesstoken?grant_type=client_credentials";
    world.bearing(authorization).send("POST", path, &[], "").await
}

#[track_caller]
fn says_later(reply: Reply) {
    let reply = reply.expect(503);
    assert_eq!(reply.header("retry-after"), "1");
    assert_eq!(reply.at("/error"), "temporarily_unavailable");
    assert_eq!(reply.at("/error_description"), "temporarily unavailable, try again");
}

#[tokio::test(start_paused = true)]
async fn a_token_is_issued_in_spite_of_passing_faults() {
    let world = World::demo().await;
    for fault in faults() {
        for times in [1, 2] {
            world.faults.next("BatchGetItem", fault, times);
            ask(&world, &world.basic("demo-portal")).await.expect(200);
            assert_eq!(world.faults.pending(), 0, "{fault:?}");
            refill(&world).await;
        }
        world.faults.next("BatchGetItem", fault, ALWAYS);
        says_later(ask(&world, &world.basic("demo-portal")).await);
        world.faults.clear();
        refill(&world).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_secret_is_not_let_in_while_it_cannot_be_counted() {
    let world = World::demo().await;
    let wrong = "Basic ZGVtby1wb3J0YWw6d3Jvbmc=";
    for fault in faults() {
        // Another minute: the count starts again.
        world.clock.set(world.clock.now() + TimeDelta::seconds(61));
        world.faults.next("UpdateItem", fault, 1);
        ask(&world, wrong).await.expect(401);
        world.faults.next("UpdateItem", fault, ALWAYS);
        says_later(ask(&world, wrong).await);
        world.faults.clear();
        refill(&world).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_revocation_is_not_lost() {
    let world = World::demo().await;
    for fault in Fault::ALL {
        for times in [1, ALWAYS] {
            let token = ask(&world, &world.basic("demo-portal")).await.at("/access_token");
            let token = token.as_str().unwrap();
            let form = [("content-type", "application/x-www-form-urlencoded")];
            let (basic, body) = (world.basic("demo-portal"), format!("token={token}"));
            let caller = world.bearing(&basic);
            world.faults.next("TransactWriteItems", fault, times);
            let reply = caller.send("POST", "/oauth/revoke", &form, &body).await;
            world.faults.clear();
            refill(&world).await;
            if times == ALWAYS {
                says_later(reply);
                caller.send("POST", "/oauth/revoke", &form, &body).await.expect(200);
            } else {
                reply.expect(200);
            }
            let used = world.bearing(&format!("Bearer {token}"));
            used.get(&format!("/plans/subscribers/{LINE}/current")).await.expect(401);
        }
    }
}

/// Calls without the documents as a judge: an answer of the gateway's own has a form of its own.
async fn at_the_gateway(world: &World, path: &str) -> (u16, String) {
    let token = world.token("demo-portal").await;
    let request = Request::get(path).header("host", "api.example").header("authorization", format!("Bearer {token}"));
    let answer = world.gateway.handle(request.body(Bytes::new()).unwrap(), [192, 0, 2, 7].into()).await;
    (answer.status().as_u16(), String::from_utf8_lossy(answer.body()).into_owned())
}

/// Guard: an authorizer that cannot find out fails, and does not answer; a verdict would be kept for a minute.
#[tokio::test(start_paused = true)]
async fn the_gateway_does_not_remember_an_authorizer_that_failed() {
    let world = World::demo().await;
    let path = format!("/plans/subscribers/{LINE}/current");
    world.portal().get(&path).await.expect(200);
    for fault in faults() {
        // A minute later the last verdict is forgotten.
        world.clock.set(world.clock.now() + TimeDelta::seconds(61));
        world.faults.next("BatchGetItem", fault, ALWAYS);
        for _ in 0..2 {
            let (status, text) = at_the_gateway(&world, &path).await;
            assert_eq!((status, text.as_str()), (500, r#"{"message":"Internal Server Error"}"#), "{fault:?}");
        }
        world.faults.clear();
        refill(&world).await;
        refill(&world).await;
        world.portal().get(&path).await.expect(200);

        world.clock.set(world.clock.now() + TimeDelta::seconds(61));
        world.faults.next("BatchGetItem", fault, 1);
        world.portal().get(&path).await.expect(200);
        assert_eq!(world.faults.pending(), 0, "{fault:?}");
    }
}
