//! Request and response bodies of the writes.

use std::collections::BTreeSet;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use shared::domain::ids::Partnum;
use shared::error::{Error, Result};
use shared::http::Reply;

/// Most services in one request.
const MOST: usize = 100;
/// Largest id a caller can name: 18 digits.
const LARGEST: u64 = 999_999_999_999_999_999;

/// `servicesParameters`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicesParameters {
    service_collection: Option<Vec<ServiceWanted>>,
}

#[derive(Debug, Deserialize)]
struct ServiceWanted {
    partnum: Partnum,
}

impl ServicesParameters {
    /// The catalogue codes. An empty or missing list is refused; it never means all.
    ///
    /// # Errors
    /// 400 for none, and for more than 100.
    pub fn partnums(self) -> Result<Vec<Partnum>> {
        let list = listed("serviceCollection", self.service_collection)?;
        Ok(list.into_iter().map(|service| service.partnum).collect())
    }
}

/// `updateServicesParameters`
#[derive(Debug, Deserialize)]
pub struct UpdateServicesParameters {
    service: Option<Vec<Replacement>>,
}

#[derive(Debug, Deserialize)]
struct Replacement {
    id: Number,
    partnum: Partnum,
}

impl UpdateServicesParameters {
    /// Service ids, each with the catalogue code of its replacement.
    ///
    /// # Errors
    /// 400 for none, for more than 100, and for a service named twice.
    pub fn rows(self) -> Result<Vec<(u64, Partnum)>> {
        let list = listed("service", self.service)?;
        let mut seen = BTreeSet::new();
        if !list.iter().all(|row| seen.insert(row.id.0)) {
            return Err(Error::invalid("service", "must name each id once"));
        }
        Ok(list.into_iter().map(|row| (row.id.0, row.partnum)).collect())
    }
}

/// `postAccountsParameters`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PostAccountsParameters {
    consultant_id: Option<Number>,
}

impl PostAccountsParameters {
    /// The consultant who advised the purchase.
    pub fn consultant_id(&self) -> Option<u64> {
        self.consultant_id.as_ref().map(|number| number.0)
    }
}

fn listed<T>(field: &'static str, list: Option<Vec<T>>) -> Result<Vec<T>> {
    let list = list.ok_or_else(|| Error::invalid(field, "must be given"))?;
    let fits = (1..=MOST).contains(&list.len());
    fits.then_some(list).ok_or_else(|| Error::invalid(field, format!("must have 1 to {MOST} entries")))
}

/// An integer of at most 18 digits, unsigned.
#[derive(Debug)]
struct Number(u64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = u64::deserialize(deserializer)?;
        let fits = number <= LARGEST;
        fits.then_some(Self(number)).ok_or_else(|| D::Error::custom("must be a number of at most 18 digits"))
    }
}

/// `servicesList`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    payload: String,
    msg_code: &'static str,
    description: String,
    severity: &'static str,
}

/// The result of a write, with the number of services it changed.
pub fn outcome(what: &str, count: usize) -> Result<Reply> {
    let description = format!("{what}: {count}");
    Reply::ok(&Outcome { payload: count.to_string(), msg_code: "0", description, severity: "INFO" })
}
