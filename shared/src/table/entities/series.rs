//! Series of bill numbers.

use crate::domain::billing::series::Series;
use crate::domain::ids::SeriesId;
use crate::error::Result;
use crate::table::item::{self, Stored, stored};
use crate::table::keys;
use crate::table::read::{Freshness, Order};
use crate::table::{Changes, Reader};

impl Reader {
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
    /// Adds a series, if there is none of its name.
    pub fn add_series(&mut self, series: &Series) -> Result<()> {
        self.create(item::first(keys::series(&series.id), series)?);
        Ok(())
    }

    /// The series becomes `after`, if nobody has changed it since it was loaded.
    pub fn update_series(&mut self, before: &Stored<Series>, after: &Series) -> Result<()> {
        self.update(keys::series(&before.id), before, after)
    }
}
