//! Operator's tasks: clients and signing keys, in a local or deployed table.

use std::fmt;

use chrono::{DateTime, Duration, Utc};
use clap::Args;
use serde::{Deserialize, Serialize};
use shared::auth::client::{ClientState, Digest, Digests, Secret};
use shared::auth::{Client, KeyRing, Scopes, Visibility};
use shared::domain::ids::ClientId;
use shared::error::{Error, Refusal, Result};
use shared::lambda::{Secrets, secret_text};
use shared::table::{Changes, Put, Stored, Writer, connect};

use crate::aws;
use crate::failure::Failure;
use crate::import::record::ClientRecord;
use crate::rotation::KeySecrets;

/// How long a client's old secret works after a rotation.
const CHANGE_OVER: Duration = Duration::hours(24);

/// A client and its secret, which is shown once and not stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Credentials {
    /// Its id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Its scopes, space-separated.
    pub scope: String,
    /// The customers it sees: `*`, or comma-separated codes.
    pub customers: String,
}

/// A line each.
impl fmt::Display for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client_id, client_secret, scope, customers } = self;
        write!(f, "client_id {client_id}\nclient_secret {client_secret}\nscope {scope}\ncustomers {customers}\n")
    }
}

/// A table, and the secret with its key ring.
pub struct Target {
    /// The table.
    pub writer: Writer,
    /// The Secrets Manager client.
    pub secrets: Secrets,
    /// The name of the secret with the key ring.
    pub secret_id: String,
}

impl Target {
    /// A deployed table.
    ///
    /// # Errors
    /// As [`aws::settings`].
    pub async fn deployed(table: &str, secret_id: &str) -> Result<Self, Failure> {
        let settings = aws::settings().await?;
        Ok(Self {
            writer: Writer::new(connect::patient_client(&settings), table),
            secrets: Secrets::new(&settings),
            secret_id: secret_id.to_owned(),
        })
    }

    /// The signing keys.
    ///
    /// # Errors
    /// When the secret cannot be read.
    pub async fn ring(&self) -> Result<KeyRing> {
        let text = secret_text(&self.secrets, &self.secret_id).await?;
        KeyRing::parse(&text).map_err(|invalid| invalid.field("secret"))
    }

    /// The key ring, with its public half in the secret of this name.
    pub fn keys(&self, public: &str) -> KeySecrets {
        KeySecrets { secrets: self.secrets.clone(), ring: self.secret_id.clone(), public: public.to_owned() }
    }

    /// All clients, by id.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn clients(&self) -> Result<Vec<Client>> {
        let reader = self.writer.reader();
        let mut clients = Vec::new();
        for id in reader.client_ids().await? {
            clients.extend(reader.client::<Client>(&id).await?.map(|stored| stored.value));
        }
        Ok(clients)
    }

    /// A client.
    ///
    /// # Errors
    /// When there is no such client, or the table cannot be read.
    pub async fn client(&self, id: &ClientId) -> Result<Client> {
        Ok(self.stored(id).await?.value)
    }

    /// Disables a client: it gets no new tokens, and those in use end within the authorizer's cache time. Done twice it changes
    /// nothing more.
    ///
    /// # Errors
    /// As [`Target::change`].
    pub async fn disable(&self, id: &ClientId, now: DateTime<Utc>) -> Result<Client> {
        self.set_state(id, ClientState::Disabled, now).await
    }

    /// Enables a client again, with the secret it had; its tokens that have not expired meanwhile work again. Done twice it changes
    /// nothing more.
    ///
    /// # Errors
    /// As [`Target::change`].
    pub async fn enable(&self, id: &ClientId, now: DateTime<Utc>) -> Result<Client> {
        self.set_state(id, ClientState::Enabled, now).await
    }

    async fn set_state(&self, id: &ClientId, state: ClientState, now: DateTime<Utc>) -> Result<Client> {
        let set = |client: &mut Client| {
            client.state = state;
            Ok(())
        };
        self.update(id, now, set).await
    }

    /// Changes what a client is called, may do and may see. The authorizer looks at the client as it is now, so tokens in use
    /// follow within its cache time; what a token was not issued for it does not get. Done twice it changes nothing more.
    ///
    /// # Errors
    /// When there is no such client, somebody else changes it at the same time, or the table cannot be written.
    pub async fn change(&self, id: &ClientId, change: &Change, now: DateTime<Utc>) -> Result<Client> {
        let set = |client: &mut Client| {
            change.apply(client);
            Ok(())
        };
        self.update(id, now, set).await
    }

    /// Gives a client a new secret; the old one works for another 24 hours.
    ///
    /// # Errors
    /// When there is no such client, the rotation does not fit what is good of its secrets, or the table cannot be
    /// written.
    pub async fn rotate_secret(&self, id: &ClientId, rotation: Rotation, now: DateTime<Utc>) -> Result<Credentials> {
        let secret = Secret::generate()?;
        let digest = self.ring().await?.digest_key().digest(secret.expose());
        let client = self.update(id, now, |client| rotation.apply(client, digest, now)).await?;
        Ok(credentials(&client, &secret))
    }

    async fn stored(&self, id: &ClientId) -> Result<Stored<Client>> {
        self.writer.reader().client::<Client>(id).await?.ok_or(Error::NotFound("the client"))
    }

    /// Changes a client at the revision that was loaded, so that two operators do not overwrite each other. When a crash or a lost
    /// answer leaves open whether it is done, the table has either all of it or nothing.
    async fn update(
        &self,
        id: &ClientId,
        now: DateTime<Utc>,
        change: impl Fn(&mut Client) -> Result<()>,
    ) -> Result<Client> {
        let stored = self.stored(id).await?;
        let mut client = stored.value.clone();
        change(&mut client)?;
        let mut changes = Changes::new();
        changes.update_client(id, &stored, &client)?;
        self.writer.commit(changes, None, now).await?;
        Ok(client)
    }
}

/// What becomes of a client; at least one thing.
#[derive(Debug, Clone, Default, Args)]
#[group(id = "what", required = true, multiple = true)]
pub struct Change {
    /// Its new display name
    #[arg(long)]
    pub name: Option<String>,
    /// Scopes its tokens may have from now on: `read`, `write` or `read write`
    #[arg(long)]
    pub scope: Option<Scopes>,
    /// Customers it may see from now on: `*` for all, comma-separated codes, or empty for none
    #[arg(long, value_name = "CUSTOMERS")]
    pub sees: Option<Visibility>,
}

impl Change {
    /// Sets what is named.
    pub fn apply(&self, client: &mut Client) {
        let Self { name, scope, sees } = self.clone();
        client.name = name.unwrap_or_else(|| client.name.clone());
        client.scopes = scope.unwrap_or(client.scopes);
        client.sees = sees.unwrap_or_else(|| client.sees.clone());
    }
}

/// What a new secret does to those that a client has. Production uses the older one until somebody has given it the
/// current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// The current one works for another 24 hours. Refused while an older one is good, which would end.
    Gentle,
    /// The current one works for another 24 hours, an older one ends now.
    EndingTheOlder,
    /// The current one, which nobody has, ends now; the older one keeps its time. Refused when there is none.
    InPlaceOfTheCurrent,
}

impl Rotation {
    fn apply(self, client: &mut Client, new: Digest, now: DateTime<Utc>) -> Result<()> {
        let refused = |message: String| Err(Refusal { code: None, message: message.into() }.into());
        match (self, client.older_lasts(now)) {
            (Self::Gentle, Some(until)) => {
                return refused(format!(
                    "the secret before the current one is good until {}, and another one would end it now: say --lost if \
                     nobody has the current one, --force if nobody uses the older one",
                    until.format("%Y-%m-%dT%H:%M:%SZ")
                ));
            }
            (Self::InPlaceOfTheCurrent, None) => {
                return refused(
                    "no older secret is good, so the current one is in use: rotate it without --lost".into(),
                );
            }
            (Self::InPlaceOfTheCurrent, Some(_)) => client.replace_secret(new),
            (Self::Gentle | Self::EndingTheOlder, _) => client.rotate_secret(new, now + CHANGE_OVER),
        }
        Ok(())
    }
}

/// Registers a client with a new secret. An existing one keeps its own.
///
/// # Errors
/// When the table cannot be written.
pub async fn create(
    writer: &Writer,
    ring: &KeyRing,
    record: ClientRecord,
    now: DateTime<Utc>,
) -> Result<(Credentials, Put)> {
    let ClientRecord { id, name, scopes, sees } = record;
    let secret = Secret::generate()?;
    let digests = Digests { current: ring.digest_key().digest(secret.expose()), previous: None };
    let client = Client { id, name, digests, scopes, sees, state: ClientState::Enabled };
    let mut changes = Changes::new();
    changes.create_client(&client.id, &client)?;
    let put = match writer.commit(changes, None, now).await {
        Ok(_) => Put::Created,
        Err(Error::Stale) => Put::AlreadyThere,
        Err(error) => return Err(error),
    };
    Ok((credentials(&client, &secret), put))
}

fn credentials(client: &Client, secret: &Secret) -> Credentials {
    Credentials {
        client_id: client.id.to_string(),
        client_secret: secret.expose().to_owned(),
        scope: client.scopes.to_string(),
        customers: client.sees.to_string(),
    }
}
