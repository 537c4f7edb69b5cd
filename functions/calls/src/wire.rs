//! The corporate documents' names, misspellings included.

use chrono::FixedOffset;
use serde::{Deserialize, Serialize};
use shared::domain::call::Call;
use shared::domain::country::Country;
use shared::domain::msisdn::Msisdn;
use shared::domain::period::rfc3339;
use shared::domain::recording::Recording;
use shared::http::{Integer, Text};

/// `details` of co-b2b-crm. Amounts are decimals as text.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LineDetail {
    msisdn: u64,
    company: String,
    call_type: &'static str,
    call_from: String,
    call_date_time: String,
    call_duration: u32,
    air_time: u32,
    air_amount: String,
    interconnection_time: u32,
    interconnection_amount: String,
    call_amount: String,
}

impl LineDetail {
    /// A call of a line.
    pub fn of(call: &Call, msisdn: &Msisdn, country: &Country) -> Self {
        Self {
            // At most ten digits.
            msisdn: msisdn.local(country).parse().unwrap_or_default(),
            company: call.company.clone(),
            call_type: call.kind.as_str(),
            call_from: call.place.clone(),
            call_date_time: rfc3339(call.start, country.zone()),
            call_duration: call.seconds,
            air_time: call.air_seconds,
            air_amount: call.air_amount.to_string(),
            interconnection_time: call.interconnection_seconds,
            interconnection_amount: call.interconnection_amount.to_string(),
            call_amount: call.amount.to_string(),
        }
    }
}

/// `callsList` of sv-b2b-crm: the search parameters.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallsList {
    /// The line.
    pub msisdn: Integer,
    /// Start of the period, inclusive.
    pub start_date: Option<Text>,
    /// End of the period, inclusive.
    pub end_date: Option<Text>,
    /// Page size.
    pub limit: Option<Integer>,
    /// Record index of the page.
    pub offset: Option<Integer>,
}

/// `details` of sv-b2b-crm. The amount is in minor units.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    called_number: u64,
    calling_number: u64,
    charged_amount: i64,
    duration: u32,
    end_date: String,
    roaming: &'static str,
    service_type: &'static str,
    start_date: String,
}

impl Detail {
    /// A call.
    pub fn of(call: &Call, zone: FixedOffset) -> Self {
        Self {
            called_number: call.called.into(),
            calling_number: call.calling.into(),
            charged_amount: call.amount.minor,
            duration: call.seconds,
            end_date: rfc3339(call.end(), zone),
            roaming: if call.roaming { "Y" } else { "N" },
            service_type: call.service.as_str(),
            start_date: rfc3339(call.start, zone),
        }
    }
}

/// `recordingsParameters`
#[derive(Debug, Deserialize)]
pub struct RecordingsParameters {
    /// The extensions to search.
    pub extensions: Vec<Integer>,
    /// Start of the period, inclusive.
    pub start: Text,
    /// End of the period, inclusive.
    pub end: Text,
    /// IN or OUT; both when absent.
    pub direction: Option<Text>,
}

/// An entry of `recordingsList`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FoundRecording {
    call_time: u32,
    destination: String,
    id_call: String,
    end: String,
    origin: u64,
    start: String,
    direction: &'static str,
}

impl FoundRecording {
    /// A recording in the search result.
    pub fn of(recording: &Recording, zone: FixedOffset) -> Self {
        Self {
            call_time: recording.seconds,
            destination: recording.destination.clone(),
            id_call: recording.id.to_string(),
            end: rfc3339(recording.end(), zone),
            origin: recording.origin.into(),
            start: rfc3339(recording.start, zone),
            direction: recording.direction.as_str(),
        }
    }
}

/// `callsList` of co-b2b-crm: a link to a file.
#[derive(Debug, Serialize)]
pub struct File {
    /// Its size in bytes.
    pub weight: u64,
    /// Its link, good for 15 minutes.
    pub route: String,
}

/// `recordings`: the result of erasing.
#[derive(Debug, Serialize)]
pub struct Outcome {
    message: &'static str,
    code: u64,
}

impl Outcome {
    /// All files are deleted.
    pub const ERASED: Self = Self { message: "the recordings were erased", code: 200 };
}
