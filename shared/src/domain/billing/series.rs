//! Series of numbers, as a tax office authorises them. No number is given out twice, and none is left out unsaid.

use chrono::{Datelike as _, NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::domain::billing::document::DocumentKind;
use crate::domain::country::Country;
use crate::domain::fiscal::numbering::{Restart, by_digits};
use crate::domain::ids::{BillNumber, SeriesId, bare};
use crate::error::Invalid;

/// Somebody should ask for a new series when so many percent of one are used …
const USED_PERCENT: u64 = 80;
/// … or so many days are left.
const DAYS_LEFT: TimeDelta = TimeDelta::days(30);

/// A series of numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// Its name.
    pub id: SeriesId,
    /// For which kind of document.
    pub kind: DocumentKind,
    /// What stands before the digits.
    #[serde(default)]
    pub prefix: String,
    /// How many digits a number has at least; zeros fill it up.
    #[serde(default = "one")]
    pub digits: u8,
    /// The first number.
    pub first: u64,
    /// The last number.
    pub last: u64,
    /// The next one that is given out; beyond the last when all are.
    pub next: u64,
    /// The tax office's authorisation, where the country has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<String>,
    /// The first day on which it may be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// The last day on which it may be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
}

const fn one() -> u8 {
    1
}

/// A number of a series.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Given {
    /// As it stands on the document.
    #[serde(rename = "n")]
    pub number: BillNumber,
    /// For which kind of document.
    #[serde(rename = "k")]
    pub kind: DocumentKind,
    /// Of which series.
    #[serde(rename = "s")]
    pub series: SeriesId,
    /// The authorisation of the series.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<String>,
}

/// Why somebody should look at a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Warning {
    /// Most of its numbers are used.
    NearlyUsed,
    /// All of its numbers are used.
    Used,
    /// Its last day is near.
    EndsSoon,
    /// Its last day is over.
    Ended,
}

impl Series {
    /// Whether it can be used as it is.
    ///
    /// # Errors
    /// Limits that contradict each other; numbers that are no identifiers.
    pub fn check(&self) -> Result<(), Invalid> {
        if self.first > self.last {
            return Err(Invalid::new("the first number is above the last"));
        }
        if self.next < self.first || self.next > self.last.saturating_add(1) {
            return Err(Invalid::new("the next number is outside of the range"));
        }
        if self.from.zip(self.until).is_some_and(|(from, until)| from > until) {
            return Err(Invalid::new("the first day is after the last"));
        }
        if self.prefix.ends_with(|last: char| last.is_ascii_digit()) {
            return Err(Invalid::new("a prefix that ends in a digit could make two series say one number"));
        }
        self.number(self.last).map(drop)
    }

    /// A number as it stands on a document.
    ///
    /// # Errors
    /// A prefix that no identifier has; more characters than one has.
    pub fn number(&self, number: u64) -> Result<BillNumber, Invalid> {
        format!("{}{number:0width$}", self.prefix, width = usize::from(self.digits)).parse()
    }

    /// Whether a number is one of its numbers, as a tax office sees them: without dashes, case, and zeros at the beginning.
    pub fn gives(&self, number: &BillNumber) -> bool {
        let digits = number.bare().strip_prefix(&bare(&self.prefix)).and_then(|digits| digits.parse().ok());
        digits.is_some_and(|digits| (self.first..=self.last).contains(&digits))
    }

    /// Whether some number may be of both; dashes make no other number, for tax offices leave them out. In a country whose
    /// office knows documents of a kind by their digits alone ([`by_digits`]) the prefix makes none either.
    pub fn overlaps(&self, other: &Self, country: &Country) -> bool {
        let same = match by_digits(country) {
            Some(restart) => self.kind == other.kind && (restart == Restart::Never || self.shares_a_year(other)),
            None => false,
        };
        (same || bare(&self.prefix) == bare(&other.prefix)) && self.first <= other.last && other.first <= self.last
    }

    /// Whether there is a calendar year in which both may be used.
    fn shares_a_year(&self, other: &Self) -> bool {
        let begins_by_the_end_of = |one: &Self, other: &Self| {
            one.from.zip(other.until).is_none_or(|(from, until)| from.year() <= until.year())
        };
        begins_by_the_end_of(self, other) && begins_by_the_end_of(other, self)
    }

    /// How many numbers are left.
    pub const fn left(&self) -> u64 {
        (self.last + 1).saturating_sub(self.next)
    }

    /// Whether it may be used on a day.
    pub fn is_open_on(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// Gives out numbers: as many as are wanted, or as are left.
    ///
    /// # Errors
    /// As [`Series::number`].
    pub fn take(&mut self, wanted: u64) -> Result<Vec<Given>, Invalid> {
        let count = wanted.min(self.left());
        let first = self.next;
        let given = (first..first + count).map(|number| self.given(number)).collect::<Result<_, Invalid>>()?;
        self.next = first + count;
        Ok(given)
    }

    /// A number of its own, as they all are: the next one, or the last.
    ///
    /// # Errors
    /// As [`Series::number`].
    pub fn example(&self) -> Result<Given, Invalid> {
        self.given(self.next.min(self.last))
    }

    fn given(&self, number: u64) -> Result<Given, Invalid> {
        let (number, authorization) = (self.number(number)?, self.authorization.clone());
        Ok(Given { number, kind: self.kind, series: self.id.clone(), authorization })
    }

    /// Sets its next numbers apart, as many as are wanted, or as are left: a stretch that gives them out for it.
    #[must_use]
    pub fn set_apart(&mut self, wanted: u64) -> Self {
        let first = self.next;
        self.next += wanted.min(self.left());
        Self { first, last: self.next.saturating_sub(1), next: first, ..self.clone() }
    }

    /// Gives out nothing below `to` any more, for numbers that are on documents elsewhere. Never backwards; whether anything changed.
    ///
    /// # Errors
    /// A number that is not of the series, nor the one behind its last.
    pub fn skip(&mut self, to: u64) -> Result<bool, Invalid> {
        if to < self.first || to > self.last.saturating_add(1) {
            return Err(Invalid::new("must be a number of the series, or the one behind its last"));
        }
        let is_new = to > self.next;
        self.next = self.next.max(to);
        Ok(is_new)
    }

    /// Why somebody should look at it.
    pub fn warning(&self, today: NaiveDate) -> Option<Warning> {
        let (used, all) = (self.next - self.first, self.last - self.first + 1);
        let ends = |in_time: TimeDelta| self.until.is_some_and(|until| until < today + in_time);
        if self.left() == 0 {
            Some(Warning::Used)
        } else if ends(TimeDelta::zero()) {
            Some(Warning::Ended)
        } else if used.saturating_mul(100) >= all.saturating_mul(USED_PERCENT) {
            Some(Warning::NearlyUsed)
        } else {
            ends(DAYS_LEFT).then_some(Warning::EndsSoon)
        }
    }
}

/// Whether somebody has to add a series of a kind, after a run that has used so many numbers of it: those that are open have no
/// numbers for two more such runs, each of them has a warning, or none is open.
pub fn is_scarce<'a>(
    all: impl IntoIterator<Item = &'a Series>,
    kind: DocumentKind,
    used: u64,
    today: NaiveDate,
) -> bool {
    let (mut left, mut any, mut warned) = (0_u64, false, true);
    for series in all.into_iter().filter(|series| series.kind == kind) {
        any = true;
        if series.is_open_on(today) {
            left = left.saturating_add(series.left());
            warned &= series.warning(today).is_some();
        }
    }
    left < used.saturating_mul(2) || any && warned
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(first: u64, last: u64) -> Series {
        Series {
            id: "FE".parse().unwrap(),
            kind: DocumentKind::Invoice,
            prefix: "FE-".to_owned(),
            digits: 4,
            first,
            last,
            next: first,
            authorization: None,
            from: None,
            until: None,
        }
    }

    fn numbers(given: &[Given]) -> Vec<&str> {
        given.iter().map(|given| given.number.as_str()).collect()
    }

    #[test]
    fn skipping_goes_forward_alone_and_stays_within_the_series() {
        let mut series = Series { next: 12, ..series(10, 19) };
        for (to, next, is_new) in [(11, 12, false), (12, 12, false), (15, 15, true), (15, 15, false), (20, 20, true)] {
            assert_eq!((series.skip(to).unwrap(), series.next), (is_new, next), "{to}");
            series.check().unwrap();
        }
        assert_eq!(series.left(), 0);
        for to in [9, 21, u64::MAX] {
            assert!(series.skip(to).is_err(), "{to}");
        }
        assert_eq!(series.next, 20);
    }

    #[test]
    fn numbers_follow_each_other_and_end_with_the_range() {
        let mut series = series(1, 5);
        assert_eq!(numbers(&series.take(2).unwrap()), ["FE-0001", "FE-0002"]);
        assert_eq!(numbers(&series.take(9).unwrap()), ["FE-0003", "FE-0004", "FE-0005"]);
        assert_eq!((series.left(), series.take(1).unwrap()), (0, Vec::new()));
    }

    #[test]
    fn what_is_set_apart_is_given_out_once() {
        let mut series = series(1, 5);
        let mut stretch = series.set_apart(3);
        assert_eq!(numbers(&stretch.take(2).unwrap()), ["FE-0001", "FE-0002"]);
        assert_eq!(numbers(&series.take(1).unwrap()), ["FE-0004"]);
        let mut rest = series.set_apart(3);
        assert_eq!((rest.left(), series.left()), (1, 0));
        assert_eq!(numbers(&rest.take(3).unwrap()), ["FE-0005"]);
        assert_eq!(numbers(&stretch.take(3).unwrap()), ["FE-0003"]);
        assert_eq!((stretch.left(), stretch.take(1).unwrap()), (0, Vec::new()));
    }

    #[test]
    fn a_series_near_its_end_warns() {
        let day = |text: &str| text.parse().unwrap();
        let mut limited = Series { until: Some(day("2026-06-30")), ..series(1, 10) };
        assert_eq!(limited.warning(day("2026-05-31")), None);
        assert_eq!(limited.warning(day("2026-06-01")), Some(Warning::EndsSoon));
        assert_eq!(limited.warning(day("2026-07-01")), Some(Warning::Ended));
        assert!(limited.is_open_on(day("2026-06-30")) && !limited.is_open_on(day("2026-07-01")));
        limited.take(7).unwrap();
        assert_eq!(limited.warning(day("2026-01-01")), None);
        limited.take(1).unwrap();
        assert_eq!(limited.warning(day("2026-01-01")), Some(Warning::NearlyUsed));
        limited.take(2).unwrap();
        assert_eq!(limited.warning(day("2026-01-01")), Some(Warning::Used));
    }

    #[test]
    fn where_digits_alone_are_the_number_another_prefix_makes_no_other() {
        let day = |text: &str| Some(text.parse().unwrap());
        let year = |year: u32| Series {
            prefix: format!("F{year}-"),
            from: day(&format!("{year}-01-01")),
            until: day(&format!("{year}-12-31")),
            ..series(1, 9)
        };
        let overlap = |code: &str, one: &Series, other: &Series| one.overlaps(other, Country::by_code(code).unwrap());
        assert!(overlap("sv", &year(2026), &year(2026)) && overlap("bo", &year(2026), &year(2027)));
        assert!(!overlap("sv", &year(2026), &year(2027)) && !overlap("sv", &year(2027), &year(2026)));
        let endless = Series { until: None, ..year(2026) };
        assert!(overlap("sv", &endless, &year(2027)) && overlap("sv", &year(2027), &endless));
        let note = Series { kind: DocumentKind::CreditNote, prefix: "NC-".to_owned(), ..year(2026) };
        assert!(!overlap("sv", &note, &year(2026)) && !overlap("bo", &note, &year(2026)));
        assert!(!overlap("co", &Series { prefix: "FD-".to_owned(), ..year(2026) }, &year(2026)));
    }

    #[test]
    fn numbers_for_less_than_two_runs_are_scarce() {
        let today = "2026-03-01".parse().unwrap();
        let scarce = |all: &[&Series], used| is_scarce(all.iter().copied(), DocumentKind::Invoice, used, today);
        let half = Series { next: 51, ..series(1, 100) };
        assert!(!scarce(&[&half], 25) && scarce(&[&half], 26));
        assert!(!scarce(&[&half, &series(1, 2)], 26));
        let nearly = Series { next: 81, ..series(1, 100) };
        assert!(scarce(&[&nearly], 0) && !scarce(&[&nearly, &half], 1));
        // Where nothing is numbered there is nothing to add.
        assert!(!scarce(&[], 0) && scarce(&[], 1));
        let ended = Series { until: Some("2026-02-28".parse().unwrap()), ..series(1, 100) };
        assert!(scarce(&[&ended], 0) && scarce(&[&ended], 1));
    }

    #[test]
    fn series_that_share_a_number_overlap() {
        let co = Country::by_code("co").unwrap();
        assert!(series(1, 10).overlaps(&series(10, 20), co));
        assert!(!series(1, 9).overlaps(&series(10, 20), co));
        assert!(series(1, 9).overlaps(&Series { prefix: "FE".to_owned(), ..series(9, 20) }, co));
        let other = Series { prefix: "NC-".to_owned(), ..series(1, 10) };
        assert!(!series(1, 10).overlaps(&other, co));
    }

    #[test]
    fn a_series_knows_its_numbers() {
        let own = |text: &str| series(7, 12).gives(&text.parse().unwrap());
        for number in ["FE-0007", "FE-0012", "FE0007", "fe-7", "F-E00007"] {
            assert!(own(number), "{number}");
        }
        for other in ["FE-0006", "FE-0013", "XX-0007", "0007", "FE-", "FE-0007A"] {
            assert!(!own(other), "{other}");
        }
    }

    #[test]
    fn limits_are_checked() {
        assert!(series(1, 5).check().is_ok());
        assert!(series(5, 1).check().is_err());
        assert!(Series { next: 7, ..series(1, 5) }.check().is_err());
        assert!(Series { next: 6, ..series(1, 5) }.check().is_ok());
        assert!(Series { prefix: "F E".to_owned(), ..series(1, 5) }.check().is_err());
        assert!(Series { prefix: "FE-0".to_owned(), ..series(1, 5) }.check().is_err());
    }
}
