//! The NIT, Colombia's tax number: a number, optionally followed by a check digit.

use super::country::Country;

/// The tax authority's weights, from the last digit of the number to the first.
const WEIGHTS: [u32; 15] = [3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71];

/// The check digit of a number; none for a text that is not 1 to 15 digits.
///
/// The weighted digits are added; the remainder by 11 is the check digit if it is 0 or 1, else 11 minus the remainder.
pub fn check_digit(number: &str) -> Option<u32> {
    if number.is_empty() || number.len() > WEIGHTS.len() {
        return None;
    }
    let mut sum = 0;
    for (digit, weight) in number.chars().rev().zip(WEIGHTS) {
        sum += digit.to_digit(10)? * weight;
    }
    Some(match sum % 11 {
        rest @ (0 | 1) => rest,
        rest => 11 - rest,
    })
}

/// Possible readings of a NIT: as written and, if its last digit is the check digit of the others, without it. A number
/// may end that way by chance, so both are tried, in this order. Other countries write no check digits.
pub fn readings<'a>(written: &'a str, country: &Country) -> Vec<&'a str> {
    let mut readings = vec![written];
    if country.code == "co"
        && let Some((at, last)) = written.char_indices().last()
        && last.to_digit(10).is_some_and(|last| check_digit(&written[..at]) == Some(last))
    {
        readings.push(&written[..at]);
    }
    readings
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn readings(written: &str) -> Vec<&str> {
        super::readings(written, Country::by_code("co").unwrap())
    }

    #[test]
    fn the_digit_is_the_tax_authoritys() {
        // Worked out by hand; the last three are published numbers of companies.
        for (number, digit) in
            [("900123456", 8), ("0", 0), ("1", 8), ("4", 1), ("860002964", 4), ("890903938", 8), ("899999068", 1)]
        {
            assert_eq!(check_digit(number), Some(digit), "{number}");
        }
        for text in ["", "9a", "-1", "9 0", "٩", "1234567890123456"] {
            assert_eq!(check_digit(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_number_is_read_with_and_without_its_check_digit() {
        assert_eq!(readings("900123456"), ["900123456"]);
        assert_eq!(readings("9001234568"), ["9001234568", "900123456"]);
        assert_eq!(readings("9001234567"), ["9001234567"]);
        assert_eq!(readings(""), [""]);
        assert_eq!(readings("8"), ["8"]);
        assert_eq!(readings("é8"), ["é8"]);
        assert_eq!(super::readings("9001234568", Country::by_code("sv").unwrap()), ["9001234568"]);
    }

    proptest! {
        #[test]
        fn appending_the_digit_gives_the_number_back(number in "[1-9][0-9]{0,14}") {
            let written = format!("{number}{}", check_digit(&number).unwrap());
            prop_assert_eq!(readings(&written), [written.as_str(), number.as_str()]);
        }

        #[test]
        fn one_wrong_digit_is_noticed(number in "[1-9][0-9]{5,9}", at in 0..6_usize, other in 0..10_u32) {
            let mut digits: Vec<u8> = number.clone().into_bytes();
            digits[at] = b'0' + u8::try_from(other).unwrap();
            let changed = String::from_utf8(digits).unwrap();
            // The remainders 1 and 10 share the digit 1; every other change of a single digit is detected.
            if changed != number && check_digit(&changed) == check_digit(&number) {
                prop_assert_eq!(check_digit(&number), Some(1));
            }
        }

        #[test]
        fn no_text_upsets_it(text in ".{0,20}") {
            prop_assert_eq!(readings(&text)[0], text.as_str());
        }
    }
}
