//! Countries against themselves, and their numbers against libphonenumber.

use phonenumber::metadata::{DATABASE, Descriptor, Descriptors};
use proptest::prelude::*;

use super::*;

#[test]
fn a_country_is_found_by_its_lower_case_code_only() {
    for code in ["co", "sv", "gt", "hn", "bo", "py"] {
        assert_eq!(Country::by_code(code).unwrap().code, code);
    }
    for code in ["", "CO", "co ", "mx", "col"] {
        assert!(Country::by_code(code).is_err(), "{code:?}");
    }
    assert_eq!(Country::ALL.len(), 6);
}

#[test]
fn zones_are_the_legal_times_of_today() {
    let zones = Country::ALL.iter().map(|country| (country.code, country.zone().to_string()));
    let expected =
        [("co", "-05:00"), ("sv", "-06:00"), ("gt", "-06:00"), ("hn", "-06:00"), ("bo", "-04:00"), ("py", "-03:00")];
    assert_eq!(zones.collect::<Vec<_>>(), expected.map(|(code, zone)| (code, zone.to_owned())));
}

#[test]
fn no_calling_code_begins_another() {
    for one in Country::ALL {
        for other in Country::ALL.iter().filter(|other| other.code != one.code) {
            assert!(!other.calling_code.starts_with(one.calling_code), "{} and {}", one.code, other.code);
        }
        assert!(one.calling_code.len() + one.number_length <= 15, "E.164 allows 15 digits: {}", one.code);
    }
}

#[test]
fn emergency_numbers_are_known_as_dialled() {
    let colombia = Country::by_code("co").unwrap();
    assert!(colombia.is_emergency("123"));
    assert!(colombia.is_emergency("112"));
    assert!(!colombia.is_emergency("1234"));
    assert!(!colombia.is_emergency("3001234567"));
    for country in Country::ALL {
        assert!(country.is_emergency("112") && country.is_emergency("911"), "{}", country.code);
        let short = |number: &&str| number.len() < country.number_length && number.bytes().all(|b| b.is_ascii_digit());
        assert!(country.emergency_numbers.iter().all(short), "{}", country.code);
    }
}

/// What libphonenumber knows of the country, from the regulators' announcements to the ITU.
fn plan(country: &Country) -> &'static Descriptors {
    DATABASE.by_id(&country.code.to_uppercase()).unwrap().descriptors()
}

/// Whether a national number is of this kind, from its first digit to its last.
fn is(kind: Option<&Descriptor>, national: &str) -> bool {
    kind.filter(|kind| kind.is_match(national)).is_some_and(|kind| {
        let found = kind.national_number().find(national);
        found.is_some_and(|found| (found.start(), found.end()) == (0, national.len()))
    })
}

/// Whether a national number is the number of a line there.
fn is_line(national: &str, country: &Country) -> bool {
    let plan = plan(country);
    let kinds = [plan.fixed_line(), plan.mobile(), plan.voip()];
    let nobody_s = [plan.toll_free(), plan.premium_rate(), plan.uan()];
    kinds.iter().any(|kind| is(*kind, national)) && !nobody_s.iter().any(|kind| is(*kind, national))
}

/// Numbers with these first digits, spread over all that follow.
fn beginning(prefix: &str, country: &Country) -> impl Iterator<Item = String> {
    let rest = u32::try_from(country.number_length - prefix.len()).unwrap();
    let (all, prefix) = (10_u64.pow(rest), prefix.to_owned());
    // A prime, so that every digit changes.
    (0..1_009).map(move |at| format!("{prefix}{:0width$}", all / 1_009 * at + at % 97, width = rest as usize))
}

#[test]
fn no_prefix_is_ours_alone() {
    for country in Country::ALL {
        for prefix in country.numbers.mobile.iter().chain(country.numbers.fixed) {
            let known = beginning(prefix, country).filter(|number| is_line(number, country)).count();
            assert!(known > 0, "{} {prefix}: libphonenumber has no line that begins like this", country.code);
        }
        for prefix in country.numbers.mobile {
            let fixed = beginning(prefix, country).find(|number| is(plan(country).fixed_line(), number));
            assert_eq!(fixed, None, "{} {prefix}", country.code);
        }
    }
}

#[test]
fn what_cannot_be_a_line_is_none() {
    for (code, numbers) in [
        (
            "co",
            &[
                "0000000000",
                "1234567890",
                "9001234567",
                "6031234567",
                "6091234567",
                "300123456",
                "30012345678",
                "300123456x",
            ][..],
        ),
        ("sv", &["00000000", "10000000", "31234567", "80012345", "90012345"]),
        ("gt", &["00000000", "11234567", "91234567"]),
        ("hn", &["00000000", "11234567", "41234567", "61234567"]),
        ("bo", &["00000000", "11234567", "80017123", "91234567"]),
        ("py", &["000000000", "112345678", "901234567", "0981234567"]),
    ] {
        let country = Country::by_code(code).unwrap();
        assert!(numbers.iter().all(|number| !country.has_number(number)), "{code}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn every_line_that_libphonenumber_knows_is_one(at in 0..Country::ALL.len(), digits in "[0-9]{10}") {
        let country = &Country::ALL[at];
        let national = &digits[..country.number_length];
        prop_assert!(country.has_number(national) || !is_line(national, country), "{} {}", country.code, national);
    }
}
