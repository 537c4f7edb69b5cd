//! The cached copy of the keys.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;

use super::keys::SETTLE;
use crate::error::{Cause, Error, Invalid, Result};

/// Age at which the secret is read again.
const REFRESH: TimeDelta = TimeDelta::minutes(5);
/// How long a copy verifies while the secret cannot be read.
pub const OUTAGE: TimeDelta = TimeDelta::hours(12);
/// How soon a secret that could not be read is read again while there is a copy: who reads it may wait in vain.
const RETRY: TimeDelta = TimeDelta::seconds(30);
/// The same without a copy, when nothing else can be done meanwhile.
const RETRY_WITHOUT: TimeDelta = TimeDelta::seconds(5);

/// Reads the text of the secret that holds the keys.
pub type Fetch = Box<dyn Fn() -> BoxFuture<'static, Result<String>> + Send + Sync>;

/// Reads a [`KeyRing`](super::KeyRing) or its [`PublicRing`](super::PublicRing) on demand and keeps it for five
/// minutes. While the secret cannot be read, an older copy is used: for up to [`SETTLE`] to sign, for up to [`OUTAGE`]
/// to verify. A failed attempt is remembered for some seconds, so that not every caller waits for the next one.
pub struct RingCache<T> {
    fetch: Fetch,
    parse: fn(&str) -> Result<T, Invalid>,
    known: Mutex<Known<T>>,
}

/// A copy of a ring.
#[derive(Debug)]
pub struct Held<T> {
    /// The ring.
    pub ring: Arc<T>,
    /// Whether it has every key that may sign by now. A key that an older copy lacks may be a good one.
    pub is_recent: bool,
}

/// What is known of the secret.
struct Known<T> {
    copy: Option<(DateTime<Utc>, Arc<T>)>,
    /// When it was last read, or tried to be.
    tried: Option<DateTime<Utc>>,
    /// Why that failed.
    failed: Option<Failed>,
}

/// An error of the fetch or of the text, as often as it is wanted.
enum Failed {
    Unavailable(String),
    Internal(String),
}

impl<T> RingCache<T> {
    /// An empty cache.
    pub fn new(fetch: Fetch, parse: fn(&str) -> Result<T, Invalid>) -> Self {
        Self { fetch, parse, known: Mutex::new(Known { copy: None, tried: None, failed: None }) }
    }

    /// The ring, at most ten minutes old: what signs must not be older than what the verifiers are sure to know.
    ///
    /// # Errors
    /// The fetch's own, and 500 when the secret is malformed; neither while the copy may still be used.
    pub async fn ring(&self, now: DateTime<Utc>) -> Result<Arc<T>> {
        self.copy(SETTLE, now).await.map(|copy| copy.ring)
    }

    /// The ring for verifying, hours old when the secret cannot be read.
    ///
    /// # Errors
    /// As [`RingCache::ring`].
    pub async fn verifier(&self, now: DateTime<Utc>) -> Result<Held<T>> {
        self.copy(OUTAGE, now).await
    }

    async fn copy(&self, lasts: TimeDelta, now: DateTime<Utc>) -> Result<Held<T>> {
        if let Some(known) = self.known(lasts, now) {
            return known;
        }
        let read = self.read().await;
        let mut known = self.locked();
        match read {
            Ok(ring) => {
                *known = Known { copy: Some((now, Arc::clone(&ring))), tried: Some(now), failed: None };
                Ok(Held { ring, is_recent: true })
            }
            Err(error) => {
                (known.tried, known.failed) = (Some(now), Some(Failed::of(&error)));
                known.usable(lasts, now).ok_or(error)
            }
        }
    }

    /// What needs no reading. Otherwise the caller reads, and with a copy at hand nobody else does meanwhile.
    fn known(&self, lasts: TimeDelta, now: DateTime<Utc>) -> Option<Result<Held<T>>> {
        let mut known = self.locked();
        let copy = known.usable(lasts, now);
        let wait = if copy.is_some() { RETRY } else { RETRY_WITHOUT };
        // A clock may go back; then nothing is remembered.
        let tried = known.tried.is_some_and(|tried| (tried..tried + wait).contains(&now));
        match (copy, &known.failed) {
            (Some(copy), _) if tried || known.is_young(now) => Some(Ok(copy)),
            (None, Some(failed)) if tried => Some(Err(failed.error())),
            (Some(_), _) => {
                known.tried = Some(now);
                None
            }
            (None, _) => None,
        }
    }

    fn locked(&self) -> MutexGuard<'_, Known<T>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read(&self) -> Result<Arc<T>> {
        let text = (self.fetch)().await?;
        (self.parse)(&text).map(Arc::new).map_err(|invalid| Error::internal(invalid.to_string()))
    }
}

impl<T> Known<T> {
    /// The copy, while it lasts.
    fn usable(&self, lasts: TimeDelta, now: DateTime<Utc>) -> Option<Held<T>> {
        let (read_at, ring) = self.copy.as_ref().filter(|(read_at, _)| now < *read_at + lasts)?;
        Some(Held { ring: Arc::clone(ring), is_recent: now < *read_at + SETTLE })
    }

    fn is_young(&self, now: DateTime<Utc>) -> bool {
        self.copy.as_ref().is_some_and(|(read_at, _)| now < *read_at + REFRESH)
    }
}

impl Failed {
    fn of(error: &Error) -> Self {
        let cause = error.cause().map(Cause::for_log).unwrap_or_default().to_owned();
        if matches!(error, Error::Unavailable(_)) { Self::Unavailable(cause) } else { Self::Internal(cause) }
    }

    fn error(&self) -> Error {
        match self {
            Self::Unavailable(cause) => Error::Unavailable(Cause::text(format!("a moment ago: {cause}"))),
            Self::Internal(cause) => Error::internal(format!("a moment ago: {cause}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use futures_util::FutureExt as _;

    use super::*;
    use crate::auth::KeyRing;
    use crate::auth::sample::{RING, after, now};

    /// A cache over scripted answers; a fetch beyond the script fails the test.
    fn cache(answers: impl IntoIterator<Item = Result<String>>) -> RingCache<KeyRing> {
        let answers = Mutex::new(answers.into_iter().collect::<VecDeque<_>>());
        let fetch = Box::new(move || {
            let answer = answers.lock().unwrap().pop_front().expect("one fetch too many");
            async move { answer }.boxed()
        });
        RingCache::new(fetch, KeyRing::parse)
    }

    fn ring(cache: &RingCache<KeyRing>, seconds: i64) -> Result<Arc<KeyRing>> {
        cache.ring(after(seconds)).now_or_never().unwrap()
    }

    fn verifies(cache: &RingCache<KeyRing>, seconds: i64) -> Result<Held<KeyRing>> {
        cache.verifier(after(seconds)).now_or_never().unwrap()
    }

    fn down() -> Result<String> {
        Err(Error::Unavailable(Cause::text("down")))
    }

    #[test]
    fn the_secret_is_read_once_in_five_minutes() {
        let mut later = KeyRing::parse(&RING.to_json().unwrap()).unwrap();
        later.rotate(crate::auth::keys::Pace::Staged, now()).unwrap();
        let cache = cache([RING.to_json(), later.to_json()]);
        assert_eq!(ring(&cache, 0).unwrap().keys().len(), 1);
        assert_eq!(ring(&cache, 299).unwrap().keys().len(), 1);
        assert_eq!(ring(&cache, 300).unwrap().keys().len(), 2);
        assert_eq!(ring(&cache, 599).unwrap().keys().len(), 2);
    }

    #[test]
    fn an_older_copy_signs_for_ten_minutes_and_verifies_for_hours() {
        let cache = cache([RING.to_json(), down(), down(), down(), RING.to_json()]);
        assert!(ring(&cache, 0).is_ok());
        assert!(ring(&cache, 599).is_ok(), "the first failure");
        assert!(matches!(ring(&cache, 600), Err(Error::Unavailable(_))), "the failure is remembered");
        assert!(verifies(&cache, 600).is_ok_and(|copy| !copy.is_recent));
        assert!(matches!(ring(&cache, 604), Err(Error::Unavailable(_))), "the second failure");
        let hours = OUTAGE.num_seconds();
        assert!(verifies(&cache, hours - 1).is_ok_and(|copy| !copy.is_recent), "the third");
        assert!(verifies(&cache, hours).is_err());
        assert!(verifies(&cache, hours + 4).is_ok_and(|copy| copy.is_recent));
    }

    #[test]
    fn a_failed_attempt_is_remembered_for_a_while() {
        let cache = cache([down(), RING.to_json(), down(), RING.to_json()]);
        for second in [0, 1, 4] {
            assert!(matches!(ring(&cache, second), Err(Error::Unavailable(_))), "one attempt in five seconds");
        }
        assert!(ring(&cache, 5).is_ok());
        for second in [305, 306, 334] {
            assert!(ring(&cache, second).is_ok(), "one attempt in half a minute while there is a copy");
        }
        assert!(ring(&cache, 335).is_ok(), "the second attempt");
        assert!(ring(&cache, 634).is_ok(), "it is five minutes good");
    }

    #[test]
    fn nobody_waits_beside_who_reads_again() {
        let answers = Mutex::new(vec![async { RING.to_json() }.boxed()]);
        let fetch = move || answers.lock().unwrap().pop().unwrap_or_else(|| std::future::pending().boxed());
        let cache = RingCache::new(Box::new(fetch), KeyRing::parse);
        assert!(ring(&cache, 0).is_ok());
        let mut hanging = Box::pin(cache.ring(after(300)));
        assert!(hanging.as_mut().now_or_never().is_none());
        assert!(ring(&cache, 301).is_ok());
        drop(hanging);
        assert!(ring(&cache, 302).is_ok(), "nor when who read it was cut off");
    }

    #[test]
    fn a_clock_that_goes_back_is_no_reason_to_wait() {
        let cache = cache([down(), RING.to_json()]);
        assert!(ring(&cache, 1_000).is_err());
        assert!(ring(&cache, 0).is_ok());
    }

    #[test]
    fn without_a_copy_there_is_no_ring() {
        let cache = cache([down(), Ok("{}".to_owned())]);
        assert!(matches!(ring(&cache, 0), Err(Error::Unavailable(_))));
        assert!(matches!(ring(&cache, 5), Err(Error::Internal(_))));
        assert!(matches!(ring(&cache, 6), Err(Error::Internal(_))), "a malformed secret is remembered, too");
    }
}
