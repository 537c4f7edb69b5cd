//! The client registry, wrong secrets and revoked tokens. A client's record is a type of the auth layer; the table only
//! stores it.

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use chrono::{DateTime, Duration, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::ids::ClientId;
use crate::error::Result;
use crate::table::item::{self, Item, Stored, number, number_of, stored, text_of, value};
use crate::table::keys::{self, SK, TTL};
use crate::table::read::{Freshness, Order};
use crate::table::spent::{self, Side};
use crate::table::{Changes, Reader, Writer, store_error};

/// The number of wrong secrets.
const COUNT: &str = "n";
/// Wrong secrets are kept a little longer than the minute they count for.
const COUNT_KEPT: Duration = Duration::minutes(5);

impl Reader {
    /// A client, and the number of wrong secrets from this address for it in this minute. One batch of two strong
    /// reads.
    pub async fn client_and_wrong_secrets<C: DeserializeOwned>(
        &self,
        id: &ClientId,
        address: &str,
        now: DateTime<Utc>,
    ) -> Result<(Option<C>, u32)> {
        let [client, count] = self.pair([keys::client(id), keys::wrong_secrets(id, address, now)]).await?;
        Ok((client.map(value).transpose()?, count.and_then(|item| number_of(&item, COUNT)).unwrap_or(0)))
    }

    /// A client, and whether this token was revoked. One batch of two strong reads.
    pub async fn client_and_revocation<C: DeserializeOwned>(
        &self,
        id: &ClientId,
        jti: &str,
    ) -> Result<(Option<C>, bool)> {
        let [client, revoked] = self.pair([keys::client(id), keys::revoked_token(jti)]).await?;
        Ok((client.map(value).transpose()?, revoked.is_some()))
    }

    /// A client, for a change. One strong get.
    pub async fn client<C: DeserializeOwned>(&self, id: &ClientId) -> Result<Option<Stored<C>>> {
        self.get(keys::client(id), Freshness::Strong).await?.map(stored).transpose()
    }

    /// The ids of all clients, in order. One query.
    pub async fn client_ids(&self) -> Result<Vec<ClientId>> {
        let items = self.query(keys::client_names(), Freshness::Strong, Order::Ascending).await?;
        Ok(items.iter().filter_map(|item| text_of(item, SK)?.parse().ok()).collect())
    }
}

impl Changes {
    /// Registers a client, in the list and in its own record. An id that is taken makes the commit stale, so
    /// registering twice keeps the first one's secret.
    pub fn create_client<C: Serialize>(&mut self, id: &ClientId, client: &C) -> Result<()> {
        self.create(item::first(keys::client(id), client)?);
        self.put(listed(id));
        Ok(())
    }

    /// Sets a client, unconditionally; imports only.
    pub fn put_client<C: Serialize>(&mut self, id: &ClientId, client: &C) -> Result<()> {
        self.put(item::first(keys::client(id), client)?);
        self.put(listed(id));
        Ok(())
    }

    /// Replaces the client, if it has not changed since it was loaded.
    pub fn update_client<C: Serialize>(&mut self, id: &ClientId, before: &Stored<C>, after: &C) -> Result<()> {
        self.update(keys::client(id), before, after)
    }

    /// Revokes a token until it would have expired. Revoking twice changes nothing.
    pub fn revoke_token(&mut self, jti: &str, ends_at: DateTime<Utc>) {
        let mut item = item::bare(keys::revoked_token(jti));
        item.insert(TTL.to_owned(), number(ends_at.timestamp()));
        self.put(item);
    }
}

impl Writer {
    /// Counts a wrong secret. The only counter in the table: a retry may count one too many, which makes the limit
    /// slightly stricter for that minute.
    pub async fn count_wrong_secret(&self, id: &ClientId, address: &str, now: DateTime<Utc>) -> Result<()> {
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(item::bare(keys::wrong_secrets(id, address, now))))
            .update_expression("ADD #n :one SET #t = :ttl")
            .expression_attribute_names("#n", COUNT)
            .expression_attribute_names("#t", TTL)
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":ttl", number((now + COUNT_KEPT).timestamp()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send();
        let output = spent::request(request).await?.map_err(|error| store_error(&error))?;
        spent::enter(Side::Write, output.consumed_capacity.as_ref());
        Ok(())
    }
}

fn listed(id: &ClientId) -> Item {
    item::bare(keys::client_name(id))
}
