//! The embedded table, files and secrets, and the clients that reach them.

use std::path::Path;

use aws_sdk_dynamodb::config::SharedHttpClient;
use serde_json::Value;
use shared::auth::{KeyRing, PublicRing};
use shared::clock::Clock;
use shared::domain::country::Country;
use shared::error::Error;
use shared::lambda;
use shared::table::{Writer, connect};

use crate::demo::clients::{self, Secrecy};
use crate::demo::{self, DemoFile};
use crate::dynamo::Embedded;
use crate::files::Bucket;
use crate::import::{Import, Lines};
use crate::in_process::{http_client, settings};
use crate::operate::{Credentials, Target};
use crate::options::Source;
use crate::private;
use crate::secrets::{self, Secrets};
use crate::template::Template;

/// The secret with the key ring.
const SECRET: &str = "selfcare-keys";
/// The secret with its public half.
pub const PUBLIC: &str = "selfcare-public-keys";
/// The secret with what codes on bills are made with.
pub const FISCAL: &str = "selfcare-fiscal-keys";
/// The secret that keeps the demo clients' own secrets.
const DEMO_CLIENTS: &str = "demo-clients";
/// What keeps the country of the data, beside the secrets.
const COUNTRY: &str = "country";

/// The secret that stands here for one of the template, by its name there.
pub fn secret(name: &str) -> Option<&'static str> {
    match name {
        "KeyRing" => Some(SECRET),
        "PublicKeys" => Some(PUBLIC),
        "FiscalKeys" => Some(FISCAL),
        _ => None,
    }
}

/// The embedded table, files and secrets, and the clients that reach them.
pub struct Store {
    /// The engine.
    pub embedded: Embedded,
    /// The secrets.
    pub secrets: Secrets,
    /// The files.
    pub bucket: Bucket,
    /// Whether the table was created by this start.
    pub is_new: bool,
    table: String,
}

/// The contents of a store: table and secrets.
#[derive(Debug, Clone)]
pub struct Contents([(String, Vec<Value>); 2]);

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(String);

impl StoreError {
    fn new(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl From<shared::error::Error> for StoreError {
    fn from(error: shared::error::Error) -> Self {
        match error.cause() {
            Some(cause) => Self(format!("{error} ({})", cause.for_log())),
            None => Self(error.to_string()),
        }
    }
}

impl Store {
    /// Opens a store in memory or in a file, with the template's table and with signing keys.
    ///
    /// # Errors
    /// When the file or the template's table is unusable.
    pub fn open(template: &Template, data: Option<&Path>, clock: &Clock) -> Result<Self, StoreError> {
        Self::with_ring(template, data, || KeyRing::generate(clock.now())?.to_json())
    }

    /// The same, with `ring` making a new store's key ring.
    ///
    /// # Errors
    /// As [`Store::open`], and those of `ring`.
    pub fn with_ring(
        template: &Template,
        data: Option<&Path>,
        ring: impl FnOnce() -> shared::error::Result<String>,
    ) -> Result<Self, StoreError> {
        let embedded = match data {
            None => Embedded::in_memory(),
            Some(path) => {
                private::keep(path).map_err(|error| StoreError(format!("{}: {error}", path.display())))?;
                Embedded::in_file(&path.to_string_lossy())
            }
        };
        let embedded = embedded.map_err(StoreError::new)?;
        let table = &template.table;
        let is_new =
            embedded.ensure_table(&table.definition, table.ttl_attribute.as_deref()).map_err(StoreError::new)?;
        let secrets = Secrets::within(&embedded).map_err(StoreError::new)?;
        if secrets.value(SECRET).map_err(StoreError::new)?.is_none() {
            secrets.set(SECRET, &ring()?).map_err(StoreError::new)?;
        }
        if secrets.value(PUBLIC).map_err(StoreError::new)?.is_none() {
            let ring = secrets.value(SECRET).map_err(StoreError::new)?.unwrap_or_default();
            let ring = KeyRing::parse(&ring).map_err(StoreError::new)?;
            let public = PublicRing::of(&ring, ring.signer()?.since())?.to_json()?;
            secrets.set(PUBLIC, &public).map_err(StoreError::new)?;
        }
        if secrets.value(FISCAL).map_err(StoreError::new)?.is_none() {
            secrets.set(FISCAL, "{}").map_err(StoreError::new)?;
        }
        Ok(Self {
            embedded,
            secrets,
            bucket: Bucket::open(data).map_err(StoreError::new)?,
            is_new,
            table: table.name.clone(),
        })
    }

    /// The country of the data, which is kept with them: numbers, currency and tax of one country mean nothing in another. New data are of
    /// the country of `source`.
    ///
    /// # Errors
    /// When `source` says another country than that of the data.
    pub fn country(&self, source: &Source) -> Result<&'static Country, StoreError> {
        let own = source.country().map_err(StoreError::new)?;
        match self.secrets.value(COUNTRY).map_err(StoreError::new)? {
            None => self.secrets.set(COUNTRY, own.code).map(|()| own).map_err(StoreError::new),
            Some(kept) if source.country.as_ref().is_some_and(|said| *said != kept) => Err(StoreError(format!(
                "the data file is of the country {kept}; say --country {kept}, or choose another file with --data"
            ))),
            Some(kept) => Country::by_code(&kept).map_err(StoreError::new),
        }
    }

    /// The country of the data in a file; none where there is no file yet, or nothing in it.
    ///
    /// # Errors
    /// A file that cannot be opened, a country that is not served.
    pub fn country_of(data: &Path) -> Result<Option<&'static Country>, StoreError> {
        if !data.exists() {
            return Ok(None);
        }
        let embedded = Embedded::in_file(&data.to_string_lossy()).map_err(StoreError::new)?;
        let secrets = Secrets::within(&embedded).map_err(StoreError::new)?;
        let kept = secrets.value(COUNTRY).map_err(StoreError::new)?;
        kept.map(|code| Country::by_code(&code).map_err(StoreError::new)).transpose()
    }

    /// The table's name.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Access through in-process SDK clients.
    pub fn target(&self) -> Target {
        self.target_through(http_client(self.embedded.connector()))
    }

    /// The same for an operator's command, which waits as long as it takes.
    pub fn operator(&self) -> Target {
        let settings = settings(http_client(self.embedded.connector()));
        Target { writer: Writer::new(connect::patient_client(&settings), &self.table), ..self.target() }
    }

    /// The same, through another HTTP client to the table, such as one with faults.
    pub fn target_through(&self, table: SharedHttpClient) -> Target {
        self.target_with(table, http_client(self.secrets.connector()))
    }

    /// The same, through another HTTP client to the secrets too.
    pub fn target_with(&self, table: SharedHttpClient, secrets: SharedHttpClient) -> Target {
        Target {
            writer: Writer::new(connect::client(&settings(table)), &self.table),
            secrets: lambda::secrets(&settings(secrets)),
            secret_id: SECRET.to_owned(),
        }
    }

    /// Table and secrets, for [`Store::restore`].
    ///
    /// # Errors
    /// When the engine does not answer.
    pub fn contents(&self) -> Result<Contents, StoreError> {
        let of = |table: &str| self.embedded.items(table).map(|items| (table.to_owned(), items));
        let both = of(&self.table).and_then(|rows| Ok([rows, of(secrets::TABLE)?]));
        both.map(Contents).map_err(StoreError::new)
    }

    /// Replaces table and secrets with another store's. The store no longer counts as new.
    ///
    /// # Errors
    /// When the engine does not take it.
    pub fn restore(&mut self, contents: &Contents) -> Result<(), StoreError> {
        for (table, items) in contents.0.clone() {
            self.embedded.fill(&table, items).map_err(StoreError::new)?;
        }
        self.is_new = false;
        Ok(())
    }

    /// Puts the demo data's files into the bucket.
    ///
    /// # Errors
    /// When the bucket does not take them.
    pub async fn put(&self, files: &[DemoFile]) -> Result<(), StoreError> {
        for file in files {
            let content = file.content.clone();
            self.bucket.put(&file.key, file.content_type, content).await.map_err(StoreError::new)?;
        }
        Ok(())
    }

    /// Loads the demo data into a new table.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn load_demo(&self, country: &'static Country, clock: &Clock) -> Result<(), StoreError> {
        if self.is_new {
            let target = self.target();
            let ring = target.ring().await?;
            let import = Import { writer: &target.writer, ring: &ring, clock, country };
            let demo = demo::data(country, clock.now())?;
            self.know_keys_of(country, clock, &[])?;
            self.put(&demo.files).await?;
            let lines = Lines::Text(demo.lines);
            let report = import.run(&lines, |_, _, _| ()).await.map_err(StoreError::new)?;
            let remembered = serde_json::to_string(&report.clients).map_err(StoreError::new)?;
            self.secrets.set(DEMO_CLIENTS, &remembered).map_err(StoreError::new)?;
        }
        Ok(())
    }

    /// The demo's clients, also when the file was loaded by an earlier start, with the secrets that fit `secrecy`; none without demo
    /// data.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn demo_clients(&self, secrecy: Secrecy, clock: &Clock) -> Result<Vec<Credentials>, StoreError> {
        let remembered = self.secrets.value(DEMO_CLIENTS).map_err(StoreError::new)?;
        let own = remembered.map_or(Ok(Vec::new()), |text| serde_json::from_str(&text).map_err(StoreError::new))?;
        let remember = |own: &[Credentials]| {
            let text = serde_json::to_string(own).map_err(|error| Error::internal(error.to_string()))?;
            self.secrets.set(DEMO_CLIENTS, &text).map_err(|error| Error::internal(error.to_string()))
        };
        Ok(clients::settle(&self.target(), own, secrecy, clock.now(), remember).await?)
    }

    /// Sets what the demo's codes are made with, for its own series and for these.
    ///
    /// # Errors
    /// When the store does not answer.
    pub fn know_keys_of(&self, country: &Country, clock: &Clock, series: &[&str]) -> Result<(), StoreError> {
        let mut keys = demo::fiscal::keys(country, clock.now());
        if let Some(known) = keys.get_mut("technical_keys").and_then(Value::as_object_mut) {
            let key = known.values().next().cloned().unwrap_or_default();
            known.extend(series.iter().map(|series| ((*series).to_owned(), key.clone())));
        }
        self.secrets.set(FISCAL, &keys.to_string()).map_err(StoreError::new)
    }
}
