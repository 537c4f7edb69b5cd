//! `keys rotate`: the key ring and its public half, each in a secret of its own, changed so that no token is ever signed
//! that the authorizer cannot verify.
//!
//! 1. The public half gets the keys that it lacks. Nothing is taken away, so a crash after this step costs nothing.
//! 2. The ring is replaced, unless its key would sign before every copy of the public half has it.
//! 3. What left the ring leaves the public half, and what retired gets its end there. A crash before this step leaves keys
//!    that verify for too long; the next rotation catches up, and one at once takes every key away that the ring lacks.
//!
//! A secret is replaced only if it is still what was read, so of two operators at once one fails before step 2, and what it
//! added in step 1 is taken away by a later rotation. A repetition is a new rotation.

use chrono::{DateTime, Utc};
use shared::auth::keys::{Pace, Step};
use shared::auth::{KeyRing, PublicRing};
use shared::error::{Cause, Error, Result};
use shared::lambda::Secrets;

/// The label of the version that is about to become the current one; without a label it would not be kept.
const NEXT: &str = "SELFCARENEXT";
/// The label of the version that is read.
const CURRENT: &str = "AWSCURRENT";
/// How often the last step is tried while others change the public half.
const ATTEMPTS: usize = 5;

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
        let version = self.read(&self.ring).await?;
        let (before, mut after) = (parse(&version.text)?, parse(&version.text)?);
        let step = after.rotate(pace, now)?;
        let public = self.publish(&after, now).await?;
        if let (Pace::Staged, Step::Signing(kid)) = (pace, &step)
            && let Some(ready_at) = public.ready_at(kid).filter(|ready_at| now < *ready_at)
        {
            return Ok(Step::TooEarly(ready_at));
        }
        self.replace(&self.ring, &version, &after.to_json()?).await?;
        self.settle(&before, &after, pace, now).await?;
        Ok(step)
    }

    /// Step 1. Also what makes the public half of a ring that had none.
    async fn publish(&self, ring: &KeyRing, now: DateTime<Utc>) -> Result<PublicRing> {
        let version = self.read(&self.public).await?;
        let mut public = match PublicRing::parse(&version.text) {
            Ok(public) => public,
            Err(_) => PublicRing::of(ring, now)?,
        };
        public.add(ring, now)?;
        self.replace(&self.public, &version, &public.to_json()?).await?;
        Ok(public)
    }

    /// Step 3.
    async fn settle(&self, before: &KeyRing, after: &KeyRing, pace: Pace, now: DateTime<Utc>) -> Result<()> {
        for _ in 0..ATTEMPTS {
            let version = self.read(&self.public).await?;
            let mut public = PublicRing::parse(&version.text).map_err(|invalid| invalid.field("public secret"))?;
            public.settle(before, after, pace, now)?;
            match self.replace(&self.public, &version, &public.to_json()?).await {
                Err(Error::Stale) => {}
                done => return done,
            }
        }
        Err(Error::Stale)
    }

    async fn read(&self, id: &str) -> Result<Version> {
        let output = self.secrets.get_secret_value().secret_id(id).send().await;
        let output = output.map_err(|error| Error::Unavailable(Cause::new(&error)))?;
        match (output.version_id, output.secret_string) {
            (Some(id), Some(text)) => Ok(Version { id, text }),
            _ => Err(Error::Unavailable(Cause::text("the secret holds no text"))),
        }
    }

    /// Makes `text` the current version, if the current one is still the one that was read: the store refuses to move the
    /// label from a version that does not bear it.
    async fn replace(&self, id: &str, read: &Version, text: &str) -> Result<()> {
        if text == read.text {
            return Ok(());
        }
        let put = self.secrets.put_secret_value().secret_id(id).secret_string(text).version_stages(NEXT).send().await;
        let put = put.map_err(|error| Error::Unavailable(Cause::new(&error)))?;
        let moved = self
            .secrets
            .update_secret_version_stage()
            .secret_id(id)
            .version_stage(CURRENT)
            .remove_from_version_id(&read.id)
            .set_move_to_version_id(put.version_id)
            .send()
            .await;
        moved.map(drop).map_err(|error| match error.as_service_error() {
            Some(refused) if refused.is_invalid_parameter_exception() => Error::Stale,
            _ => Error::Unavailable(Cause::new(&error)),
        })
    }
}

fn parse(text: &str) -> Result<KeyRing> {
    KeyRing::parse(text).map_err(|invalid| invalid.field("secret"))
}
