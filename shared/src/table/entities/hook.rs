//! Clients' subscriptions to events.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

use crate::domain::event::HubDisabled;
use crate::domain::hook::id::HookId;
use crate::domain::hook::index::HookIndex;
use crate::domain::hook::state::Hook;
use crate::domain::ids::ClientId;
use crate::error::{Error, Result};
use crate::table::item::{self, Stored, stored, text_of, value, values};
use crate::table::keys::{self, SK};
use crate::table::read::{Freshness, Order};
use crate::table::{Changes, Reader};

impl Reader {
    /// Which subscriptions a client has; none when it has never had one. One strong get.
    pub async fn hook_index(&self, client: &ClientId) -> Result<Option<Stored<HookIndex>>> {
        self.get(keys::hook_index(client), Freshness::Strong).await?.map(stored).transpose()
    }

    /// Which subscriptions all clients have. One strong query, a unit for each 4 KB.
    pub async fn hook_indexes(&self) -> Result<Vec<(ClientId, HookIndex)>> {
        let items = self.query(keys::hook_indexes(), Freshness::Strong, Order::Ascending).await?;
        let read = |item: item::Item| {
            let client = text_of(&item, SK).and_then(|client| client.parse().ok());
            Ok((client.ok_or_else(|| Error::internal("an unreadable key of subscriptions"))?, value(item)?))
        };
        items.into_iter().map(read).collect()
    }

    /// A client's subscriptions, oldest first. One query, half a unit for each 4 KB.
    pub async fn hooks(&self, client: &ClientId) -> Result<Vec<Hook>> {
        values(self.query(keys::hooks(client), Freshness::Eventual, Order::Ascending).await?)
    }

    /// One of them. One strong get.
    pub async fn hook(&self, client: &ClientId, id: HookId) -> Result<Option<Stored<Hook>>> {
        self.get(keys::hook(client, id), Freshness::Strong).await?.map(stored).transpose()
    }

    /// One of them, and the client itself. One batch of two strong reads.
    pub async fn hook_and_client<C: DeserializeOwned>(
        &self,
        client: &ClientId,
        id: HookId,
    ) -> Result<(Option<Stored<Hook>>, Option<C>)> {
        let [hook, owner] = self.pair([keys::hook(client, id), keys::client(client)]).await?;
        Ok((hook.map(stored).transpose()?, owner.map(value).transpose()?))
    }

    /// Those of these clients that there are. One batch of strong reads for each hundred.
    pub async fn clients<'a, C: DeserializeOwned>(&self, ids: impl Iterator<Item = &'a ClientId>) -> Result<Vec<C>> {
        values(self.batch(ids.map(keys::client)).await?)
    }
}

impl Changes {
    /// Adds a subscription, if nobody has added or removed one since the list was loaded.
    ///
    /// # Errors
    /// None of its own.
    pub fn create_hook(&mut self, before: Option<&Stored<HookIndex>>, after: &HookIndex, hook: &Hook) -> Result<()> {
        let place = keys::hook_index(&hook.client);
        match before {
            Some(before) => self.update(place, before, after)?,
            None => self.create(item::first(place, after)?),
        }
        self.create(item::first(keys::hook(&hook.client, hook.id), hook)?);
        Ok(())
    }

    /// Removes a subscription, if it is there and nobody has added or removed one since the list was loaded.
    ///
    /// # Errors
    /// None of its own.
    pub fn delete_hook(&mut self, before: &Stored<HookIndex>, client: &ClientId, id: HookId) -> Result<()> {
        self.update(keys::hook_index(client), before, &before.without(id))?;
        self.delete(keys::hook(client, id), true);
        Ok(())
    }

    /// Sets how a subscription stands, if nobody has changed it since it was loaded.
    ///
    /// # Errors
    /// None of its own.
    pub fn update_hook(&mut self, before: &Stored<Hook>, after: &Hook) -> Result<()> {
        self.update(keys::hook(&before.client, before.id), before, after)
    }

    /// Gives a subscription up and tells of it, if nobody has changed it since it was loaded, and none was added or removed since
    /// the list was. It is given up once, so that is told once.
    ///
    /// # Errors
    /// 500 for one that is not given up.
    pub fn end_hook(
        &mut self,
        before: &Stored<Hook>,
        after: &Hook,
        index: &Stored<HookIndex>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let ended = after.disabled.as_ref().ok_or_else(|| Error::internal("an active subscription is given up"))?;
        let event = HubDisabled {
            client: &after.client,
            subscription: after.id,
            reason: ended.reason,
            failing_since: ended.failing_since,
            failures: ended.failures,
            at: ended.at,
        };
        let mut end = item::bare(keys::hook_end(&after.client, after.id));
        item::tell(&mut end, &event, now)?;
        self.create(end);
        self.update_hook(before, after)?;
        self.update(keys::hook_index(&after.client), index, &index.with_ended(after.id))
    }
}
