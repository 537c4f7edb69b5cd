//! How a subscription is called, and why it ends.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Invalid;

/// A subscription among those of its client: they are counted from 1 on, and no number is given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HookId(u32);

impl HookId {
    /// The first one of a client.
    pub const FIRST: Self = Self(1);

    /// The one after it; none after four thousand million.
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }

    /// Its number.
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl FromStr for HookId {
    type Err = Invalid;

    /// Digits without a zero before them, so that one subscription has one name.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let number = text.parse().ok().filter(|number| *number > 0).map(Self);
        number.filter(|id| id.to_string() == text).ok_or(const { Invalid::new("must be the number of a subscription") })
    }
}

impl TryFrom<String> for HookId {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<HookId> for String {
    fn from(id: HookId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for HookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Why nothing is delivered to a subscription any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// It has failed for a day.
    Failing,
    /// Its address has answered 410.
    Gone,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        assert_eq!("7".parse::<HookId>().unwrap().to_string(), "7");
        assert_eq!(HookId::FIRST.next().unwrap().to_string(), "2");
        for text in ["", "0", "07", "+7", "-1", " 7", "7 ", "4294967296", "x"] {
            assert!(text.parse::<HookId>().is_err(), "{text:?}");
        }
        assert_eq!(serde_json::to_string(&HookId::FIRST).unwrap(), "\"1\"");
    }
}
