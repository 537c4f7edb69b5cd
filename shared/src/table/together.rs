//! Many small transactions, sent together for the sake of speed.
//!
//! Parts that do not depend on each other share a transaction as long as it goes through. One that does not is taken apart, so
//! that what stops one part, a condition or a limit of the store, stops no other.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::entities::import::Unloaded;
use super::item::key_of;
use super::keys::Key;
use super::write::Change;
use super::{Changes, Writer};
use crate::error::{Error, Result};

/// The most items of a transaction, and a few less: the store takes a hundred.
const MOST_ITEMS: usize = 90;
/// Transactions that are under way at once.
const AT_ONCE: usize = 16;

/// Parts of one transaction.
#[derive(Default)]
struct Pack {
    parts: Vec<(usize, Changes)>,
    keys: HashSet<Key>,
}

impl Pack {
    fn takes(&self, changes: &Changes) -> bool {
        let has_room = self.keys.len() + changes.len() <= MOST_ITEMS;
        self.parts.is_empty() || has_room && !changes.items().iter().any(|change| self.keys.contains(&key(change)))
    }

    fn add(&mut self, part: usize, changes: Changes) {
        self.keys.extend(changes.items().iter().map(key));
        self.parts.push((part, changes));
    }
}

fn key(change: &Change) -> Key {
    match change {
        Change::Create(item) | Change::Put(item) => key_of(item),
        Change::Update { key, .. }
        | Change::Delete { key, .. }
        | Change::DeleteAt { key, .. }
        | Change::Absent(key) => key.clone(),
    }
}

impl Writer {
    /// Commits each of these, whole or not at all, and tells which of them are [`Error::Stale`]. A request for some ninety items,
    /// and one more for each part of a transaction that does not go through.
    ///
    /// A part whose answer was lost is stale when it is sent again, and whoever decides it again finds it done.
    ///
    /// # Errors
    /// With the part that the store refuses, if it is one of them.
    pub async fn commit_all(&self, parts: Vec<Changes>, now: DateTime<Utc>) -> Result<Vec<usize>, Unloaded> {
        let mut packs = vec![Pack::default()];
        for (part, changes) in parts.into_iter().enumerate() {
            match packs.last_mut().filter(|pack| pack.takes(&changes)) {
                Some(pack) => pack.add(part, changes),
                None => {
                    let mut pack = Pack::default();
                    pack.add(part, changes);
                    packs.push(pack);
                }
            }
        }
        let sent = packs.into_iter().map(|pack| self.commit_pack(pack, now));
        stream::iter(sent).buffered(AT_ONCE).try_concat().await
    }

    async fn commit_pack(&self, pack: Pack, now: DateTime<Utc>) -> Result<Vec<usize>, Unloaded> {
        if pack.parts.len() > 1 {
            let mut all = Changes::new();
            pack.parts.iter().for_each(|(_, changes)| all.append(changes.clone()));
            if self.commit(all, None, now).await.is_ok() {
                return Ok(Vec::new());
            }
        }
        let mut stale = Vec::new();
        for (part, changes) in pack.parts {
            match self.commit(changes, None, now).await {
                Ok(_) => {}
                Err(Error::Stale) => stale.push(part),
                Err(cause) => return Err(Unloaded { part: Some(part), cause }),
            }
        }
        Ok(stale)
    }
}
