//! Who may do what: every operation, requested by every kind of caller.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::http::{HeaderValue, Request};
use chrono::TimeDelta;
use local::import::record::ClientRecord;
use local::operate::{Change, create};
use shared::auth::token::{Realm, issue};
use shared::auth::{Scope, Scopes, Visibility};
use shared::domain::ids::ClientId;
use tests::world::{LINE, NOBODY, OTHERS};
use tests::{Caller, Reply, Row, Sample, World, rows};

/// Lifetime of a token.
const LIFE: TimeDelta = TimeDelta::hours(1);

/// Status, headers and body of a response, without request ids and dates.
pub async fn bytes(sample: &Sample, world: &World, token: &str) -> (u16, BTreeMap<String, String>, Vec<u8>) {
    let request = Request::builder()
        .method(sample.row.method.as_str())
        .uri(sample.address())
        .header("host", "api.example")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {token}"))
        .body(Bytes::from(sample.body.clone()))
        .unwrap();
    let response = world.gateway.handle(request, [192, 0, 2, 7].into()).await;
    let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
    let headers = response.headers().iter().map(|(name, value)| (name.to_string(), text(value)));
    let headers = headers.filter(|(name, _)| !["x-request-id", "apigw-requestid", "date"].contains(&name.as_str()));
    (response.status().as_u16(), headers.collect(), response.body().to_vec())
}

/// Sends an operation's sample, for the given line.
async fn send(row: &Row, caller: &Caller<'_>, line: &str) -> Reply {
    Sample::of(row).on(line).by(caller).await
}

/// The token of a new client that may do everything and see nobody.
async fn sees_nobody(world: &World) -> String {
    let record = ClientRecord {
        id: "sees-nobody".parse().unwrap(),
        name: "Sees nobody".to_owned(),
        scopes: Scopes::READ_WRITE,
        sees: "".parse().unwrap(),
    };
    let ring = world.operator.ring().await.unwrap();
    create(&world.operator.writer, &ring, record, world.clock.now()).await.unwrap();
    issued(world, "sees-nobody", "selfcare-co", Scopes::READ_WRITE).await
}

/// A token of our issuer, for any audience, scopes and time.
pub async fn issued(world: &World, client: &str, audience: &str, scopes: Scopes) -> String {
    let ring = world.operator.ring().await.unwrap();
    let realm = Realm { issuer: "https://api.example".to_owned(), audience: audience.to_owned() };
    issue(&ring, &realm, &client.parse().unwrap(), scopes, LIFE, world.clock.now()).unwrap().0
}

/// The longest codes there can be, as many as a client can see: the largest context of the authorizer.
#[tokio::test]
async fn a_client_of_a_thousand_customers_sees_them_and_nobody_else() {
    let world = World::demo().await;
    let many = |own: &str| -> String {
        let others = (1..1_000).map(|number| format!(",{number:0>64}"));
        [own.to_owned()].into_iter().chain(others).collect()
    };
    let id: ClientId = "sees-many".parse().unwrap();
    let sees = many("1001").parse().unwrap();
    let record = ClientRecord { id: id.clone(), name: "Sees many".to_owned(), scopes: Scopes::READ, sees };
    let ring = world.operator.ring().await.unwrap();
    create(&world.operator.writer, &ring, record, world.clock.now()).await.unwrap();
    let token = issued(&world, "sees-many", "selfcare-co", Scopes::READ).await;
    let caller = world.bearing(&format!("Bearer {token}"));
    let protected = rows::protected();
    let status = protected.iter().find(|row| row.op == "GetStatus").unwrap();
    send(status, &caller, LINE).await.expect(200);
    send(status, &caller, OTHERS).await.expect(404);
    // A token in use follows its client, once the gateway asks again.
    let change = Change { sees: Some(many("1002").parse().unwrap()), ..Change::default() };
    world.operator.change(&id, &change, world.clock.now()).await.unwrap();
    world.clock.set(world.clock.now() + TimeDelta::seconds(60));
    send(status, &caller, LINE).await.expect(404);
    send(status, &caller, OTHERS).await.expect(200);
    format!("{},1", many("1001")).parse::<Visibility>().unwrap_err();
}

async fn revoked(world: &World, client: &str) -> String {
    let token = world.token(client).await;
    world.forget_tokens().await;
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let caller = world.bearing(&world.basic(client));
    caller.send("POST", "/oauth/revoke", &headers, &format!("token={token}")).await.expect(200);
    token
}

async fn disabled(world: &World, client: &str) -> String {
    let token = world.token(client).await;
    world.operator.disable(&client.parse().unwrap(), world.clock.now()).await.unwrap();
    token
}

/// Callers that get 401, and the error that `WWW-Authenticate` names.
async fn strangers(world: &World) -> Vec<(&'static str, Caller<'_>, &'static str)> {
    let bearer = |token: &str| world.bearing(&format!("Bearer {token}"));
    let foreign = issued(world, "demo-acme", "selfcare-sv", Scopes::READ_WRITE).await;
    let good = issued(world, "demo-acme", "selfcare-co", Scopes::READ_WRITE).await;
    let revoked = revoked(world, "demo-acme").await;
    let disabled = disabled(world, "demo-portal").await;
    vec![
        ("nobody", world.anonymous(), ""),
        ("a scheme without token", world.bearing("Bearer"), "invalid_token"),
        ("a token without scheme", world.bearing(&good), "invalid_token"),
        ("another scheme", world.bearing(&world.basic("demo-acme")), "invalid_token"),
        ("two tokens", world.bearing(&format!("Bearer {good}, Bearer {good}")), "invalid_token"),
        ("no token at all", bearer("not-a-token"), "invalid_token"),
        ("another audience's token", bearer(&foreign), "invalid_token"),
        ("a revoked token", bearer(&revoked), "invalid_token"),
        ("a disabled client's token", bearer(&disabled), "invalid_token"),
    ]
}

#[tokio::test]
async fn no_operation_answers_a_caller_without_a_good_token() {
    let world = World::demo().await;
    let strangers = strangers(&world).await;
    let before = world.items();
    for row in rows::protected() {
        for (who, caller, error) in &strangers {
            let reply = send(&row, caller, LINE).await;
            let (status, challenge) = (reply.status(), reply.header("www-authenticate").to_owned());
            assert_eq!(status, 401, "{} for {who}: {}", row.name(), reply.text());
            assert!(challenge.starts_with("Bearer"), "{} for {who}: {challenge}", row.name());
            assert!(challenge.contains(error), "{} for {who}: {challenge}", row.name());
        }
        assert_eq!(world.items(), before, "{}: a refused request has changed the table", row.name());
    }
}

#[tokio::test]
async fn no_operation_answers_after_the_end_of_a_token() {
    let world = World::demo().await;
    let token = world.token("demo-acme").await;
    let caller = world.bearing(&format!("Bearer {token}"));
    let before = world.items();
    // Within the last minute the gateway may hold a positive verdict; the functions check the expiry themselves.
    world.clock.set(world.clock.now() + LIFE - TimeDelta::seconds(1));
    send(&rows::protected()[0], &caller, LINE).await.expect(200);
    for late in [1, 61] {
        world.clock.set(world.clock.now() + TimeDelta::seconds(late));
        for row in rows::protected() {
            let reply = send(&row, &caller, LINE).await.expect(401);
            assert!(reply.header("www-authenticate").contains("expired"), "{}", row.name());
        }
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn an_operation_needs_the_scope_of_its_route() {
    let world = World::demo().await;
    let write_only = issued(&world, "demo-acme", "selfcare-co", "write".parse().unwrap()).await;
    let write_only = world.bearing(&format!("Bearer {write_only}"));
    let read_only = world.client("demo-readonly");
    let before = world.items();
    for row in rows::protected() {
        let (lacking, caller) = match row.scope.unwrap() {
            Scope::Read => ("read", &write_only),
            Scope::Write => ("write", &read_only),
        };
        let reply = send(&row, caller, LINE).await.expect(403);
        let challenge = reply.header("www-authenticate");
        assert!(challenge.contains("insufficient_scope"), "{}: {challenge}", row.name());
        assert!(challenge.contains(lacking), "{}: {challenge}", row.name());
        assert_eq!(world.items(), before, "{}: a refused request has changed the table", row.name());
    }
}

#[tokio::test]
async fn the_owner_may_call_every_operation() {
    for row in rows::protected() {
        let world = World::demo().await;
        let owner = world.client("demo-acme");
        if let Some(first) = row.before() {
            send(&first, &owner, LINE).await;
        }
        if row.wants_a_hold() {
            world.hold_roaming(LINE).await;
        }
        let before = world.items();
        let reply = send(&row, &owner, LINE).await;
        assert!((200..300).contains(&reply.status()), "{}: {}", row.name(), reply.text());
        assert_eq!(world.items() != before, row.writes(), "{}: writes change the table, reads do not", row.name());
    }
}

/// The service catalogue is visible to everybody, and a caller's subscriptions are its own: nothing foreign can be named.
pub const OF_NOBODY_ELSE: [&str; 3] = ["GetService", "ListSubscriptions", "Subscribe"];

#[tokio::test]
async fn a_foreign_line_is_answered_as_an_unknown_one_byte_for_byte() {
    let world = World::demo().await;
    let tokens = [("another customer's", world.token("demo-globex").await), ("nobody's", sees_nobody(&world).await)];
    let before = world.items();
    for row in rows::protected().into_iter().filter(|row| !OF_NOBODY_ELSE.contains(&row.op.as_str())) {
        for (whose, token) in &tokens {
            let unknown = bytes(&Sample::of(&row).on(NOBODY), &world, token).await;
            assert_eq!(unknown.0, 404, "{} for {whose}", row.name());
            assert!(!unknown.2.is_empty(), "{} for {whose}", row.name());
            let foreign = bytes(&Sample::of(&row), &world, token).await;
            assert_eq!(foreign, unknown, "{} for {whose}: the answer tells a foreign line apart", row.name());
            assert_eq!(world.items(), before, "{} for {whose}: a refused request has changed the table", row.name());
        }
    }
    let status = rows::protected().into_iter().find(|row| row.op == "GetStatus").unwrap();
    let own = bytes(&Sample::of(&status).on(OTHERS), &world, &tokens[0].1).await;
    assert_eq!(own.0, 200, "{}: the caller is a good one", status.name());
    let catalogue = rows::protected().into_iter().find(|row| row.op == "GetService").unwrap();
    assert_eq!(bytes(&Sample::of(&catalogue), &world, &tokens[1].1).await.0, 200, "who sees nobody sees the catalogue");
}

/// What a sample of customer 1001 names, customer 1002's counterpart, and an unknown one.
pub const INNER: &[(&str, &str, &str, &str)] = &[
    ("FindAccounts", "900123456", "901987654", "909999999"),
    ("FindAccounts", "id=900123456&idType=NIT", "docId=901987654", "docId=909999999"),
    ("FindLineProfile", LINE, OTHERS, NOBODY),
    ("ReplaceServices", "600201", "600901", "609999"),
    ("ListBills", "quantity=12", "contractNumber=500201", "contractNumber=599999"),
    ("ListBills", "code/1001", "NIT/901987654", "NIT/909999999"),
    ("ListGroupBills", "G-1001", "G-2001", "G-9999"),
    ("UpdateGroup", "G-1001", "G-2001", "G-9999"),
    ("DeleteGroup", "G-1001", "G-2001", "G-9999"),
    ("SearchRecordings", "6015550102", "6055550201", "6055559999"),
    ("SearchRecordings", "6015550101, 6015550102", "6055550201", "6055559999"),
    ("SearchCalls", LINE, OTHERS, NOBODY),
    ("ListCalls", LINE, OTHERS, NOBODY),
    ("GetRecording", "7001", "7101", "7999"),
    ("EraseRecording", "7005", "7101", "7999"),
    ("DeleteRecording", "7005", "7101", "7999"),
    ("GetDocument", LINE, OTHERS, NOBODY),
    ("GetDocument", "900123456", "901987654", "909999999"),
    ("GetDocument", "CORPORATE", "CORPORATE&document=contract-500201", "CORPORATE&document=contract-599999"),
    ("GetPortfolio", "900123456", "901987654", "909999999"),
    ("ListProducts", "/1001/", "/1002/", "/9999/"),
    (
        "PutStatus",
        r#""assetType""#,
        r#""documentType":"NIT","customerId":"901987654","assetType""#,
        r#""documentType":"NIT","customerId":"909999999","assetType""#,
    ),
];

#[tokio::test]
async fn a_foreign_id_inside_a_query_or_a_body_is_answered_as_an_unknown_one() {
    let world = World::demo().await;
    let group = r#"{"groupId":"G-2001","address":"Calle 1 # 2-3"}"#;
    let json = [("content-type", "application/json")];
    world.client("demo-globex").send("POST", "/customers/code/1002/bills/groups", &json, group).await.expect(200);
    let token = world.token("demo-acme").await;
    let before = world.items();
    let protected = rows::protected();
    for (op, own, foreign, unknown) in INNER {
        let row = protected.iter().find(|row| row.op == *op).unwrap();
        let unknown = bytes(&Sample::of(row).with(own, unknown), &world, &token).await;
        let foreign = bytes(&Sample::of(row).with(own, foreign), &world, &token).await;
        let shown = String::from_utf8_lossy(&foreign.2).into_owned();
        assert_eq!(foreign, unknown, "{op}: the answer tells a foreign id apart: {shown}");
        assert_eq!(world.items(), before, "{op}: {shown}");
    }
    // A group id of another customer is free for this one.
    let create = protected.iter().find(|row| row.op == "CreateGroup").unwrap();
    assert_eq!(bytes(&Sample::of(create).with("G-1002", "G-2001"), &world, &token).await.0, 200);
}
