//! Prices and the exact amounts that follow from them. Nothing is rounded until an amount becomes money.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::money::{Currency, Money};
use crate::error::Invalid;

const TOO_LARGE: Invalid = Invalid::new("the amount is too large");
/// Digits before and after a price's point; more of either nobody asks for.
const WHOLE_DIGITS: usize = 15;
const DECIMALS: u32 = 8;

/// A price in currency units, not below zero, with as many as eight decimals: rates are finer than coins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Price(Decimal);

impl Price {
    /// A price of so much money.
    ///
    /// # Errors
    /// Below zero.
    pub fn of(amount: Money) -> Result<Self, Invalid> {
        amount.decimal().to_string().parse()
    }

    /// The exact amount of `times` of `of` parts of this price: 12 of 31 days, 90 seconds at a price per 60.
    pub const fn part(self, times: u64, of: u64) -> Exact {
        Exact { price: self, times, of }
    }
}

impl FromStr for Price {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let wrong =
            Invalid::new("must be a decimal text such as \"0.085\": at most 15 digits, then at most 8 decimals");
        let (whole, decimals) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let short = whole.len() <= WHOLE_DIGITS && decimals.is_none_or(|rest| rest.len() <= DECIMALS as usize);
        if !(digits(whole) && decimals.is_none_or(digits) && short) {
            return Err(wrong);
        }
        text.parse::<Decimal>().map(|value| Self(value.normalize())).map_err(|_| wrong)
    }
}

impl TryFrom<String> for Price {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Price> for String {
    fn from(price: Price) -> Self {
        price.to_string()
    }
}

/// The shortest text: `30`, `0.085`.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An exact amount: a price times a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exact {
    /// Of which price.
    pub price: Price,
    /// How many parts.
    pub times: u64,
    /// How many parts cost the price.
    pub of: u64,
}

impl Exact {
    /// The amount as money: to the nearest minor unit, and a half away from zero.
    ///
    /// # Errors
    /// More than fits; parts of nothing.
    pub fn rounded(self, currency: Currency) -> Result<Money, Invalid> {
        let Self { price: Price(price), times, of } = self;
        let scale = 10_i128.checked_pow(price.scale()).ok_or(TOO_LARGE)?;
        let unit = 10_i128.checked_pow(currency.digits).ok_or(TOO_LARGE)?;
        let above =
            price.mantissa().checked_mul(i128::from(times)).and_then(|all| all.checked_mul(unit)).ok_or(TOO_LARGE)?;
        let below = scale.checked_mul(i128::from(of)).ok_or(TOO_LARGE)?;
        Ok(Money { minor: divide(above, below)?, currency })
    }
}

/// The nearest whole number to a fraction, a half away from zero.
///
/// # Errors
/// More than fits; a divisor that is not above zero.
pub fn divide(above: i128, below: i128) -> Result<i64, Invalid> {
    if below <= 0 {
        return Err(Invalid::new("a part of nothing"));
    }
    let (whole, rest) = (above / below, above % below);
    let half = rest.abs().checked_mul(2).ok_or(TOO_LARGE)? >= below;
    i64::try_from(if half { whole + rest.signum() } else { whole }).map_err(|_| TOO_LARGE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn price(text: &str) -> Price {
        text.parse().unwrap()
    }

    fn cents(text: &str, times: u64, of: u64) -> i64 {
        price(text).part(times, of).rounded(Currency::USD).unwrap().minor
    }

    #[test]
    fn a_price_is_decimal_text() {
        for (text, shown) in [
            ("30", "30"),
            ("30.00", "30"),
            ("0.085", "0.085"),
            ("0", "0"),
            ("999999999999999.99999999", "999999999999999.99999999"),
        ] {
            assert_eq!(price(text).to_string(), shown);
            assert_eq!(serde_json::to_value(price(text)).unwrap(), shown);
        }
        for text in
            ["", "-1", "+1", ".5", "5.", "1e3", "1,5", "1 ", "0.123456789", "1000000000000000", "NaN", "1.2.3", "١"]
        {
            assert!(text.parse::<Price>().is_err(), "{text:?}");
        }
        assert!(serde_json::from_str::<Price>("30").is_err(), "a number may have lost digits already");
    }

    #[test]
    fn an_amount_is_rounded_once_and_a_half_away_from_zero() {
        assert_eq!([cents("30.00", 3, 31), cents("60.00", 5, 31), cents("60", 31, 31)], [290, 968, 6000]);
        assert_eq!([cents("0.005", 1, 1), cents("0.0049", 1, 1), cents("0.01", 1, 2)], [1, 0, 1]);
        assert_eq!([divide(-1, 2), divide(-3, 2), divide(-1, 3)], [Ok(-1), Ok(-2), Ok(0)]);
        assert_eq!(price("50000.5").part(1, 1).rounded(Currency::PYG).unwrap().minor, 50_001);
        assert!(price("1").part(1, 0).rounded(Currency::USD).is_err());
        assert!(price("999999999999999").part(u64::MAX, 1).rounded(Currency::USD).is_err());
    }

    proptest! {
        #[test]
        fn rounding_agrees_with_decimal_arithmetic(mantissa in 0..1_000_000_000_i64, scale in 0..=8_u32, times in 0..100_000_u64, of in 1..=62_u64) {
            let value = Decimal::new(mantissa, scale);
            let own = value.to_string().parse::<Price>().unwrap().part(times, of).rounded(Currency::USD).unwrap();
            prop_assert_eq!(own, Money::half_up(value * Decimal::from(times) / Decimal::from(of), Currency::USD).unwrap());
        }
    }
}
