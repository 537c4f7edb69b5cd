//! Exact parsing of decimal numbers.

use super::TOO_LARGE;
use crate::error::Invalid;

/// A decimal number: `digits` times ten to the power of `exponent`.
pub(super) struct Number {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Number {
    /// Parses a number of JSON's grammar.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, read_exponent(exponent)?),
            None => (text, 0),
        };
        let (whole, fraction) = match number.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (number, None),
        };
        let well_formed =
            all_digits(whole) && (whole == "0" || !whole.starts_with('0')) && fraction.is_none_or(all_digits);
        let fraction = fraction.unwrap_or_default();
        let exponent = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?;
        well_formed.then(|| Self { negative, digits: format!("{whole}{fraction}"), exponent })
    }

    /// The number times ten to the power of `places`, which must leave no fraction.
    pub(super) fn times_power_of_ten(&self, places: u32) -> Result<i64, Invalid> {
        let significant = self.digits.trim_start_matches('0').trim_end_matches('0');
        if significant.is_empty() {
            return Ok(0);
        }
        let cut_zeros = self.digits.len() - self.digits.trim_end_matches('0').len();
        let zeros = self.exponent.saturating_add(i64::from(places)).saturating_add_unsigned(cut_zeros as u64);
        if zeros < 0 {
            return Err(Invalid(format!("must have at most {places} decimal digits").into()));
        }
        let scale = u32::try_from(zeros).ok().and_then(|zeros| 10_i128.checked_pow(zeros));
        let sign = if self.negative { -1 } else { 1 };
        let value =
            significant.parse::<i128>().ok().zip(scale).and_then(|(value, scale)| value.checked_mul(scale * sign));
        value.and_then(|value| i64::try_from(value).ok()).ok_or(TOO_LARGE)
    }
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The exponent, with an optional sign; at most nine digits.
fn read_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let well_formed = all_digits(digits) && digits.len() <= 9;
    well_formed.then(|| text.parse().ok()).flatten()
}
