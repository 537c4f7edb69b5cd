//! A function's copy of the key ring.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;

use super::keys::{KeyRing, SETTLE};
use crate::error::{Error, Result};

/// After this time the secret is read again.
const REFRESH: TimeDelta = TimeDelta::minutes(5);

/// Reads the text of the secret that holds the key ring.
pub type Fetch = Box<dyn Fn() -> BoxFuture<'static, Result<String>> + Send + Sync>;

/// Reads the key ring when it is needed, keeps it for five minutes, and uses an older copy for as long as [`SETTLE`]
/// allows while the store of secrets does not answer.
pub struct RingCache {
    fetch: Fetch,
    copy: Mutex<Option<(DateTime<Utc>, Arc<KeyRing>)>>,
}

impl RingCache {
    /// Nothing is read yet.
    pub fn new(fetch: Fetch) -> Self {
        Self { fetch, copy: Mutex::default() }
    }

    /// The ring as it is now, or was a few minutes ago.
    ///
    /// # Errors
    /// The fetch's own, and 500 when the secret is malformed; neither while the copy may still be used.
    pub async fn ring(&self, now: DateTime<Utc>) -> Result<Arc<KeyRing>> {
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

    async fn read(&self) -> Result<Arc<KeyRing>> {
        let text = (self.fetch)().await?;
        KeyRing::parse(&text).map(Arc::new).map_err(|invalid| Error::internal(invalid.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use futures_util::FutureExt as _;

    use super::*;
    use crate::auth::sample::{RING, after, now};
    use crate::error::Cause;

    /// A cache over a script of answers; a fetch after its end fails the test.
    fn cache(answers: impl IntoIterator<Item = Result<String>>) -> RingCache {
        let answers = Mutex::new(answers.into_iter().collect::<VecDeque<_>>());
        RingCache::new(Box::new(move || {
            let answer = answers.lock().unwrap().pop_front().expect("one fetch too many");
            async move { answer }.boxed()
        }))
    }

    fn ring(cache: &RingCache, seconds: i64) -> Result<Arc<KeyRing>> {
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
