//! Guatemala, SAT: the authorisation of a certifier (FEL) and the tax number.

use super::check;

/// Series and number of an authorisation, which is a UUID: its first eight hexadecimal digits, and the next eight as a decimal
/// number. None for a text that is no UUID.
pub fn series_and_number(authorisation: &str) -> Option<(String, u32)> {
    let digits: String = authorisation.chars().filter(|letter| *letter != '-').collect();
    let is_uuid = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_uuid {
        return None;
    }
    let (series, rest) = digits.split_at(8);
    Some((series.to_uppercase(), u32::from_str_radix(rest.get(..8)?, 16).ok()?))
}

/// The check digit of a NIT without it: `0` to `9`, or `K` for ten. None for a text that is no number.
pub fn nit_check_digit(number: &str) -> Option<char> {
    if number.is_empty() || number.len() > 11 {
        return None;
    }
    match (11 - check::sum(number, 2..=12)?) % 11 {
        10 => Some('K'),
        digit => char::from_digit(digit, 10),
    }
}

/// Whether a NIT, with or without a dash before its check digit, is one. `CF` is the buyer who has none.
pub fn is_nit(written: &str) -> bool {
    if written == "CF" {
        return true;
    }
    let mut letters = written.chars();
    let check = letters.next_back();
    let number = letters.as_str().strip_suffix('-').unwrap_or(letters.as_str());
    check.is_some() && nit_check_digit(number) == check.map(|check| check.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn series_and_number_follow_from_the_authorisation() {
        let of = |text: &str| series_and_number(text);
        assert_eq!(of("1A2B3C4D-972044C0-4E5F-8A9B-0C1D2E3F4A5B"), None, "not a UUID");
        assert_eq!(of("1a2b3c4d-9720-44C0-8a9b-0c1d2e3f4a5b"), Some(("1A2B3C4D".to_owned(), 2_535_474_368)));
        assert_eq!(of(""), None);
    }

    #[test]
    fn the_check_digit_of_a_nit_may_be_a_letter() {
        // Worked out by hand: 5*2 + 4*3 + 3*4 + 2*5 + 1*6 = 50, and 55 - 50 = 5; 9*2 + 1*3 = 21, and 22 - 21 = 1; 5*2 = 10.
        for (number, digit) in [("12345", '5'), ("19", '1'), ("5", '1'), ("6", 'K')] {
            assert_eq!(nit_check_digit(number), Some(digit), "{number}");
        }
        assert!(is_nit("12345-5") && is_nit("123455") && is_nit("6-k") && is_nit("CF"));
        assert!(!is_nit("12345-6") && !is_nit("") && !is_nit("x-1") && !is_nit("-5"));
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_noticed(number in "[1-9][0-9]{3,8}", at in 0..4_usize, other in 0..10_u32) {
            let check = nit_check_digit(&number).unwrap();
            let mut wrong: Vec<char> = number.chars().collect();
            wrong[at] = char::from_digit(other, 10).unwrap();
            let wrong: String = wrong.into_iter().collect();
            let is_same = wrong == number;
            prop_assert_eq!(is_nit(&format!("{wrong}-{check}")), is_same);
        }

        #[test]
        fn no_text_upsets_it(text in "\\PC{0,40}") {
            let _ = (is_nit(&text), series_and_number(&text));
        }
    }
}
