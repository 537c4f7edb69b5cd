//! The lists of looks to come, hour by hour.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use shared::domain::event::UsageLookWanted;
use shared::domain::guard::threshold::Subject;
use shared::domain::period::Hour;
use shared::error::Result;
use shared::events::{Outcome, Record, message};
use shared::queue::CONTINUED;
use shared::table::keys::LOOK_LISTS;
use shared::table::{From, Listed, Window};

use crate::UsageGuard;

/// Looks of one message, so that a message is done in a moment.
const PAGE: usize = 100;
/// Queries of one invocation; the rest is left to the next one.
const QUERIES: usize = 200;
/// Where the first walk of all begins: before it there is no list.
const FIRST: TimeDelta = TimeDelta::hours(24);

/// `UsageLooksDue` as the scheduler sends it, and as this function goes on with it.
#[derive(Debug, Serialize, Deserialize)]
struct Due {
    at: DateTime<Utc>,
    /// Where to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Place>,
}

/// A place in the lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    hour: DateTime<Utc>,
    list: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

impl Place {
    fn beginning(hour: DateTime<Utc>) -> Self {
        Self { hour, list: 0, after: None }
    }

    fn next(self, after: Option<String>) -> Self {
        match after {
            Some(_) => Self { after, ..self },
            None if self.list + 1 < LOOK_LISTS => Self { list: self.list + 1, after, ..self },
            None => Self::beginning(self.hour + TimeDelta::hours(1)),
        }
    }
}

/// `UsageLooksDue`: sends whoever is in the lists of the hours that have begun since the last walk to be looked at.
///
/// That an hour is walked is kept after all of it was sent. So a crash, a message that comes twice and two at once walk an hour
/// again, and a look that is asked for twice finds that it is done: none is lost, and none counts twice. A long walk goes on by a
/// message that tells the place. An hour that a schedule has missed is walked by the next one.
pub async fn walk(app: &UsageGuard, record: &Record) -> Result<Outcome> {
    let Due { at, from } = record.payload()?;
    let last = Hour::of(at.min(record.now)).start();
    let reader = app.base.reader();
    let mut place = match from {
        Some(place) => place,
        None => {
            let walked = reader.looks_walked().await?.map(|hour| hour.start() + TimeDelta::hours(1));
            Place::beginning(walked.unwrap_or(last - FIRST))
        }
    };
    if place.hour > last {
        return Ok(Outcome::Duplicate);
    }
    for _ in 0..QUERIES {
        if place.hour > last {
            app.base.table.keep_looks_walked(Hour::of(last)).await?;
            return Ok(Outcome::Applied);
        }
        let begin = place.after.clone().map_or(From::Record(0), From::After);
        let page = reader.looks(Hour::of(place.hour), place.list, &Window { from: begin, limit: PAGE }).await?;
        if !page.rows.is_empty() {
            send(app, &place, page.rows).await?;
        }
        place = place.next(page.next);
    }
    let rest = Due { at, from: Some(place) };
    app.own_queue.send(&record.again_with(&rest)?, CONTINUED).await?;
    Ok(Outcome::Applied)
}

async fn send(app: &UsageGuard, place: &Place, listed: Vec<Listed>) -> Result<()> {
    let Place { hour, list, after } = place;
    let mut wanted = UsageLookWanted { at: *hour, listed: true, lines: Vec::new(), contracts: Vec::new() };
    for Listed { contract, subject } in listed {
        match subject {
            Subject::Line(line) => wanted.lines.push(line),
            Subject::All => wanted.contracts.push(contract),
        }
    }
    let id = format!("{hour}:{list}:{}", after.as_deref().unwrap_or_default());
    app.own_queue.send(&message(&wanted, &id)?, CONTINUED).await
}
