//! Pages of a list. A page ends at a number of records, and, where few records pass or all are large, at a number of
//! reads or when time runs short: then it may have fewer records than asked for, even none, and says where it goes on.

use super::item::{self, Item, text_of};
use super::keys::{Key, Range};
use super::read::Freshness;
use super::spent::{self, Side};
use super::{Reader, store_error};
use crate::error::{Error, Result};

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// After this many records that pass the filter.
    Record(usize),
    /// After the position at which an earlier page ended, as [`Position`] writes it.
    After(String),
}

/// The part of a list that a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Where it begins.
    pub from: From,
    /// Page size.
    pub limit: usize,
}

/// One page of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paged<T> {
    /// Its records.
    pub rows: Vec<T>,
    /// The position of each record.
    pub places: Vec<String>,
    /// The position after which the next page begins, if any.
    pub next: Option<String>,
}

impl<T> Paged<T> {
    /// A list without records.
    pub const fn empty() -> Self {
        Self { rows: Vec::new(), places: Vec::new(), next: None }
    }

    /// The position after which a page of its first `count` records would go on.
    pub fn next_after(&self, count: usize) -> Option<String> {
        if count == self.rows.len() { self.next.clone() } else { self.places.get(count.checked_sub(1)?).cloned() }
    }

    /// Ends the list after the first `count` records.
    pub fn end_after(&mut self, count: usize) {
        self.rows.truncate(count);
        self.places.truncate(count);
        self.next = None;
    }

    /// Whether it has no record and nothing follows.
    pub const fn is_over(&self) -> bool {
        self.rows.is_empty() && self.next.is_none()
    }

    /// The same page of something else.
    pub fn map<U>(self, of: impl FnMut(T) -> U) -> Paged<U> {
        Paged { rows: self.rows.into_iter().map(of).collect(), places: self.places, next: self.next }
    }
}

/// A position in a list: a sort key, and how many records after it are still to be skipped, when a page by record
/// index ended before it had reached its first record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Records to skip.
    pub skip: usize,
    /// The sort key after which the list goes on.
    pub after: String,
}

impl Position {
    /// Reads a position. No sort key begins with `+`.
    pub fn read(text: &str) -> Self {
        let skipping = text.strip_prefix('+').and_then(|rest| rest.split_once(' '));
        let skipping = skipping.and_then(|(skip, after)| Some((skip.parse().ok()?, after)));
        let (skip, after) = skipping.unwrap_or((0, text));
        Self { skip, after: after.to_owned() }
    }

    /// As text, the way [`From::After`] has it.
    pub fn write(self) -> String {
        match self.skip {
            0 => self.after,
            skip => format!("+{skip} {}", self.after),
        }
    }
}

/// Whether a filter is likely to drop records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sieve {
    /// No filter.
    All,
    /// A filter that may pass few.
    Some,
}

/// Which end of a range a page begins at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// In the order of the sort keys.
    Forward,
    /// Against it.
    Back,
}

/// First page of a query whose filter may pass few.
const FIRST_STEP: usize = 200;
/// Largest page of a query: more records than fit into a megabyte.
const STEP: usize = 4_000;
/// Most queries of a page whose filter may pass few, of a megabyte each.
const MOST_QUERIES: usize = 32;
/// Most queries that records of a page come from: more than an answer holds.
const MOST_FULL: usize = 8;

impl Reader {
    /// A window of a range, of the records for which `read` returns something. After a position it costs what the page
    /// holds; from a record index on, what lies before it too.
    pub(super) async fn page<T>(
        &self,
        range: Range,
        freshness: Freshness,
        window: &Window,
        sieve: Sieve,
        read: impl FnMut(Item) -> Result<Option<T>>,
    ) -> Result<Paged<T>> {
        self.page_of(range, freshness, window, (sieve, Way::Forward), read).await
    }

    /// The same, in either order.
    pub(super) async fn page_of<T>(
        &self,
        range: Range,
        freshness: Freshness,
        window: &Window,
        (sieve, way): (Sieve, Way),
        mut read: impl FnMut(Item) -> Result<Option<T>>,
    ) -> Result<Paged<T>> {
        let at = |sk: &str| Key { pk: range.pk.clone(), sk: sk.to_owned() };
        let (mut skip, mut after) = begin(&range, &window.from)?;
        let mut page = Paged::empty();
        // One record more than the page tells whether there is another page. Where few may pass, the first query is
        // larger, and the queries grow.
        let mut wanted = skip.saturating_add(window.limit + 1);
        if sieve == Sieve::Some {
            wanted = wanted.max(FIRST_STEP);
        }
        let (mut queries, mut full) = (0, 0);
        loop {
            wanted = wanted.min(STEP);
            let request = self
                .within(&range, freshness)
                .scan_index_forward(way == Way::Forward)
                .limit(i32::try_from(wanted).unwrap_or(i32::MAX))
                .set_exclusive_start_key(after.take().map(|sk| item::bare(at(&sk))))
                .send();
            let output = spent::request(request).await?.map_err(|error| store_error(&error))?;
            spent::enter(Side::Read, output.consumed_capacity.as_ref());
            for item in output.items.unwrap_or_default() {
                let place = text_of(&item, super::keys::SK).unwrap_or_default().to_owned();
                let Some(row) = read(item)? else { continue };
                if skip > 0 {
                    skip -= 1;
                } else if page.rows.len() == window.limit {
                    page.next = page.places.last().cloned();
                    return Ok(page);
                } else {
                    page.rows.push(row);
                    page.places.push(place);
                }
            }
            let Some(last) = output.last_evaluated_key else { return Ok(page) };
            let last = text_of(&last, super::keys::SK).unwrap_or_default();
            queries += 1;
            full += usize::from(!page.rows.is_empty());
            if (sieve == Sieve::Some && queries == MOST_QUERIES) || full == MOST_FULL || spent::runs_short() {
                page.next = Some(Position { skip, after: last.to_owned() }.write());
                return Ok(page);
            }
            after = Some(last.to_owned());
            wanted = wanted.saturating_mul(4);
        }
    }

    /// The items of a range of one partition, unless they are more than so many megabytes, a request each, or cannot be
    /// read in time.
    pub(super) async fn query_within(
        &self,
        range: Range,
        freshness: Freshness,
        megabytes: usize,
    ) -> Result<Option<Vec<Item>>> {
        let mut items = Vec::new();
        let mut from_key = None;
        for _ in 0..megabytes {
            let request = self.within(&range, freshness).set_exclusive_start_key(from_key.take()).send();
            let output = spent::request(request).await?.map_err(|error| store_error(&error))?;
            spent::enter(Side::Read, output.consumed_capacity.as_ref());
            items.extend(output.items.unwrap_or_default());
            from_key = output.last_evaluated_key;
            if from_key.is_none() {
                return Ok(Some(items));
            }
            if spent::runs_short() {
                break;
            }
        }
        Ok(None)
    }
}

/// How many records are skipped, and the sort key after which a page begins.
fn begin(range: &Range, from: &From) -> Result<(usize, Option<String>)> {
    match from {
        From::Record(skip) => Ok((*skip, None)),
        From::After(text) => {
            let Position { skip, after } = Position::read(text);
            if (&range.from..=&range.to).contains(&&after) {
                Ok((skip, Some(after)))
            } else {
                Err(Error::invalid("cursor", "must be a cursor of this list"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_as_it_was_written() {
        for (skip, after) in [(0, "B#1"), (7, "B#1"), (0, "R# x"), (12, "a b"), (0, "2026-03-01T10:00:00#x")] {
            let position = Position { skip, after: after.to_owned() };
            assert_eq!(Position::read(&position.clone().write()), position);
        }
        // What earlier releases wrote.
        assert_eq!(Position::read("B#1"), Position { skip: 0, after: "B#1".to_owned() });
    }

    #[test]
    fn a_part_of_a_page_goes_on_after_its_last_record() {
        let places = ["a", "b"].map(str::to_owned).to_vec();
        let page = Paged { rows: vec![1, 2], places, next: Some("c".to_owned()) };
        let next = |count| page.next_after(count);
        assert_eq!((next(2).as_deref(), next(1).as_deref(), next(0)), (Some("c"), Some("a"), None));
    }
}
