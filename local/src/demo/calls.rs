//! Calls of the demo lines, and recordings of calls of extensions.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use shared::domain::country::Country;
use shared::domain::recording::{Format, Recording};
use shared::error::Error;
use shared::files::ObjectKey;

use super::nation::Nation;
use super::{DemoFile, digits, media, money, number, record};

/// Days with calls before today.
const DAYS: i64 = 40;

/// Two calls of the demo line per day and a message every third day; a few calls of another customer.
pub fn calls(country: &Country, now: DateTime<Utc>) -> Vec<Value> {
    let mut calls = Vec::new();
    for day in 0..=DAYS {
        let from = now - Duration::days(day);
        calls.push(call(country, "3001234567", from - Duration::minutes(95), day * 3, "VOICE"));
        calls.push(call(country, "3001234567", from - Duration::minutes(350), day * 3 + 1, "VOICE"));
        if day % 3 == 0 {
            calls.push(call(country, "3001234567", from - Duration::minutes(370), day * 3 + 2, "SMS"));
        }
        if day % 10 == 0 {
            calls.push(call(country, "3009876543", from - Duration::minutes(200), day, "VOICE"));
        }
    }
    calls
}

/// Rating, operator, and price per second in thousandths of a price step.
const KINDS: &[(&str, &str, i64)] = &[
    ("ONNET", "Nuestra Red", 0),
    ("OFFNET", "Otra Red Móvil", 4),
    ("CUG", "Nuestra Red", 0),
    ("LDI", "Operador Internacional", 15),
    ("OFFNET", "Red Fija", 3),
    ("Roaming", "Red Visitada", 20),
    ("n/a", "Sin Información", 0),
];

fn call(country: &Country, line: &str, start: DateTime<Utc>, seed: i64, service: &str) -> Value {
    let at = usize::try_from(seed).unwrap_or_default();
    let (kind, company, rate) = KINDS[at % KINDS.len()];
    let seconds = if service == "SMS" { 0 } else { 20 + seed * 37 % 540 };
    // Charged per started minute.
    let charged = (seconds + 59) / 60 * 60;
    let amount = |seconds: i64| {
        let mut amount = money(country, seconds * rate);
        amount["minor"] = json!(amount["minor"].as_i64().unwrap_or_default() / 1_000);
        amount
    };
    let (air, connection) = (if rate > 0 { charged } else { 0 }, if kind == "LDI" { charged / 2 } else { 0 });
    let other = digits(country, &format!("30055501{:02}", at % 90));
    let place = if kind == "Roaming" { "Madrid" } else { Nation::of(country).customer("1001").city };
    json!({
        "type": "call", "msisdn": number(country, line),
        "call": {
            "id": format!("demo-{seed}"), "start": whole(start), "seconds": seconds, "calling": digits(country, line),
            "called": other, "company": company, "place": place,
            "kind": kind, "roaming": kind == "Roaming", "service": service,
            "air_seconds": air, "air_amount": amount(air),
            "interconnection_seconds": connection, "interconnection_amount": amount(connection),
            "amount": amount(air + connection),
        },
    })
}

/// Truncated to the second, as in CDRs.
fn whole(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at)
}

/// Call, customer, extension, hours ago, seconds, direction, the number at the other end.
type Row = (u64, &'static str, &'static str, i64, u32, &'static str, &'static str);

const RECORDINGS: &[Row] = &[
    (7001, "1001", "6015550101", 3, 8, "IN", "3005550111"),
    (7002, "1001", "6015550101", 27, 5, "OUT", "3005550112"),
    (7003, "1001", "6015550102", 28, 6, "IN", "3005550113"),
    (7004, "1001", "6015550102", 75, 4, "OUT", "3005550114"),
    (7005, "1001", "6015550101", 150, 7, "IN", "3005550115"),
    (7101, "1002", "6055550201", 5, 4, "IN", "3005550116"),
    (7102, "1002", "6055550201", 50, 5, "OUT", "3005550117"),
];

/// The recordings and their files: a melody as WAV, silence of the same length as MP3.
pub fn recordings(country: &Country, now: DateTime<Utc>) -> Result<(Vec<Value>, Vec<DemoFile>), Error> {
    let (mut records, mut files) = (Vec::new(), Vec::new());
    for (id, customer, extension, hours, seconds, direction, other) in RECORDINGS {
        let (extension, other) = (digits(country, extension), digits(country, other));
        let (origin, destination) = if *direction == "IN" { (other, extension) } else { (extension, other) };
        let wav = media::wav(*seconds, u32::try_from(*id).unwrap_or_default())?;
        let mp3 = media::mp3(*seconds);
        let recording: Recording = serde_json::from_value(json!({
            "id": id, "customer": customer, "extension": extension, "start": whole(now - Duration::hours(*hours)),
            "seconds": seconds, "direction": direction, "origin": origin, "destination": destination.to_string(),
            "files": BTreeMap::from([("wav", wav.len()), ("mp3", mp3.len())]),
        }))
        .map_err(|error| Error::internal(error.to_string()))?;
        for (format, content_type, content) in [(Format::Wav, "audio/wav", wav), (Format::Mp3, "audio/mpeg", mp3)] {
            files.push(DemoFile { key: ObjectKey::recording(country, &recording, format)?, content_type, content });
        }
        records.push(record("recording", &recording)?);
    }
    Ok((records, files))
}
