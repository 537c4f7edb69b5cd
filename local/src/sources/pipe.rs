//! The pipe from the table's stream to the bus.

use serde_json::{Value, json};

use super::pattern::matches;
use crate::dynamo::{Embedded, EngineError};
use crate::template::PipeSettings;

/// Reads a table's stream from its beginning. Its position is in memory: after a restart over a data file every event
/// is delivered once more.
pub struct Pipe {
    embedded: Embedded,
    table: String,
    settings: PipeSettings,
    iterator: Option<String>,
}

impl Pipe {
    /// A pipe at the beginning of the stream of `table`.
    pub fn new(embedded: Embedded, table: &str, settings: PipeSettings) -> Self {
        Self { embedded, table: table.to_owned(), settings, iterator: None }
    }

    /// The events of new stream records.
    ///
    /// # Errors
    /// When the stream cannot be read.
    pub fn take(&mut self) -> Result<Vec<Value>, EngineError> {
        let iterator = match self.iterator.take() {
            Some(iterator) => iterator,
            None => self.beginning()?,
        };
        let page = self.embedded.call("GetRecords", &json!({ "ShardIterator": iterator }))?;
        self.iterator = page["NextShardIterator"].as_str().map(str::to_owned);
        let records = page["Records"].as_array().into_iter().flatten();
        Ok(records.filter_map(|record| self.event(record)).collect())
    }

    fn beginning(&self) -> Result<String, EngineError> {
        let missing = || EngineError(format!("the table {} has no stream", self.table));
        let streams = self.embedded.call("ListStreams", &json!({ "TableName": self.table }))?;
        let arn = streams["Streams"][0]["StreamArn"].as_str().ok_or_else(missing)?;
        let stream = self.embedded.call("DescribeStream", &json!({ "StreamArn": arn }))?;
        let shard = stream["StreamDescription"]["Shards"][0]["ShardId"].as_str().ok_or_else(missing)?;
        let wanted = json!({ "StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
        let iterator = self.embedded.call("GetShardIterator", &wanted)?;
        iterator["ShardIterator"].as_str().map(str::to_owned).ok_or_else(missing)
    }

    /// The event of a stream record, if a filter passes it.
    fn event(&self, record: &Value) -> Option<Value> {
        let PipeSettings { filters, source, detail_type, input } = &self.settings;
        if !filters.iter().any(|filter| matches(filter, record)) {
            return None;
        }
        Some(json!({
            "version": "0",
            "id": record["eventID"],
            "source": source,
            "account": "000000000000",
            "region": "us-east-1",
            "resources": [],
            "detail-type": at(record, detail_type)?,
            "detail": serde_json::from_str::<Value>(&filled(input, record)).ok()?,
        }))
    }
}

/// The input template with every `<$.path>` replaced by the JSON value there.
fn filled(template: &str, record: &Value) -> String {
    let mut result = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('<') {
        let (path, after) = after.split_once('>').unwrap_or((after, ""));
        result.push_str(before);
        result.push_str(&at(record, path).unwrap_or(&Value::Null).to_string());
        rest = after;
    }
    result + rest
}

/// The value at `$.a.b`.
fn at<'a>(record: &'a Value, path: &str) -> Option<&'a Value> {
    path.strip_prefix("$.")?.split('.').try_fold(record, |value, name| value.get(name))
}
