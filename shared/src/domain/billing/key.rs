//! Charge keys: under which name a charge is known, whenever it is computed.
//!
//! Its text is `period/kind/item/what/price/tax`, such as `2026-02-01/plan/573001234567/BASIC/2026-01-01/IVA19`. No days of
//! a segment are in it: all days of a plan in a period at one price are one charge, rounded once.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::billing::exact::Price;
use crate::domain::billing::tax::TaxRate;
use crate::error::Invalid;

/// What kind of charge it is, in the order of a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The fee of a line's main plan.
    Plan,
    /// The fee of an additional plan.
    Additional,
    /// A service.
    Service,
    /// Something bought once.
    OneOff,
    /// Usage that nothing includes.
    Usage,
    /// An operator's credit or debit.
    Adjustment,
}

impl Kind {
    const ALL: [Self; 6] = [Self::Plan, Self::Additional, Self::Service, Self::OneOff, Self::Usage, Self::Adjustment];

    const fn word(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Additional => "additional",
            Self::Service => "service",
            Self::OneOff => "one-off",
            Self::Usage => "usage",
            Self::Adjustment => "adjustment",
        }
    }
}

/// Which price a charge has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PriceName {
    /// The one that begins on this day; of a purchase or adjustment, its own day.
    From(NaiveDate),
    /// An agreed one.
    Agreed(Price),
}

/// The name of a charge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Key {
    /// The first day of the period.
    pub period: NaiveDate,
    /// What kind of charge.
    pub kind: Kind,
    /// The line; the service with its profile, if any (`S1:P7`); the purchase or adjustment.
    pub item: String,
    /// The plan; plan and class (`BASIC:voice.onnet`); the offer; `-` where the item says it all.
    pub what: String,
    /// Which price.
    pub price: PriceName,
    /// How it is taxed.
    pub tax: TaxRate,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { period, kind, item, what, price, tax } = self;
        write!(f, "{period}/{}/{item}/{what}/", kind.word())?;
        match price {
            PriceName::From(day) => write!(f, "{day}"),
            PriceName::Agreed(price) => write!(f, "agreed-{price}"),
        }?;
        write!(f, "/{tax}")
    }
}

impl FromStr for Key {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let wrong = || Invalid::new("must be period/kind/item/what/price/tax");
        let parts: Vec<_> = text.split('/').collect();
        let [period, kind, item, what, price, tax] = parts[..] else { return Err(wrong()) };
        let price = match price.strip_prefix("agreed-") {
            Some(price) => PriceName::Agreed(price.parse()?),
            None => PriceName::From(price.parse().map_err(|_| wrong())?),
        };
        Ok(Self {
            period: period.parse().map_err(|_| wrong())?,
            kind: Kind::ALL.into_iter().find(|one| one.word() == kind).ok_or_else(wrong)?,
            item: item.to_owned(),
            what: what.to_owned(),
            price,
            tax: tax.parse()?,
        })
    }
}

impl TryFrom<String> for Key {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_text() {
        for text in [
            "2026-02-01/plan/573001234567/BASIC/2026-01-01/IVA19",
            "2026-02-01/usage/573001234567/BASIC:voice.intl.norte/2026-01-01/IVA19+INC4",
            "2026-02-01/service/S1:P7/-/agreed-12.5/exempt",
        ] {
            assert_eq!(text.parse::<Key>().unwrap().to_string(), text);
        }
        for text in
            ["", "2026-02-01/plan/a/b/2026-01-01", "2026-02-01/tax/a/b/2026-01-01/IVA19", "x/plan/a/b/2026-01-01/IVA19"]
        {
            assert!(text.parse::<Key>().is_err(), "{text:?}");
        }
    }
}
