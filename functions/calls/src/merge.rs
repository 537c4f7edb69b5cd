//! Many lists, newest first, as one. A list may have been read only in part; then what lies beyond the part is unknown,
//! and nothing beyond it, of any list, belongs to the page.

use shared::table::{From, Paged, Position, Window};

/// How many rows are skipped, and where each list begins. A position holds in every list.
pub fn begin(window: &Window) -> (usize, From) {
    match &window.from {
        From::Record(skip) => (*skip, From::Record(0)),
        From::After(text) => {
            let Position { skip, after } = Position::read(text);
            (skip, From::After(after))
        }
    }
}

/// The lists that have to be read on for so many rows, by their index, and where.
pub fn short<T>(lists: &[&Paged<T>], wanted: usize) -> Vec<(usize, String)> {
    let mut places: Vec<_> = lists.iter().flat_map(|list| &list.places).collect();
    places.sort_unstable();
    let end = wanted.checked_sub(1).and_then(|last| places.get(last));
    let next = |(at, list): (usize, &&Paged<T>)| Some((at, list.next.clone()?));
    lists.iter().enumerate().filter_map(next).filter(|(_, next)| end.is_none_or(|end| next < *end)).collect()
}

/// A page of the lists. It ends where the first list is unknown; it may be short then, even empty, and goes on there.
pub fn merged<T>(lists: Vec<Paged<T>>, mut skip: usize, limit: usize) -> Paged<T> {
    let known_to = lists.iter().filter_map(|list| list.next.clone()).min();
    let rows = lists.into_iter().flat_map(|list| list.places.into_iter().zip(list.rows));
    let mut rows: Vec<_> = rows.filter(|(place, _)| known_to.as_ref().is_none_or(|end| place <= end)).collect();
    rows.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut page = Paged::empty();
    for (place, row) in rows {
        if skip > 0 {
            skip -= 1;
        } else if page.rows.len() == limit {
            page.next = page.places.last().cloned();
            return page;
        } else {
            page.rows.push(row);
            page.places.push(place);
        }
    }
    page.next = known_to.map(|after| Position { skip, after }.write());
    page
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A list's rows by place, in order; a row is its place.
    type List = Vec<String>;

    /// What a read of a list answers: rows after a place, as many as asked for or fewer, and where it goes on.
    fn read(list: &List, from: &From, limit: usize) -> Paged<String> {
        let after = |place: &&String| match from {
            From::After(after) => *place > after,
            From::Record(_) => true,
        };
        let rest: List = list.iter().filter(after).cloned().collect();
        let rows: List = rest.iter().take(limit).cloned().collect();
        let next = rows.last().filter(|_| rows.len() < rest.len()).cloned();
        Paged { places: rows.clone(), rows, next }
    }

    /// One answer, with reads of `step` rows, of which at most `rounds` times more are made.
    fn answer(lists: &[List], window: &Window, step: usize, rounds: usize) -> Paged<String> {
        let (skip, start) = begin(window);
        let mut parts: Vec<_> = lists.iter().map(|list| read(list, &start, step)).collect();
        for _ in 0..rounds {
            for (at, next) in short(&parts.iter().collect::<Vec<_>>(), skip.saturating_add(window.limit)) {
                let more = read(&lists[at], &From::After(next), step);
                parts[at].rows.extend(more.rows);
                parts[at].places.extend(more.places);
                parts[at].next = more.next;
            }
        }
        merged(parts, skip, window.limit)
    }

    fn lists() -> impl Strategy<Value = Vec<List>> {
        let list = prop::collection::btree_set(0..500_u32, 0..40);
        // The number of the list makes its places its own.
        prop::collection::vec(list, 1..6).prop_map(|lists| {
            let places = |(at, list): (usize, std::collections::BTreeSet<u32>)| {
                list.into_iter().map(|time| format!("R#{time:04}#{at}")).collect()
            };
            lists.into_iter().enumerate().map(places).collect()
        })
    }

    proptest! {
        #[test]
        fn pages_by_cursor_are_the_plain_merge(
            lists in lists(),
            offset in 0..30_usize,
            limit in 1..20_usize,
            step in 1..10_usize,
            rounds in 0..6_usize,
        ) {
            let mut all: List = lists.iter().flatten().cloned().collect();
            all.sort();
            let (mut walked, mut from) = (List::new(), From::Record(offset));
            loop {
                let page = answer(&lists, &Window { from, limit }, step, rounds);
                prop_assert!(page.rows.len() <= limit);
                walked.extend(page.rows);
                let Some(next) = page.next else { break };
                from = From::After(next);
            }
            prop_assert_eq!(&walked[..], all.get(offset..).unwrap_or_default());
        }

        #[test]
        fn a_page_that_is_read_to_its_end_is_full(lists in lists(), limit in 1..20_usize, step in 1..10_usize) {
            let all = lists.iter().map(Vec::len).sum::<usize>();
            let page = answer(&lists, &Window { from: From::Record(0), limit }, step, 100);
            prop_assert_eq!(page.rows.len(), limit.min(all));
            prop_assert_eq!(page.next.is_some(), limit < all);
        }
    }
}
