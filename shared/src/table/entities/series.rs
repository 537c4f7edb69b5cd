//! Series of bill numbers.

use serde::{Deserialize, Serialize};

use crate::domain::billing::series::Series;
use crate::domain::ids::SeriesId;
use crate::error::Result;
use crate::table::item::{self, Stored, stored};
use crate::table::keys;
use crate::table::read::{Freshness, Order};
use crate::table::{Changes, Reader};

/// The series that was added last. Each that is added changes it at the revision that was read before the others were, so of two
/// at once the second looks again, at the first one too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewestSeries {
    series: SeriesId,
}

impl Reader {
    /// The series that was added last, to be read before the others. One strong get.
    pub async fn newest_series(&self) -> Result<Option<Stored<NewestSeries>>> {
        self.get(keys::newest_series(), Freshness::Strong).await?.map(stored).transpose()
    }

    /// All series, by name. One strong query, one unit for some fifteen of them.
    pub async fn all_series(&self) -> Result<Vec<Stored<Series>>> {
        let items = self.query(keys::all_series(), Freshness::Strong, Order::Ascending).await?;
        items.into_iter().map(stored).collect()
    }

    /// A series. One strong get, one unit.
    pub async fn series(&self, id: &SeriesId) -> Result<Option<Stored<Series>>> {
        self.get(keys::series(id), Freshness::Strong).await?.map(stored).transpose()
    }
}

impl Changes {
    /// Adds a series, if there is none of its name, and none was added since `newest` was read.
    pub fn add_series(&mut self, newest: Option<&Stored<NewestSeries>>, series: &Series) -> Result<()> {
        self.create(item::first(keys::series(&series.id), series)?);
        let after = NewestSeries { series: series.id.clone() };
        match newest {
            None => self.create(item::first(keys::newest_series(), &after)?),
            Some(before) => self.update(keys::newest_series(), before, &after)?,
        }
        Ok(())
    }

    /// The series becomes `after`, if nobody has changed it since it was loaded.
    pub fn update_series(&mut self, before: &Stored<Series>, after: &Series) -> Result<()> {
        self.update(keys::series(&before.id), before, after)
    }
}
