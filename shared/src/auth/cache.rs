//! The cached copy of the keys.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;

use super::keys::SETTLE;
use crate::error::{Error, Invalid, Result};

/// Age at which the secret is read again.
const REFRESH: TimeDelta = TimeDelta::minutes(5);

/// Reads the text of the secret that holds the keys.
pub type Fetch = Box<dyn Fn() -> BoxFuture<'static, Result<String>> + Send + Sync>;

/// Reads a [`KeyRing`](super::KeyRing) or its [`PublicRing`](super::PublicRing) on demand and keeps it for five
/// minutes. While the secret cannot be read, an older copy is used for up to [`SETTLE`].
pub struct RingCache<T> {
    fetch: Fetch,
    parse: fn(&str) -> Result<T, Invalid>,
    copy: Mutex<Option<(DateTime<Utc>, Arc<T>)>>,
}

impl<T> RingCache<T> {
    /// An empty cache.
    pub fn new(fetch: Fetch, parse: fn(&str) -> Result<T, Invalid>) -> Self {
        Self { fetch, parse, copy: Mutex::default() }
    }

    /// The ring, at most a few minutes old.
    ///
    /// The fetch's own error, or 500 when the secret is malformed; neither while the cached copy may still be used.
    /// The fetch's own, and 500 when the secret is malformed; neither while the copy may still be used.
    pub async fn ring(&self, now: DateTime<Utc>) -> Result<Arc<T>> {
        let copy = self.copy.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, ring)) = copy.as_ref().filter(|(read_at, _)| now < *read_at + REFRESH) {
            return Ok(Arc::clone(ring));
        }
        match (self.read().await, copy) {
            (Ok(ring), _) => {
                *self.copy.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&ring)));
                Ok(ring)
            }
            (Err(_), Some((read_at, ring))) if now < read_at + SETTLE => Ok(ring),
            (Err(error), _) => Err(error),
        }
    }

    async fn read(&self) -> Result<Arc<T>> {
        let text = (self.fetch)().await?;
        (self.parse)(&text).map(Arc::new).map_err(|invalid| Error::internal(invalid.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use futures_util::FutureExt as _;

    use super::*;
    use crate::auth::KeyRing;
    use crate::auth::sample::{RING, after, now};
    use crate::error::Cause;

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
    fn an_older_copy_bridges_an_outage_for_ten_minutes() {
        let cache = cache([RING.to_json(), down(), down(), RING.to_json()]);
        assert!(ring(&cache, 0).is_ok());
        assert!(ring(&cache, 599).is_ok());
        assert!(matches!(ring(&cache, 600), Err(Error::Unavailable(_))));
        assert!(ring(&cache, 601).is_ok());
    }

    #[test]
    fn without_a_copy_there_is_no_ring() {
        let cache = cache([down(), Ok("{}".to_owned())]);
        assert!(matches!(ring(&cache, 0), Err(Error::Unavailable(_))));
        assert!(matches!(ring(&cache, 1), Err(Error::Internal(_))));
    }
}
