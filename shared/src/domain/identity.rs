//! A customer's identities, and the one form in which their numbers are compared.
//!
//! People write a document's number with dots, hyphens and blanks or without, in either case, and where it has a check digit
//! beside it, with that or without. All of them mean one number: [`Identity::of`] makes its form for comparing and for keys,
//! and keeps what was registered, for showing.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

use super::country::Country;
use super::fiscal::paraguay;
use super::msisdn::Msisdn;
use super::nit;
use super::text::is_control;
use crate::error::Invalid;

/// Longest number, in characters, as written.
const LONGEST: usize = 64;
/// Digits of the shortest number of a person.
const SHORTEST: usize = 5;
/// What may stand between the characters of a document's number and means nothing.
const SEPARATORS: [char; 3] = ['.', '-', ' '];

/// An identity document or number of a customer. Two are equal when kind, in any case, and number are.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Identity {
    /// NIT, CC, DUI …
    pub kind: String,
    /// The number, in its form for comparing.
    pub number: String,
    /// The number as registered, where that differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    written: Option<String>,
}

impl Identity {
    /// An identity whose number is in its form for comparing already.
    pub fn plain(kind: impl Into<String>, number: impl Into<String>) -> Self {
        Self { kind: kind.into(), number: number.into(), written: None }
    }

    /// The identity of this kind with a number as somebody writes it in the country. Blanks around it are none of its.
    pub fn of(kind: &str, written: &str, country: &Country) -> Self {
        let written = trimmed(written);
        let number = compared(kind, written, country);
        let written = (number != written).then(|| written.to_owned());
        Self { kind: kind.to_owned(), number, written }
    }

    /// The same, with its number in the form for comparing.
    #[must_use]
    pub fn canonical(&self, country: &Country) -> Self {
        Self::of(&self.kind, self.written(), country)
    }

    /// What a number as written may mean, first what it says. Nearly always one. A short number that ends in the right check
    /// digit, though nothing sets it apart, may have it, and then means the number before it, too; and one without may have
    /// been loaded with it.
    ///
    /// # Errors
    /// Not 1 to 64 letters and digits with dots, hyphens, underscores or blanks between them.
    pub fn readings(kind: &str, written: &str, country: &Country) -> Result<Vec<Self>, Invalid> {
        check_form(trimmed(written))?;
        let first = Self::of(kind, written, country);
        let Some(check_digit) = check_digit(kind, country) else { return Ok(vec![first]) };
        let without = checked(&first.number, check_digit).map(str::to_owned);
        let with = check_digit(&first.number).map(|digit| format!("{}{digit}", first.number));
        let with = with.filter(|with| with.len() > SHORTEST && !must_have_check_digit(with, country));
        let others = without.into_iter().chain(with).map(|number| Self::plain(kind, number)).collect::<Vec<_>>();
        Ok([vec![first], others].concat())
    }

    /// The number as registered.
    pub fn written(&self) -> &str {
        self.written.as_deref().unwrap_or(&self.number)
    }

    /// Whether it is an identity document, not a number of our own: code, contract or phone number.
    pub fn is_document(&self) -> bool {
        is_document(&self.kind)
    }

    /// Whether what is written can be a number of its kind, and be asked for: whatever passes is found by its
    /// [`readings`](Self::readings).
    ///
    /// # Errors
    /// Not 1 to 64 letters and digits with dots, hyphens, underscores or blanks between them; a check digit that is set apart
    /// and wrong.
    pub fn check_number(&self, country: &Country) -> Result<(), Invalid> {
        // A phone number may be written with a plus, and is asked for by its digits.
        check_form(if is_line(&self.kind) { &self.number } else { self.written() })?;
        self.check(country)
    }

    /// Whether what is written can be a number of its kind.
    ///
    /// # Errors
    /// A check digit that is set apart and wrong.
    pub fn check(&self, country: &Country) -> Result<(), Invalid> {
        let Some(check_digit) = check_digit(&self.kind, country) else { return Ok(()) };
        let written = self.written();
        let right = !is_apart(written) || checked(&stripped(written), check_digit).is_some();
        right.then_some(()).ok_or(const { Invalid::new("must have its right check digit, or none") })
    }
}

/// What counts when two are compared.
fn key(identity: &Identity) -> (String, &str) {
    (identity.kind.to_uppercase(), &identity.number)
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        key(self) == key(other)
    }
}

impl Eq for Identity {}

impl PartialOrd for Identity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Identity {
    fn cmp(&self, other: &Self) -> Ordering {
        key(self).cmp(&key(other))
    }
}

impl Hash for Identity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        key(self).hash(state);
    }
}

fn is_document(kind: &str) -> bool {
    !["CODE", "CONTRACT", "MSISDN"].iter().any(|own| kind.eq_ignore_ascii_case(own))
}

fn is_line(kind: &str) -> bool {
    kind.eq_ignore_ascii_case("MSISDN")
}

/// A number without the blanks around it, of any script. What breaks a line is no blank.
pub fn trimmed(written: &str) -> &str {
    written.trim_matches(|letter: char| letter.is_whitespace() && !is_control(letter))
}

fn check_form(written: &str) -> Result<(), Invalid> {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"._- ".contains(&byte);
    let ends = [written.bytes().next(), written.bytes().next_back()];
    let good = written.len() <= LONGEST
        && written.bytes().all(inner)
        && ends.iter().all(|end| end.is_some_and(|end| end.is_ascii_alphanumeric()));
    good.then_some(()).ok_or(
        const { Invalid::new("must be 1 to 64 letters and digits, with dots, hyphens, underscores or blanks between") },
    )
}

/// A number in its form for comparing.
fn compared(kind: &str, written: &str, country: &Country) -> String {
    if is_line(kind) {
        return Msisdn::parse(written, country).map_or_else(|_| written.to_owned(), |line| line.to_string());
    }
    if !is_document(kind) {
        return written.to_owned();
    }
    let mut number = stripped(written);
    let Some(check_digit) = check_digit(kind, country) else { return number };
    let mut has_one = is_apart(written);
    while let Some(bare) = checked(&number, check_digit).filter(|_| has_one || must_have_check_digit(&number, country))
    {
        number = bare.to_owned();
        has_one = false;
    }
    number
}

/// Without separators, in upper case. A text of separators alone stays.
fn stripped(written: &str) -> String {
    let number: String = written.chars().filter(|letter| !SEPARATORS.contains(letter)).collect();
    if number.is_empty() { written.to_owned() } else { number.to_uppercase() }
}

/// The check digit that people write beside numbers of the kind, or leave away; none for kinds without one, or whose
/// check digit is part of the number.
fn check_digit(kind: &str, country: &Country) -> Option<fn(&str) -> Option<u32>> {
    match (country.code, &*kind.to_uppercase()) {
        ("co", "NIT") => Some(nit::check_digit),
        ("py", "RUC") => Some(paraguay::check_digit),
        _ => None,
    }
}

/// The number before its last digit, if that is the check digit of the others.
fn checked(number: &str, check_digit: fn(&str) -> Option<u32>) -> Option<&str> {
    let (at, last) = number.char_indices().last()?;
    let (number, last) = (&number[..at], last.to_digit(10)?);
    (check_digit(number) == Some(last)).then_some(number)
}

/// Whether a separator stands before the last character, as before a check digit.
fn is_apart(written: &str) -> bool {
    let mut letters = written.trim_end().chars().rev();
    letters.next().is_some() && letters.next().is_some_and(|letter| SEPARATORS.contains(&letter))
}

/// Whether a number is too long to be one without its check digit. A company's NIT has nine digits, and a person's is the
/// number of an identity card: up to eight digits, or ten that begin with 1. A company's RUC has eight digits and begins with 80, a
/// person's is the number of an identity card, up to seven.
fn must_have_check_digit(number: &str, country: &Country) -> bool {
    match country.code {
        "co" => number.len() > 10 || number.len() == 10 && !number.starts_with('1'),
        _ => number.len() > 8 || number.len() == 8 && !number.starts_with("80"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn country(code: &str) -> &'static Country {
        Country::by_code(code).unwrap()
    }

    fn number(code: &str, kind: &str, written: &str) -> String {
        Identity::of(kind, written, country(code)).number
    }

    #[test]
    fn every_way_to_write_a_number_is_one_number() {
        for (code, kind, ways) in [
            ("co", "NIT", &["900123456", "900123456-8", "900.123.456-8", "9001234568", "900 123 456 8"][..]),
            ("co", "nit", &["1020304050", "1.020.304.050-8", "10203040508"]),
            ("co", "CC", &["1020304050", "1.020.304.050"]),
            ("co", "CE", &["E123456", "e-123456"]),
            ("sv", "NIT", &["06140101901012", "0614-010190-101-2"]),
            ("sv", "DUI", &["012345678", "01234567-8"]),
            ("gt", "NIT", &["1234567K", "1234567-k"]),
            ("hn", "RTN", &["08011990123456", "0801-1990-123456"]),
            ("bo", "CI", &["12345671K", "1234567-1k"]),
            ("py", "RUC", &["80024627", "80024627-6", "80.024.627-6", "800246276"]),
            ("py", "RUC", &["1234567", "1.234.567-9", "12345679"]),
            ("co", "MSISDN", &["573001234567", "+573001234567", "3001234567"]),
        ] {
            let numbers: BTreeSet<_> = ways.iter().map(|way| number(code, kind, way)).collect();
            assert_eq!(numbers.into_iter().collect::<Vec<_>>(), [ways[0]], "{code} {kind}");
        }
    }

    #[test]
    fn what_could_be_two_numbers_is_read_as_both() {
        let read = |code, kind, written| -> Vec<String> {
            let readings = Identity::readings(kind, written, country(code)).unwrap();
            readings.into_iter().map(|one| one.number).collect()
        };
        // Eight digits and their check digit, or a company's nine.
        let with = format!("80123456{}", nit::check_digit("80123456").unwrap());
        assert_eq!(read("co", "NIT", &with), [with.as_str(), "80123456"]);
        assert_eq!(read("co", "NIT", "80123456"), ["80123456", &with]);
        let apart = format!("80.123.456-{}", &with[8..]);
        assert_eq!(read("co", "NIT", &apart), ["80123456", &with]);
        assert_eq!(read("co", "NIT", "900123456"), ["900123456"]);
        assert_eq!(read("co", "NIT", "9001234568"), ["900123456"]);
        assert_eq!(read("co", "NIT", "900123456-8"), ["900123456"]);
        // A wrong check digit is no check digit; other kinds and countries have none beside the number.
        assert_eq!(read("co", "NIT", "900123456-7"), ["9001234567"]);
        assert_eq!(read("co", "CC", "9001234568"), ["9001234568"]);
        assert_eq!(read("sv", "NIT", "9001234568"), ["9001234568"]);
        // Ten digits that begin with 1 are a person's number.
        let person =
            (0..10).map(|last| format!("102030405{last}")).find(|number| checked(number, nit::check_digit).is_some());
        let person = person.unwrap();
        assert_eq!(read("co", "NIT", &person), [person.as_str(), "102030405"]);
    }

    #[test]
    fn our_own_numbers_stay_as_they_are() {
        for (kind, written) in [("CONTRACT", "A.1-2"), ("code", "c-1"), ("MSISDN", "300-1")] {
            assert_eq!(number("co", kind, written), written);
        }
    }

    #[test]
    fn a_check_digit_that_is_set_apart_must_be_right() {
        let check = |code, kind, written| Identity::of(kind, written, country(code)).check(country(code)).is_ok();
        assert!(
            check("co", "NIT", "900123456-8") && check("co", "NIT", "900123456") && check("co", "NIT", "9001234567")
        );
        assert!(!check("co", "NIT", "900123456-7") && !check("co", "NIT", "900.123.456-K"));
        assert!(check("co", "NIT", "900-123-456") && check("sv", "NIT", "0614-010190-101-3"));
        assert!(check("py", "RUC", "80024627-6") && !check("py", "RUC", "80024627-5"));
    }

    #[test]
    fn what_was_registered_is_kept_beside_the_number() {
        let nit = Identity::of("Nit", "900.123.456-8", country("co"));
        assert_eq!((nit.written(), nit.number.as_str()), ("900.123.456-8", "900123456"));
        assert_eq!(nit, Identity::plain("NIT", "900123456"));
        let kept: Identity = serde_json::from_str(&serde_json::to_string(&nit).unwrap()).unwrap();
        assert_eq!((kept.written(), kept.canonical(country("co")).written()), ("900.123.456-8", "900.123.456-8"));
        assert_eq!(serde_json::to_string(&Identity::plain("CC", "1")).unwrap(), r#"{"kind":"CC","number":"1"}"#);
        // What an earlier release has stored is its own number.
        let old: Identity = serde_json::from_str(r#"{"kind":"NIT","number":"900123456-8"}"#).unwrap();
        assert_eq!(old.canonical(country("co")).number, "900123456");
    }

    #[test]
    fn a_number_begins_and_ends_with_a_letter_or_digit() {
        let doors = |text: &str| {
            let loaded = Identity::of("CC", text, country("co")).check_number(country("co"));
            [loaded.is_ok(), Identity::readings("CC", text, country("co")).is_ok()]
        };
        for text in [
            "",
            " ",
            "-1",
            "1-",
            ".",
            "é1",
            "1#",
            "a/b",
            "+1",
            "a\nb",
            "1\t",
            "1–2",
            "1\u{a0}2",
            "١٢٣",
            "1\u{2028}",
            &"1".repeat(65),
        ] {
            assert_eq!(doors(text), [false, false], "{text:?}");
        }
        for text in ["1", "a", "1-2.3 4_5", " 1", "1 ", "\u{a0}1\u{2003}", &format!(" {} ", "1".repeat(64))] {
            assert_eq!(doors(text), [true, true], "{text:?}");
        }
    }

    #[test]
    fn blanks_around_a_number_are_none_of_its() {
        let nit = Identity::of("NIT", "\u{a0}900.123.456-8 ", country("co"));
        assert_eq!((nit.written(), nit.number.as_str()), ("900.123.456-8", "900123456"));
        for (kind, written) in [("CONTRACT", " A.1-2 "), ("MSISDN", " 573001234567\u{a0}")] {
            assert_eq!(number("co", kind, written), trimmed(written));
        }
        assert!(Identity::of("MSISDN", "+573001234567", country("co")).check_number(country("co")).is_ok());
    }

    proptest! {
        #[test]
        fn the_form_for_comparing_is_its_own(at in 0..Country::ALL.len(), kind in "NIT|CC|RUC|RTN|CONTRACT|MSISDN", text in "[0-9]{0,12}[-. ]?[0-9kK]?") {
            let country = &Country::ALL[at];
            let once = number(country.code, &kind, &text);
            prop_assert_eq!(number(country.code, &kind, &once), once);
        }

        #[test]
        fn a_check_digit_makes_no_difference(nit in "[89][0-9]{8}", dots in any::<bool>()) {
            let digit = nit::check_digit(&nit).unwrap();
            let head = if dots { format!("{}.{}.{}", &nit[..3], &nit[3..6], &nit[6..]) } else { nit.clone() };
            prop_assert_eq!(&number("co", "NIT", &format!("{head}-{digit}")), &nit);
            prop_assert_eq!(&number("co", "NIT", &format!("{head}{digit}")), &nit);
        }

        #[test]
        fn no_text_upsets_it(text in "\\PC{0,40}") {
            for country in Country::ALL {
                let identity = Identity::of("NIT", &text, country);
                prop_assert_eq!(identity.written(), trimmed(&text));
                prop_assert!(identity.check_number(country).is_err() || Identity::readings("NIT", &text, country).is_ok());
                let _ = Identity::readings("RUC", &text, country);
            }
        }
    }
}
