//! What a contract and its lines are guarded by.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::payment::MOST;
use crate::error::Invalid;

/// Of each allowance, unless a contract or a line says otherwise.
const PERCENTS: [u8; 3] = [50, 80, 100];
/// The most limits of a kind; each is an event.
const MOST_OF_A_KIND: usize = 8;

/// A share of an allowance, from 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Percent(u8);

impl Percent {
    /// The units of an allowance from which on this share is used: rounded up, so that it is never told too early.
    pub fn of(self, units: u64) -> u64 {
        let exact = (u128::from(units) * u128::from(self.0)).div_ceil(100);
        u64::try_from(exact).unwrap_or(units)
    }
}

impl TryFrom<u8> for Percent {
    type Error = Invalid;

    fn try_from(percent: u8) -> Result<Self, Invalid> {
        (1..=100).contains(&percent).then_some(Self(percent)).ok_or(const { Invalid::new("must be from 1 to 100") })
    }
}

impl From<Percent> for u8 {
    fn from(percent: Percent) -> Self {
        percent.0
    }
}

/// An amount of usage, in minor units of the contract's currency, tax not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Amount(i64);

impl Amount {
    /// Minor units, above zero.
    pub const fn minor(self) -> u64 {
        self.0.unsigned_abs()
    }
}

impl TryFrom<i64> for Amount {
    type Error = Invalid;

    fn try_from(minor: i64) -> Result<Self, Invalid> {
        let wrong = const { Invalid::new("must be minor units above zero, and at most a thousand billion of them") };
        (1..=MOST).contains(&minor).then_some(Self(minor)).ok_or(wrong)
    }
}

impl From<Amount> for i64 {
    fn from(amount: Amount) -> Self {
        amount.0
    }
}

/// What a contract or a line says of its guard; what it leaves out is as usual.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Told")]
pub struct Limits {
    /// Shares of each allowance of a line: of a contract for all its lines, of a line instead of those. None of them when empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percents: Option<BTreeSet<Percent>>,
    /// Amounts of usage beyond what is included, in a period: of a contract for all its lines together, of a line for itself.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub amounts: BTreeSet<Amount>,
    /// The amount of data roaming of a line in a period from which on it is held until the customer agrees: of a contract for
    /// each of its lines, of a line instead of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roaming_cap: Option<Amount>,
}

/// Limits as they are written down.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    percents: Option<BTreeSet<Percent>>,
    #[serde(default)]
    amounts: BTreeSet<Amount>,
    #[serde(default)]
    roaming_cap: Option<Amount>,
}

impl TryFrom<Told> for Limits {
    type Error = Invalid;

    fn try_from(Told { percents, amounts, roaming_cap }: Told) -> Result<Self, Invalid> {
        let count = percents.as_ref().map_or(0, BTreeSet::len).max(amounts.len());
        if count > MOST_OF_A_KIND {
            return Err(const { Invalid::new("must have at most eight percents, and at most eight amounts") });
        }
        Ok(Self { percents, amounts, roaming_cap })
    }
}

/// The limits that a look holds usage against.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watched {
    /// Shares of each allowance.
    pub percents: BTreeSet<Percent>,
    /// Amounts of usage.
    pub amounts: BTreeSet<Amount>,
    /// The amount of data roaming that is held.
    pub roaming_cap: Option<Amount>,
}

impl Watched {
    /// Those of a line.
    pub fn of_line(contract: Option<&Limits>, line: Option<&Limits>) -> Self {
        let first = |of: fn(&Limits) -> Option<BTreeSet<Percent>>| line.and_then(of).or_else(|| contract.and_then(of));
        let usual = || PERCENTS.into_iter().map(Percent).collect();
        let cap = |limits: Option<&Limits>| limits.and_then(|limits| limits.roaming_cap);
        Self {
            percents: first(|limits| limits.percents.clone()).unwrap_or_else(usual),
            amounts: line.map(|limits| limits.amounts.clone()).unwrap_or_default(),
            roaming_cap: cap(line).or_else(|| cap(contract)),
        }
    }

    /// Those of a contract as a whole.
    pub fn of_contract(contract: Option<&Limits>) -> Self {
        Self { amounts: contract.map(|limits| limits.amounts.clone()).unwrap_or_default(), ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn limits(json: Value) -> Result<Limits, String> {
        serde_json::from_value(json).map_err(|error| error.to_string())
    }

    #[test]
    fn a_line_says_what_holds_for_it_and_its_contract_the_rest() {
        let contract = limits(json!({ "percents": [90], "amounts": [5_000], "roaming_cap": 700 })).unwrap();
        let line = limits(json!({ "amounts": [300, 100] })).unwrap();
        let percents = |watched: &Watched| watched.percents.iter().map(|percent| percent.0).collect::<Vec<_>>();
        let amounts = |watched: &Watched| watched.amounts.iter().map(|amount| amount.0).collect::<Vec<_>>();
        let usual = Watched::of_line(None, None);
        assert_eq!((percents(&usual), amounts(&usual), usual.roaming_cap), (vec![50, 80, 100], vec![], None));
        let both = Watched::of_line(Some(&contract), Some(&line));
        assert_eq!((percents(&both), amounts(&both)), (vec![90], vec![100, 300]), "a contract's amounts are its own");
        assert_eq!(both.roaming_cap, Some(Amount(700)));
        let own = limits(json!({ "percents": [], "roaming_cap": 5 })).unwrap();
        let own = Watched::of_line(Some(&contract), Some(&own));
        assert_eq!((percents(&own), own.roaming_cap), (vec![], Some(Amount(5))), "a line may want none");
        let whole = Watched::of_contract(Some(&contract));
        assert_eq!((percents(&whole), amounts(&whole), whole.roaming_cap), (vec![], vec![5_000], None));
    }

    #[test]
    fn limits_that_nobody_can_mean_are_refused() {
        for (wrong, reason) in [
            (json!({ "percents": [0] }), "must be from 1 to 100"),
            (json!({ "percents": [101] }), "must be from 1 to 100"),
            (json!({ "amounts": [0] }), "must be minor units above zero"),
            (json!({ "roaming_cap": -1 }), "must be minor units above zero"),
            (json!({ "amounts": [1, 2, 3, 4, 5, 6, 7, 8, 9] }), "must have at most eight"),
        ] {
            let error = limits(wrong.clone()).unwrap_err();
            assert!(error.contains(reason), "{wrong}: {error}");
        }
    }

    #[test]
    fn a_share_is_never_told_too_early() {
        let of = |percent, units| Percent(percent).of(units);
        assert_eq!([of(50, 100), of(50, 101), of(80, 3), of(100, 7), of(1, 1)], [50, 51, 3, 7, 1]);
        assert_eq!(of(100, u64::MAX), u64::MAX);
    }
}
