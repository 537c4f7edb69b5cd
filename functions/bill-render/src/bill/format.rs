//! Amounts, days and quantities as people of the country write them.

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate};
use shared::domain::billing::class::Unit;
use shared::domain::billing::cycle::Days;
use shared::domain::billing::exact::Price;
use shared::domain::country::Country;
use shared::domain::money::{Currency, Money};
use shared::domain::msisdn::Msisdn;

const MONTHS: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];
/// Keeps an amount on one line.
const NBSP: char = '\u{a0}';

/// How a country writes.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    country: &'static Country,
    currency: Currency,
    thousands: char,
    decimal: char,
    symbol: &'static str,
}

impl Format {
    /// A country's, for amounts of a currency.
    pub fn of(country: &'static Country, currency: Currency) -> Self {
        let (thousands, decimal) = match country.code {
            "co" | "bo" | "py" => ('.', ','),
            _ => (',', '.'),
        };
        let symbol = match currency {
            Currency::GTQ => "Q",
            Currency::HNL => "L",
            Currency::BOB => "Bs",
            Currency::PYG => "₲",
            _ => "$",
        };
        Self { country, currency, thousands, decimal, symbol }
    }

    /// What decimals begin with.
    pub const fn decimal(self) -> char {
        self.decimal
    }

    /// An amount of minor units with the currency's symbol.
    pub fn amount(self, minor: i64) -> String {
        let sign = if minor < 0 { "-" } else { "" };
        let plain = Money { minor: minor.checked_abs().unwrap_or(i64::MAX), currency: self.currency }.to_string();
        let symbol = self.symbol;
        format!("{sign}{symbol}{NBSP}{}", self.grouped(&plain))
    }

    /// A price of the catalogue, with all its decimals and the currency's symbol.
    pub fn price(self, price: &Price) -> String {
        let plain = price.to_string();
        let plain = match plain.split_once('.') {
            Some((whole, cents)) if cents.len() < self.currency.digits as usize => format!("{whole}.{cents:0<2}"),
            None if self.currency.digits > 0 => format!("{plain}.00"),
            _ => plain,
        };
        format!("{}{NBSP}{}", self.symbol, self.grouped(&plain))
    }

    /// A decimal number with the country's separators.
    fn grouped(self, plain: &str) -> String {
        let (whole, rest) = plain.split_once('.').unwrap_or((plain, ""));
        let mut text = String::with_capacity(plain.len() + 4);
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                text.push(self.thousands);
            }
            text.push(digit);
        }
        if !rest.is_empty() {
            text.push(self.decimal);
            text.push_str(rest);
        }
        text
    }

    /// A whole number.
    pub fn number(self, number: u64) -> String {
        self.grouped(&number.to_string())
    }

    /// A percentage, as text such as `19` or `4.5`.
    pub fn percent(self, percent: &str) -> String {
        format!("{}{NBSP}%", self.grouped(percent))
    }

    /// So much usage: minutes, messages, megabytes or gigabytes.
    pub fn quantity(self, unit: Unit, units: u64) -> String {
        match unit {
            Unit::Second if units.is_multiple_of(60) => format!("{}{NBSP}min", self.number(units / 60)),
            Unit::Second => format!("{}{NBSP}min{NBSP}{:02}{NBSP}s", self.number(units / 60), units % 60),
            Unit::Message => self.number(units),
            Unit::Kilobyte if units < 1_024 => format!("{}{NBSP}KB", self.number(units)),
            Unit::Kilobyte if units < 1_024 * 1_024 => format!("{}{NBSP}MB", self.tenths(units, 1_024)),
            Unit::Kilobyte => format!("{}{NBSP}GB", self.tenths(units, 1_024 * 1_024)),
        }
    }

    /// A quotient with one decimal, rounded half up, which is left off when it is 0.
    fn tenths(self, units: u64, of: u64) -> String {
        let tenths = (u128::from(units) * 10 + u128::from(of) / 2) / u128::from(of);
        let plain = if tenths.is_multiple_of(10) {
            (tenths / 10).to_string()
        } else {
            format!("{}.{}", tenths / 10, tenths % 10)
        };
        self.grouped(&plain)
    }

    /// A phone number as it is dialled at home, in groups.
    pub fn line(self, line: &Msisdn) -> String {
        let local = line.local(self.country);
        let (head, tail) = local.split_at(local.len().saturating_sub(4));
        let head = if head.len() > 4 { format!("{}{NBSP}{}", &head[..3], &head[3..]) } else { head.to_owned() };
        format!("{head}{NBSP}{tail}")
    }
}

/// A day in words: 15 de marzo de 2026.
pub fn day(day: NaiveDate) -> String {
    format!("{} de {} de {}", day.day(), month(day), day.year())
}

/// A day of the bill's year: 15 de marzo.
pub fn day_and_month(day: NaiveDate) -> String {
    format!("{} de {}", day.day(), month(day))
}

/// A day in figures: 15/03/2026.
pub fn short_day(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

/// Days in figures.
pub fn days(days: Days) -> String {
    if days.from == days.to {
        short_day(days.from)
    } else {
        format!("{} – {}", short_day(days.from), short_day(days.to))
    }
}

/// A day and the time of day, by the country's clock.
pub fn time(at: DateTime<FixedOffset>) -> String {
    at.format("%d/%m/%Y %H:%M:%S").to_string()
}

/// A month's short name.
pub fn short_month(day: NaiveDate) -> String {
    month(day).chars().take(3).collect()
}

fn month(day: NaiveDate) -> &'static str {
    MONTHS.get(day.month0() as usize).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn format(code: &str) -> Format {
        let country = Country::by_code(code).unwrap();
        Format::of(country, country.currency)
    }

    #[test]
    fn amounts_are_written_as_in_the_country() {
        let plain = |code: &str, minor| format(code).amount(minor).replace(NBSP, " ");
        assert_eq!(plain("co", 123_456_789), "$ 1.234.567,89");
        assert_eq!(plain("co", -5), "-$ 0,05");
        assert_eq!(plain("sv", 100), "$ 1.00");
        assert_eq!(plain("gt", 100_000), "Q 1,000.00");
        assert_eq!(plain("hn", 99_999), "L 999.99");
        assert_eq!(plain("bo", 100_000_000), "Bs 1.000.000,00");
        assert_eq!(plain("py", 1_234_500), "₲ 1.234.500");
        let price = |code: &str, price: &str| format(code).price(&price.parse().unwrap()).replace(NBSP, " ");
        assert_eq!(
            [price("co", "45000"), price("co", "0.5"), price("co", "0.125")],
            ["$ 45.000,00", "$ 0,50", "$ 0,125"]
        );
        assert_eq!([price("py", "45000"), price("gt", "1200.5")], ["₲ 45.000", "Q 1,200.50"]);
    }

    #[test]
    fn usage_is_told_in_units_that_people_know() {
        let told = |unit, units| format("co").quantity(unit, units).replace(NBSP, " ");
        assert_eq!(told(Unit::Second, 120), "2 min");
        assert_eq!(told(Unit::Second, 125), "2 min 05 s");
        assert_eq!(told(Unit::Message, 1_500), "1.500");
        assert_eq!(told(Unit::Kilobyte, 1_000), "1.000 KB");
        assert_eq!(told(Unit::Kilobyte, 1_536), "1,5 MB");
        assert_eq!(told(Unit::Kilobyte, 20 * 1_024 * 1_024), "20 GB");
        assert_eq!(told(Unit::Kilobyte, 34_000_000), "32,4 GB");
    }

    #[test]
    fn days_are_in_spanish() {
        let date = NaiveDate::from_ymd_opt(2026, 3, 5).unwrap();
        assert_eq!((day(date).as_str(), short_day(date).as_str()), ("5 de marzo de 2026", "05/03/2026"));
        assert_eq!((day_and_month(date).as_str(), short_month(date).as_str()), ("5 de marzo", "mar"));
        assert_eq!(format("co").line(&"573001234567".parse().unwrap()).replace(NBSP, " "), "300 123 4567");
        assert_eq!(format("sv").line(&"50370001234".parse().unwrap()).replace(NBSP, " "), "7000 1234");
    }

    proptest! {
        #[test]
        fn no_digit_is_lost(minor in any::<i64>()) {
            let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
            let amount = Money { minor: minor.checked_abs().unwrap_or(i64::MAX), currency: Currency::COP };
            prop_assert_eq!(digits(&format("co").amount(minor)), digits(&amount.to_string()));
        }
    }
}
