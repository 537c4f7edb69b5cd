//! Who makes the document of a bill, and whether it is made.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::ids::BillNumber;
use crate::error::Result;
use crate::table::item::{self, Stored, stored};
use crate::table::keys;
use crate::table::read::Freshness;
use crate::table::{Changes, Reader};

/// The making of a bill's document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendering {
    /// Which document: how the bill stands with the tax office is part of it.
    pub document: String,
    /// Until when somebody is at it; none when it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// For which document the detail is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Reader {
    /// Whether a bill's document is made or being made. One strong get, one unit.
    pub async fn rendering(&self, number: &BillNumber) -> Result<Option<Stored<Rendering>>> {
        self.get(keys::rendering(number), Freshness::Strong).await?.map(stored).transpose()
    }
}

impl Changes {
    /// Somebody makes the document, or it is made, if nobody has said anything of it since `before` was read.
    pub fn put_rendering(
        &mut self,
        number: &BillNumber,
        before: Option<&Stored<Rendering>>,
        after: &Rendering,
    ) -> Result<()> {
        let key = keys::rendering(number);
        match before {
            Some(before) => self.update(key, before, after)?,
            None => self.create(item::first(key, after)?),
        }
        Ok(())
    }
}
