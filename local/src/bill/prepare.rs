//! `bill run --prepare`: the table made ready for a night.

use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::WarmThroughput;
use serde_json::json;
use shared::table::connect;

use super::At;
use crate::aws;
use crate::failure::Failure;
use crate::place::Kind;
use crate::print;
use crate::words::count;

/// Units that an ordinary bill takes at most, pages and numbers included (`tests/tests/runs/units.rs`).
const WRITTEN: u64 = 6;
/// The same of reading.
const READ: u64 = 4;

/// Units a second that a night of so many contracts takes, written and read.
pub const fn needed(contracts: u64, hours: u64) -> (u64, u64) {
    let seconds = hours * 3_600;
    (contracts.saturating_mul(WRITTEN).div_ceil(seconds), contracts.saturating_mul(READ).div_ceil(seconds))
}

/// Raises the throughput that the table can serve at once, where it is lower; it is never lowered, and AWS takes a while. A
/// local table is always ready.
pub(super) async fn prepare(at: &At, contracts: u64, hours: u64) -> Result<String, Failure> {
    let (write, read) = needed(contracts, hours);
    let said = |state: &str, text: String| {
        let said = json!({ "contracts": contracts, "hours": hours, "write": write, "read": read, "state": state });
        if at.json { print::json(&said) } else { Ok(text) }
    };
    let night = format!(
        "{} in {} take {write} write and {read} read units a second",
        count(contracts, "contract"),
        count(hours, "hour")
    );
    let Kind::Deployed(table) = at.place.kind() else {
        return said("nothing", format!("{night}; a local table has nothing to prepare\n"));
    };
    let settings = aws::settings().await?;
    let client = connect::client(&settings);
    let refused = |error: String| Failure::new(format!("DynamoDB: {error}"));
    let described = client.describe_table().table_name(table).send().await;
    let described = described.map_err(|error| refused(DisplayErrorContext(error).to_string()))?;
    let warm = described.table.and_then(|table| table.warm_throughput);
    let is = |units: Option<i64>| units.and_then(|units| u64::try_from(units).ok()).unwrap_or(0);
    let now = warm.map_or((0, 0), |warm| (is(warm.write_units_per_second), is(warm.read_units_per_second)));
    let (to_write, to_read) = (write.max(now.0), read.max(now.1));
    if (to_write, to_read) == now {
        return said("ready", format!("{night}; the table is ready for {} and {}\n", now.0, now.1));
    }
    let units = |units: u64| i64::try_from(units).unwrap_or(i64::MAX);
    let wanted =
        WarmThroughput::builder().write_units_per_second(units(to_write)).read_units_per_second(units(to_read));
    let updated = client.update_table().table_name(table).warm_throughput(wanted.build()).send().await;
    updated.map_err(|error| refused(DisplayErrorContext(error).to_string()))?;
    said(
        "raised",
        format!(
            "{night}; the table is being made ready for {to_write} and {to_read}; it was for {} and {}\n",
            now.0, now.1
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_million_contracts_take_what_the_design_says() {
        assert_eq!(needed(100_000_000, 8), (20_834, 13_889));
        assert_eq!(needed(1, 8), (1, 1));
        assert_eq!(needed(0, 24), (0, 0));
    }
}
