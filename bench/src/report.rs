//! The table. Numbers are integers until printed: medians of microseconds and bytes.

use std::time::Duration;

use crate::measure::{Start, Warm};

/// The measurements of a program.
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// Starts without a connection, for a function that opens one.
    pub alone: Vec<Duration>,
    /// Starts as deployed: with the connection open over TLS, for a function that opens one.
    pub usual: Vec<Start>,
    /// Warm requests, over TLS.
    pub warm: Vec<Warm>,
    /// Size of its binary.
    pub size: u64,
    /// Instructions per request, if counted.
    pub instructions: Option<u64>,
}

/// The table's head.
pub const HEAD: &str = "\
| program | start, ms | of hello | start with TLS, ms | of hello | first request, ms | its CPU, ms | warm p50, ms | p99, ms | CPU p50, ms | p99, ms | resident, MB | size, MB | instructions |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|";

impl Row {
    /// The row's line; ratios are to the start of `hello`.
    pub fn line(&self, hello: &Self) -> String {
        let base = middle(&hello.usual, |start| start.to_poll);
        let usual = middle(&self.usual, |start| start.to_poll);
        let alone = at(self.alone.clone(), 50);
        let (alone, open) = if alone.is_some() { (alone, usual) } else { (usual, None) };
        let resident = at(self.usual.iter().map(|start| start.resident).collect(), 50);
        let cells = [
            self.name.to_owned(),
            millis(alone),
            times(alone, base),
            millis(open),
            times(open, base),
            millis(middle(&self.usual, |start| start.first)),
            millis(middle(&self.usual, |start| start.first_cpu)),
            millis(at(self.warm.iter().map(|call| call.wall).collect(), 50)),
            millis(at(self.warm.iter().map(|call| call.wall).collect(), 99)),
            millis(at(self.warm.iter().map(|call| call.cpu).collect(), 50)),
            millis(at(self.warm.iter().map(|call| call.cpu).collect(), 99)),
            resident.map_or_else(dash, megabytes),
            megabytes(self.size),
            self.instructions.map_or_else(dash, |count| count.to_string()),
        ];
        format!("| {} |", cells.join(" | "))
    }
}

fn middle(starts: &[Start], of: impl Fn(&Start) -> Duration) -> Option<Duration> {
    at(starts.iter().map(of).collect(), 50)
}

/// The percentile.
pub fn at<T: Ord + Copy>(mut values: Vec<T>, percent: usize) -> Option<T> {
    values.sort_unstable();
    let place = (values.len() * percent).div_ceil(100).max(1) - 1;
    values.get(place).copied()
}

fn dash() -> String {
    "-".to_owned()
}

/// In milliseconds with hundredths.
pub fn millis(duration: Option<Duration>) -> String {
    let Some(duration) = duration else { return dash() };
    let hundredths = (duration.as_micros() + 5) / 10;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn times(duration: Option<Duration>, base: Option<Duration>) -> String {
    let (Some(duration), Some(base)) = (duration, base) else { return dash() };
    let tenths = (duration.as_nanos() * 10 + base.as_nanos() / 2) / base.as_nanos().max(1);
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn megabytes(bytes: u64) -> String {
    let tenths = (bytes + 50_000) / 100_000;
    format!("{}.{}", tenths / 10, tenths % 10)
}
