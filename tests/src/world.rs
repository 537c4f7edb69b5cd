//! A test's world: gateway, functions, table and callers.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, OnceLock};

use crate::FILES;
use crate::connector::faults::Faults;
use axum::body::Bytes;
use axum::http::{Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, NaiveDate, Utc};
use local::functions::{Deployment, functions};
use local::gateway::{Function, Gateway};
use local::in_process::http_client;
use local::operate::{Credentials, Target};
use local::sources::{self, Queues, Sources};
use local::store::Store;
use serde_json::Value;
use shared::clock::Clock;
use shared::domain::country::Country;
use shared::domain::hook::callback::Addresses;
use shared::domain::msisdn::Msisdn;
use shared::domain::payment_file::name::FileId;
use shared::domain::subscriber::Subscriber;
use shared::files::ObjectKey;
use shared::files::object::Digest;
use shared::outside::Outside;
use shared::table::Stored;
use tokio::sync::Mutex;

use crate::connector::access::Access;
use crate::connector::meter::Meter;
use crate::contract;
use crate::loaded::{load, roles, template};
use crate::receiver::{Names, PATIENCE};
use crate::reply::Reply;
use crate::told;

/// The address that requests come from.
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

/// A postpaid line of customer 1001 with everything.
pub const LINE: &str = "3001234567";
/// A blocked line of customer 1001.
pub const BLOCKED: &str = "3001234568";
/// A prepaid line of customer 1001.
pub const PREPAID: &str = "3001234569";
/// A line of customer 1002.
pub const OTHERS: &str = "3009876543";
/// An unassigned number.
pub const NOBODY: &str = "3000000000";

/// Everything a test uses.
pub struct World {
    /// The API.
    pub gateway: Gateway,
    /// The time, which stands still until a test moves it.
    pub clock: Clock,
    /// The table and the secrets.
    pub store: Store,
    /// Faults on the way to the table.
    pub faults: Faults,
    /// Consumed units, as the table reports them.
    pub meter: Meter,
    /// The functions' roles, which are enforced.
    pub access: Access,
    /// An operator's access, without faults.
    pub operator: Target,
    /// The queues.
    pub queues: Queues,
    /// The way to clients' subscriptions, which knows the names below and no others.
    pub outside: Outside,
    /// The names of hosts outside.
    pub names: Names,
    /// The functions by their names.
    pub functions: BTreeMap<String, Function>,
    sources: Mutex<Sources>,
    country: &'static Country,
    clients: HashMap<String, Credentials>,
    tokens: Mutex<HashMap<String, String>>,
}

impl World {
    /// Colombia with the demo data.
    pub async fn demo() -> Self {
        Self::of("co").await
    }

    /// A country with the demo data, on the morning of an ordinary day.
    ///
    /// # Panics
    /// When it cannot be set up.
    #[expect(clippy::expect_used, reason = "a test without its world cannot go on")]
    pub async fn of(country: &str) -> Self {
        let clock = Clock::standing_at(morning());
        let country = Country::by_code(country).expect("a country");
        let template = template(country.code).await;
        let mut store = Store::with_ring(&template, None, || Ok(ring().to_owned())).expect("a store");
        let meter = Meter::around(store.embedded.connector());
        let access = Access::new(roles(country.code).await);
        let faults = Faults::around(access.around(meter.connector()));
        let bucket = access.around(store.bucket.connector());
        let files = store.bucket.files_through(FILES, bucket).expect("a bucket");
        let issuer = "https://api.example".to_owned();
        let time = clock.clone();
        let queues = sources::queues(&template, Arc::new(move || time.now()));
        let way = http_client(access.around(queues.connector()));
        let names = Names::default();
        let outside = Outside::new(Addresses::Any, None).with(Arc::new(names.clone()), PATIENCE);
        let deployment =
            Deployment { country, clock: clock.clone(), issuer, files, queues: way, outside: outside.clone() };
        let clients = load(&mut store, country, &clock).await.expect("demo data");
        let secrets = http_client(access.around(store.secrets.connector()));
        let functions = functions(&deployment, || store.target_with(faults.http_client(), secrets.clone()));
        let functions = access.known(functions);
        let sources = Sources::new(&template, &store.embedded, queues.clone(), functions.clone());
        let sources = sources.with_witness(told::witness);
        let sources = sources.with_bucket(&store.bucket, clock.now());
        let time = clock.clone();
        let gateway = Gateway::new(template, functions.clone(), Arc::new(move || time.now())).expect("a gateway");
        meter.take();
        Self {
            gateway,
            clock,
            operator: store.target(),
            store,
            faults,
            meter,
            access,
            queues,
            outside,
            names,
            functions,
            sources: Mutex::new(sources),
            country,
            clients: clients.into_iter().map(|client| (client.client_id.clone(), client)).collect(),
            tokens: Mutex::default(),
        }
    }

    /// A demo client with a good token.
    pub fn client(&self, id: &str) -> Caller<'_> {
        Caller { world: self, identity: Identity::Client(id.to_owned()) }
    }

    /// The client with all permissions.
    pub fn portal(&self) -> Caller<'_> {
        self.client("demo-portal")
    }

    /// A caller without a token.
    pub const fn anonymous(&self) -> Caller<'_> {
        Caller { world: self, identity: Identity::Nobody }
    }

    /// A caller with this `Authorization` header.
    pub fn bearing(&self, authorization: &str) -> Caller<'_> {
        Caller { world: self, identity: Identity::Header(authorization.to_owned()) }
    }

    /// A demo client's id and secret.
    ///
    /// # Panics
    /// When there is no such client.
    pub fn credentials(&self, id: &str) -> &Credentials {
        &self.clients[id]
    }

    /// `Basic` credentials of a demo client.
    pub fn basic(&self, id: &str) -> String {
        let Credentials { client_id, client_secret, .. } = self.credentials(id);
        format!("Basic {}", STANDARD.encode(format!("{client_id}:{client_secret}")))
    }

    /// A demo client's token, requested once.
    pub async fn token(&self, id: &str) -> String {
        if let Some(token) = self.tokens.lock().await.get(id) {
            return token.clone();
        }
        let reply = self
            .bearing(&self.basic(id))
            .send("POST", "/oauth/client_credential/accesstoken?grant_type=client_credentials", &[], "")
            .await
            .expect(200);
        let token = reply.at("/access_token").as_str().unwrap_or_default().to_owned();
        self.tokens.lock().await.insert(id.to_owned(), token.clone());
        token
    }

    /// Drops the cached tokens, so that the next request gets a new one.
    pub async fn forget_tokens(&self) {
        self.tokens.lock().await.clear();
    }

    /// A number of the country, in its canonical form.
    ///
    /// # Panics
    /// When it is none.
    #[expect(clippy::expect_used, reason = "a test's own number is right")]
    pub fn msisdn(&self, number: &str) -> Msisdn {
        Msisdn::parse(number, self.country).expect("a number")
    }

    /// Delivers every event that can be delivered at this time.
    ///
    /// # Panics
    /// When the events do not come to rest.
    #[expect(clippy::expect_used, reason = "a test whose events go round for ever cannot go on")]
    pub async fn settle(&self) {
        self.sources.lock().await.settle(self.clock.now()).await.expect("events at rest");
    }

    /// Delivers what can be delivered at once.
    ///
    /// # Panics
    /// When the table's stream cannot be read.
    #[expect(clippy::expect_used, reason = "a test without its events cannot go on")]
    pub async fn step(&self) {
        self.sources.lock().await.step(self.clock.now()).await.expect("a step");
    }

    /// Follows a link, without a token.
    ///
    /// # Panics
    /// When it is no address.
    #[expect(clippy::expect_used, reason = "a test's own link is an address")]
    pub async fn follow(&self, link: &str) -> Reply {
        let link = link.strip_prefix(FILES).expect("a link to a file");
        let request = Request::builder().uri(link).header(header::HOST, FILES.trim_start_matches("https://"));
        Reply::new(self.store.bucket.answer(request.body(Bytes::new()).expect("a request")).await)
    }

    /// Puts a usage file into the inbox.
    ///
    /// # Panics
    /// When it is not called like one, or the bucket does not take it.
    #[expect(clippy::expect_used, reason = "a test's own file is right")]
    pub async fn put_usage_file(&self, key: &str, content: &[u8]) {
        let (key, _) = ObjectKey::usage_file(key).expect("a usage file's name");
        let files = self.store.bucket.files(FILES).expect("a bucket");
        files.put(&key, content).await.expect("an object");
    }

    /// Puts a payment file into the inbox; gives what it is known by.
    ///
    /// # Panics
    /// When it is not called like one, or the bucket does not take it.
    #[expect(clippy::expect_used, reason = "a test's own file is right")]
    pub async fn put_payment_file(&self, key: &str, content: &[u8]) -> FileId {
        let (key, file) = ObjectKey::payment_file(key).expect("a payment file's name");
        let files = self.store.bucket.files(FILES).expect("a bucket");
        files.put(&key, content).await.expect("an object");
        let mut digest = Digest::default();
        digest.update(content);
        FileId { stream: file.stream, name: file.name, digest: digest.finish() }
    }

    /// An object of the bucket as text, if it is there.
    ///
    /// # Panics
    /// When the bucket does not answer.
    #[expect(clippy::expect_used, reason = "a test without its bucket cannot go on")]
    pub async fn object(&self, key: &ObjectKey) -> Option<String> {
        let files = self.store.bucket.files(FILES).expect("a bucket");
        let part = files.part(key, 0, 1 << 20).await.expect("an answer")?;
        Some(String::from_utf8_lossy(&part.bytes).into_owned())
    }

    /// Today in the country.
    pub fn today(&self) -> NaiveDate {
        self.clock.now().with_timezone(&self.country.zone()).date_naive()
    }

    /// The country.
    pub const fn country(&self) -> &'static Country {
        self.country
    }

    /// A line as stored.
    ///
    /// # Panics
    /// When it is not there.
    #[expect(clippy::expect_used, reason = "a test without its line cannot go on")]
    pub async fn line(&self, number: &str) -> Stored<Subscriber> {
        let reader = self.operator.writer.reader();
        reader.subscriber(&self.msisdn(number)).await.expect("an answer").expect("a line")
    }

    /// Every item of the table, sorted; equal before and after means that nothing changed.
    ///
    /// # Panics
    /// When the table cannot be read.
    #[expect(clippy::expect_used, reason = "a test without its table cannot go on")]
    pub fn items(&self) -> Vec<String> {
        let items = self.store.embedded.items(self.store.table()).expect("a scan");
        let mut items: Vec<_> = items.iter().map(Value::to_string).collect();
        items.sort();
        items
    }
}

/// Ten in the morning in Colombia.
fn morning() -> DateTime<Utc> {
    DateTime::from_timestamp(1_773_154_800, 0).unwrap_or_default()
}

/// Generating an RSA key is slow; all worlds of a process share one.
pub fn ring() -> &'static str {
    static RING: OnceLock<String> = OnceLock::new();
    RING.get_or_init(|| {
        #[expect(clippy::expect_used, reason = "a test without keys cannot go on")]
        let ring = shared::auth::KeyRing::generate(morning()).and_then(|ring| ring.to_json()).expect("keys");
        ring
    })
}

#[derive(Debug, Clone)]
enum Identity {
    Nobody,
    Header(String),
    Client(String),
}

/// A caller of the API.
#[derive(Clone)]
pub struct Caller<'w> {
    world: &'w World,
    identity: Identity,
}

impl Caller<'_> {
    /// `GET`
    pub async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], "").await
    }

    /// `POST` with a JSON body.
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send("POST", path, &[("content-type", "application/json")], &body.to_string()).await
    }

    /// `PUT` with a JSON body.
    pub async fn put(&self, path: &str, body: &Value) -> Reply {
        self.send("PUT", path, &[("content-type", "application/json")], &body.to_string()).await
    }

    /// `DELETE` with a JSON body.
    pub async fn delete(&self, path: &str, body: &Value) -> Reply {
        self.send("DELETE", path, &[("content-type", "application/json")], &body.to_string()).await
    }

    /// A write with an `Idempotency-Key`.
    pub async fn keyed(&self, key: &str, method: &str, path: &str, body: &Value) -> Reply {
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        self.send(method, path, &headers, &body.to_string()).await
    }

    /// Sends a request and checks the response against its document.
    ///
    /// # Panics
    /// When the request is malformed or the response deviates from its document.
    #[expect(clippy::expect_used, reason = "a test's own request is right")]
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "api.example");
        match &self.identity {
            Identity::Nobody => {}
            Identity::Header(value) => request = request.header(header::AUTHORIZATION, value),
            Identity::Client(id) => {
                let token = Box::pin(self.world.token(id)).await;
                request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
            }
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Bytes::copy_from_slice(body.as_bytes())).expect("a request");
        let reply = Reply::new(self.world.gateway.handle(request, HERE).await);
        let complaint = contract::complaint(method, path, reply.status(), &reply.json());
        assert_eq!(complaint, None, "{method} {path}: {} {}", reply.status(), reply.text());
        reply
    }
}
