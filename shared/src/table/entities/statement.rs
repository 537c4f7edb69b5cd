//! All that is known of a contract: its books, and the usage of its lines.

use chrono::{FixedOffset, NaiveDate};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::domain::billing::cycle::Days;
use crate::domain::billing::ledger::LineSpan;
use crate::domain::billing::usage::DayTotal;
use crate::domain::ids::{ContractId, SourceId};
use crate::domain::usage_file::day::Usage;
use crate::error::Result;
use crate::table::Reader;
use crate::table::entities::contract::Books;
use crate::table::read::Freshness;

/// How many lines' usage is read at once.
const AT_ONCE: usize = 32;

/// All that is known of a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The contract, its facts, and what bills have charged.
    pub books: Books,
    /// The usage of its lines on the days that were asked for, by line and day.
    pub usage: Vec<DayTotal>,
}

/// Which usage of a contract is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The days.
    pub days: Days,
    /// The last day whose usage must be all that is written; later days may lag by a moment.
    pub sure_until: Option<NaiveDate>,
}

impl Reader {
    /// A contract with its books, and its lines' usage on the days that are wanted by them. One strong query for the books;
    /// then, for each line that the contract has on one of the days, one query or, when a part has to be sure, two, many at
    /// once: half a unit, or one, for each 4 KB, which a month of one file a day is.
    ///
    /// Usage that arrives while it is read is known or not; what is billed of it is guarded by the contract's revision.
    pub async fn statement(
        &self,
        id: &ContractId,
        zone: FixedOffset,
        wanted: impl FnOnce(&Books) -> Wanted,
    ) -> Result<Option<Statement>> {
        let Some(books) = self.books(id, zone).await? else { return Ok(None) };
        let usage = self.usage_of(&books, wanted(&books)).await?;
        Ok(Some(Statement { books, usage }))
    }

    /// The usage of a contract's lines, by line and day, as [`Reader::statement`] reads it.
    pub async fn usage_of(&self, books: &Books, wanted: Wanted) -> Result<Vec<DayTotal>> {
        self.usage_of_lines(&books.ledger.lines, wanted).await
    }

    /// The same of some of its lines.
    pub async fn usage_of_lines(&self, lines: &[LineSpan], wanted: Wanted) -> Result<Vec<DayTotal>> {
        let Wanted { days: Days { from, to }, sure_until } = wanted;
        let eventual_from = sure_until.map_or(from, |sure| sure.succ_opt().unwrap_or(sure).max(from));
        let parts = [
            (sure_until.map(|sure| Days { from, to: sure.min(to) }), Freshness::Strong),
            (Some(Days { from: eventual_from, to }), Freshness::Eventual),
        ];
        let mut asked = Vec::with_capacity(lines.len());
        for span in lines {
            for (days, freshness) in &parts {
                let days = days.filter(|days| days.from <= days.to).and_then(|days| days.within(span.from, span.to));
                asked.extend(days.map(|days| self.day_totals(span, days, *freshness)));
            }
        }
        let read = stream::iter(asked).buffered(AT_ONCE);
        let mut usage: Vec<DayTotal> = read.try_collect::<Vec<_>>().await?.into_iter().flatten().collect();
        usage.sort_by(|one, other| (&one.line, one.day).cmp(&(&other.line, other.day)));
        Ok(usage)
    }

    async fn day_totals(&self, span: &LineSpan, days: Days, freshness: Freshness) -> Result<Vec<DayTotal>> {
        let source: SourceId = "files".parse::<SourceId>().map_err(|invalid| invalid.field("source"))?;
        let usage = self.usage_by_day_at(&span.line, days.from, days.to, freshness).await?;
        let total = |(day, usage): (_, Usage)| DayTotal {
            records: usage.records,
            units: usage.units,
            apps: usage.apps,
            ..DayTotal::new(span.line.clone(), day, source.clone())
        };
        Ok(usage.into_iter().map(total).collect())
    }
}
