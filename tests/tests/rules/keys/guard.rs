//! Keys of the bill shock guard: what their ranges hold, and what is read back.

use proptest::prelude::*;
use shared::domain::billing::run::shard;
use shared::domain::period::Hour;
use shared::table::keys;

use super::holds;
use super::parts::{Parts, parts};

proptest! {
    #[test]
    fn a_range_of_the_guard_holds_its_own(one in parts(), two in parts(), same in any::<bool>(), near in any::<bool>()) {
        let two = if same { Parts { other: one.other.clone(), ..two } } else { two };
        let two = if near { Parts { seconds: one.seconds, line: one.line, ..two } } else { two };
        let (contract, day) = (one.contract(), one.time().date_naive());
        let on_day = one.other == two.other && day == two.time().date_naive();
        let hour = Hour::of(one.time());
        let list = |parts: &Parts| shard(&parts.contract()) % keys::LOOK_LISTS;
        let on_list = hour == Hour::of(two.time()) && list(&one) == list(&two);
        let ranges = [
            (keys::thresholds(&contract, day, &one.subject()), "threshold", on_day && one.subject() == two.subject()),
            (keys::looks(hour, list(&one)), "look", on_list),
        ];
        for (range, own, holds_it) in ranges {
            for (entity, key) in two.keys() {
                prop_assert_eq!(holds(&range, &key), holds_it && entity == own, "{:?} {:?}", range, key);
            }
        }
    }

    #[test]
    fn a_look_tells_its_contract_and_its_subject(parts in parts()) {
        let key = keys::look(Hour::of(parts.time()), &parts.contract(), &parts.subject());
        let subject = parts.subject().to_string();
        prop_assert_eq!(keys::read_look(&key.sk), Some((parts.contract(), subject.as_str())));
    }
}
