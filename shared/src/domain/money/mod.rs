//! Money: whole minor units of a currency, never a float.

mod number;

use std::cmp::Ordering;
use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use self::number::Number;
use crate::error::Invalid;

const TOO_LARGE: Invalid = Invalid::new("the amount is too large");
const TWO_CURRENCIES: Invalid = Invalid::new("the amounts are of two currencies");

/// A currency of ISO 4217.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency {
    /// The alphabetic code.
    pub code: &'static str,
    /// Decimal digits of the minor unit, as ISO 4217 gives them, whatever coins are still in use.
    pub digits: u32,
}

impl Currency {
    /// The Colombian peso.
    pub const COP: Self = Self { code: "COP", digits: 2 };
    /// The United States dollar.
    pub const USD: Self = Self { code: "USD", digits: 2 };
    /// The Guatemalan quetzal.
    pub const GTQ: Self = Self { code: "GTQ", digits: 2 };
    /// The Honduran lempira.
    pub const HNL: Self = Self { code: "HNL", digits: 2 };
    /// The Bolivian boliviano.
    pub const BOB: Self = Self { code: "BOB", digits: 2 };
    /// The Paraguayan guaraní, which has no minor unit.
    pub const PYG: Self = Self { code: "PYG", digits: 0 };

    /// The currencies of the countries the company works in.
    pub const ALL: &'static [Self] = &[Self::COP, Self::USD, Self::GTQ, Self::HNL, Self::BOB, Self::PYG];

    /// The currency with this upper-case code.
    ///
    /// # Errors
    /// When no country served uses it.
    pub fn by_code(code: &str) -> Result<Self, Invalid> {
        let found = Self::ALL.iter().find(|currency| currency.code == code);
        found.copied().ok_or(const { Invalid::new("must be one of COP, USD, GTQ, HNL, BOB, PYG") })
    }
}

// Not derived: serde would tie the static code to the input's lifetime.
impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::by_code(&code).map_err(de::Error::custom)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code)
    }
}

/// An amount of money. `Display` is the exact decimal text with all the currency's digits, without its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units (cents), negative for a credit.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// Zero.
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// So many minor units; the most there can be, of more than that.
    pub fn of_minor(minor: u64, currency: Currency) -> Self {
        Self { minor: i64::try_from(minor).unwrap_or(i64::MAX), currency }
    }

    /// Reads a decimal number as JSON writes it (RFC 8259, section 6): `5.46`, `-0.05`, `546e-2`. Zeros beyond the
    /// currency's digits do no harm.
    ///
    /// # Errors
    /// Any other text; a fraction of a minor unit; an overflow.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, Invalid> {
        let number = Number::read(text).ok_or(const { Invalid::new("must be a decimal number such as 5.46") })?;
        let minor = number.times_power_of_ten(currency.digits)?;
        Ok(Self { minor, currency })
    }

    /// The one rounding rule: to the nearest minor unit, halves away from zero.
    ///
    /// # Errors
    /// An overflow.
    pub fn half_up(amount: Decimal, currency: Currency) -> Result<Self, Invalid> {
        let rounded = amount.round_dp_with_strategy(currency.digits, RoundingStrategy::MidpointAwayFromZero);
        let missing_digits = currency.digits.saturating_sub(rounded.scale());
        let minor = rounded.mantissa().checked_mul(10_i128.pow(missing_digits)).ok_or(TOO_LARGE)?;
        Ok(Self { minor: i64::try_from(minor).map_err(|_| TOO_LARGE)?, currency })
    }

    /// The amount in whole currency units, exactly.
    pub fn decimal(self) -> Decimal {
        Decimal::new(self.minor, self.currency.digits)
    }

    /// The sum.
    ///
    /// # Errors
    /// Different currencies; an overflow.
    pub fn checked_add(self, other: Self) -> Result<Self, Invalid> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(TOO_LARGE)?;
        Ok(Self { minor, ..self })
    }

    /// The difference.
    ///
    /// # Errors
    /// Different currencies; an overflow.
    pub fn checked_sub(self, other: Self) -> Result<Self, Invalid> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(TOO_LARGE)?;
        Ok(Self { minor, ..self })
    }

    /// A multiple of the amount.
    ///
    /// # Errors
    /// An overflow.
    pub fn checked_times(self, count: u64) -> Result<Self, Invalid> {
        let minor = i64::try_from(count).ok().and_then(|count| self.minor.checked_mul(count)).ok_or(TOO_LARGE)?;
        Ok(Self { minor, ..self })
    }

    /// The amount in whole currency units, for documents without decimals: to the nearest, halves away from zero.
    pub const fn whole_units(self) -> i64 {
        let unit = 10_i64.pow(self.currency.digits);
        let (whole, rest) = (self.minor / unit, self.minor % unit);
        if rest.abs() * 2 >= unit { whole + rest.signum() } else { whole }
    }

    /// The amount as a document without decimals shows it.
    ///
    /// # Errors
    /// An overflow.
    pub fn in_whole_units(self) -> Result<Self, Invalid> {
        let minor = self.whole_units().checked_mul(10_i64.pow(self.currency.digits)).ok_or(TOO_LARGE)?;
        Ok(Self { minor, ..self })
    }

    /// Compares two amounts. There is no `Ord`, because different currencies have no order.
    ///
    /// # Errors
    /// Different currencies.
    pub fn compare(self, other: Self) -> Result<Ordering, Invalid> {
        self.same_currency(other)?;
        Ok(self.minor.cmp(&other.minor))
    }

    fn same_currency(self, other: Self) -> Result<(), Invalid> {
        if self.currency == other.currency { Ok(()) } else { Err(TWO_CURRENCIES) }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "-" } else { "" };
        let (minor, digits) = (self.minor.unsigned_abs(), self.currency.digits);
        if digits == 0 {
            return write!(f, "{sign}{minor}");
        }
        let unit = 10_u64.pow(digits);
        write!(f, "{sign}{}.{:0width$}", minor / unit, minor % unit, width = digits as usize)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::country::Country;
    use super::*;

    fn usd(minor: i64) -> Money {
        Money { minor, currency: Currency::USD }
    }

    #[test]
    fn every_country_pays_in_a_known_currency() {
        for country in Country::ALL {
            assert_eq!(Currency::by_code(country.currency.code), Ok(country.currency));
        }
        for code in ["", "usd", "EUR", "USD "] {
            assert!(Currency::by_code(code).is_err(), "{code:?}");
        }
    }

    #[test]
    fn text_has_all_the_digits_of_the_currency() {
        let guaranies = |minor| Money { minor, currency: Currency::PYG }.to_string();
        let shown = [usd(546), usd(-5), usd(0), usd(100), usd(i64::MIN)].map(|money| money.to_string());
        assert_eq!(shown, ["5.46", "-0.05", "0.00", "1.00", "-92233720368547758.08"]);
        assert_eq!([guaranies(12_000), guaranies(-1), guaranies(0)], ["12000", "-1", "0"]);
    }

    #[test]
    fn decimal_text_is_read_exactly() {
        let good = [
            ("5.46", 546),
            ("5", 500),
            ("5.4", 540),
            ("-0.05", -5),
            ("0", 0),
            ("-0", 0),
            ("0.00", 0),
            ("5.46000", 546),
            ("546e-2", 546),
            ("5.46E+0", 546),
            ("0.0546e2", 546),
            ("1e3", 100_000),
            ("0e-999", 0),
            ("100e-3", 10),
            ("92233720368547758.07", i64::MAX),
            ("-92233720368547758.08", i64::MIN),
        ];
        for (text, minor) in good {
            assert_eq!(Money::parse(text, Currency::USD), Ok(usd(minor)), "{text}");
        }
        let bad = [
            "",
            "-",
            "+5",
            "5.",
            ".5",
            "05",
            "5,46",
            "5.461",
            "1e-3",
            "5e",
            "e5",
            "5e+",
            "5e1.0",
            "5e--1",
            "1 000",
            " 5",
            "5 ",
            "NaN",
            "Infinity",
            "0x10",
            "5.4.6",
            "٥",
            "1e99",
            "1e999999999",
            "1e99999999999999999999",
            "92233720368547758.08",
            "-92233720368547758.09",
            "99999999999999999999999999999999999999999999",
        ];
        for text in bad {
            assert!(Money::parse(text, Currency::USD).is_err(), "{text:?}");
        }
        assert!(Money::parse("0.5", Currency::PYG).is_err());
        assert_eq!(Money::parse("12000.0", Currency::PYG).unwrap().minor, 12_000);
    }

    #[test]
    fn a_half_is_rounded_away_from_zero() {
        let cases =
            [("0.005", 1), ("-0.005", -1), ("0.0049999", 0), ("2.675", 268), ("2.665", 267), ("7", 700), ("7.1", 710)];
        for (text, minor) in cases {
            assert_eq!(Money::half_up(text.parse().unwrap(), Currency::USD), Ok(usd(minor)), "{text}");
        }
        assert_eq!(Money::half_up("1999.5".parse().unwrap(), Currency::PYG).unwrap().minor, 2000);
        assert!(Money::half_up(Decimal::MAX, Currency::USD).is_err());
        assert!(Money::half_up(Decimal::MIN, Currency::PYG).is_err());
    }

    #[test]
    fn whole_units_are_the_nearest() {
        let cases = [(0, 0), (49, 0), (50, 1), (149, 1), (-50, -1), (-49, 0), (2_000_000, 20_000)];
        for (minor, units) in cases {
            assert_eq!(usd(minor).whole_units(), units, "{minor}");
        }
        assert_eq!(Money { minor: i64::MAX, currency: Currency::PYG }.whole_units(), i64::MAX);
        assert_eq!(usd(i64::MIN).whole_units(), -92_233_720_368_547_758);
    }

    #[test]
    fn times_is_a_sum() {
        assert_eq!(usd(546).checked_times(3), Ok(usd(1638)));
        assert_eq!(usd(546).checked_times(0), Ok(usd(0)));
        assert!(usd(i64::MAX).checked_times(2).is_err());
        assert!(usd(0).checked_times(u64::MAX).is_err());
    }

    #[test]
    fn two_currencies_do_not_mix() {
        let peso = Money { minor: 1, currency: Currency::COP };
        assert!(usd(1).checked_add(peso).is_err());
        assert!(usd(1).checked_sub(peso).is_err());
        assert!(usd(1).compare(peso).is_err());
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        assert!(usd(i64::MAX).checked_add(usd(1)).is_err());
        assert!(usd(i64::MIN).checked_sub(usd(1)).is_err());
    }

    #[test]
    fn money_is_stored_as_minor_units_and_code() {
        let json = "{\"minor\":-546,\"currency\":\"USD\"}";
        assert_eq!(serde_json::to_string(&usd(-546)).unwrap(), json);
        assert_eq!(serde_json::from_str::<Money>(json).unwrap(), usd(-546));
        assert!(serde_json::from_str::<Money>("{\"minor\":1,\"currency\":\"EUR\"}").is_err());
        assert!(serde_json::from_str::<Money>("{\"minor\":1.5,\"currency\":\"USD\"}").is_err());
    }

    proptest! {
        #[test]
        fn text_and_money_are_the_same_thing(minor in any::<i64>(), at in 0..Currency::ALL.len()) {
            let money = Money { minor, currency: Currency::ALL[at] };
            prop_assert_eq!(Money::parse(&money.to_string(), money.currency), Ok(money));
            prop_assert_eq!(Money::half_up(money.decimal(), money.currency), Ok(money));
            prop_assert_eq!(money.decimal().to_string(), money.to_string());
        }

        #[test]
        fn exponents_change_nothing(minor in any::<i64>(), exponent in 0..30_u32) {
            let zeros = "0".repeat(exponent as usize);
            let text = format!("{minor}{zeros}e-{}", exponent + 2);
            prop_assert_eq!(Money::parse(&text, Currency::USD), Ok(usd(minor)));
        }

        #[test]
        fn rounding_is_never_off_by_more_than_a_half(mantissa in any::<i64>(), scale in 0..20_u32) {
            let exact = Decimal::new(mantissa, scale);
            if let Ok(rounded) = Money::half_up(exact, Currency::USD) {
                prop_assert!((rounded.decimal() - exact).abs() <= Decimal::new(5, 3));
            }
        }

        #[test]
        fn no_text_upsets_the_reader(text in "-?[0-9]{0,25}(\\.[0-9]{0,25})?([eE][+-]?[0-9]{0,12})?") {
            if let Ok(money) = Money::parse(&text, Currency::COP) {
                prop_assert_eq!(Money::parse(&money.to_string(), Currency::COP), Ok(money));
            }
        }

        #[test]
        fn adding_and_taking_away_cancel(a in any::<i64>(), b in any::<i64>()) {
            if let Ok(sum) = usd(a).checked_add(usd(b)) {
                prop_assert_eq!(sum.checked_sub(usd(b)), Ok(usd(a)));
                prop_assert_eq!(sum.compare(usd(a)), Ok(b.cmp(&0)));
            }
        }
    }
}
