//! The demo's clients and their secrets.
//!
//! On the loopback address their secrets are published, so that examples can be pasted and the page has a token at once: whoever gets
//! there is on this machine, and the services beside the API give him everything anyway. Everywhere else each store makes its own. A
//! data file may be served either way, one day so and the next day otherwise, so [`settle`] sees to it at every start, before anybody
//! is answered. On AWS there are none: nothing loads the demo into a deployed table, and a client that is created or imported there
//! has a secret of its own.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use shared::auth::Client;
use shared::auth::client::{Digest, DigestKey, Digests, Secret};
use shared::domain::ids::ClientId;
use shared::error::{Error, Result};
use shared::table::{Changes, Stored};

use crate::operate::{Credentials, Target};

/// Whose the secrets of the demo's clients are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrecy {
    /// Everybody's: what only programs of this machine reach.
    Published,
    /// The store's own, made at random.
    Own,
}

/// Id, name, scopes, visible customers and published secret.
const CLIENTS: [[&str; 5]; 4] = [
    ["demo-portal", "Demo portal", "read write", "*", "demo-portal-secret"],
    ["demo-readonly", "Demo reports", "read", "*", "demo-readonly-secret"],
    ["demo-acme", "Demo customer 1001", "read write", "1001", "demo-acme-secret"],
    ["demo-globex", "Demo customer 1002", "read write", "1002", "demo-globex-secret"],
];

/// Their records.
pub fn records() -> Vec<Value> {
    CLIENTS
        .iter()
        .map(|[id, name, scopes, sees, _]| json!({"type": "client", "id": id, "name": name, "scopes": scopes, "sees": sees}))
        .collect()
}

/// The most powerful one, with its published secret.
pub fn portal() -> Option<Credentials> {
    let [id, _, scopes, sees, secret] = CLIENTS.first()?.map(ToOwned::to_owned);
    Some(Credentials { client_id: id, client_secret: secret, scope: scopes, customers: sees })
}

/// The published secret of a client, if it is one of the demo's.
fn published(id: &ClientId) -> Option<&'static str> {
    CLIENTS.iter().find(|[own, ..]| *own == id.as_str()).map(|[.., secret]| *secret)
}

/// What becomes of a client's secret.
enum Fate {
    /// It is this one, and stays.
    Stays(String),
    /// It becomes the published one; none before it is good any more.
    Published(&'static str),
    /// It becomes a new one; none before it is good any more.
    Renewed,
    /// An operator has changed it, and it is his; but the published one before it ends.
    OlderEnds,
    /// An operator has changed it, and it is his.
    Operators,
}

/// `own` is the store's own secret of the client, which it may have or not.
fn fate(client: &Client, key: &DigestKey, own: &str, secrecy: Secrecy) -> Fate {
    let Some(published) = published(&client.id) else { return Fate::Operators };
    let is = |digest: &Digest, secret: &str| key.digest(secret).to_string() == digest.to_string();
    let current = |secret: &str| is(&client.digests.current, secret);
    let older = client.digests.previous.as_ref().is_some_and(|older| is(&older.digest, published));
    match secrecy {
        Secrecy::Published if current(published) => Fate::Stays(published.to_owned()),
        Secrecy::Published if current(own) => Fate::Published(published),
        Secrecy::Own if current(published) => Fate::Renewed,
        Secrecy::Own if older => Fate::OlderEnds,
        Secrecy::Own if current(own) => Fate::Stays(own.to_owned()),
        Secrecy::Published | Secrecy::Own => Fate::Operators,
    }
}

/// Gives the demo's clients the secrets that fit `secrecy`, and returns those whose secret is known. `own` are the store's own
/// secrets; `remember` keeps them. A client whose secret an operator has changed keeps it.
///
/// A new secret is remembered before it is written: when a crash comes in between, the client still has the published one, and the next
/// start renews it again. A write that lost a race is an error, and the server does not start.
///
/// # Errors
/// An unavailable store.
pub async fn settle(
    target: &Target,
    mut own: Vec<Credentials>,
    secrecy: Secrecy,
    now: DateTime<Utc>,
    remember: impl Fn(&[Credentials]) -> Result<()>,
) -> Result<Vec<Credentials>> {
    let key = target.ring().await?.digest_key();
    let mut known = Vec::new();
    for at in 0..own.len() {
        let Some(Credentials { client_id, client_secret, .. }) = own.get(at).cloned() else { continue };
        let id: ClientId = client_id.parse().map_err(|invalid| Error::internal(format!("{client_id}: {invalid}")))?;
        let Some(stored) = target.writer.reader().client::<Client>(&id).await? else { continue };
        let client = &stored.value;
        let secret = match fate(client, &key, &client_secret, secrecy) {
            Fate::Operators => continue,
            Fate::Stays(secret) => secret,
            Fate::OlderEnds => {
                set(target, &stored, client.digests.current, now).await?;
                continue;
            }
            Fate::Published(secret) => {
                set(target, &stored, key.digest(secret), now).await?;
                secret.to_owned()
            }
            Fate::Renewed => {
                let secret = Secret::generate()?;
                own.iter_mut().skip(at).take(1).for_each(|kept| secret.expose().clone_into(&mut kept.client_secret));
                remember(&own)?;
                set(target, &stored, key.digest(secret.expose()), now).await?;
                secret.expose().to_owned()
            }
        };
        if client.is_enabled() {
            let (scope, customers) = (client.scopes.to_string(), client.sees.to_string());
            known.push(Credentials { client_id, client_secret: secret, scope, customers });
        }
    }
    Ok(known)
}

/// Sets the only secret that is good, at the revision that was loaded.
async fn set(target: &Target, stored: &Stored<Client>, current: Digest, now: DateTime<Utc>) -> Result<()> {
    let client = Client { digests: Digests { current, previous: None }, ..stored.value.clone() };
    let mut changes = Changes::new();
    changes.update_client(&client.id, stored, &client)?;
    target.writer.commit(changes, None, now).await.map(drop)
}
