//! The walk through the whole table, for the operator's program alone: no function's role allows it.
//!
//! It finds what was told since some time, to be published again. That needs no order, so the table is read in segments beside
//! each other.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use chrono::{DateTime, Utc};

use super::item::{EVENT, EVENT_AT, EVENT_ID, EVENT_VERSION, Item, PAYLOAD, number, number_of, text, text_of};
use super::{Reader, store_error};
use crate::error::{Cause, Error, Result};

/// Bytes that one read unit reads when the read need not be the freshest.
const BYTES_OF_A_UNIT: u64 = 8_192;

/// An event as an item tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldEvent {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// The version of its payload.
    pub version: u32,
    /// Its payload, JSON as text.
    pub payload: String,
    /// When it was told, to the second.
    pub at: DateTime<Utc>,
}

/// Some of a walk.
#[derive(Debug, Default)]
pub struct Stretch {
    /// The events that were asked for.
    pub events: Vec<ToldEvent>,
    /// How many items were read for them.
    pub read: u64,
    /// Where the walk goes on; nothing at its end.
    pub next: Option<Mark>,
}

/// A place in a walk.
#[derive(Debug, Clone)]
pub struct Mark(Item);

/// What a walk looks for.
#[derive(Debug, Clone, Copy)]
pub struct Looked<'a> {
    /// Told at this time or later.
    pub since: DateTime<Utc>,
    /// Of this name; all when absent.
    pub event: Option<&'a str>,
    /// Which of how many segments.
    pub segment: (u16, u16),
}

impl Reader {
    /// How many items the table has and how many read units a walk through it takes, as the store counts them every few hours. One
    /// request.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn size(&self) -> Result<(u64, u64)> {
        let request = self.client.describe_table().table_name(&self.table).send().await;
        let table = request.map_err(|error| store_error(&error))?.table;
        let table = table.ok_or_else(|| Error::Unavailable(Cause::text("the store does not describe the table")))?;
        let count = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0);
        let (items, bytes) = (count(table.item_count), count(table.table_size_bytes));
        Ok((items, bytes.div_ceil(BYTES_OF_A_UNIT)))
    }

    /// The next stretch of a walk, from a place on. One request, half a unit for each 4 KB that is read, whatever is found.
    ///
    /// # Errors
    /// When the store does not answer, or an event cannot be read.
    pub async fn told_since(&self, looked: Looked<'_>, from: Option<Mark>) -> Result<Stretch> {
        let (segment, segments) = looked.segment;
        let mut values = HashMap::from([(":since".to_owned(), number(looked.since.timestamp()))]);
        let mut condition = "#at >= :since".to_owned();
        if let Some(event) = looked.event {
            condition.push_str(" AND #event = :event");
            values.insert(":event".to_owned(), text(event));
        }
        let names = [
            ("#at", EVENT_AT),
            ("#event", EVENT),
            ("#id", EVENT_ID),
            ("#version", EVENT_VERSION),
            ("#payload", PAYLOAD),
        ];
        let request = self
            .client
            .scan()
            .table_name(&self.table)
            .segment(segment.into())
            .total_segments(segments.into())
            .filter_expression(condition)
            .projection_expression("#event, #id, #version, #payload, #at")
            .set_expression_attribute_names(Some(names.map(|(short, name)| (short.to_owned(), name.to_owned())).into()))
            .set_expression_attribute_values(Some(values))
            .set_exclusive_start_key(from.map(|Mark(key)| key))
            .return_consumed_capacity(ReturnConsumedCapacity::None)
            .send()
            .await;
        let output = request.map_err(|error| store_error(&error))?;
        let events = output.items().iter().map(read).collect::<Option<Vec<_>>>();
        Ok(Stretch {
            events: events.ok_or_else(|| Error::internal("an event in the table is unreadable"))?,
            read: u64::try_from(output.scanned_count).unwrap_or(0),
            next: output.last_evaluated_key.map(Mark),
        })
    }
}

fn read(item: &HashMap<String, AttributeValue>) -> Option<ToldEvent> {
    let whole = |name| text_of(item, name).map(str::to_owned);
    Some(ToldEvent {
        name: whole(EVENT)?,
        id: whole(EVENT_ID)?,
        version: number_of(item, EVENT_VERSION)?,
        payload: whole(PAYLOAD)?,
        at: DateTime::from_timestamp(number_of(item, EVENT_AT)?, 0)?,
    })
}
