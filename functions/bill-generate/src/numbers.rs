//! Numbers for the documents of a page.

use std::collections::VecDeque;
use std::time::Duration;

use chrono::NaiveDate;
use shared::domain::billing::document::DocumentKind;
use shared::domain::billing::owner::Settled;
use shared::domain::billing::page::{Listed, Page, PageId};
use shared::domain::billing::parked::Parked;
use shared::domain::billing::series::{Given, Series};
use shared::domain::ids::{RunId, SeriesId};
use shared::error::{Error, Invalid, Result};
use shared::events::Record;
use shared::retry::pause;
use shared::table::{Changes, Stored};

use crate::BillGenerate;

/// The kinds of documents.
pub const KINDS: [DocumentKind; 2] = [DocumentKind::Invoice, DocumentKind::CreditNote];
/// Most numbers that came back which one transaction takes; it has a hundred items.
const AGAIN: usize = 40;

/// Pages for which a list of a large run takes numbers at once, and how many at most: what is left in the end is declared
/// unused, list by list, in one item.
const AHEAD: usize = 3;
const MOST_AHEAD: usize = 75;

/// How often a page asks for numbers that others take at the same time.
const ROUNDS: u32 = 32;
const PAUSE: Duration = Duration::from_millis(2);

/// What a contract needs numbers for.
pub type Needs = [usize; 2];

/// Of each kind, a series that has numbers and gives none, and why: what the tax office would miss.
pub type Without = [Option<(SeriesId, Invalid)>; 2];

/// The numbers meant for a contract that it has not spent.
pub fn unspent<'a>(listed: &'a Listed, settled: Option<&'a Settled>) -> impl Iterator<Item = &'a Given> {
    listed.numbers.iter().filter(move |given| settled.is_none_or(|settled| !settled.has_spent(&given.number)))
}

/// The day on which a page has taken its numbers, or takes them now: its documents' day.
pub fn day_of(page: &Page, record: &Record) -> NaiveDate {
    page.at.map_or_else(|| record.today(), |at| at.with_timezone(&record.country.zone()).date_naive())
}

/// Gives the contracts of a page the numbers that they lack, as [`once`] does. All pages take from the same series: one that
/// was not fast enough tries again, and what was read and computed of its contracts stays. Only when somebody else has changed
/// the page does it all begin again.
pub async fn give(
    app: &BillGenerate,
    place: (&RunId, PageId),
    page: &Stored<Page>,
    lacks: &[Needs],
    record: &Record,
) -> Result<(Stored<Page>, Without)> {
    for round in 0..ROUNDS {
        match once(app, place, page, lacks, record).await {
            Err(Error::Stale) => pause(PAUSE, round).await,
            done => return done,
        }
        let now = app.base.reader().open_page(place.0, place.1).await?;
        if now.is_none_or(|now| now.rev != page.rev) {
            break;
        }
    }
    Err(Error::Stale)
}

/// Gives the contracts of a page the numbers that they lack: `lacks` says how many of each kind, in the order of the page. A
/// contract gets none where the series have none left.
///
/// Numbers that pages of this run have taken on this day and given back come first, then those of the series in the order of
/// their names; none beyond a series' end or last day, and none that the tax office would not take for want of a key or an
/// authorisation: each would be declared unused. Far into a large run a list takes what its next pages may need as well,
/// so that series are not written for every page. What is left of either at the end of the day or of the run is declared
/// unused: numbers follow dates. The page at its revision, the list's numbers and the series at theirs and the numbers that
/// came back are one transaction: no number is given to two pages, and a page that comes again has the same.
async fn once(
    app: &BillGenerate,
    (run, id): (&RunId, PageId),
    page: &Stored<Page>,
    lacks: &[Needs],
    record: &Record,
) -> Result<(Stored<Page>, Without)> {
    let reader = app.base.reader();
    // The documents' day, also of a page that goes on after midnight.
    let day = day_of(page, record);
    let mut changes = Changes::new();
    let mut after = page.value.clone();
    let mut series = Vec::new();
    let mut without = Without::default();
    for (at, kind) in KINDS.into_iter().enumerate() {
        let wanted: usize = lacks.iter().map(|needs| needs[at]).sum();
        if wanted == 0 {
            continue;
        }
        if series.is_empty() {
            series = reader.all_series().await?;
        }
        let demands = app.demands(day, record.now).await?;
        let mut open: Vec<&Stored<Series>> = Vec::new();
        for one in series.iter().filter(|one| one.kind == kind && one.is_open_on(day)) {
            match demands.check(one) {
                Ok(()) => open.push(one),
                Err(missing) if one.left() > 0 => without[at] = without[at].take().or(Some((one.id.clone(), missing))),
                Err(_) => {}
            }
        }
        let wanted = Wanted { kind, count: wanted, day };
        let (mut given, taken) = gather(app, (run, id), wanted, &open, &mut changes).await?;
        after.taken += taken;
        let mut short = None;
        for (listed, needs) in after.contracts.iter_mut().zip(lacks) {
            if needs[at] <= given.len() {
                listed.numbers.extend(given.drain(..needs[at]));
            } else if short.is_none() {
                short = Some(listed);
            }
        }
        // What is left was too little for those that still lack some; the first of them keeps it.
        if let Some(short) = short {
            short.numbers.extend(given);
        }
    }
    if after == page.value {
        return Ok((page.clone(), without));
    }
    after.at = after.at.or(Some(record.now));
    changes.update_page(run, id, page, &after)?;
    app.base.table.commit(changes, None, record.now).await?;
    Ok((Stored { value: after, rev: page.next_rev() }, without))
}

/// What a page wants.
struct Wanted {
    kind: DocumentKind,
    count: usize,
    day: NaiveDate,
}

/// Numbers of a kind for a page, of these series alone, and how many were taken from series for that.
async fn gather(
    app: &BillGenerate,
    (run, id): (&RunId, PageId),
    wanted: Wanted,
    open: &[&Stored<Series>],
    changes: &mut Changes,
) -> Result<(VecDeque<Given>, u64)> {
    let reader = app.base.reader();
    let Wanted { kind, count, day } = wanted;
    let is_open = |series: &SeriesId| open.iter().any(|one| one.id == *series);
    let free = reader.free_numbers(run, kind, day, count.min(AGAIN)).await?;
    let mut given: VecDeque<Given> = free.into_iter().filter(|given| is_open(&given.series)).collect();
    given.iter().for_each(|given| changes.take_free_number(run, day, given));

    let is_large = id.page >= app.ahead_from;
    let before = if is_large { reader.stretch(run, id.list, kind, day).await? } else { None };
    let mut stretch = before.as_ref().map(|before| before.value.clone());
    if let Some(stretch) = stretch.as_mut().filter(|stretch| is_open(&stretch.id)) {
        given.extend(take(stretch, count - given.len())?);
    }
    let mut taken = 0;
    for one in open.iter().filter(|one| one.left() > 0) {
        let left = count - given.len();
        if left == 0 {
            break;
        }
        let has_none = stretch.as_ref().is_none_or(|stretch| stretch.left() == 0);
        // What a list has ahead is nobody else's; near the end of a series each number is wanted.
        let goes_ahead = is_large && has_none && one.warning(day).is_none();
        let wanted = if goes_ahead { (left * AHEAD).clamp(left, MOST_AHEAD.max(left)) } else { left };
        let mut after = one.value.clone();
        let mut apart = after.set_apart(wanted as u64);
        changes.update_series(one, &after)?;
        taken += apart.left();
        given.extend(take(&mut apart, left)?);
        if apart.left() > 0 {
            stretch = Some(apart);
        }
    }
    if let Some(stretch) = stretch.filter(|stretch| before.as_ref().is_none_or(|before| before.value != *stretch)) {
        changes.put_stretch(run, (id.list, day), before.as_ref(), &stretch)?;
    }
    Ok((given, taken))
}

fn take(series: &mut Series, wanted: usize) -> Result<Vec<Given>> {
    series.take(wanted as u64).map_err(|invalid| invalid.field("series"))
}

/// Why there is no number of a kind: the kind of reason, and in words.
pub fn lacking(kind: DocumentKind, day: NaiveDate, without: &Without) -> (&'static str, String) {
    let missing = KINDS.iter().zip(without).find(|(of, _)| **of == kind).and_then(|(_, missing)| missing.clone());
    if let Some((series, missing)) = missing {
        let parked = Parked::Fiscal(missing);
        return (parked.kind(), format!("{parked} ({series})"));
    }
    let what = match kind {
        DocumentKind::Invoice => "invoices",
        DocumentKind::CreditNote => "credit notes",
    };
    ("no-number", format!("no series of {what} that is open on {day} has a number left"))
}
