//! Favourite numbers: calls to them are cheaper.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::country::Country;
use crate::domain::msisdn::Msisdn;
use crate::error::Invalid;

/// What is stored of a favourite number, besides the number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Favourite {
    /// The user's label for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The last day it is valid; open-ended when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<NaiveDate>,
    /// The plan it was added under, as given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_code: Option<String>,
}

impl Favourite {
    /// Whether it is valid on this day.
    pub fn is_valid_on(&self, today: NaiveDate) -> bool {
        self.expires.is_none_or(|expires| today <= expires)
    }

    /// An expiry date that has not passed.
    pub fn expiry(date: NaiveDate, today: NaiveDate) -> Result<NaiveDate, Invalid> {
        if date < today { Err(Invalid::new("must not lie in the past")) } else { Ok(date) }
    }
}

/// Checks a favourite number: a full number of the country, not an emergency number.
pub fn favourite_number(text: &str, country: &Country) -> Result<Msisdn, Invalid> {
    if country.is_emergency(text) {
        return Err(Invalid::new("must not be an emergency number"));
    }
    Msisdn::parse(text, country)
}
