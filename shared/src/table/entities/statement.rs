//! All that is known of a contract: its ledger, and the usage of its lines.

use chrono::FixedOffset;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::domain::billing::cycle::Days;
use crate::domain::billing::ledger::{Ledger, LineSpan};
use crate::domain::billing::owner::ContractOwner;
use crate::domain::billing::usage::DayTotal;
use crate::domain::ids::{ContractId, SourceId};
use crate::error::Result;
use crate::table::Reader;
use crate::table::item::Stored;

/// How many lines' usage is read at once.
const AT_ONCE: usize = 32;

/// All that is known of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The contract, at its revision.
    pub owner: Stored<ContractOwner>,
    /// Its facts.
    pub ledger: Ledger,
    /// The usage of its lines on the days that were asked for, by line and day.
    pub usage: Vec<DayTotal>,
}

impl Reader {
    /// A contract with its ledger and its lines' usage on these days. One strong query for the ledger; then one eventual
    /// query for each line that the contract has on one of the days, many at once: half a unit for each 4 KB, which a month
    /// of one file a day is.
    ///
    /// Usage that arrives while it is read is known or not; what is billed of it is guarded by the contract's revision.
    pub async fn statement(&self, id: &ContractId, days: Days, zone: FixedOffset) -> Result<Option<Statement>> {
        let Some((owner, ledger)) = self.ledger(id, zone).await? else { return Ok(None) };
        let spans = ledger.lines.iter().filter_map(|span| Some((span, days.within(span.from, span.to)?)));
        let read = stream::iter(spans.map(|(span, days)| self.day_totals(span, days))).buffered(AT_ONCE);
        let mut usage: Vec<DayTotal> = read.try_collect::<Vec<_>>().await?.concat();
        usage.sort_by(|one, other| (&one.line, one.day).cmp(&(&other.line, other.day)));
        Ok(Some(Statement { owner, ledger, usage }))
    }

    async fn day_totals(&self, span: &LineSpan, days: Days) -> Result<Vec<DayTotal>> {
        let source: SourceId = "files".parse::<SourceId>().map_err(|invalid| invalid.field("source"))?;
        let usage = self.usage_by_day(&span.line, days.from, days.to).await?;
        let total = |(day, usage): (_, crate::domain::usage_file::day::Usage)| DayTotal {
            records: usage.records,
            units: usage.units,
            ..DayTotal::new(span.line.clone(), day, source.clone())
        };
        Ok(usage.into_iter().map(total).collect())
    }
}
