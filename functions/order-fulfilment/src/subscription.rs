//! Additional plans.

use shared::domain::event::{Requested, SubscriptionRequested};
use shared::domain::subscriber::{Activated, Subscriber};
use shared::error::Result;
use shared::events::{Outcome, Record};
use shared::table::{Changes, Stored};

use crate::OrderFulfilment;

/// `SubscriptionRequested`: the plan runs from today on.
///
/// The line, at the revision it was loaded at, and the activation with its event are one transaction. The activation's key
/// is the request's, so there is never a second one: a second delivery finds it, whatever the line has become since; of
/// two deliveries at once one decides again and finds it; a crash leaves all or nothing and brings the event again.
pub async fn activate(app: &OrderFulfilment, record: &Record) -> Result<Outcome> {
    let SubscriptionRequested(request) = record.payload()?;
    let (line, is_running) = app.base.reader().requested(&request).await?;
    if is_running {
        return Ok(Outcome::Duplicate);
    }
    let Some(line) = line else {
        return Ok(Outcome::Parked("the line is not there".to_owned()));
    };
    let mut changed = line.value.clone();
    match changed.activate_additional(&request, record.today()) {
        Ok(Activated::Before) => Ok(Outcome::Duplicate),
        Ok(Activated::Now) => commit(app, record, &request, &line, &changed).await,
        Err(refusal) => Ok(Outcome::Parked(refusal.message.into_owned())),
    }
}

async fn commit(
    app: &OrderFulfilment,
    record: &Record,
    request: &Requested,
    line: &Stored<Subscriber>,
    changed: &Subscriber,
) -> Result<Outcome> {
    let mut changes = Changes::new();
    changes.update_subscriber(line, changed)?;
    changes.add_activation(line, request, record.today(), record.now)?;
    app.base.table.commit(changes, None, record.now).await?;
    Ok(Outcome::Applied)
}
