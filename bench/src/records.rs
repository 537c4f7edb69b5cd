//! Usage records: how many of them a core reads and rates in a second, without any store.

use std::hint::black_box;
use std::io::{self, Write};
use std::time::Instant;

use serde_json::json;
use shared::domain::billing::class::Place;
use shared::domain::billing::rating::{Contact, Rating};
use shared::domain::call::{CallType, Direction, ServiceType};
use shared::domain::country::Country;
use shared::domain::records::lines::Lines;
use shared::domain::usage_file::name::UsageFile;
use shared::domain::usage_file::reader::RecordReader;

/// Records of a file.
const COUNT: u64 = 400_000;

/// Measures each way of writing records, and the rule alone.
pub fn run() -> io::Result<()> {
    let country = Country::by_code("co").map_err(io::Error::other)?;
    let rating = rating()?;
    let mut out = io::stdout().lock();
    writeln!(out, "| what | records/s |\n|---|---|")?;
    for name in ["a.1.calls.csv", "a.1.calls.ndjson", "a.1.sessions.csv", "a.1.sessions.ndjson"] {
        let content = content(name);
        let start = Instant::now();
        let count = read(name, &content, &rating, country)?;
        writeln!(out, "| {name}, read and rated | {} |", per_second(count, start))?;
    }
    let contact = Contact {
        service: ServiceType::Voice,
        direction: Direction::Out,
        told: CallType::Unknown,
        other: 12_025_550_101.try_into().map_err(io::Error::other)?,
        visited: None,
        seconds: 61,
    };
    let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 10).unwrap_or_default();
    let start = Instant::now();
    for seconds in 0..10 * COUNT {
        let _ = black_box(rating.contact(black_box(&Contact { seconds, ..contact }), day, country));
    }
    writeln!(out, "| a call to another country, the rule alone | {} |", per_second(10 * COUNT, start))
}

fn rating() -> io::Result<Rating> {
    let from = "2020-01-01";
    let zones: Vec<_> =
        (1..1_000).map(|at| json!({ "prefix": at.to_string(), "from": from, "zone": "resto" })).collect();
    let increments = json!([
        { "classes": "voice", "steps": [{ "from": from, "minimum": 60, "step": 1 }] },
        { "classes": "voice.intl", "steps": [{ "from": from, "minimum": 60, "step": 60 }] },
    ]);
    serde_json::from_value(json!({ "international": zones, "increments": increments })).map_err(io::Error::other)
}

fn content(name: &str) -> String {
    let row = |at: u64| {
        let (line, second) = (3_000_000_000 + at / 8, at % 60);
        let start = format!("2026-03-10T10:20:{second:02}-05:00");
        match name {
            "a.1.calls.csv" => {
                format!("c{at},{line},{start},30055{:05},{},ONNET,Nuestra Red,Bogotá", at % 99_999, at % 600)
            }
            "a.1.calls.ndjson" => format!(
                r#"{{"id":"c{at}","msisdn":"{line}","start":"{start}","called":"30055{:05}","seconds":{},"kind":"ONNET","company":"Nuestra Red","place":"Bogotá"}}"#,
                at % 99_999,
                at % 600
            ),
            "a.1.sessions.csv" => format!("s{at},{line},{start},Video,{}", at * 1_000),
            _ => {
                format!(r#"{{"id":"s{at}","msisdn":"{line}","start":"{start}","app":"Video","bytes":{}}}"#, at * 1_000)
            }
        }
    };
    let header = match name {
        "a.1.calls.csv" => "id,msisdn,start,called,seconds,kind,company,place\n",
        "a.1.sessions.csv" => "id,msisdn,start,app,bytes\n",
        _ => "",
    };
    let mut content = header.to_owned();
    for at in 0..COUNT {
        content += &row(at);
        content.push('\n');
    }
    content
}

fn read(name: &str, content: &str, rating: &Rating, country: &'static Country) -> io::Result<u64> {
    let file = UsageFile::of_key(&format!("inbox/h/s/{name}")).map_err(io::Error::other)?;
    let mut lines = Lines::default();
    let mut reader = None;
    let mut count = 0;
    for piece in content.as_bytes().chunks(64 * 1024) {
        lines.push(piece);
        while let Some(line) = lines.next_line() {
            let Some(reader) = &mut reader else {
                let header = String::from_utf8_lossy(&line.bytes).into_owned();
                let fresh = RecordReader::new(&file, Some(&header), country).map_err(io::Error::other)?;
                let first = reader.insert(fresh);
                count += u64::from(name.ends_with("ndjson") && one(first, &line, name, rating, country));
                continue;
            };
            count += u64::from(one(reader, &line, name, rating, country));
        }
    }
    Ok(count)
}

/// Reads and rates one record; whether it is one.
fn one(
    reader: &mut RecordReader,
    line: &shared::domain::records::lines::Line,
    name: &str,
    rating: &Rating,
    country: &'static Country,
) -> bool {
    if name.contains("sessions") {
        return reader.session(line).map(|session| black_box(Rating::session(session.bytes, Place::Home))).is_ok();
    }
    let Ok(call) = reader.call(line) else { return false };
    let day = call.start.with_timezone(&country.zone()).date_naive();
    let contact = Contact {
        service: call.service,
        direction: call.direction,
        told: call.kind,
        other: call.other(),
        visited: call.visited,
        seconds: call.seconds.into(),
    };
    black_box(rating.contact(&contact, day, country)).is_ok()
}

fn per_second(count: u64, start: Instant) -> u128 {
    u128::from(count) * 1_000_000 / start.elapsed().as_micros().max(1)
}
