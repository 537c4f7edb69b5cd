//! MSISDNs, the phone numbers of subscribers' lines.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::country::Country;
use crate::error::Invalid;

/// An MSISDN in its canonical form: the digits of ITU-T E.164, calling code first, without `+`.
///
/// Two doors lead here. [`Msisdn::parse`] reads what somebody wrote and asks the numbering plan. What is stored was let in once, and
/// is read back by its form alone ([`FromStr`], serde): a plan that changes makes no stored line unreadable.
///
/// `Debug` masks it, because it is personal data and would end up in logs; `Display` does not.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Msisdn(String);

impl Msisdn {
    /// Parses a number as written in this country: local (`3001234567`, in Paraguay also `0981234567`) or international
    /// (`573001234567`, `+573001234567`).
    ///
    /// # Errors
    /// Any other length, any other character (spaces, dashes, digits of other scripts), another country's number, first digits that
    /// no line of the country has.
    pub fn parse(text: &str, country: &Country) -> Result<Self, Invalid> {
        let (announced, digits) = match text.strip_prefix('+') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Invalid::new("must be a phone number: digits, after an optional leading +"));
        }
        let (length, code) = (country.number_length, country.calling_code);
        let home = digits.strip_prefix(country.trunk_prefix).filter(|national| national.len() == length);
        let abroad = national(digits, country);
        let at_home = home.or(Some(digits)).filter(|national| !announced && national.len() == length);
        match abroad.or(at_home) {
            Some(national) if country.has_number(national) => Ok(Self(format!("{code}{national}"))),
            Some(_) => Err(NO_LINE),
            None => Err(form(country)),
        }
    }

    /// The canonical digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In local form; a number of another country stays international.
    pub fn local(&self, country: &Country) -> &str {
        national(&self.0, country).unwrap_or(&self.0)
    }

    /// Checks a number that was read by its form alone against the numbering plan, as [`Msisdn::parse`] does.
    ///
    /// # Errors
    /// Another country's number, first digits that no line of the country has.
    pub fn check_plan(&self, country: &Country) -> Result<(), Invalid> {
        match national(&self.0, country) {
            Some(national) if country.has_number(national) => Ok(()),
            Some(_) => Err(NO_LINE),
            None => Err(form(country)),
        }
    }
}

/// Why a number of the right length is none.
const NO_LINE: Invalid = Invalid::new("must be a phone number of the country: no line here begins like this");

/// What a number looks like in the country.
fn form(country: &Country) -> Invalid {
    let (length, code) = (country.number_length, country.calling_code);
    let trunk = match country.trunk_prefix {
        "" => String::new(),
        prefix => format!(" with or without a {prefix} before them"),
    };
    Invalid(format!("must be a phone number: {length} digits{trunk}, or {code} and {length} digits").into())
}

/// The number within the country, of digits that have the form of calling code and number there, whatever its plan; the length
/// tells them from a local number that begins alike.
fn national<'a>(digits: &'a str, country: &Country) -> Option<&'a str> {
    digits.strip_prefix(country.calling_code).filter(|number| number.len() == country.number_length)
}

/// The country of canonical digits. At most one matches, because no calling code is a prefix of another.
fn country_of(digits: &str) -> Option<&'static Country> {
    Country::ALL.iter().find(|country| national(digits, country).is_some())
}

/// Reads only the canonical form, as stored, and asks no numbering plan; input goes through [`Msisdn::parse`].
impl TryFrom<String> for Msisdn {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        let canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && country_of(&text).is_some();
        canonical
            .then_some(Self(text))
            .ok_or(const { Invalid::new("must be a phone number: calling code and digits of a country served") })
    }
}

/// As [`TryFrom`]: the canonical form only.
impl FromStr for Msisdn {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.to_owned().try_into()
    }
}

impl fmt::Display for Msisdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Calling code and the last two digits, enough to tell two lines in a log apart.
impl fmt::Debug for Msisdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown_first = country_of(&self.0).map_or(0, |country| country.calling_code.len());
        let shown_last = self.0.len().saturating_sub(2);
        self.0.char_indices().try_for_each(|(at, digit)| {
            let shown = at < shown_first || at >= shown_last;
            fmt::Write::write_char(f, if shown { digit } else { '*' })
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn country(code: &str) -> &'static Country {
        Country::by_code(code).unwrap()
    }

    #[test]
    fn every_spelling_of_a_number_is_the_same_number() {
        for text in ["3001234567", "573001234567", "+573001234567"] {
            assert_eq!(Msisdn::parse(text, country("co")).unwrap().as_str(), "573001234567", "{text}");
        }
        assert_eq!(Msisdn::parse("70001234", country("sv")).unwrap().to_string(), "50370001234");
        for text in ["981234567", "0981234567", "595981234567", "+595981234567"] {
            assert_eq!(Msisdn::parse(text, country("py")).unwrap().as_str(), "595981234567", "{text}");
        }
        // A local number that begins like the calling code stays local.
        assert_eq!(Msisdn::parse("50370001", country("sv")).unwrap().as_str(), "50350370001");
    }

    #[test]
    fn anything_else_is_refused() {
        let bad = [
            "",
            "+",
            "300123456",
            "30012345678",
            "+3001234567",
            "++573001234567",
            "00573001234567",
            "+50370001234",
            "57300123456",
            "5730012345678",
            "300 1234567",
            "300-1234567",
            " 3001234567",
            "3001234567 ",
            "3001234567\n",
            "٣٠٠١٢٣٤٥٦٧",
            "300123456x",
            "-3001234567",
            "0000000000",
            "570000000000",
            "9001234567",
            "+579001234567",
            "3001234567+",
            "１２３４５６７８９０",
            "+٣٠٠١٢",
        ];
        for text in bad {
            assert!(Msisdn::parse(text, country("co")).is_err(), "{text:?}");
        }
        for text in ["098123456", "00981234567", "+0981234567", "5950981234567", "595098123456", "0595981234567"] {
            assert!(Msisdn::parse(text, country("py")).is_err(), "{text:?}");
        }
        assert!(Msisdn::parse("03001234567", country("co")).is_err());
    }

    #[test]
    fn the_reason_names_the_right_length_and_not_the_number() {
        let reason = Msisdn::parse("30012", country("co")).unwrap_err().to_string();
        assert_eq!(reason, "must be a phone number: 10 digits, or 57 and 10 digits");
        for text in ["0000000000", "+570000000000"] {
            let reason = Msisdn::parse(text, country("co")).unwrap_err().to_string();
            assert_eq!(reason, "must be a phone number of the country: no line here begins like this");
        }
        let reason = Msisdn::parse("00981234567", country("py")).unwrap_err().to_string();
        let expected = "must be a phone number: 9 digits with or without a 0 before them, or 595 and 9 digits";
        assert_eq!(reason, expected);
    }

    #[test]
    fn only_the_canonical_form_is_read_back() {
        assert_eq!("573001234567".parse::<Msisdn>().unwrap().as_str(), "573001234567");
        for text in ["3001234567", "+573001234567", "", "999001234567", "57300123456x", "57300123456٣", "5730012345678"]
        {
            assert!(text.parse::<Msisdn>().is_err(), "{text:?}");
        }
        assert!(serde_json::from_str::<Msisdn>("\"3001234567\"").is_err());
        let read: Msisdn = serde_json::from_str("\"573001234567\"").unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), "\"573001234567\"");
    }

    /// A block that the plan has lost, or that was stored before there was a plan.
    #[test]
    fn a_stored_number_is_read_whatever_the_plan_says_today() {
        for (code, stored, local, masked) in
            [("co", "570000000000", "0000000000", "57********00"), ("py", "595112345678", "112345678", "595*******78")]
        {
            let read: Msisdn = serde_json::from_str(&format!("\"{stored}\"")).unwrap();
            let read_at = country(code);
            assert_eq!((read.as_str(), read.local(read_at)), (stored, local));
            assert_eq!(format!("{read:?}"), masked);
            assert_eq!(Msisdn::parse(stored, read_at), Err(NO_LINE), "no new one comes in");
            assert_eq!(read.check_plan(read_at), Err(NO_LINE));
            assert_eq!(read.check_plan(country("sv")), Err(form(country("sv"))));
        }
        assert_eq!("573001234567".parse::<Msisdn>().unwrap().check_plan(country("co")), Ok(()));
    }

    #[test]
    fn debug_masks_the_number() {
        assert_eq!(format!("{:?}", Msisdn::parse("3001234567", country("co")).unwrap()), "57********67");
        assert_eq!(format!("{:?}", Msisdn::parse("70001234", country("sv")).unwrap()), "503******34");
    }

    proptest! {
        #[test]
        fn a_number_reads_the_same_in_its_three_forms(at in 0..Country::ALL.len(), which in 0..20_usize, digits in "[0-9]{10}") {
            let country = &Country::ALL[at];
            let all = [country.numbers.mobile, country.numbers.fixed].concat();
            let local = format!("{}{digits}", all[which % all.len()]);
            let local = &local[..country.number_length];
            let msisdn = Msisdn::parse(local, country).unwrap();
            prop_assert_eq!(&Msisdn::parse(&format!("+{msisdn}"), country).unwrap(), &msisdn);
            prop_assert_eq!(&Msisdn::parse(msisdn.as_str(), country).unwrap(), &msisdn);
            prop_assert_eq!(&msisdn.to_string().parse::<Msisdn>().unwrap(), &msisdn);
            prop_assert!(msisdn.as_str().ends_with(local));
            let masked = format!("{msisdn:?}");
            prop_assert!(!masked.contains(local));
        }

        #[test]
        fn what_is_read_at_all_is_canonical(at in 0..Country::ALL.len(), text in "\\+?[0-9 +-]{0,16}") {
            if let Ok(msisdn) = Msisdn::parse(&text, &Country::ALL[at]) {
                prop_assert_eq!(msisdn.to_string().parse::<Msisdn>().unwrap(), msisdn);
            }
        }
    }
}
