//! Whose usage has to be looked at, because it may have reached a limit.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use shared::domain::event::UsageLookWanted;
use shared::domain::guard::watch::is_due;
use shared::domain::msisdn::Msisdn;
use shared::domain::usage_file::day::Usage;
use shared::domain::usage_file::source::Source;
use shared::error::Result;
use shared::events::message;

use crate::UsageIngest;
use crate::chunk::Chunk;
use crate::known::Known;

/// Lines of one message, so that a message is done in a moment.
const PAGE: usize = 100;

/// Tells usage-guard which lines are due because of a chunk's usage. It takes nothing of the table: what it decides by was read
/// with the lines.
///
/// It comes after the usage was written and before the chunk is done. So a look sees the usage that it was asked for; and
/// what fails here, or crashes, is done again with the chunk. A line that is told twice is looked at twice at most, and
/// nothing is told twice because of it.
pub async fn tell(
    app: &UsageIngest,
    chunk: &Chunk,
    known: &Known,
    days: &BTreeMap<(&Msisdn, NaiveDate), Usage>,
) -> Result<()> {
    let Source { stream, name, sequence, chunk } = &chunk.source;
    let (now, today) = (app.base.clock.now(), app.base.today());
    let mut by_line: BTreeMap<&Msisdn, Vec<(NaiveDate, &Usage)>> = BTreeMap::new();
    for ((msisdn, day), usage) in days {
        by_line.entry(msisdn).or_default().push((*day, usage));
    }
    let guarded = |number: &Msisdn| known.line(number).and_then(|line| line.guarded());
    let due =
        by_line.into_iter().filter(|(number, used)| guarded(number).is_some_and(|line| is_due(line, used, today, now)));
    let due: Vec<Msisdn> = due.map(|(number, _)| number.clone()).collect();
    for (page, lines) in due.chunks(PAGE).enumerate() {
        let wanted = UsageLookWanted { at: now, listed: false, lines: lines.to_vec(), contracts: Vec::new() };
        let id = format!("{stream}:{name}:{sequence}:{chunk}:{page}");
        app.looks.send_for(stream.as_str(), &message(&wanted, &id)?).await?;
    }
    Ok(())
}
