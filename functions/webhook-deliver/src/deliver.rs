//! One event to one subscription.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::value::RawValue;
use shared::auth::Client;
use shared::auth::hook_secret::HookSecret;
use shared::domain::event::WebhookDue;
use shared::domain::hook::callback::Callback;
use shared::domain::hook::state::{Failed, Gate, Hook};
use shared::error::{Error, Result};
use shared::events::{Outcome, Record};
use shared::invocation::ring;
use shared::outside::{Told, Why};
use shared::table::{Changes, Stored};

use crate::fan_out::{group, may_see};
use crate::{HOOK_DISABLED, WebhookDeliver};

/// The status of an address that is gone for good.
const GONE: u16 = 410;
/// How often what an attempt came to is written again because somebody else has changed the subscription.
const ATTEMPTS: u32 = 8;

/// What is posted.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    event: &'a str,
    version: u32,
    timestamp: String,
    data: &'a RawValue,
}

/// `WebhookDue`: the subscription's address is told of the event, if it is there, active, not put off, and its client still sees
/// the customer.
///
/// The request comes before what it came to is written, so a crash between makes it again: a subscription may be told twice, by
/// the same id, and is never told nothing. What failed waits in the queue as another message, which is sent before this one
/// leaves it.
pub async fn deliver(app: &WebhookDeliver, record: &Record) -> Result<Outcome> {
    let due: WebhookDue = record.payload()?;
    let (hook, client) = app.base.reader().hook_and_client::<Client>(&due.client, due.subscription).await?;
    let Some(hook) = hook else { return Ok(Outcome::Dropped(REMOVED)) };
    if !client.is_some_and(|client| may_see(&client, &due.customer)) {
        return Ok(Outcome::Dropped("the client does not see the customer any more"));
    }
    let hook = match hook.gate(record.now) {
        Gate::Shut => return Ok(Outcome::Dropped(GIVEN_UP)),
        Gate::Later(time) => return put_off(app, record, &due, (time, WAITS)).await,
        Gate::Open => hook,
        Gate::Probe => claim(app, hook, record.now).await?,
    };
    let how = match told(app, record, &due, &hook).await? {
        Told::Taken => return recover(app, hook, record.now).await,
        Told::Refused(GONE, _) => (Failed::Gone, format!("its address answered {GONE}")),
        Told::Refused(status, asked) => (Failed::Later(asked), format!("its address answered {status}")),
        Told::Unanswered(why) => (Failed::Later(None), why.to_string()),
    };
    fail(app, record, &due, hook, how).await
}

const GIVEN_UP: &str = "the subscription is given up";
const REMOVED: &str = "the subscription is not there any more";
const WAITS: &str = "it has failed, and it is not time to try it again";

/// Makes the request. An address that is not allowed any more, because the deployment allows fewer, is one that fails.
async fn told(app: &WebhookDeliver, record: &Record, due: &WebhookDue, hook: &Hook) -> Result<Told> {
    let Ok(callback) = Callback::parse(&hook.callback, app.outside.addresses()) else {
        return Ok(Told::Unanswered(Why::Address));
    };
    let unreadable = |error: serde_json::Error| Error::invalid("payload", error.to_string());
    let body = Body {
        event: due.event.as_str(),
        version: due.version,
        timestamp: due.time.to_rfc3339_opts(SecondsFormat::Secs, true),
        data: serde_json::from_str(&due.payload).map_err(unreadable)?,
    };
    let body = serde_json::to_string(&body).map_err(|error| Error::internal(error.to_string()))?;
    let ring = app.rings.verifier(record.now).await?.ring;
    let secret = HookSecret::of(&ring.seal_key(&hook.client), hook.id);
    let headers = [
        ("webhook-id", record.id.clone()),
        ("webhook-timestamp", record.now.timestamp().to_string()),
        ("webhook-signature", secret.sign(&record.id, record.now, &body)),
    ];
    app.outside.post(&callback, &headers, &body, record.now).await
}

/// Keeps others from trying an address that fails; of two who would, the second decides again and puts its message off.
async fn claim(app: &WebhookDeliver, hook: Stored<Hook>, now: DateTime<Utc>) -> Result<Stored<Hook>> {
    let claimed = hook.claimed(now);
    let mut changes = Changes::new();
    changes.update_hook(&hook, &claimed)?;
    app.base.table.commit(changes, None, now).await?;
    Ok(Stored { rev: hook.next_rev(), value: claimed })
}

/// The address answers again. What is written at a revision, somebody else may have written meanwhile; then that counts.
async fn recover(app: &WebhookDeliver, hook: Stored<Hook>, now: DateTime<Utc>) -> Result<Outcome> {
    if hook.failing.is_none() {
        return Ok(Outcome::Applied);
    }
    let mut changes = Changes::new();
    changes.update_hook(&hook, &hook.recovered())?;
    match app.base.table.commit(changes, None, now).await {
        Ok(_) | Err(Error::Stale) => Ok(Outcome::Applied),
        Err(error) => Err(error),
    }
}

/// The address has failed. A failure counts once, however many requests were under way: who finds that another has written it
/// adds nothing. `how` it has failed is logged as the kind of failure alone: nothing that the address has said.
async fn fail(
    app: &WebhookDeliver,
    record: &Record,
    due: &WebhookDue,
    hook: Stored<Hook>,
    (how, why): (Failed, String),
) -> Result<Outcome> {
    let mut hook = hook;
    for _ in 0..ATTEMPTS {
        let after = hook.failed(how, record.now);
        match write(app, &hook, &after, record.now).await {
            Ok(()) => return kept(app, record, due, (&after, &why)).await,
            Err(Error::Stale) => {}
            Err(error) => return Err(error),
        }
        match app.base.reader().hook(&due.client, due.subscription).await? {
            Some(now) if now.gate(record.now) == Gate::Open || how == Failed::Gone && now.disabled.is_none() => {
                hook = now;
            }
            Some(now) => return kept(app, record, due, (&now, &why)).await,
            None => return Ok(Outcome::Dropped(REMOVED)),
        }
    }
    put_off(app, record, due, (record.now, &why)).await
}

/// What becomes of the message of a subscription that has failed.
async fn kept(app: &WebhookDeliver, record: &Record, due: &WebhookDue, (hook, why): (&Hook, &str)) -> Result<Outcome> {
    match hook.gate(record.now) {
        Gate::Shut => Ok(Outcome::Dropped(GIVEN_UP)),
        Gate::Later(time) => put_off(app, record, due, (time, why)).await,
        Gate::Open | Gate::Probe => put_off(app, record, due, (record.now, why)).await,
    }
}

/// Writes how a subscription stands after a failure: with a word to the world, and to who operates the bundle, if it is given up.
async fn write(app: &WebhookDeliver, before: &Stored<Hook>, after: &Hook, now: DateTime<Utc>) -> Result<()> {
    let mut changes = Changes::new();
    match &after.disabled {
        None => changes.update_hook(before, after)?,
        Some(_) => {
            let index = app.base.reader().hook_index(&after.client).await?.ok_or(Error::Stale)?;
            changes.end_hook(before, after, &index, now)?;
        }
    }
    app.base.table.commit(changes, None, now).await?;
    if let Some(disabled) = &after.disabled {
        let since = disabled.failing_since.to_rfc3339_opts(SecondsFormat::Secs, true);
        ring(HOOK_DISABLED, &format_args!("{}.{} since {since}", after.client, after.id));
    }
    Ok(())
}

/// The same message again, when the time has come or in fifteen minutes, whichever is sooner.
async fn put_off(
    app: &WebhookDeliver,
    record: &Record,
    due: &WebhookDue,
    (time, why): (DateTime<Utc>, &str),
) -> Result<Outcome> {
    let group = group(due);
    app.queue.send_later(&group, &record.again(), time - record.now).await?;
    Ok(Outcome::PutOff(format!("{group}: {why}")))
}
