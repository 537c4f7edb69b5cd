//! The only place that reads the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

/// A function's clock. Everything behind dispatch receives the time as an argument.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Started { at: DateTime<Utc>, since: Instant },
    Hands(Arc<AtomicI64>),
}

impl Clock {
    /// The system clock.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that starts at `at` and runs, for demonstrations.
    pub fn starting_at(at: DateTime<Utc>) -> Self {
        Self(Source::Started { at, since: Instant::now() })
    }

    /// A clock that stands still until it is set, for tests.
    pub fn standing_at(at: DateTime<Utc>) -> Self {
        Self(Source::Hands(Arc::new(AtomicI64::new(at.timestamp_micros()))))
    }

    /// Sets a standing clock and all its clones; a running clock ignores it.
    pub fn set(&self, at: DateTime<Utc>) {
        if let Source::Hands(micros) = &self.0 {
            micros.store(at.timestamp_micros(), Ordering::SeqCst);
        }
    }

    /// The time, in whole microseconds.
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System => {
                #[expect(clippy::disallowed_methods, reason = "this is the place that reads the time")]
                let now = Utc::now();
                DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
            }
            Source::Started { at, since } => {
                *at + chrono::Duration::from_std(since.elapsed()).unwrap_or(chrono::Duration::zero())
            }
            Source::Hands(micros) => {
                DateTime::from_timestamp_micros(micros.load(Ordering::SeqCst)).unwrap_or(DateTime::UNIX_EPOCH)
            }
        }
    }
}

/// The deadline of an invocation.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// `left` from now.
    pub fn within(left: Duration) -> Self {
        Self(Instant::now() + left)
    }

    /// The time left.
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}

/// A stopwatch.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Elapsed milliseconds, with three decimals, as text for the log.
    pub fn millis(self) -> String {
        let micros = self.0.elapsed().as_micros();
        format!("{}.{:03}", micros / 1000, micros % 1000)
    }
}
