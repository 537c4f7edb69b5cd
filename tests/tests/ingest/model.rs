//! What a set of files amounts to, computed anew: an independent reading of the rules.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::lab::{LINES, Lab};

/// A record of a made-up file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// Its id.
    pub id: u8,
    /// Its line; one more than there are is nobody's.
    pub line: u8,
    /// Which of some times it starts at.
    pub time: u8,
    /// What it says: seconds of a call, bytes of a session.
    pub amount: u16,
}

/// Two days of the country, around midnight, and two hours of one of them.
const TIMES: [(&str, &str, &str); 3] = [
    ("2026-03-08T22:30:00-05:00", "2026-03-08", "2026-03-09T03"),
    ("2026-03-08T23:59:59-05:00", "2026-03-08", "2026-03-09T04"),
    ("2026-03-09T00:00:00-05:00", "2026-03-09", "2026-03-09T05"),
];
/// How many there are.
pub const TIME_COUNT: u8 = 3;

impl Record {
    pub fn call(&self) -> String {
        let (line, start) = (self.number(), TIMES[usize::from(self.time)].0);
        let record = json!({
            "id": format!("r{}", self.id), "msisdn": line, "start": start, "called": "3005550101", "kind": "ONNET",
            "seconds": self.amount,
        });
        format!("{record}\n")
    }

    pub fn session(&self) -> String {
        let (line, start) = (self.number(), TIMES[usize::from(self.time)].0);
        let app = ["Mapas", "Video"][usize::from(self.amount % 2)];
        let record =
            json!({ "id": format!("r{}", self.id), "msisdn": line, "start": start, "app": app, "bytes": self.amount });
        format!("{record}\n")
    }

    fn number(&self) -> &'static str {
        LINES.get(usize::from(self.line)).copied().unwrap_or("3009999999")
    }
}

/// The newest version of a file.
#[derive(Debug, Clone)]
pub struct Newest {
    pub stream: String,
    pub name: String,
    pub calls: bool,
    pub records: Vec<Record>,
}

/// Line by line: what is shown of each call or hour, and what each day counts.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct View {
    pub shown: Vec<Vec<String>>,
    pub days: Vec<Vec<String>>,
}

/// Who is believed first: by stream, name and chunk.
type Rank = (String, String, usize);

/// What the newest versions of all files amount to, with chunks of so many records.
pub fn expected(files: &[Newest], chunk: u32) -> View {
    // Who is believed: by line, time and id the first by stream, name and chunk, and in a chunk the first to say it.
    let mut believed: BTreeMap<(bool, u8, u8, u8), (Rank, Record)> = BTreeMap::new();
    for file in files {
        for (at, record) in file.records.iter().enumerate().filter(|(_, one)| usize::from(one.line) < LINES.len()) {
            let rank = (file.stream.clone(), file.name.clone(), at / chunk as usize);
            let key = (file.calls, record.line, record.time, record.id);
            let better = believed.get(&key).is_none_or(|(known, _)| rank < *known);
            if better {
                believed.insert(key, (rank, *record));
            }
        }
    }
    let mut view = View::default();
    for line in 0..LINES.len() {
        let own: Vec<_> = believed.iter().filter(|((_, of, ..), _)| usize::from(*of) == line).collect();
        let mut shown: Vec<String> = Vec::new();
        let mut traffic: BTreeMap<(u8, &str), u64> = BTreeMap::new();
        let mut days: BTreeMap<&str, (u64, BTreeMap<&str, u64>)> = BTreeMap::new();
        for ((calls, _, time, id), (_, record)) in own {
            let (start, day, _) = TIMES[usize::from(*time)];
            let (count, units) = days.entry(day).or_default();
            *count += 1;
            if *calls {
                let at = start.parse::<chrono::DateTime<chrono::FixedOffset>>().unwrap().to_utc();
                shown.push(format!("{} r{id} {}", at.to_rfc3339(), record.amount));
                let rated = if record.amount == 0 { 0 } else { u64::from(record.amount).max(60) };
                *units.entry("voice.onnet").or_default() += rated;
            } else {
                let app = ["Mapas", "Video"][usize::from(record.amount % 2)];
                *traffic.entry((*time, app)).or_default() += u64::from(record.amount);
                *units.entry("data.home").or_default() += u64::from(record.amount).div_ceil(1_024);
            }
        }
        shown.extend(
            traffic.iter().map(|((time, app), bytes)| format!("{} {app} {bytes}", TIMES[usize::from(*time)].2)),
        );
        shown.sort();
        view.shown.push(shown);
        let day = |(day, (count, units)): (&&str, &(u64, BTreeMap<&str, u64>))| {
            let units: Vec<_> = units.iter().filter(|(_, units)| **units > 0).collect();
            let units: Vec<_> = units.iter().map(|(class, units)| format!("{class} {units}")).collect();
            format!("{day} {count} {}", units.join(" "))
        };
        view.days.push(days.iter().map(day).collect());
    }
    view
}

/// Says where more is counted than there are records, whatever of the files is written yet.
pub async fn counted_twice(lab: &Lab, files: &[Newest]) -> Option<String> {
    for line in 0..LINES.len() {
        for (day, usage) in lab.usage(line).await {
            let own = files.iter().flat_map(|file| file.records.iter().map(|record| (file.calls, record)));
            let own = own
                .filter(|(_, one)| usize::from(one.line) == line && TIMES[usize::from(one.time)].1 == day.to_string());
            let told: BTreeSet<_> = own.map(|(calls, one)| (calls, one.time, one.id)).collect();
            if usage.records > told.len() as u64 {
                return Some(format!("line {line}, {day}: {} of {} records", usage.records, told.len()));
            }
        }
    }
    None
}

/// What the lab's table amounts to.
pub async fn found(lab: &Lab) -> View {
    let mut view = View::default();
    for line in 0..LINES.len() {
        let calls = lab.calls(line).await;
        let mut shown: Vec<_> =
            calls.iter().map(|call| format!("{} {} {}", call.start.to_rfc3339(), call.id, call.seconds)).collect();
        let report = shared::domain::usage::by_hour(lab.traffic(line).await);
        shown.extend(report.rows.iter().map(|row| format!("{} {} {}", row.hour, row.app, row.bytes)));
        shown.sort();
        view.shown.push(shown);
        let days = lab.usage(line).await;
        let day = |(day, usage): (&chrono::NaiveDate, &shared::domain::usage_file::day::Usage)| {
            let mut units: Vec<_> = usage.units.iter().map(|(class, units)| format!("{class} {units}")).collect();
            units.sort();
            format!("{day} {} {}", usage.records, units.join(" "))
        };
        view.days.push(days.iter().map(day).collect());
    }
    view
}
