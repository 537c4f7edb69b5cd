//! `keys rotate`: the key ring and its public half, each in a secret of its own, changed so that no token is ever signed
//! that the authorizer cannot verify.
//!
//! 1. The public half gets the keys that it lacks. Nothing is taken away, so a crash after this step costs nothing.
//! 2. The ring is replaced, unless its key would sign before every copy of the public half has it.
//! 3. What left the ring leaves the public half, and what retired gets its end there. A crash before this step leaves keys
//!    that verify for too long; the next rotation catches up, and one at once takes every key away that the ring lacks.
//! 4. A rotation at once reads both back: success means that no key of before is in either.
//!
//! A secret is replaced only if it is still what was read, and the public half is always read before the ring that it is
//! changed by. Who replaces the ring changes the public half afterwards; so whoever has read an older ring fails to write
//! the public half, and no key comes back that a rotation at once has taken away. Of two operators at once one may fail. A
//! repetition is a new rotation. What is there already is not written again.

use std::time::Duration;

use chrono::{DateTime, Utc};
use shared::auth::keys::{Pace, Step};
use shared::auth::verifier::Verifier as _;
use shared::auth::{KeyRing, PublicRing};
use shared::error::{Cause, Error, Result};
use shared::lambda::Secrets;
use shared::retry::pause;

/// The label of the version that is about to become the current one; without a label it would not be kept.
const NEXT: &str = "SELFCARENEXT";
/// The label of the version that is read.
const CURRENT: &str = "AWSCURRENT";
/// How often the last steps are tried while others change the public half.
const ATTEMPTS: u32 = 5;
/// Longest wait before the second attempt.
const PAUSE: Duration = Duration::from_millis(100);

/// The two secrets of the keys.
#[derive(Debug, Clone)]
pub struct KeySecrets {
    /// The store of secrets.
    pub secrets: Secrets,
    /// The name of the secret with the key ring: server key and signing keys.
    pub ring: String,
    /// The name of the secret with its public half.
    pub public: String,
}

/// A secret as it was read.
struct Version {
    id: String,
    text: String,
}

impl KeySecrets {
    /// Takes the keys one step on: publish a new one, sign with the published one, drop what has ended.
    ///
    /// # Errors
    /// 503 when a secret cannot be read or written, and when somebody else has changed it meanwhile.
    pub async fn rotate(&self, pace: Pace, now: DateTime<Utc>) -> Result<Step> {
        let (public, ring) = self.both().await?;
        let (before, mut after) = (parse(&ring.text)?, parse(&ring.text)?);
        let step = after.rotate(pace, now)?;
        let public = self.publish(&public, &before, &after, now).await?;
        if let (Pace::Staged, Step::Signing(kid)) = (pace, &step)
            && let Some(ready_at) = public.ready_at(kid).filter(|ready_at| now < *ready_at)
        {
            return Ok(Step::TooEarly(ready_at));
        }
        if let Err(error) = self.replace(&self.ring, &ring, &before.to_json()?, &after.to_json()?).await {
            // What step 1 has added belongs to a ring that never was. If this fails, a later rotation takes it away.
            let _ = self.settle(&after, pace, now).await;
            return Err(error);
        }
        self.settle(&before, pace, now).await?;
        if pace == Pace::AtOnce {
            self.confirm(&before).await?;
        }
        Ok(step)
    }

    /// Both secrets, the public half first.
    async fn both(&self) -> Result<(Version, Version)> {
        let public = self.read(&self.public).await?;
        Ok((public, self.read(&self.ring).await?))
    }

    /// Step 1. Also what makes the public half of a ring that had none: of all its keys, so that what leaves the ring leaves
    /// a trace here.
    async fn publish(
        &self,
        version: &Version,
        before: &KeyRing,
        after: &KeyRing,
        now: DateTime<Utc>,
    ) -> Result<PublicRing> {
        let known = PublicRing::parse(&version.text);
        let old = known.as_ref().map_or(Ok(String::new()), PublicRing::to_json)?;
        let mut public = match known {
            Ok(public) => public,
            Err(_) => PublicRing::of(before, now)?,
        };
        public.add(after, now)?;
        self.replace(&self.public, version, &old, &public.to_json()?).await?;
        Ok(public)
    }

    /// Step 3, by the ring as it is now.
    async fn settle(&self, before: &KeyRing, pace: Pace, now: DateTime<Utc>) -> Result<()> {
        for attempt in 0..ATTEMPTS {
            let (version, ring) = self.both().await?;
            let mut public = PublicRing::parse(&version.text).map_err(|invalid| invalid.field("public secret"))?;
            let old = public.to_json()?;
            public.settle(before, &parse(&ring.text)?, pace, now)?;
            match self.replace(&self.public, &version, &old, &public.to_json()?).await {
                Err(Error::Stale) => pause(PAUSE, attempt).await,
                done => return done,
            }
        }
        Err(Error::Stale)
    }

    /// Step 4. A read soon after a write may still find the old version.
    async fn confirm(&self, before: &KeyRing) -> Result<()> {
        for attempt in 0..ATTEMPTS {
            let (public, ring) = self.both().await?;
            let (public, ring) = (PublicRing::parse(&public.text), parse(&ring.text)?);
            let public = public.map_err(|invalid| invalid.field("public secret"))?;
            if !before.keys().iter().any(|key| ring.knows(key.kid()) || public.knows(key.kid())) {
                return Ok(());
            }
            pause(PAUSE, attempt).await;
        }
        Err(Error::Unavailable(Cause::text("keys of before are still there")))
    }

    async fn read(&self, id: &str) -> Result<Version> {
        let output = self.secrets.get_secret_value().secret_id(id).send().await;
        let output = output.map_err(|error| Error::Unavailable(Cause::new(&error)))?;
        match (output.version_id, output.secret_string) {
            (Some(id), Some(text)) => Ok(Version { id, text }),
            _ => Err(Error::Unavailable(Cause::text("the secret holds no text"))),
        }
    }

    /// Makes `after` the current version in place of `before`, if the current one is still the one that was read: the store
    /// refuses to move the label from a version that does not bear it. Nothing is written when nothing changes.
    ///
    /// When the answer is lost, the store refuses the repetition, and the secret itself says what became of it.
    async fn replace(&self, id: &str, read: &Version, before: &str, after: &str) -> Result<()> {
        if before == after {
            return Ok(());
        }
        let put = self.secrets.put_secret_value().secret_id(id).secret_string(after).version_stages(NEXT).send().await;
        let put = put.map_err(|error| Error::Unavailable(Cause::new(&error)))?;
        let moved = self
            .secrets
            .update_secret_version_stage()
            .secret_id(id)
            .version_stage(CURRENT)
            .remove_from_version_id(&read.id)
            .set_move_to_version_id(put.version_id.clone())
            .send()
            .await;
        let Err(error) = moved else { return Ok(()) };
        if self.read(id).await.is_ok_and(|current| Some(current.id) == put.version_id) {
            return Ok(());
        }
        Err(match error.as_service_error() {
            Some(refused) if refused.is_invalid_parameter_exception() => Error::Stale,
            _ => Error::Unavailable(Cause::new(&error)),
        })
    }
}

fn parse(text: &str) -> Result<KeyRing> {
    KeyRing::parse(text).map_err(|invalid| invalid.field("secret"))
}
