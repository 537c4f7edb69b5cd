//! Recordings of many extensions, merged into one list.

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use shared::domain::call::Direction;
use shared::domain::ids::{CustomerCode, Extension};
use shared::domain::period::{Edge, Span, instant};
use shared::domain::recording::Recording;
use shared::error::{Error, Invalid, Result};
use shared::http::paging::{MAX_LIMIT, with_next};
use shared::http::{Page, Reply, Request, Text};
use shared::table::{From, Paged, Window, place_of_recording};

use crate::{Calls, wire};

/// Most extensions of one search.
const MAX_EXTENSIONS: usize = 100;
/// Longest period of one search, in days.
const MAX_DAYS: u32 = 31;
/// Lists read concurrently; each needs a connection.
const AT_ONCE: usize = 16;

/// A validated search.
struct Search {
    extensions: Vec<Extension>,
    span: Span,
    direction: Option<Direction>,
}

/// `POST /lines/recordings`
pub async fn search(app: &Calls, request: &Request) -> Result<Reply> {
    let search = Search::read(&request.json()?, request)?;
    let page = Page::of(request, MAX_LIMIT)?;
    let (owners, lists) =
        tokio::join!(app.base.reader().extensions(&search.extensions), lists(app, request, &search, page.window()));
    let own = owners?.into_iter().filter(|owner| request.principal().sees_customer(&owner.customer));
    let own: BTreeSet<_> = own.map(|owner| owner.number).collect();
    if own.is_empty() {
        return Err(Error::NotFound("the extension"));
    }
    let lists = lists?.into_iter().filter(|(extension, _)| own.contains(extension)).map(|(_, list)| list);
    let found = merged(lists, page.window());
    let rows: Vec<_> = found.rows.iter().map(|row| wire::FoundRecording::of(row, request.country.zone())).collect();
    with_next(Reply::ok(&rows)?, request, found.next.as_deref())
}

/// Reads as much of each extension's list as the page needs: an equal share of the page first, then more of those lists
/// that continue within it. So the cost follows the size of the page, not the number of extensions.
async fn lists(
    app: &Calls,
    request: &Request,
    search: &Search,
    window: &Window,
) -> Result<Vec<(Extension, Paged<Recording>)>> {
    let (skip, start) = match &window.from {
        From::Record(skip) => (*skip, From::Record(0)),
        From::After(_) => (0, window.from.clone()),
    };
    let wanted = skip.saturating_add(window.limit).min(MAX_ROWS);
    // An extension may have belonged to another customer, whose recordings the caller must not see.
    let passes = |customer: &CustomerCode| request.principal().sees_customer(customer);
    let reader = app.base.reader();
    let read = |(extension, from): (Extension, From), limit| async move {
        let window = Window { from, limit };
        let found = reader.recordings(extension, search.span, &window, search.direction, passes).await;
        found.map(|list| (extension, list))
    };
    let mut step = (2 * wanted / search.extensions.len()).max(SHARE).min(wanted);
    let begins = search.extensions.iter().map(|extension| (*extension, start.clone()));
    let begins = stream::iter(begins.collect::<Vec<_>>()).map(|begin| read(begin, step));
    let mut lists: Vec<_> = begins.buffered(AT_ONCE).try_collect().await?;
    loop {
        let short = short(&lists, wanted);
        if short.is_empty() {
            return Ok(lists);
        }
        step = step.saturating_mul(4).min(wanted);
        let (at, begins): (Vec<_>, Vec<_>) = short.into_iter().unzip();
        let more = stream::iter(begins).map(|begin| read(begin, step));
        let more: Vec<(Extension, Paged<Recording>)> = more.buffered(AT_ONCE).try_collect().await?;
        for (at, (_, page)) in at.into_iter().zip(more) {
            lists[at].1.rows.extend(page.rows);
            lists[at].1.next = page.next;
        }
    }
}

/// The lists that continue within the page, and where.
fn short(lists: &[(Extension, Paged<Recording>)], wanted: usize) -> Vec<(usize, (Extension, From))> {
    let mut places: Vec<_> = lists.iter().flat_map(|(_, list)| &list.rows).map(place_of_recording).collect();
    places.sort();
    let end = wanted.checked_sub(1).and_then(|last| places.get(last));
    let goes_on = |(at, (extension, list)): (usize, &(Extension, Paged<Recording>))| {
        let next = list.next.as_ref().filter(|next| end.is_none_or(|end| *next < end))?;
        Some((at, (*extension, From::After(next.clone()))))
    };
    lists.iter().enumerate().filter_map(goes_on).collect()
}

/// Fewest records read of a list.
const SHARE: usize = 50;
/// More than an extension can have in a month; a larger offset is past the end.
const MAX_ROWS: usize = 100_000;

/// One page of the merged lists, newest first. Its cursor is a position that holds in every list.
fn merged(lists: impl Iterator<Item = Paged<Recording>>, window: &Window) -> Paged<Recording> {
    let skip = match window.from {
        From::Record(skip) => skip,
        From::After(_) => 0,
    };
    let (mut rows, mut more) = (Vec::new(), false);
    for list in lists {
        more |= list.next.is_some();
        rows.extend(list.rows);
    }
    more |= rows.len() > skip.saturating_add(window.limit);
    rows.sort_by_cached_key(place_of_recording);
    let rows: Vec<_> = rows.into_iter().skip(skip).take(window.limit).collect();
    let next = rows.last().map(place_of_recording).filter(|_| more);
    Paged { rows, next }
}

impl Search {
    fn read(wanted: &wire::RecordingsParameters, request: &Request) -> Result<Self> {
        let extensions: BTreeSet<_> = wanted
            .extensions
            .iter()
            .map(|number| Extension::try_from(number.0))
            .collect::<Result<_, Invalid>>()
            .map_err(|invalid| invalid.field("extensions"))?;
        if !(1..=MAX_EXTENSIONS).contains(&wanted.extensions.len()) {
            return Err(Error::invalid("extensions", "must be 1 to 100 numbers"));
        }
        let time = |name, text: &Text, edge| {
            instant(text.as_str(), request.country.zone(), edge).map_err(|invalid| invalid.field(name))
        };
        let (start, end) = (time("start", &wanted.start, Edge::Start)?, time("end", &wanted.end, Edge::End)?);
        let span = Span::new(start, end).and_then(|span| span.at_most(MAX_DAYS));
        let direction = wanted.direction.as_ref().map(|direction| direction.as_str().parse()).transpose();
        Ok(Self {
            extensions: extensions.into_iter().collect(),
            span: span.map_err(|invalid| invalid.field("start"))?,
            direction: direction.map_err(|invalid: Invalid| invalid.field("direction"))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(id: u64, minute: u32) -> Recording {
        Recording {
            id: id.try_into().unwrap(),
            customer: "1001".parse().unwrap(),
            extension: 1.try_into().unwrap(),
            start: format!("2026-03-01T10:{minute:02}:00Z").parse().unwrap(),
            seconds: 1,
            direction: Direction::In,
            origin: 1.try_into().unwrap(),
            destination: "1".to_owned(),
            files: std::collections::BTreeMap::new(),
            state: shared::domain::recording::RecordingState::Kept,
        }
    }

    fn list(records: &[(u64, u32)], next: Option<&str>) -> Paged<Recording> {
        let rows = records.iter().map(|(id, minute)| recording(*id, *minute)).collect();
        Paged { rows, next: next.map(str::to_owned) }
    }

    fn ids(page: &Paged<Recording>) -> Vec<u64> {
        page.rows.iter().map(|row| row.id.into()).collect()
    }

    #[test]
    fn lists_become_one_newest_first() {
        let lists = || [list(&[(1, 50), (2, 30)], None), list(&[(3, 40), (4, 10)], None)].into_iter();
        let all = merged(lists(), &Window { from: From::Record(0), limit: 10 });
        assert_eq!((ids(&all), all.next), (vec![1, 3, 2, 4], None));
        let some = merged(lists(), &Window { from: From::Record(1), limit: 2 });
        assert_eq!(ids(&some), [3, 2]);
        assert_eq!(some.next, Some(place_of_recording(&recording(2, 30))));
        let past = merged(lists(), &Window { from: From::Record(9), limit: 2 });
        assert_eq!((ids(&past), past.next), (vec![], None));
    }

    #[test]
    fn a_list_is_short_that_goes_on_before_the_page_ends() {
        let place = |id, minute| place_of_recording(&recording(id, minute));
        let lists = |next: Option<&str>| {
            let one = (Extension::try_from(1).unwrap(), list(&[(1, 50), (2, 30)], next));
            [one, (Extension::try_from(2).unwrap(), list(&[(3, 40), (4, 10)], None))]
        };
        let next = place(2, 30);
        let which =
            |next: Option<&str>, wanted| short(&lists(next), wanted).into_iter().map(|(at, _)| at).collect::<Vec<_>>();
        // Newest first: 1, 3, 2, 4. After 2 there may be something before 4, but nothing before 3.
        assert_eq!((which(Some(&next), 4), which(Some(&next), 3), which(Some(&next), 2)), (vec![0], vec![], vec![]));
        assert_eq!((which(Some(&next), 9), which(None, 9)), (vec![0], vec![]));
    }

    #[test]
    fn a_list_that_goes_on_makes_the_page_go_on() {
        let page = merged([list(&[(1, 50)], Some("place"))].into_iter(), &Window { from: From::Record(0), limit: 1 });
        assert_eq!(page.next, Some(place_of_recording(&recording(1, 50))));
    }
}
