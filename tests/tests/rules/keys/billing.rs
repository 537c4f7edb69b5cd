//! Keys of bill runs: their order, and what their ranges hold.

use proptest::prelude::*;
use shared::domain::billing::document::DocumentKind;
use shared::domain::billing::page::PageId;
use shared::domain::billing::run::shard;
use shared::table::keys;

use super::holds;
use super::parts::{Parts, parts};

proptest! {
    #[test]
    fn pages_sort_as_their_places_and_are_read_back(parts in parts(), list in 0..10_000_u16, page in 0..100_000_000_u32) {
        let (run, one, two) = (parts.run(), parts.page(), PageId { list, page });
        for key in [keys::open_page, keys::done_page] {
            prop_assert_eq!(key(&run, one).cmp(&key(&run, two)), one.cmp(&two));
            prop_assert_eq!(keys::read_page(&key(&run, two).sk), Some(two.page));
        }
    }

    #[test]
    fn a_range_of_a_run_holds_its_own(one in parts(), two in parts(), same in any::<bool>()) {
        let two = if same { Parts { id: one.id.clone(), other: one.other.clone(), ..two } } else { two };
        let (run, on_run, contract) = (one.run(), one.id == two.id, one.contract());
        let kind = one.given().kind;
        let on_list = on_run && one.page().list == two.page().list;
        let of_kind = on_run && two.given().kind == kind;
        let same_list = one.cycle_day() == two.cycle_day() && shard(&contract) == shard(&two.contract());
        let on_parts = |parent: bool| parent && one.short() == two.short();
        let day = one.time().date_naive();
        let ranges = [
            (keys::open_pages(&run, one.page().list), "open page", on_list),
            (keys::done_pages(&run, one.page().list), "done page", on_list),
            (keys::stretches(&run, one.page().list), "numbers of a list", on_list),
            (keys::free_numbers(&run, kind, day), "returned number", of_kind && two.time().date_naive() == day),
            (keys::all_free_numbers(&run), "returned number", on_run),
            (keys::all_parked(), "parked contract", true),
            (keys::all_series(), "series", true),
            (keys::cycle_list(one.cycle_day(), shard(&contract)), "contract of a cycle day", same_list),
            (keys::parts(&keys::contract(&contract), &one.short()), "part of a contract's books", on_parts(one.other == two.other)),
            (keys::parts(&keys::numbered(&one.given().number), &one.short()), "part", on_parts(on_run)),
        ];
        for (range, own, holds_it) in ranges {
            for (entity, key) in two.keys() {
                prop_assert_eq!(holds(&range, &key), holds_it && entity == own, "{:?} {:?}", range, key);
            }
        }
        let named = keys::run(&format!("{day}.{}", two.line).parse().unwrap());
        prop_assert!(holds(&keys::runs(day, day), &named) && holds(&keys::runs(day, day), &keys::run(&day.to_string().parse().unwrap())));
        if let Some(next) = day.succ_opt() {
            prop_assert!(!holds(&keys::runs(next, next), &named));
        }
    }
}

#[test]
fn the_kinds_of_numbers_lie_apart() {
    let run = "2026-03-01".parse().unwrap();
    let [one, two] = [DocumentKind::Invoice, DocumentKind::CreditNote]
        .map(|kind| keys::free_numbers(&run, kind, "2026-03-01".parse().unwrap()));
    assert_ne!(one.from, two.from);
}
