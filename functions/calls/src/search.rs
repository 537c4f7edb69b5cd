//! Recordings of many extensions, merged into one list.

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use shared::domain::call::Direction;
use shared::domain::ids::{CustomerCode, Extension};
use shared::domain::owned::Sight as _;
use shared::domain::period::{Edge, Span, instant};
use shared::domain::recording::Recording;
use shared::error::{Error, Invalid, Result};
use shared::http::paging::{MAX_LIMIT, answer};
use shared::http::{Page, Reply, Request, Text};
use shared::invocation::runs_short;
use shared::table::{From, Paged, Window, owner_first};

use crate::merge::{begin, merged, short};
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
///
/// Only the lists of the caller's own extensions count, and are read at all: rows of others would end the page too early.
/// Of who sees every customer each known extension is one, so its lists are read at the same time as the extensions.
pub async fn search(app: &Calls, request: &Request) -> Result<Reply> {
    let search = Search::read(&request.json()?, request)?;
    let page = Page::of(request, MAX_LIMIT)?;
    let (skip, start) = begin(page.window());
    let wanted = skip.saturating_add(page.window().limit).min(MAX_ROWS);
    let step = (2 * wanted / search.extensions.len()).max(SHARE).min(wanted);
    let reading = Reading { app, request, search: &search };
    let first =
        |extensions: Vec<Extension>| reading.lists(extensions.into_iter().map(|one| (one, start.clone())), step);
    let mut lists = if request.sight().sees_all() {
        let (own, lists) = owner_first(request.sight(), reading.own(), first(search.extensions.clone())).await?;
        lists.into_iter().filter(|(extension, _)| own.contains(extension)).collect()
    } else {
        first(reading.own().await?.into_iter().collect()).await?
    };
    reading.read_on(&mut lists, wanted, step).await?;
    let found = merged(lists.into_iter().map(|(_, list)| list).collect(), skip, page.window().limit);
    answer(request, &found, |rows| {
        let rows = rows.iter().map(|row| wire::FoundRecording::of(row, request.country.zone()));
        Reply::ok(&rows.collect::<Vec<_>>())
    })
}

/// Fewest records read of a list.
const SHARE: usize = 50;
/// More than an extension can have in a month; a larger offset is past the end.
const MAX_ROWS: usize = 100_000;

/// How often lists are read on. A list that few recordings of pass the filter may not be at its end then.
const ROUNDS: usize = 8;

/// A list of recordings as far as it has been read.
type List = (Extension, Paged<Recording>);

/// Reads the lists of a search.
struct Reading<'a> {
    app: &'a Calls,
    request: &'a Request,
    search: &'a Search,
}

impl Reading<'_> {
    /// The caller's own extensions among those searched.
    async fn own(&self) -> Result<BTreeSet<Extension>> {
        let owners = self.app.base.reader().extensions(&self.search.extensions).await?.into_iter();
        let own = owners.filter(|owner| self.request.principal().sees_customer(&owner.customer));
        let own: BTreeSet<_> = own.map(|owner| owner.number).collect();
        if own.is_empty() { Err(Error::NotFound("the extension")) } else { Ok(own) }
    }

    /// Reads some lists concurrently, each from a place on.
    async fn lists(&self, begins: impl Iterator<Item = (Extension, From)>, limit: usize) -> Result<Vec<List>> {
        let begins: Vec<_> = begins.collect();
        let reads = stream::iter(begins).map(|(extension, from)| self.list(extension, from, limit));
        reads.buffered(AT_ONCE).try_collect().await
    }

    async fn list(&self, extension: Extension, from: From, limit: usize) -> Result<List> {
        // An extension may have belonged to another customer, whose recordings the caller must not see.
        let passes = |customer: &CustomerCode| self.request.principal().sees_customer(customer);
        let Search { span, direction, .. } = self.search;
        let window = Window { from, limit };
        let list = self.app.base.reader().recordings(extension, *span, &window, *direction, passes).await?;
        Ok((extension, list))
    }

    /// Reads on those lists that continue within the page, until none does, or after some rounds, or until time runs short.
    /// So the cost follows the size of the page, not the number of extensions.
    async fn read_on(&self, lists: &mut [List], wanted: usize, mut step: usize) -> Result<()> {
        for _ in 0..ROUNDS {
            let parts: Vec<_> = lists.iter().map(|(_, list)| list).collect();
            let short = short(&parts, wanted);
            if short.is_empty() || runs_short() {
                break;
            }
            step = step.saturating_mul(4).min(wanted);
            let begins: Vec<_> = short.iter().map(|(at, next)| (lists[*at].0, From::After(next.clone()))).collect();
            let more = self.lists(begins.into_iter(), step).await?;
            for ((at, _), (_, page)) in short.into_iter().zip(more) {
                let list = &mut lists[at].1;
                list.rows.extend(page.rows);
                list.places.extend(page.places);
                list.next = page.next;
            }
        }
        Ok(())
    }
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
