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
    /// Runs from a moment on, or with the system; `ahead` is by how many microseconds it was advanced.
    Running {
        start: Option<(DateTime<Utc>, Instant)>,
        ahead: Arc<AtomicI64>,
    },
    Hands(Arc<AtomicI64>),
}

impl Clock {
    /// The system clock.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that runs from `start` on, or with the system, and that [`Clock::advance`] moves, for demonstrations.
    pub fn running_from(start: Option<DateTime<Utc>>) -> Self {
        Self(Source::Running { start: start.map(|at| (at, Instant::now())), ahead: Arc::default() })
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

    /// Moves a clock of [`Clock::running_from`] and all its clones forward; it never goes back. Says whether this is one.
    pub fn advance(&self, by: Duration) -> bool {
        let Source::Running { ahead, .. } = &self.0 else { return false };
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        ahead.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |ahead| Some(ahead.saturating_add(micros))).is_ok()
    }

    /// The time, in whole microseconds.
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System => system(),
            Source::Running { start, ahead } => {
                let now = start.map_or_else(system, |(at, since)| later(at, since.elapsed()));
                later(now, Duration::from_micros(ahead.load(Ordering::SeqCst).unsigned_abs()))
            }
            Source::Hands(micros) => {
                DateTime::from_timestamp_micros(micros.load(Ordering::SeqCst)).unwrap_or(DateTime::UNIX_EPOCH)
            }
        }
    }
}

fn system() -> DateTime<Utc> {
    #[expect(clippy::disallowed_methods, reason = "this is the place that reads the time")]
    let now = Utc::now();
    DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
}

/// Stands still at the end of what can be told.
fn later(at: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    let by = chrono::Duration::from_std(by).unwrap_or(chrono::Duration::MAX);
    at.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
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

    /// Elapsed milliseconds, with three decimals.
    pub fn millis(self) -> f64 {
        let micros = self.0.elapsed().as_micros();
        // By way of the text, which is the number that the log shows.
        format!("{}.{:03}", micros / 1_000, micros % 1_000).parse().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_running_clock_and_its_clones_move_forward_together() {
        let start: DateTime<Utc> = "2026-03-10T15:00:00Z".parse().unwrap();
        let clock = Clock::running_from(Some(start));
        let clone = clock.clone();
        assert!(clock.advance(Duration::from_secs(86_400)) && clone.advance(Duration::from_secs(1)));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(clone.now(), start + chrono::Duration::seconds(86_403));
        let system = Clock::running_from(None);
        let before = Clock::system().now();
        system.advance(Duration::from_secs(3_600));
        assert!(system.now() - before >= chrono::Duration::hours(1));
        assert!(clock.advance(Duration::MAX) && clock.now() > start);
    }

    #[test]
    fn the_clock_of_a_deployment_is_not_moved() {
        assert!(!Clock::system().advance(Duration::from_secs(1)));
        assert!(!Clock::standing_at(DateTime::UNIX_EPOCH).advance(Duration::from_secs(1)));
    }
}
