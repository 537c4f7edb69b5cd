//! The versions of the catalogue that bills need, in memory.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use shared::domain::billing::pinned::Catalogues;
use shared::domain::country::Country;
use shared::error::Result;
use shared::table::{Reader, TariffCache};

/// Versions that are kept in memory; a period is looked at for a few months only.
const KEPT: usize = 8;

/// The versions that were read last. The newest is at most a minute old; no version ever changes.
#[derive(Default)]
pub struct KnownCatalogues {
    newest: TariffCache,
    known: Mutex<Option<Arc<Catalogues>>>,
}

impl KnownCatalogues {
    /// The newest version, and these; those that are missing in the table are left out. A get for each that was not read
    /// before.
    pub async fn get(
        &self,
        reader: &Reader,
        country: &'static Country,
        wanted: impl Iterator<Item = u32>,
        now: DateTime<Utc>,
    ) -> Result<Arc<Catalogues>> {
        let newest = self.newest.get(reader, now).await?;
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let wanted: BTreeSet<u32> = wanted.chain([newest.version]).collect();
        if let Some(known) = &known
            && wanted.iter().all(|version| known.versions().contains_key(version))
        {
            return Ok(Arc::clone(known));
        }
        let mut tariffs = known.map(|known| known.versions().clone()).unwrap_or_default();
        tariffs.insert(newest.version, newest);
        for version in &wanted {
            if !tariffs.contains_key(version)
                && let Some(tariff) = reader.tariff_version(*version).await?
            {
                tariffs.insert(*version, Arc::new(tariff));
            }
        }
        let spare = tariffs.len().saturating_sub(KEPT);
        let oldest: Vec<u32> =
            tariffs.keys().filter(|version| !wanted.contains(version)).take(spare).copied().collect();
        tariffs.retain(|version, _| !oldest.contains(version));
        let catalogues = Arc::new(Catalogues::new(country, tariffs.into_values()));
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&catalogues));
        Ok(catalogues)
    }
}
