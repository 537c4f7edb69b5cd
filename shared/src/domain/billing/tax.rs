//! Tax: rates by day, and what a document of several lines owes.
//!
//! Tax belongs to the document: each tax is taken once of the sum of all lines that bear it, half up, and the lines carry
//! their share. What rounding leaves over goes to the largest line, of equals to the first.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::billing::dated::Dated;
use crate::domain::billing::exact::divide;
use crate::error::Invalid;

const WRONG: Invalid = Invalid::new("must be exempt, or names and percentages such as IVA19 or IVA19+INC4");
const TOO_LARGE: Invalid = Invalid::new("the amount is too large");
/// Decimals of a percentage.
const DECIMALS: u32 = 4;

/// Where tax stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Inclusion {
    /// It is added to prices.
    OnTop,
    /// Prices contain it: 10 % of the price without it are a part of 110.
    Inside,
    /// Prices contain it, and the percentage is taken of the whole price.
    OfGross,
}

/// The taxes that something bears, all of its taxes together: `IVA19`, `IVA19+INC4`, `exempt`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TaxRate(Arc<str>);

/// One tax of a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tax<'a> {
    /// Its name: capital letters.
    pub name: &'a str,
    /// In percent.
    pub percent: Decimal,
}

impl TaxRate {
    /// No tax at all.
    pub fn exempt() -> Self {
        Self("exempt".into())
    }

    /// Its taxes, in the order given.
    pub fn taxes(&self) -> impl Iterator<Item = Tax<'_>> {
        self.0.split('+').filter_map(tax)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn tax(text: &str) -> Option<Tax<'_>> {
    let (name, percent) = text.split_at(text.find(|letter: char| !letter.is_ascii_uppercase())?);
    let plain =
        percent.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && percent.as_bytes()[0].is_ascii_digit();
    let percent = percent.parse::<Decimal>().ok().filter(|percent| plain && percent.scale() <= DECIMALS)?;
    (!name.is_empty() && percent <= Decimal::ONE_HUNDRED).then_some(Tax { name, percent })
}

impl FromStr for TaxRate {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let good = text == "exempt" || text.split('+').all(|part| tax(part).is_some());
        good.then(|| Self(text.into())).ok_or(WRONG)
    }
}

impl TryFrom<String> for TaxRate {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<TaxRate> for String {
    fn from(rate: TaxRate) -> Self {
        rate.0.as_ref().to_owned()
    }
}

impl fmt::Display for TaxRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The rate of a tax class from a day on. The rate of the day of service counts, so a correction bears what it corrects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateFrom {
    /// The first day.
    pub from: NaiveDate,
    /// The rate.
    pub rate: TaxRate,
}

impl Dated for RateFrom {
    fn begins(&self) -> NaiveDate {
        self.from
    }
}

/// One tax of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxTotal {
    /// Its name.
    pub name: String,
    /// In percent, as text.
    pub percent: String,
    /// The sum of the lines that bear it, in minor units.
    pub base: i64,
    /// The tax, in minor units.
    pub amount: i64,
}

/// The tax of lines, each given by amount (minor units) and rate: the totals by tax, and each line's share.
///
/// # Errors
/// More than fits.
pub fn assess(lines: &[(i64, &TaxRate)], inclusion: Inclusion) -> Result<(Vec<TaxTotal>, Vec<i64>), Invalid> {
    let mut shares = vec![0_i64; lines.len()];
    let mut totals: Vec<(TaxTotal, Decimal)> = Vec::new();
    let mut known: Vec<(&str, Decimal, Decimal)> = Vec::new();
    for (_, rate) in lines {
        for tax in rate.taxes() {
            let part = (tax.name, tax.percent, whole(rate, inclusion));
            if known.contains(&part) {
                continue;
            }
            known.push(part);
            let bears = |rate: &TaxRate| rate.taxes().any(|own| own == tax) && whole(rate, inclusion) == part.2;
            let own: Vec<usize> = (0..lines.len()).filter(|at| bears(lines[*at].1)).collect();
            let base = own.iter().try_fold(0_i64, |sum, at| sum.checked_add(lines[*at].0)).ok_or(TOO_LARGE)?;
            let amount = portion(base, tax.percent, part.2)?;
            let mut left = amount;
            for at in &own {
                let share = portion(lines[*at].0, tax.percent, part.2)?;
                shares[*at] += share;
                left -= share;
            }
            // The first of the largest: `max_by_key` would give the last.
            if let Some(largest) = own.iter().rev().max_by_key(|at| lines[**at].0.unsigned_abs()) {
                shares[*largest] += left;
            }
            let total =
                TaxTotal { name: tax.name.to_owned(), percent: tax.percent.normalize().to_string(), base, amount };
            totals.push((total, part.2));
        }
    }
    Ok((totals.into_iter().map(|(total, _)| total).collect(), shares))
}

/// What the percentage is a part of.
fn whole(rate: &TaxRate, inclusion: Inclusion) -> Decimal {
    match inclusion {
        Inclusion::OnTop | Inclusion::OfGross => Decimal::ONE_HUNDRED,
        Inclusion::Inside => rate.taxes().fold(Decimal::ONE_HUNDRED, |sum, tax| sum + tax.percent),
    }
}

/// So many hundredths, or parts of a whole, of an amount; half up.
fn portion(amount: i64, percent: Decimal, whole: Decimal) -> Result<i64, Invalid> {
    let scaled = |value: Decimal| value.mantissa() * 10_i128.pow(DECIMALS.saturating_sub(value.scale()));
    divide(i128::from(amount).checked_mul(scaled(percent)).ok_or(TOO_LARGE)?, scaled(whole))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rate(text: &str) -> TaxRate {
        text.parse().unwrap()
    }

    fn assessed(lines: &[(i64, &str)], inclusion: Inclusion) -> (Vec<(String, i64)>, Vec<i64>) {
        let rates: Vec<_> = lines.iter().map(|(_, text)| rate(text)).collect();
        let lines: Vec<_> = lines.iter().zip(&rates).map(|((amount, _), rate)| (*amount, rate)).collect();
        let (totals, shares) = assess(&lines, inclusion).unwrap();
        (totals.into_iter().map(|total| (format!("{}{}", total.name, total.percent), total.amount)).collect(), shares)
    }

    fn told(name: &str, amount: i64) -> (String, i64) {
        (name.to_owned(), amount)
    }

    #[test]
    fn a_rate_is_a_set_of_taxes() {
        for text in ["exempt", "IVA19", "IVA19+INC4", "ISV0.5"] {
            assert_eq!(rate(text).to_string(), text);
        }
        let taxes: Vec<_> = rate("IVA19+INC4").taxes().map(|tax| format!("{} {}", tax.name, tax.percent)).collect();
        assert_eq!(taxes, ["IVA 19", "INC 4"]);
        assert_eq!(rate("exempt").taxes().count(), 0);
        for text in ["", "IVA", "19", "iva19", "IVA19+", "IVA101", "IVA-1", "IVA 19", "IVA.5", "IVA1.00001", "É9"] {
            assert!(text.parse::<TaxRate>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn tax_is_taken_once_of_the_sum() {
        // 2.90 + 1.50 + 30.00 at 19 %: 6.536.
        let (totals, shares) = assessed(&[(290, "IVA19"), (150, "IVA19"), (3000, "IVA19")], Inclusion::OnTop);
        assert_eq!((totals, shares), (vec![told("IVA19", 654)], vec![55, 29, 570]));
    }

    #[test]
    fn rule_21_the_remainder_goes_to_the_largest_line_and_of_equals_to_the_first() {
        let lines = [(3, "IVA19"), (-40, "IVA19"), (40, "IVA19"), (3, "IVA19")];
        // Of 6: 1.14. Shares 0.57, -7.6, 7.6, 0.57 are 1, -8, 8, 1; what is too much goes to the first of the largest.
        assert_eq!(assessed(&lines, Inclusion::OnTop), (vec![told("IVA19", 1)], vec![1, -9, 8, 1]));
    }

    #[test]
    fn rule_21_the_taxes_of_a_class_are_rounded_apart() {
        let (totals, shares) = assessed(&[(1_013, "IVA19+INC4"), (1_013, "IVA19"), (500, "exempt")], Inclusion::OnTop);
        assert_eq!(totals, [told("IVA19", 385), told("INC4", 41)]);
        assert_eq!(shares, [192 + 41 + 1, 192, 0]);
    }

    #[test]
    fn tax_inside_the_price_is_a_part_of_it() {
        assert_eq!(
            assessed(&[(110_000, "IVA10"), (10_500, "IVA5")], Inclusion::Inside).0,
            [told("IVA10", 10_000), told("IVA5", 500)]
        );
        assert_eq!(assessed(&[(10_000, "IVA13")], Inclusion::OfGross).0, [told("IVA13", 1_300)]);
    }

    proptest! {
        #[test]
        fn tax_of_lines_and_of_the_total_agree(
            lines in proptest::collection::vec((-1_000_000..1_000_000_i64, 0..4_usize), 0..30),
            inclusion in 0..3_usize,
        ) {
            let rates = ["IVA19+INC4", "IVA19", "IVA5", "exempt"].map(rate);
            let lines: Vec<_> = lines.iter().map(|(amount, at)| (*amount, &rates[*at])).collect();
            let inclusion = [Inclusion::OnTop, Inclusion::Inside, Inclusion::OfGross][inclusion];
            let (totals, shares) = assess(&lines, inclusion).unwrap();
            prop_assert_eq!(totals.iter().map(|total| total.amount).sum::<i64>(), shares.iter().sum::<i64>());
        }
    }
}
