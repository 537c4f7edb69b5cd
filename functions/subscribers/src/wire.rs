//! The mobile document's names.

use chrono::FixedOffset;
use serde::{Deserialize, Serialize};
use shared::domain::period::{local_date_hour, rfc3339};
use shared::domain::status::StatusCode;
use shared::domain::subscriber::Subscriber;
use shared::domain::usage::{HourRow, Report, ShareRow};
use shared::http::Text;

/// `Status`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    code: &'static str,
    description: String,
    asset_type: &'static str,
}

impl Status {
    /// The status of a line.
    pub fn of(line: &Subscriber) -> Self {
        let (code, asset) = line.blocked.status();
        let description = match code {
            StatusCode::Active => "The line is active".to_owned(),
            StatusCode::Blocked => format!("Blocked: {}", asset.as_str()),
        };
        Self { code: code.as_str(), description, asset_type: asset.as_str() }
    }
}

/// `StatusChangeRequest`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusChangeRequest {
    /// The requested state.
    pub code: Text,
    /// The asset it applies to.
    pub asset_type: Text,
    /// The reason.
    pub update_reason: Option<Text>,
    /// The customer's document number.
    pub customer_id: Option<Text>,
    /// The type of that document.
    pub document_type: Option<Text>,
    /// Who asks; ignored, because the token says it.
    #[expect(dead_code, reason = "read only to check its form")]
    name: Option<Text>,
    #[expect(dead_code, reason = "read only to check its form")]
    last_name: Option<Text>,
}

/// `getUsagePerHourResponse`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UsagePerHour {
    code: &'static str,
    description: &'static str,
    total_volume_bytes: u128,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_updated_at: Option<String>,
    traffic_details: Vec<UsagePerHourDetail>,
}

/// `usagePerHourDetail`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct UsagePerHourDetail {
    date: String,
    hour: String,
    app_name: String,
    traffic_volume_bytes: u128,
}

impl UsagePerHour {
    /// The report, in the country's zone.
    pub fn of(report: &Report<HourRow>, zone: FixedOffset) -> Self {
        let detail = |row: &HourRow| {
            let (date, hour) = local_date_hour(row.hour, zone);
            let app_name = row.app.to_string();
            UsagePerHourDetail { date, hour, app_name, traffic_volume_bytes: row.bytes }
        };
        Self {
            code: "200",
            description: "Successful",
            total_volume_bytes: report.total_bytes,
            last_updated_at: report.last_ingest.map(|at| rfc3339(at, zone)),
            traffic_details: report.rows.iter().map(detail).collect(),
        }
    }
}

/// `getUsagePercentageResponse`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UsagePercentage {
    code: &'static str,
    description: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_updated_at: Option<String>,
    traffic_details: Vec<UsagePercentageDetail>,
}

/// `usagePercentageDetail`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct UsagePercentageDetail {
    date: String,
    percentage: String,
    app_name: String,
    traffic_volume_bytes: u128,
}

impl UsagePercentage {
    /// The report, in the country's zone. The document has no field for the hour, so a row per hour carries it in its
    /// date: `2026-11-20T13:00:00-05:00`.
    pub fn of(report: &Report<ShareRow>, zone: FixedOffset) -> Self {
        let detail = |row: &ShareRow| UsagePercentageDetail {
            date: match row.hour {
                Some(hour) => format!("{}T{hour:02}:00:00{zone}", row.date),
                None => row.date.to_string(),
            },
            percentage: row.percentage.to_string(),
            app_name: row.app.to_string(),
            traffic_volume_bytes: row.bytes,
        };
        Self {
            code: "200",
            description: "Successful",
            last_updated_at: report.last_ingest.map(|at| rfc3339(at, zone)),
            traffic_details: report.rows.iter().map(detail).collect(),
        }
    }
}
