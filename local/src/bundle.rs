//! The bundle: the functions that go to AWS, over the embedded table, files and secrets.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials as Keys, SharedCredentialsProvider, SharedHttpClient};
use chrono::TimeDelta;
use futures_util::FutureExt as _;
use serde::Serialize;
use serde_json::Value;
use shared::auth::KeyRing;
use shared::auth::token::Realm;
use shared::clock::{Clock, Deadline};
use shared::domain::country::Country;
use shared::files::Files;
use shared::http::{OpenService, Service};
use shared::lambda::{Secrets as SecretsClient, invoke, invoke_open, key_rings};
use shared::table::{Writer, connect};

use crate::demo::{self, DemoFile};
use crate::dynamo::Embedded;
use crate::files::Bucket;
use crate::gateway::Function;
use crate::import::{Import, Lines};
use crate::in_process::http_client;
use crate::operate::{Credentials, Target};
use crate::secrets::{self, Secrets};
use crate::template::Template;

/// The secret with the signing keys.
const SECRET: &str = "selfcare-keys";
/// The secret in which the local stack remembers what it greets with.
const DEMO_CLIENTS: &str = "demo-clients";
/// How long a token lives.
const TOKEN_LIFE: TimeDelta = TimeDelta::hours(1);

/// The embedded table, files and secrets, and the clients that reach them.
pub struct Store {
    /// The engine.
    pub embedded: Embedded,
    /// The secrets.
    pub secrets: Secrets,
    /// The files.
    pub bucket: Bucket,
    /// Whether the table is new.
    pub is_new: bool,
    table: String,
}

/// What is in the table and the secrets of a store.
#[derive(Debug, Clone)]
pub struct Contents([(String, Vec<Value>); 2]);

/// Why the bundle does not start.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BundleError(String);

impl BundleError {
    fn new(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl From<shared::error::Error> for BundleError {
    fn from(error: shared::error::Error) -> Self {
        match error.cause() {
            Some(cause) => Self(format!("{error} ({})", cause.for_log())),
            None => Self(error.to_string()),
        }
    }
}

impl Store {
    /// Opens the store, in memory or in a file, with the template's own table, and with signing keys.
    ///
    /// # Errors
    /// When the file or the template's table is not as it should be.
    pub fn open(template: &Template, data: Option<&Path>, clock: &Clock) -> Result<Self, BundleError> {
        Self::with_ring(template, data, || KeyRing::generate(clock.now())?.to_json())
    }

    /// The same; a new store gets the key ring that `ring` makes.
    ///
    /// # Errors
    /// As [`Store::open`], and those of `ring`.
    pub fn with_ring(
        template: &Template,
        data: Option<&Path>,
        ring: impl FnOnce() -> shared::error::Result<String>,
    ) -> Result<Self, BundleError> {
        let embedded = match data {
            None => Embedded::in_memory(),
            Some(path) => Embedded::in_file(&path.to_string_lossy()),
        };
        let embedded = embedded.map_err(BundleError::new)?;
        let table = &template.table;
        let is_new =
            embedded.ensure_table(&table.definition, table.ttl_attribute.as_deref()).map_err(BundleError::new)?;
        let secrets = Secrets::within(&embedded).map_err(BundleError::new)?;
        if secrets.value(SECRET).map_err(BundleError::new)?.is_none() {
            secrets.set(SECRET, &ring()?).map_err(BundleError::new)?;
        }
        Ok(Self {
            embedded,
            secrets,
            bucket: Bucket::open(data).map_err(BundleError::new)?,
            is_new,
            table: table.name.clone(),
        })
    }

    /// The table's name.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The ways an operator reaches the store: the SDK's clients, in process.
    pub fn target(&self) -> Target {
        self.target_through(http_client(self.embedded.connector()))
    }

    /// The same, with another way to the table: tests put faults into it.
    pub fn target_through(&self, table: SharedHttpClient) -> Target {
        let secrets = http_client(self.secrets.connector());
        Target {
            writer: Writer::new(connect::client(&settings(table)), &self.table),
            secrets: SecretsClient::new(&settings(secrets)),
            secret_id: SECRET.to_owned(),
        }
    }

    /// Everything in the table and the secrets, for [`Store::restore`].
    ///
    /// # Errors
    /// When the engine does not answer.
    pub fn contents(&self) -> Result<Contents, BundleError> {
        let of = |table: &str| self.embedded.items(table).map(|items| (table.to_owned(), items));
        let both = of(&self.table).and_then(|rows| Ok([rows, of(secrets::TABLE)?]));
        both.map(Contents).map_err(BundleError::new)
    }

    /// Makes table and secrets what another store's were. The store is not new afterwards.
    ///
    /// # Errors
    /// When the engine does not take it.
    pub fn restore(&mut self, contents: &Contents) -> Result<(), BundleError> {
        for (table, items) in contents.0.clone() {
            self.embedded.fill(&table, items).map_err(BundleError::new)?;
        }
        self.is_new = false;
        Ok(())
    }

    /// Puts the demo data's files into the bucket.
    ///
    /// # Errors
    /// When the bucket does not take them.
    pub async fn put(&self, files: &[DemoFile]) -> Result<(), BundleError> {
        for file in files {
            let content = file.content.clone();
            self.bucket.put(&file.key, file.content_type, content).await.map_err(BundleError::new)?;
        }
        Ok(())
    }

    /// Loads the demo data into a new table, and answers its clients, also at a later start over the same file.
    pub async fn demo(&self, country: &'static Country, clock: &Clock) -> Result<Vec<Credentials>, BundleError> {
        if self.is_new {
            let target = self.target();
            let ring = target.ring().await?;
            let import = Import { writer: &target.writer, ring: &ring, clock };
            let demo = demo::data(country, clock.now())?;
            self.put(&demo.files).await?;
            let lines = Lines::Text(demo.lines);
            let report = import.run(&lines, |_, _, _| ()).await.map_err(BundleError::new)?;
            let remembered = serde_json::to_string(&report.clients).map_err(BundleError::new)?;
            self.secrets.set(DEMO_CLIENTS, &remembered).map_err(BundleError::new)?;
        }
        let remembered = self.secrets.value(DEMO_CLIENTS).map_err(BundleError::new)?;
        remembered.map_or(Ok(Vec::new()), |text| serde_json::from_str(&text).map_err(BundleError::new))
    }
}

/// The access key that requests are signed with, and its secret, which is none: what is served here is served to this
/// machine alone.
pub const KEY: &str = "local";

/// Settings as a function boots with them, except for where requests go.
pub(crate) fn settings(client: SharedHttpClient) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(Keys::new(KEY, KEY, None, None, "local")))
        .http_client(client)
        .sleep_impl(connect::sleep())
        .time_source(connect::time_source())
        .build()
}

/// What the functions are told by their environment when they are deployed.
pub struct Deployment {
    /// The country.
    pub country: &'static Country,
    /// The time.
    pub clock: Clock,
    /// Who issues tokens.
    pub issuer: String,
    /// The bucket, with the address its links lead to.
    pub files: Files,
}

/// The functions by their names in the template. Each has clients of its own, as each process has on AWS.
pub fn functions(deployment: &Deployment, target: impl Fn() -> Target) -> BTreeMap<String, Function> {
    let Deployment { country, clock, issuer, files } = deployment;
    let (country, clock, files) = (*country, || clock.clone(), || files.clone());
    let realm = || Realm { issuer: issuer.clone(), audience: format!("selfcare-{}", country.code) };
    let rings = |target: &Target| key_rings(target.secrets.clone(), &target.secret_id);
    let writer = || target().writer;
    let token = {
        let target = target();
        let rings = rings(&target);
        token::Token::new(target.writer, rings, clock(), realm(), TOKEN_LIFE)
    };
    let authorizer = {
        let target = target();
        let rings = rings(&target);
        authorizer::Authorizer::new(target.writer.reader().clone(), rings, clock(), realm())
    };
    let customers = customers::Customers::new(target().writer.reader().clone(), files(), country, clock());
    BTreeMap::from([
        ("token".to_owned(), open(token)),
        ("authorizer".to_owned(), question(authorizer)),
        ("not-found".to_owned(), open(not_found::NotFound)),
        ("billing".to_owned(), closed(billing::Billing::new(writer(), country, clock()))),
        ("calls".to_owned(), closed(calls::Calls::new(writer(), files(), country, clock()))),
        ("customers".to_owned(), closed(customers)),
        ("subscribers".to_owned(), closed(subscribers::Subscribers::new(writer(), country, clock()))),
        ("accounts".to_owned(), closed(accounts::Accounts::new(writer(), country, clock()))),
        ("plans".to_owned(), closed(plans::Plans::new(writer(), country, clock()))),
    ])
}

fn closed<S: Service>(service: S) -> Function {
    let service = Arc::new(service);
    Arc::new(move |event, left| {
        let service = Arc::clone(&service);
        async move { json(&invoke(&*service, event, left).await?) }.boxed()
    })
}

fn open<S: OpenService>(service: S) -> Function {
    let service = Arc::new(service);
    Arc::new(move |event, left| {
        let service = Arc::clone(&service);
        async move { json(&invoke_open(&*service, event, left).await?) }.boxed()
    })
}

fn question(authorizer: authorizer::Authorizer) -> Function {
    let authorizer = Arc::new(authorizer);
    Arc::new(move |event, left| {
        let authorizer = Arc::clone(&authorizer);
        async move {
            let question = serde_json::from_value(event).map_err(|error| error.to_string())?;
            let answer = authorizer.authorize(&question, Deadline::within(left)).await;
            json(&answer.map_err(|error| error.to_string())?)
        }
        .boxed()
    })
}

fn json(answer: &impl Serialize) -> Result<Value, String> {
    serde_json::to_value(answer).map_err(|error| error.to_string())
}
