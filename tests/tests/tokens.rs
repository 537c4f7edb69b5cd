//! The life of a token: the token function and the authorizer over one table.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::time::Duration;

use authorizer::Authorizer;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use local::dynamo::Embedded;
use local::in_process::http_client;
use local::template::Template;
use serde_json::{Value, json};
use shared::auth::cache::Fetch;
use shared::auth::client::{ClientState, Digests, Secret};
use shared::auth::token::Realm;
use shared::auth::{Client, KeyRing, PublicRing, RingCache, Scopes, Visibility};
use shared::clock::{Clock, Deadline};
use shared::domain::country::Country;
use shared::invocation::Base;
use shared::lambda::invoke_open;
use shared::table::{Changes, Stored, Writer};
use token::Token;

struct World {
    token: Token,
    authorizer: Authorizer,
    writer: Writer,
    clock: Clock,
    secret: String,
}

/// An answer: status, headers, body.
struct Got(Value);

impl Got {
    fn status(&self) -> u64 {
        self.0["statusCode"].as_u64().unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.0["headers"][name].as_str().unwrap_or_default()
    }

    fn body(&self) -> Value {
        serde_json::from_str(self.0["body"].as_str().unwrap()).unwrap()
    }

    fn access_token(&self) -> String {
        assert_eq!(self.status(), 200, "{}", self.0);
        self.body()["access_token"].as_str().unwrap().to_owned()
    }
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

fn table() -> Writer {
    let template = Template::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml"), &[]).unwrap();
    let store = Embedded::in_memory().unwrap();
    store.ensure_table(&template.table.definition, template.table.ttl_attribute.as_deref()).unwrap();
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("local"))
        .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
        .http_client(http_client(store.connector()))
        .sleep_impl(shared::table::connect::sleep())
        .time_source(shared::table::connect::time_source())
        .build();
    Writer::new(aws_sdk_dynamodb::Client::from_conf(config), template.table.name)
}

/// Two clients with the same secret: `acme` may read and write, `globex` may read.
async fn world() -> World {
    let ring = KeyRing::generate(start()).unwrap();
    let kept = |text: String| -> Fetch { Box::new(move || Box::pin(std::future::ready(Ok(text.clone())))) };
    let rings = RingCache::new(kept(ring.to_json().unwrap()), KeyRing::parse);
    let public = PublicRing::of(&ring, start()).unwrap().to_json().unwrap();
    let public = RingCache::new(kept(public), PublicRing::parse);
    let (writer, clock) = (table(), Clock::standing_at(start()));
    let realm = Realm { issuer: String::new(), audience: "selfcare-co".to_owned() };
    let secret = Secret::generate().unwrap();
    for (id, scopes) in [("acme", Scopes::READ_WRITE), ("globex", Scopes::READ)] {
        let client = Client {
            id: id.parse().unwrap(),
            name: format!("{id} portal"),
            digests: Digests { current: ring.digest_key().digest(secret.expose()), previous: None },
            scopes,
            sees: Visibility::All,
            state: ClientState::Enabled,
        };
        let mut changes = Changes::new();
        changes.create_client(&client.id, &client).unwrap();
        writer.commit(changes, None, start()).await.unwrap();
    }
    let country = &Country::ALL[0];
    let base = Base { table: writer.clone(), country, clock: clock.clone() };
    let token = Token::new(base, rings, realm.clone(), TimeDelta::hours(1));
    let base = Base { table: writer.reader().clone(), country, clock: clock.clone() };
    let authorizer = Authorizer::new(base, public, realm);
    World { token, authorizer, writer, clock, secret: secret.expose().to_owned() }
}

impl World {
    async fn call(&self, method: &str, path: &str, headers: &Value, query: &str, body: &str) -> Got {
        let event = json!({
            "version": "2.0", "routeKey": format!("{method} {path}"), "rawPath": path, "rawQueryString": query,
            "headers": headers, "body": body, "isBase64Encoded": false,
            "requestContext": {
                "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
                "domainName": "api.example", "requestId": "r1",
            },
        });
        let answer = invoke_open(&self.token, event, Duration::from_secs(5)).await.unwrap();
        Got(serde_json::to_value(answer).unwrap())
    }

    async fn ask(&self, client: &str, secret: &str, query: &str) -> Got {
        let basic = format!("Basic {}", STANDARD.encode(format!("{client}:{secret}")));
        self.call("POST", "/oauth/client_credential/accesstoken", &json!({"authorization": basic}), query, "").await
    }

    async fn issue(&self, client: &str) -> Got {
        self.ask(client, &self.secret, "grant_type=client_credentials").await
    }

    async fn revoke(&self, client: &str, token: &str) -> Got {
        let body = format!("client_id={client}&client_secret={}&token={token}", self.secret);
        self.call("POST", "/oauth/revoke", &json!({}), "", &body).await
    }

    /// The authorizer's context, as the gateway passes it on.
    async fn verdict(&self, token: &str) -> Value {
        let question = json!({
            "version": "2.0", "type": "REQUEST", "routeArn": "arn", "identitySource": [format!("Bearer {token}")],
            "routeKey": "GET /", "rawPath": "/", "rawQueryString": "", "headers": {}, "queryStringParameters": {},
            "pathParameters": {}, "stageVariables": {}, "cookies": [],
            "requestContext": {
                "http": {"method": "GET", "path": "/", "protocol": "HTTP/1.1"}, "domainName": "api.example",
            },
        });
        let question = serde_json::from_value(question).unwrap();
        let answer = self.authorizer.authorize(&question, Deadline::within(Duration::from_secs(5))).await.unwrap();
        let answer = serde_json::to_value(answer).unwrap();
        assert_eq!(answer["isAuthorized"], true);
        answer["context"].clone()
    }

    async fn change(&self, client: &str, change: impl FnOnce(&mut Client)) {
        let id = client.parse().unwrap();
        let before: Stored<Client> = self.writer.reader().client(&id).await.unwrap().unwrap();
        let mut after = before.value.clone();
        change(&mut after);
        let mut changes = Changes::new();
        changes.update_client(&id, &before, &after).unwrap();
        self.writer.commit(changes, None, start()).await.unwrap();
    }

    fn wait(&self, seconds: i64) {
        self.clock.set(self.clock.now() + TimeDelta::seconds(seconds));
    }
}

#[tokio::test]
async fn a_token_is_issued_and_known_by_the_authorizer() {
    let world = world().await;
    let got = world.issue("acme").await;
    let body = got.body();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(3600)));
    assert_eq!((&body["scope"], &body["status"]), (&json!("read write"), &json!("approved")));
    assert_eq!((&body["client_id"], &body["application_name"]), (&json!("acme"), &json!("acme portal")));
    assert_eq!(body["issued_at"], "1790000000000");
    assert_eq!((got.header("cache-control"), got.header("pragma")), ("no-store", "no-cache"));
    let context = world.verdict(&got.access_token()).await;
    assert_eq!((&context["verdict"], &context["client"]), (&json!("valid"), &json!("acme")));
    assert_eq!((&context["scope"], &context["customers"]), (&json!("read write"), &json!("*")));
    assert_eq!(context["exp"], "1790003600");
}

#[tokio::test]
async fn scopes_are_the_clients_or_fewer() {
    let world = world().await;
    let ask = |query: &'static str| world.ask("globex", &world.secret, query);
    assert_eq!(world.issue("globex").await.body()["scope"], "read");
    assert_eq!(ask("grant_type=client_credentials&scope=read").await.status(), 200);
    assert_eq!(ask("grant_type=client_credentials&scope=read++read").await.body()["scope"], "read");
    for scope in ["scope=write", "scope=read++write", "scope=admin", "scope=read,read"] {
        let query = format!("grant_type=client_credentials&{scope}");
        let got = world.ask("globex", &world.secret, &query).await;
        assert_eq!((got.status(), &got.body()["error"]), (400, &json!("invalid_scope")), "{scope}");
    }
    assert_eq!(ask("grant_type=password").await.body()["error"], "unsupported_grant_type");
    assert_eq!(ask("").await.body()["error"], "invalid_request");
}

#[tokio::test]
async fn unknown_wrong_and_disabled_get_the_same_bytes() {
    let world = world().await;
    world.change("globex", |client| client.state = ClientState::Disabled).await;
    let grant = "grant_type=client_credentials";
    let wrong = world.ask("acme", "wrong", grant).await;
    let body = wrong.body();
    assert_eq!(wrong.status(), 401);
    assert!(wrong.header("www-authenticate").starts_with("Basic "));
    assert_eq!((&body["error"], &body["ErrorCode"]), (&json!("invalid_client"), &json!("invalid_client")));
    assert_eq!(body["error_description"], body["Error"]);
    for got in [world.ask("nobody", "wrong", grant).await, world.ask("globex", &world.secret, grant).await] {
        assert_eq!(got.0, wrong.0);
    }
}

#[tokio::test]
async fn after_twenty_wrong_secrets_the_right_one_waits_as_well() {
    let world = world().await;
    world.wait(20);
    for _ in 0..20 {
        assert_eq!(world.ask("acme", "wrong", "grant_type=client_credentials").await.status(), 401);
    }
    let got = world.issue("acme").await;
    // 1,790,000,020 is the 40th second of its minute.
    assert_eq!((got.status(), got.header("retry-after")), (429, "20"));
    assert_eq!(world.issue("globex").await.status(), 200);
    world.wait(20);
    assert_eq!(world.issue("acme").await.status(), 200);
}

#[tokio::test]
async fn a_client_revokes_its_own_tokens_only() {
    let world = world().await;
    let token = world.issue("acme").await.access_token();
    let foreign = world.revoke("globex", &token).await;
    assert_eq!((foreign.status(), &foreign.body()["error"]), (400, &json!("unauthorized_client")));
    assert_eq!(world.verdict(&token).await["verdict"], "valid");
    for _ in 0..2 {
        assert_eq!(world.revoke("acme", &token).await.status(), 200);
    }
    assert_eq!(world.verdict(&token).await, json!({"verdict": "invalid_token"}));
    assert_eq!(world.revoke("acme", "no.such.token").await.status(), 200);
    let other = world.issue("acme").await.access_token();
    assert_eq!(world.verdict(&other).await["verdict"], "valid");
}

#[tokio::test]
async fn a_token_ends_with_its_time_and_with_its_client() {
    let world = world().await;
    let token = world.issue("acme").await.access_token();
    world.change("acme", |client| client.scopes = Scopes::READ).await;
    assert_eq!(world.verdict(&token).await["scope"], "read");
    world.change("acme", |client| client.state = ClientState::Disabled).await;
    assert_eq!(world.verdict(&token).await, json!({"verdict": "invalid_token"}));
    world.wait(3_600);
    assert_eq!(world.verdict(&token).await, json!({"verdict": "expired"}));
}

#[tokio::test]
async fn keys_and_description_are_public() {
    let world = world().await;
    let keys = world.call("GET", "/.well-known/jwks.json", &json!({}), "", "").await;
    assert_eq!(keys.body()["keys"].as_array().unwrap().len(), 1);
    assert_eq!(keys.header("cache-control"), "public, max-age=300");
    let about = world.call("GET", "/.well-known/oauth-authorization-server", &json!({}), "", "").await.body();
    assert_eq!(about["issuer"], "https://api.example");
    assert_eq!(about["jwks_uri"], "https://api.example/.well-known/jwks.json");
}
