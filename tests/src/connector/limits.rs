//! DynamoDB's limits of a request, measured independently of the embedded engine.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// The longest partition key, in bytes.
pub const PARTITION_KEY: usize = 2_048;
/// The longest sort key, in bytes.
pub const SORT_KEY: usize = 1_024;
/// The largest item, in bytes: names and values.
pub const ITEM: usize = 400 * 1_024;
/// The most items of a transaction.
pub const TRANSACTION: usize = 100;
/// The largest transaction, in bytes.
pub const TRANSACTION_SIZE: usize = 4 * 1_024 * 1_024;
/// The most keys that are read by a batch.
pub const READS: usize = 100;
/// The most items that are written by a batch.
pub const WRITES: usize = 25;
/// The longest expression, in bytes.
pub const EXPRESSION: usize = 4_096;

/// Which limit a request exceeds.
pub fn exceeded(operation: &str, body: &Value) -> Option<String> {
    let parts = parts(operation, body);
    let most = match operation {
        "TransactWriteItems" | "TransactGetItems" => TRANSACTION,
        "BatchGetItem" => READS,
        "BatchWriteItem" => WRITES,
        _ => 1,
    };
    if parts.len() > most {
        return Some(format!("{} items in one {operation}", parts.len()));
    }
    if let Some(reason) = parts.iter().find_map(|part| part_exceeded(part)) {
        return Some(reason);
    }
    if operation == "TransactWriteItems"
        && parts.iter().map(|part| size_of_part(part)).sum::<usize>() > TRANSACTION_SIZE
    {
        return Some("a transaction of more than 4 MB".to_owned());
    }
    let keys: BTreeSet<_> = parts.iter().map(|part| key_of(part)).collect();
    (keys.len() < parts.len()).then(|| format!("an item twice in one {operation}"))
}

/// The parts of a request, each with its key and what is written.
pub fn parts<'a>(operation: &str, body: &'a Value) -> Vec<&'a Value> {
    let list = |value: &'a Value| value.as_array().into_iter().flatten();
    let inner = |value: &'a Value| value.as_object().into_iter().flat_map(|fields| fields.values());
    match operation {
        "BatchGetItem" => inner(&body["RequestItems"]).flat_map(|table| list(&table["Keys"])).collect(),
        "BatchWriteItem" => inner(&body["RequestItems"]).flat_map(list).flat_map(inner).collect(),
        "TransactWriteItems" | "TransactGetItems" => list(&body["TransactItems"]).flat_map(inner).collect(),
        _ => vec![body],
    }
}

/// The item or key of a part; of a batch that reads the part itself.
fn item_of(part: &Value) -> &Value {
    [&part["Item"], &part["Key"]].into_iter().find(|item| item.is_object()).unwrap_or(part)
}

/// Partition key and sort key of a part. A query has the first alone.
pub fn key_of(part: &Value) -> (String, String) {
    if let Some(condition) = part["KeyConditionExpression"].as_str() {
        let value = condition.split_whitespace().nth(2).unwrap_or_default();
        return (text(&part["ExpressionAttributeValues"][value]["S"]), String::new());
    }
    let item = item_of(part);
    (text(&item["pk"]["S"]), text(&item["sk"]["S"]))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn part_exceeded(part: &Value) -> Option<String> {
    let (pk, sk) = key_of(part);
    if pk.len() > PARTITION_KEY || sk.len() > SORT_KEY {
        return Some(format!("a key of {} and {} bytes", pk.len(), sk.len()));
    }
    let size = size_of_part(part);
    if size > ITEM {
        return Some(format!("an item of {size} bytes"));
    }
    let expressions = ["UpdateExpression", "ConditionExpression", "KeyConditionExpression"];
    let longest = expressions.iter().filter_map(|name| part[name].as_str()).map(str::len).max().unwrap_or_default();
    (longest > EXPRESSION).then(|| format!("an expression of {longest} bytes"))
}

/// The bytes of an item that is put, or of what an update sets.
fn size_of_part(part: &Value) -> usize {
    let of = |fields: &Value, named: bool| -> usize {
        let fields = fields.as_object().into_iter().flatten();
        fields.map(|(name, value)| if named { name.len() } else { 0 } + size(value)).sum()
    };
    of(&part["Item"], true) + of(&part["ExpressionAttributeValues"], false)
}

/// The bytes of a value.
fn size(value: &Value) -> usize {
    let Some((kind, value)) = value.as_object().and_then(|fields| fields.iter().next()) else { return 0 };
    let list = || value.as_array().into_iter().flatten();
    match kind.as_str() {
        "S" => value.as_str().map_or(0, str::len),
        "N" => value.as_str().map_or(0, |digits| digits.len().div_ceil(2) + 1),
        "B" => value.as_str().and_then(|text| STANDARD.decode(text).ok()).map_or(0, |bytes| bytes.len()),
        "M" => {
            3 + value.as_object().into_iter().flatten().map(|(name, value)| name.len() + 1 + size(value)).sum::<usize>()
        }
        "L" => 3 + list().map(|value| 1 + size(value)).sum::<usize>(),
        "SS" | "NS" | "BS" => list().map(|value| value.as_str().map_or(0, str::len)).sum(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use local::dynamo::Embedded;
    use serde_json::json;

    use super::*;

    fn engine() -> Embedded {
        let engine = Embedded::in_memory().unwrap();
        let part = |name: &str, kind: &str| json!({ "AttributeName": name, "KeyType": kind });
        let typed = |name: &str| json!({ "AttributeName": name, "AttributeType": "S" });
        let table = json!({
            "TableName": "limits", "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [part("pk", "HASH"), part("sk", "RANGE")],
            "AttributeDefinitions": [typed("pk"), typed("sk")],
        });
        engine.ensure_table(&table, None).unwrap();
        engine
    }

    /// An item of `size` bytes.
    fn item(pk: &str, sk: &str, size: usize) -> Value {
        let filler = size.saturating_sub("pk".len() + pk.len() + "sk".len() + sk.len() + "v".len());
        json!({ "pk": { "S": pk }, "sk": { "S": sk }, "v": { "S": "x".repeat(filler) } })
    }

    fn put(item: &Value) -> Value {
        json!({ "TableName": "limits", "Item": item })
    }

    fn transaction(items: impl IntoIterator<Item = Value>) -> Value {
        let parts: Vec<_> = items.into_iter().map(|item| json!({ "Put": put(&item) })).collect();
        json!({ "TransactItems": parts })
    }

    fn many(count: usize, size: usize) -> impl Iterator<Item = Value> {
        (0..count).map(move |at| item("p", &format!("{at:03}"), size))
    }

    #[test]
    fn what_is_measured_here_is_what_the_engine_measures() {
        let engine = engine();
        let batch = |items: Vec<Value>| {
            let writes: Vec<_> = items.iter().map(|item| json!({ "PutRequest": { "Item": item } })).collect();
            json!({ "RequestItems": { "limits": writes } })
        };
        let reads = |count: usize| {
            let key = |at: usize| json!({ "pk": { "S": "p" }, "sk": { "S": at.to_string() } });
            json!({ "RequestItems": { "limits": { "Keys": (0..count).map(key).collect::<Vec<_>>() } } })
        };
        let fill = |over: usize| many(10, ITEM).chain([item("p", "last", TRANSACTION_SIZE - 10 * ITEM + over)]);
        for (operation, fits, exceeds) in [
            ("PutItem", put(&item("p", "s", ITEM)), put(&item("p", "s", ITEM + 1))),
            ("PutItem", put(&item(&"é".repeat(1_024), "s", 0)), put(&item(&"é".repeat(1_025), "s", 0))),
            ("PutItem", put(&item("p", &"s".repeat(1_024), 0)), put(&item("p", &"s".repeat(1_025), 0))),
            ("TransactWriteItems", transaction(many(100, 0)), transaction(many(101, 0))),
            ("TransactWriteItems", transaction(fill(0)), transaction(fill(1))),
            ("TransactWriteItems", transaction(many(1, 0)), transaction(many(1, 0).chain(many(1, 1)))),
            ("BatchWriteItem", batch(many(25, 0).collect()), batch(many(26, 0).collect())),
            ("BatchWriteItem", batch(many(1, 0).collect()), batch(many(1, 0).chain(many(1, 1)).collect())),
            ("BatchGetItem", reads(100), reads(101)),
        ] {
            assert_eq!(exceeded(operation, &fits), None);
            engine.call(operation, &fits).unwrap();
            let reason = exceeded(operation, &exceeds).unwrap();
            engine.call(operation, &exceeds).expect_err(&reason);
        }
    }

    #[test]
    fn every_kind_of_value_has_its_size() {
        for (value, bytes) in [
            (json!({ "S": "ñ" }), 2),
            (json!({ "N": "1234" }), 3),
            (json!({ "B": "AAAA" }), 3),
            (json!({ "BOOL": true }), 1),
            (json!({ "L": [{ "S": "ab" }, { "NULL": true }] }), 3 + 3 + 2),
            (json!({ "M": { "ab": { "S": "c" } } }), 3 + 2 + 1 + 1),
            (json!({ "SS": ["ab", "c"] }), 3),
        ] {
            assert_eq!(size(&value), bytes, "{value}");
        }
        let update = json!({ "Key": {}, "UpdateExpression": "x".repeat(EXPRESSION + 1) });
        assert!(exceeded("UpdateItem", &update).unwrap().contains("expression"));
    }
}
