//! `POST /oauth/client_credential/accesstoken`: accepted requests, and the tokens issued.

use chrono::TimeDelta;
use local::operate::Rotation;
use serde_json::{Value, json};
use tests::world::{Caller, LINE};
use tests::{Reply, World};

use crate::pass;

pub const TOKEN: &str = "/oauth/client_credential/accesstoken";
pub const IN_QUERY: &str = "/oauth/client_credential/accesstoken?grant_type=client_credentials";
pub const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// A request to the token endpoint.
pub async fn post(caller: &Caller<'_>, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    caller.send("POST", path, headers, body).await
}

/// The client's id and secret as fields of a form.
pub fn fields(world: &World, client: &str) -> String {
    format!("client_id={client}&client_secret={}", world.credentials(client).client_secret)
}

/// Whether the response's token opens the API.
async fn opens(world: &World, reply: &Reply) -> bool {
    let token = reply.at("/access_token");
    let caller = world.bearing(&format!("Bearer {}", token.as_str().unwrap_or_default()));
    caller.get(&format!("/billing/subscribers/{LINE}/status")).await.status() == 200
}

#[tokio::test]
async fn all_five_forms_of_a_request_get_a_token() {
    let world = World::demo().await;
    let basic = world.bearing(&world.basic("demo-portal"));
    let nobody = world.anonymous();
    let grant = "grant_type=client_credentials";
    let secret = fields(&world, "demo-portal");
    let json = ("content-type", "application/json");
    let charset = ("content-type", "application/x-www-form-urlencoded; charset=UTF-8");
    let replies = [
        post(&basic, IN_QUERY, &[], "").await,
        post(&basic, IN_QUERY, &[json], "").await,
        post(&basic, IN_QUERY, &[FORM], "").await,
        post(&basic, IN_QUERY, &[FORM], grant).await,
        post(&basic, IN_QUERY, &[FORM], "scope=read").await,
        post(&nobody, IN_QUERY, &[FORM], &secret).await,
        post(&nobody, TOKEN, &[FORM], &format!("{grant}&{secret}")).await,
        post(&basic, TOKEN, &[FORM], grant).await,
        post(&basic, TOKEN, &[charset], &format!("{grant}&client_id=demo-portal")).await,
        post(&basic, TOKEN, &[], grant).await,
    ];
    for (form, reply) in replies.iter().enumerate() {
        assert_eq!(reply.status(), 200, "form {form}: {}", reply.text());
        assert!(opens(&world, reply).await, "form {form}");
    }
}

#[tokio::test]
async fn the_answer_is_flat_and_has_the_fields_of_both_families() {
    let world = World::demo().await;
    let reply = post(&world.bearing(&world.basic("demo-acme")), IN_QUERY, &[], "").await.expect(200);
    let mut body = reply.json();
    let token = body["access_token"].take();
    let token = token.as_str().unwrap();
    let expected = json!({
        "access_token": null, "token_type": "Bearer", "expires_in": 3600, "scope": "read write",
        "issued_at": "1773154800000", "client_id": "demo-acme", "status": "approved",
        "application_name": "Demo customer 1001",
    });
    assert_eq!(body, expected);
    assert!(!token.contains([',', ':', '"', ' ']), "{token}");
    assert_eq!(token.split('.').count(), 3);
    assert!(reply.text().contains("\"expires_in\":3600"), "a number");
    assert_eq!((reply.header("cache-control"), reply.header("pragma")), ("no-store", "no-cache"));
    assert_ne!(reply.header("x-request-id"), "");
}

#[tokio::test]
async fn a_scope_is_the_clients_or_less() {
    let world = World::demo().await;
    for (client, scope, granted) in [
        ("demo-portal", "", "read write"),
        ("demo-portal", "&scope=", "read write"),
        ("demo-portal", "&scope=read", "read"),
        ("demo-portal", "&scope=write", "write"),
        ("demo-portal", "&scope=write%20read", "read write"),
        ("demo-portal", "&scope=read+write", "read write"),
        ("demo-portal", "&scope=read%20%20write", "read write"),
        ("demo-portal", "&scope=%20write%20", "write"),
        ("demo-portal", "&scope=read+read", "read"),
        ("demo-portal", "&scope=read+write+read", "read write"),
        ("demo-portal", "&scope=%20", "read write"),
        ("demo-readonly", "&scope=read+read", "read"),
        ("demo-readonly", "", "read"),
        ("demo-readonly", "&scope=read", "read"),
    ] {
        let reply =
            post(&world.bearing(&world.basic(client)), &format!("{IN_QUERY}{scope}"), &[], "").await.expect(200);
        assert_eq!(reply.at("/scope"), granted, "{client} {scope}");
    }
}

#[tokio::test]
async fn each_token_is_a_new_one() {
    let world = World::demo().await;
    let caller = world.bearing(&world.basic("demo-portal"));
    let (one, other) = (post(&caller, IN_QUERY, &[], "").await, post(&caller, IN_QUERY, &[], "").await);
    assert_ne!(one.at("/access_token"), other.at("/access_token"));
}

#[tokio::test]
async fn basic_credentials_are_form_decoded() {
    let world = World::demo().await;
    let secret = &world.credentials("demo-portal").client_secret;
    let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    use base64::Engine as _;
    let encoded = format!("{}:{}", encode("demo-portal"), encode(secret));
    let header = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(encoded));
    post(&world.bearing(&header), IN_QUERY, &[], "").await.expect(200);
    let lower = world.basic("demo-portal").replacen("Basic", "basic", 1);
    post(&world.bearing(&lower), IN_QUERY, &[], "").await.expect(200);
}

#[tokio::test]
async fn after_a_rotation_both_secrets_work_for_a_day_and_then_the_new_one() {
    let world = World::demo().await;
    let old = fields(&world, "demo-portal");
    let portal = "demo-portal".parse().unwrap();
    let new = world.operator.rotate_secret(&portal, Rotation::Gentle, world.clock.now()).await.unwrap();
    let new = format!("client_id=demo-portal&client_secret={}", new.client_secret);
    let ask = async |secret: &str| post(&world.anonymous(), IN_QUERY, &[FORM], secret).await.status();
    assert_eq!((ask(&old).await, ask(&new).await), (200, 200));
    pass(&world, TimeDelta::hours(24) - TimeDelta::seconds(1)).await;
    assert_eq!((ask(&old).await, ask(&new).await), (200, 200));
    pass(&world, TimeDelta::seconds(1)).await;
    assert_eq!((ask(&old).await, ask(&new).await), (401, 200));
}

#[tokio::test]
async fn tokens_outlive_the_rotation_of_signing_keys() {
    let world = World::demo().await;
    let pace = shared::auth::keys::Pace::Staged;
    let before = post(&world.bearing(&world.basic("demo-portal")), IN_QUERY, &[], "").await.expect(200);
    let kids = async || {
        let keys = world.anonymous().get("/.well-known/jwks.json").await.expect(200).at("/keys");
        keys.as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let first = kids().await;
    assert_eq!(first.len(), 1);
    world.operator.keys(local::store::PUBLIC).rotate(pace, world.clock.now()).await.unwrap();
    world.clock.set(world.clock.now() + TimeDelta::minutes(30));
    let both = kids().await;
    assert_eq!((both.len(), both.contains(&first[0])), (2, true), "the next key is published before it signs");
    world.operator.keys(local::store::PUBLIC).rotate(pace, world.clock.now()).await.unwrap();
    world.clock.set(world.clock.now() + TimeDelta::minutes(10));
    assert!(opens(&world, &before).await, "what the old key signed is still good");
    let after = post(&world.bearing(&world.basic("demo-portal")), IN_QUERY, &[], "").await.expect(200);
    assert!(opens(&world, &after).await);
    assert_eq!(kids().await.len(), 2);
}

#[tokio::test]
async fn the_servers_description_names_its_endpoints() {
    let world = World::demo().await;
    let reply = world.anonymous().get("/.well-known/oauth-authorization-server").await.expect(200);
    let methods = json!(["client_secret_basic", "client_secret_post"]);
    for (field, value) in [
        ("issuer", json!("https://api.example")),
        ("token_endpoint", json!("https://api.example/oauth/client_credential/accesstoken")),
        ("revocation_endpoint", json!("https://api.example/oauth/revoke")),
        ("jwks_uri", json!("https://api.example/.well-known/jwks.json")),
        ("grant_types_supported", json!(["client_credentials"])),
        ("token_endpoint_auth_methods_supported", methods.clone()),
        ("revocation_endpoint_auth_methods_supported", methods),
    ] {
        assert_eq!(reply.json()[field], value, "{field}");
    }
    let keys = world.anonymous().get("/.well-known/jwks.json").await.expect(200);
    let key = keys.at("/keys/0");
    assert_eq!((&key["kty"], &key["alg"], &key["use"]), (&json!("RSA"), &json!("RS256"), &json!("sig")));
    for private in ["d", "p", "q", "dp", "dq", "qi"] {
        assert_eq!(key[private], Value::Null, "{private} stays at home");
    }
}

#[tokio::test]
async fn an_empty_authorization_header_says_nothing() {
    let world = World::demo().await;
    let form = format!("grant_type=client_credentials&{}", fields(&world, "demo-portal"));
    for empty in ["", " ", "\t"] {
        let reply = post(&world.bearing(empty), TOKEN, &[FORM], &form).await.expect(200);
        let token = reply.at("/access_token").as_str().unwrap().to_owned();
        let body = format!("token={token}&{}", fields(&world, "demo-portal"));
        post(&world.bearing(empty), "/oauth/revoke", &[FORM], &body).await.expect(200);
        assert_eq!(post(&world.bearing(empty), IN_QUERY, &[], "").await.status(), 401, "nor does it identify anybody");
    }
}
