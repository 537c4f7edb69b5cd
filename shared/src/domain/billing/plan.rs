//! Which plan a line has on a day. A change counts for the whole day of its instant.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::billing::cycle::Days;
use crate::domain::contract::PaymentKind;
use crate::domain::ids::PlanId;
use crate::domain::msisdn::Msisdn;

/// From an instant on a line has this plan. The first one says which plan the line began with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanStart {
    /// Which line.
    pub line: Msisdn,
    /// When. An upgrade request's is the first instant of the next period.
    pub at: DateTime<Utc>,
    /// Unique for the line: of two at one instant the last by id holds, in whatever order they are read.
    pub id: String,
    /// The plan.
    pub plan: PlanId,
    /// How the line pays with it.
    #[serde(default = "postpaid")]
    pub payment: PaymentKind,
}

const fn postpaid() -> PaymentKind {
    PaymentKind::Postpaid
}

/// The plans of one line.
#[derive(Debug, Clone)]
pub struct PlanHistory<'a> {
    /// Each with the day it falls on, by instant and id.
    starts: Vec<(NaiveDate, &'a PlanStart)>,
    zone: FixedOffset,
}

impl<'a> PlanHistory<'a> {
    /// The history of a line, from its plan starts in any order.
    pub fn new(starts: impl IntoIterator<Item = &'a PlanStart>, zone: FixedOffset) -> Self {
        let day = |start: &PlanStart| start.at.with_timezone(&zone).date_naive();
        let mut starts: Vec<_> = starts.into_iter().map(|start| (day(start), start)).collect();
        starts.sort_by(|(_, one), (_, other)| (one.at, &one.id).cmp(&(other.at, &other.id)));
        Self { starts, zone }
    }

    /// The plan of a day: the last one that starts on it or before. The days before the first start have the first plan.
    ///
    /// A change between prepaid and postpaid acts from midnight on, so on the day it is made only the plans that are
    /// paid as in its first instant count.
    pub fn plan_on(&self, day: NaiveDate) -> Option<&'a PlanStart> {
        let midnight = |start: &PlanStart| start.at.with_timezone(&self.zone).time() == NaiveTime::MIN;
        let begun = self.starts.partition_point(|(on, start)| *on < day || (*on == day && midnight(start)));
        let at_midnight = self.starts[..begun].last().or(self.starts.first()).map(|(_, start)| *start)?;
        let today = self.starts[begun..].iter().take_while(|(on, _)| *on == day).map(|(_, start)| *start);
        today.filter(|start| start.payment == at_midnight.payment).last().or(Some(at_midnight))
    }

    /// Days in a row, cut where the plan changes.
    pub fn parts(&self, days: Days) -> Vec<(&'a PlanStart, Days)> {
        // The plan of a day can differ from the one before only on the day of a start, or the day after.
        let starts = self.starts.iter().flat_map(|(day, _)| [Some(*day), day.succ_opt()]).flatten();
        let mut begins: Vec<_> = starts.filter(|day| days.from < *day && *day <= days.to).chain([days.from]).collect();
        begins.sort_unstable();
        begins.dedup();
        let mut parts: Vec<(&PlanStart, Days)> = Vec::new();
        for from in begins {
            let Some(start) = self.plan_on(from) else { continue };
            match parts.last_mut() {
                Some((last, _)) if (&last.plan, last.payment) == (&start.plan, start.payment) => {}
                last => {
                    if let (Some((_, before)), Some(end)) = (last, from.pred_opt()) {
                        before.to = end;
                    }
                    parts.push((start, Days { from, to: days.to }));
                }
            }
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bogota() -> FixedOffset {
        FixedOffset::west_opt(5 * 3600).unwrap()
    }

    fn start(at: &str, id: &str, plan: &str, payment: PaymentKind) -> PlanStart {
        let at = DateTime::parse_from_rfc3339(&format!("2026-{at}-05:00")).unwrap().to_utc();
        PlanStart { line: "573001234567".parse().unwrap(), at, id: id.to_owned(), plan: plan.parse().unwrap(), payment }
    }

    fn day(text: &str) -> NaiveDate {
        format!("2026-{text}").parse().unwrap()
    }

    /// The plans of days, in whatever order the starts are read.
    #[track_caller]
    fn plans(starts: &[PlanStart], days: &[&str]) -> String {
        let of = |starts: Vec<&PlanStart>| -> String {
            let history = PlanHistory::new(starts, bogota());
            days.iter().map(|on| history.plan_on(day(on)).map_or("-", |start| start.plan.as_str())).collect()
        };
        let told = of(starts.iter().collect());
        assert_eq!(told, of(starts.iter().rev().collect()));
        told
    }

    const POST: PaymentKind = PaymentKind::Postpaid;
    const PRE: PaymentKind = PaymentKind::Prepaid;

    #[test]
    fn a_change_counts_for_its_whole_day_and_the_last_of_a_day_holds() {
        let starts = [
            start("01-10T09:00:00", "1", "A", POST),
            start("02-01T10:00:00", "2", "B", POST),
            start("02-01T23:59:59", "3", "C", POST),
        ];
        assert_eq!(plans(&starts, &["01-01", "01-10", "01-31", "02-01", "02-02"]), "AAACC");
        assert_eq!(plans(&[], &["01-01"]), "-");
    }

    #[test]
    fn the_day_is_that_of_the_country() {
        let starts = [start("01-01T00:00:00", "1", "A", POST), start("01-31T23:59:59", "2", "B", POST)];
        assert_eq!(plans(&starts, &["01-30", "01-31"]), "AB", "the last second of the 31st is the 1st in UTC");
    }

    #[test]
    fn rule_16_of_two_changes_at_one_instant_the_last_by_id_holds() {
        let starts = [
            start("01-01T00:00:00", "1", "A", POST),
            start("02-01T10:00:00", "b", "B", POST),
            start("02-01T10:00:00", "a", "C", POST),
        ];
        assert_eq!(plans(&starts, &["02-01"]), "B");
    }

    #[test]
    fn an_upgrade_of_a_coming_day_charges_no_day_before_it() {
        let starts = [start("01-01T00:00:00", "1", "A", POST), start("03-01T00:00:00", "2", "B", POST)];
        assert_eq!(plans(&starts, &["02-28", "03-01"]), "AB");
    }

    #[test]
    fn rule_17_between_prepaid_and_postpaid_a_change_acts_from_midnight() {
        let starts = [start("01-01T00:00:00", "1", "A", PRE), start("02-01T10:00:00", "2", "B", POST)];
        assert_eq!(plans(&starts, &["01-31", "02-01", "02-02"]), "AAB");
        // At midnight it acts at once.
        let at_midnight = [starts[0].clone(), start("02-01T00:00:00", "2", "B", POST)];
        assert_eq!(plans(&at_midnight, &["01-31", "02-01"]), "AB");
        // Away and back within a day: the plan paid alike counts today.
        let back = [starts[0].clone(), starts[1].clone(), start("02-01T11:00:00", "3", "C", PRE)];
        assert_eq!(plans(&back, &["01-31", "02-01", "02-02"]), "ACC");
        // Two steps on one day: neither acts before midnight.
        let twice = [starts[0].clone(), starts[1].clone(), start("02-01T11:00:00", "3", "C", POST)];
        assert_eq!(plans(&twice, &["01-31", "02-01", "02-02"]), "AAC");
    }

    fn some_starts() -> impl Strategy<Value = Vec<PlanStart>> {
        let one = (0..40_i64, 0..3_i64, "[a-c]", "[A-C]", any::<bool>());
        let one = one.prop_map(|(on, hours, id, plan, prepaid)| PlanStart {
            at: start("01-01T00:00:00", "", "A", POST).at + chrono::Duration::hours(on * 24 + hours * 11),
            ..start("01-01T00:00:00", &id, &plan, if prepaid { PRE } else { POST })
        });
        proptest::collection::vec(one, 0..8).prop_map(|mut all| {
            // An instant and an id name one fact.
            all.sort_by(|one, other| (one.at, &one.id).cmp(&(other.at, &other.id)));
            all.dedup_by(|one, other| (one.at, &one.id) == (other.at, &other.id));
            all
        })
    }

    proptest! {
        #[test]
        fn each_day_has_one_plan_and_the_parts_agree_with_it(
            (starts, shuffled) in some_starts().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
            from in 0..40_u64,
            length in 0..40_u64,
        ) {
            let days = Days { from: day("01-01") + chrono::Days::new(from), to: day("01-01") + chrono::Days::new(from + length) };
            let (history, same) = (PlanHistory::new(&starts, bogota()), PlanHistory::new(&shuffled, bogota()));
            let parts = history.parts(days);
            for on in days.from.iter_days().take_while(|on| *on <= days.to) {
                let plan = |start: &PlanStart| (start.plan.clone(), start.payment);
                let told = history.plan_on(on).map(plan);
                prop_assert_eq!(&told, &same.plan_on(on).map(plan));
                let found: Vec<_> = parts.iter().filter(|(_, part)| part.has(on)).map(|(start, _)| plan(start)).collect();
                prop_assert_eq!(found, told.into_iter().collect::<Vec<_>>());
            }
            prop_assert!(parts.windows(2).all(|two| two[0].1.to.succ_opt() == Some(two[1].1.from)));
        }
    }
}
