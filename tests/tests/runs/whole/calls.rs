//! Files of calls, and what they amount to.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, FixedOffset, NaiveDate, TimeDelta};
use local::sources::Random;
use serde_json::json;

use super::below;
use crate::lab::line;

/// Records of a chunk.
pub const CHUNK: u32 = 2;

/// A call of a contract's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Call {
    id: usize,
    at: usize,
    start: DateTime<FixedOffset>,
    seconds: u64,
}

/// All files so far, by number: their streams and newest versions.
#[derive(Debug, Default)]
pub struct Calls(Vec<File>);

#[derive(Debug)]
struct File {
    stream: &'static str,
    sequence: u32,
    calls: Vec<Call>,
}

/// A contract's day: records and units.
type Usage = BTreeMap<NaiveDate, (u64, u64)>;

impl Calls {
    /// A new file, or a newer version of one: its key and content. Few ids and times, so that several files tell one call.
    pub fn write(&mut self, contracts: usize, today: NaiveDate, random: &mut Random) -> (String, String) {
        let calls = (0..below(random, 4)).map(|_| Call::any(contracts, today, random)).collect();
        let new = self.0.is_empty() || random.often(6);
        let number = if new { self.0.len() } else { below(random, self.0.len()) };
        match self.0.get_mut(number) {
            Some(file) => (file.sequence, file.calls) = (file.sequence + 1, calls),
            None => self.0.push(File { stream: ["a", "b"][below(random, 2)], sequence: 1, calls }),
        }
        let File { stream, sequence, calls } = &self.0[number];
        (format!("inbox/0/{stream}/f{number:03}.{sequence}.calls.ndjson"), calls.iter().map(Call::told).collect())
    }

    /// What a contract's line has used. A call that several files tell is the first one's, by stream, name and chunk.
    pub fn usage_of(&self, contract: usize) -> Usage {
        let mut told = BTreeMap::new();
        for (number, File { stream, calls, .. }) in self.0.iter().enumerate() {
            for (place, call) in calls.iter().enumerate().filter(|(_, call)| call.at == contract) {
                let rank = (stream, number, place / CHUNK as usize);
                let best = told.entry((call.start, call.id)).or_insert((rank, call));
                if rank < best.0 {
                    *best = (rank, call);
                }
            }
        }
        let mut usage = Usage::new();
        for (_, call) in told.into_values() {
            let (records, units) = usage.entry(call.start.date_naive()).or_default();
            *records += 1;
            *units += call.seconds.div_ceil(60) * 60;
        }
        usage
    }

    /// The days of all calls.
    pub fn days(&self) -> BTreeSet<NaiveDate> {
        self.0.iter().flat_map(|file| &file.calls).map(|call| call.start.date_naive()).collect()
    }
}

impl Call {
    fn any(contracts: usize, today: NaiveDate, random: &mut Random) -> Self {
        let (id, at) = (below(random, 3), below(random, contracts));
        let day = today.checked_sub_days(Days::new(random.below(12))).unwrap();
        let midnight = day.and_hms_opt(0, 0, 0).unwrap().and_local_timezone(crate::lab::country().zone()).unwrap();
        let start = midnight + [TimeDelta::zero(), TimeDelta::seconds(86_399)][below(random, 2)];
        Self { id, at, start, seconds: [0, 30, 900, 5_000][below(random, 4)] }
    }

    fn told(&self) -> String {
        let Self { id, at, start, seconds } = self;
        let call = json!({
            "id": format!("r{id}"), "msisdn": line(*at), "start": start.to_rfc3339(), "called": "3005550101", "kind": "ONNET",
            "seconds": seconds,
        });
        format!("{call}\n")
    }
}
