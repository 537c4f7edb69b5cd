//! A number is given out again. What of a line's past its present customer may see, count and change.
//!
//! [`Subscriber::since`] is the instant from which the line is the customer's. What the customer did carries its own name
//! and time, so it counts from that instant on. Calls and traffic carry no name: they are whole days, and the day of a
//! move belongs to neither customer, for the earlier one had its morning. So they count from the first midnight of the
//! country that is not before that instant, as the money does.

use chrono::{DateTime, FixedOffset, Utc};

use super::event::Requested;
use super::ids::CustomerCode;
use super::period::{Span, midnight_from, midnight_of};
use super::subscriber::{Acquisition, FormerPlan, Subscriber, Upgrade};

impl Subscriber {
    /// The part of a span whose calls and traffic are the customer's; none when all of it was before.
    pub fn own_part(&self, span: Span, zone: FixedOffset) -> Option<Span> {
        match self.since {
            Some(since) => span.not_before(midnight_from(since, zone)),
            None => Some(span),
        }
    }

    /// Whether the line's present customer bought this, with the line's revision that the purchase made.
    pub fn has_bought(&self, bought: &Acquisition, revision: Option<u64>) -> bool {
        self.is_own(bought.customer.as_ref(), revision, bought.at)
    }

    /// Whether the line's present customer made the request that an event tells of.
    pub fn has_requested(&self, request: &Requested) -> bool {
        self.is_own(Some(&request.customer), Some(request.revision), request.at)
    }

    /// Every change of a line makes a revision, so revisions tell before from after where two clocks may not. Records of
    /// before customers were written on them have their time alone.
    fn is_own(&self, customer: Option<&CustomerCode>, revision: Option<u64>, at: DateTime<Utc>) -> bool {
        let by_time = || self.since.is_none_or(|since| since <= at);
        match customer {
            Some(customer) if *customer != self.customer => false,
            Some(_) => self.since_revision.zip(revision).map_or_else(by_time, |(since, made)| since < made),
            None => by_time(),
        }
    }

    /// The line as a load sets it over what is there, at `revision`. It remembers since when it is its customer's: a line
    /// that stays keeps that, or takes a later time the load tells; one that moves is the new customer's from now on, or
    /// from a later time. A time that is told never opens what an earlier load has closed. A line that stays also keeps
    /// its additional plans and a coming upgrade: they are paid for, and the record may be older than the request. An upgrade
    /// that the load overtakes is closed; one of the former customer is not the new one's.
    ///
    /// On another contract, or with another profile on it, it is from tomorrow on; on its first from the day that is told,
    /// or today.
    #[must_use]
    pub fn loaded_over(mut self, before: Option<&Self>, revision: u64, now: DateTime<Utc>, zone: FixedOffset) -> Self {
        let told = self.since;
        let today = now.with_timezone(&zone).date_naive();
        self.contract_since = match before {
            Some(before) if !before.pays_as(&self) => today.succ_opt(),
            Some(before) if before.contract_since.is_some() => before.contract_since,
            _ => self.contract_since.or(Some(today)),
        };
        // A watch is the guard's. One that was left under other limits is nobody's any more.
        self.watch = before.filter(|before| before.guard == self.guard).and_then(|before| before.watch.clone());
        match before {
            None => {
                self.since_revision = told.is_none().then_some(0);
                self.upgrade = self.upgrade.map(|upgrade| Upgrade { revision, ..upgrade });
            }
            Some(before) if before.customer == self.customer => {
                self.since = told.max(before.since);
                self.since_revision = before.since_revision.filter(|_| self.since == before.since);
                self.names_nobody = before.names_nobody;
                self.additional.extend(before.additional.iter().cloned());
                let running = before.additional_since.iter().map(|(plan, day)| (plan.clone(), *day));
                self.additional_since.extend(running);
                self.settle_over(before, revision, today);
                self.former = self.former_over(before, now, zone);
            }
            Some(_) => {
                self.since = told.max(Some(now));
                self.since_revision = (self.since == Some(now)).then_some(revision);
                (self.upgrade, self.former) = (None, None);
            }
        }
        self
    }

    /// On the day on which the line comes to another contract, or to another way of paying, it keeps its plan. At midnight
    /// sharp it pays in the other way at once.
    fn former_over(&self, before: &Self, now: DateTime<Utc>, zone: FixedOffset) -> Option<FormerPlan> {
        let today = now.with_timezone(&zone).date_naive();
        let of_today = before.former.clone().filter(|former| former.last == today);
        let is_on_contract = self.contract_since.is_none_or(|since| since <= today);
        match of_today {
            // Away and back on one day.
            Some(former) if is_on_contract && former.payment == self.payment.kind() => None,
            Some(former) => Some(former),
            None if before.pays_as(self) && before.payment.kind() == self.payment.kind() => before.former.clone(),
            None if is_on_contract && now == midnight_of(today, zone) => None,
            None => {
                Some(FormerPlan { plan: before.plan_on(today).clone(), payment: before.payment.kind(), last: today })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn line(customer: &str, since: Option<&str>) -> Subscriber {
        serde_json::from_value(json!({
            "msisdn": "573001234567", "customer": customer, "since": since, "account": "1", "profile": "1",
            "contract": "1", "payment": {"kind": "postpaid", "cycle_day": 1}, "plan": "1",
        }))
        .unwrap()
    }

    fn span(start: &str, end: &str) -> Span {
        Span::new(at(start), at(end)).unwrap()
    }

    #[test]
    fn calls_and_traffic_are_the_customers_from_the_first_whole_day_on() {
        let zone = FixedOffset::west_opt(5 * 3600).unwrap();
        let asked = span("2026-03-01T00:00:00Z", "2026-03-31T00:00:00Z");
        let own = |since| line("1002", since).own_part(asked, zone);
        assert_eq!(own(None), Some(asked));
        assert_eq!(own(Some("2026-02-01T00:00:00Z")), Some(asked));
        let rest = Some(span("2026-03-11T05:00:00Z", "2026-03-31T00:00:00Z"));
        assert_eq!(own(Some("2026-03-10T15:00:00Z")), rest);
        assert_eq!(own(Some("2026-03-11T05:00:00Z")), rest);
        assert_eq!(own(Some("2026-03-30T15:00:00Z")), None);
    }

    #[test]
    fn a_purchase_counts_for_the_customer_who_made_it() {
        let bought = |customer: Option<&str>, at: &str| -> Acquisition {
            serde_json::from_value(json!({
                "offer": "1", "customer": customer, "name": "x", "at": at, "ends_at": "2027-01-01T00:00:00Z",
                "price": {"minor": 1, "currency": "COP"}, "method": "PREPAID",
            }))
            .unwrap()
        };
        let line = line("1002", Some("2026-03-10T15:00:00Z"));
        assert!(line.has_bought(&bought(Some("1002"), "2026-03-10T15:00:00Z"), None), "on the day of the move as well");
        assert!(line.has_bought(&bought(None, "2026-03-10T15:00:00Z"), None));
        assert!(!line.has_bought(&bought(Some("1001"), "2026-03-10T15:00:01Z"), None), "whatever the clocks say");
        assert!(
            !line.has_bought(&bought(Some("1002"), "2026-03-10T14:59:59Z"), None),
            "nor when the line has come back"
        );
        assert!(!line.has_bought(&bought(None, "2026-03-10T14:59:59Z"), None));
    }

    #[test]
    fn a_request_of_an_earlier_owner_is_not_fulfilled() {
        let request = |customer: &str, at: &str| -> Requested {
            let payload = json!({"msisdn": "573001234567", "customer": customer, "plan": "1", "revision": 1, "at": at});
            serde_json::from_value(payload).unwrap()
        };
        let line = line("1002", Some("2026-03-10T15:00:00Z"));
        assert!(line.has_requested(&request("1002", "2026-03-10T15:00:00Z")));
        assert!(!line.has_requested(&request("1001", "2026-03-10T15:00:00Z")));
        assert!(!line.has_requested(&request("1002", "2026-03-10T14:59:59Z")), "nor when the line has come back");
    }

    #[test]
    fn a_load_never_opens_what_an_earlier_one_has_closed() {
        let now = at("2026-03-10T15:00:00Z");
        let (early, late) = (Some("2026-01-01T00:00:00Z"), Some("2026-06-01T00:00:00Z"));
        let over = |before: Option<(&str, Option<&str>)>, told| {
            let before = before.map(|(customer, since)| line(customer, since));
            line("1002", told).loaded_over(before.as_ref(), 8, now, FixedOffset::west_opt(5 * 3600).unwrap()).since
        };
        let told = |text: Option<&str>| text.map(at);
        assert_eq!((over(None, None), over(None, early)), (None, told(early)), "a new line has what is told");
        assert_eq!(over(Some(("1001", None)), None), Some(now));
        assert_eq!(over(Some(("1001", early)), early), Some(now), "a move counts from when it is known");
        assert_eq!(over(Some(("1001", None)), late), told(late));
        assert_eq!((over(Some(("1002", early)), None), over(Some(("1002", None)), None)), (told(early), None));
        assert_eq!(over(Some(("1002", late)), early), told(late));
        assert_eq!(over(Some(("1002", None)), early), told(early), "an old table is told what it did not keep");
    }
}
