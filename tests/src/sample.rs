//! Requests from sample events, and invalid variants of them.

use crate::rows::Row;
use crate::world::{LINE, NOBODY};
use crate::{Caller, Reply, World};

/// What the samples name besides the line, with an unknown counterpart.
const NAMED: [(&str, &str); 5] =
    [("/1001/", "/9999/"), ("/10010101", "/999"), ("/10010102", "/999"), ("/100101", "/999"), ("=900123456", "=1")];

/// A request.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The operation.
    pub row: Row,
    /// The path, without a base path and without a final slash.
    pub path: String,
    /// The query.
    pub query: String,
    /// The body.
    pub body: String,
}

impl Sample {
    /// The sample event of an operation as a request.
    pub fn of(row: &Row) -> Self {
        let event = row.event();
        let text = |place: &str| event[place].as_str().unwrap_or_default().to_owned();
        Self { row: row.clone(), path: text("rawPath"), query: text("rawQueryString"), body: text("body") }
    }

    /// The samples of these operations.
    pub fn all(rows: &[Row]) -> Vec<Self> {
        rows.iter().map(Self::of).collect()
    }

    /// The same request for another line; for [`NOBODY`] everything else it names is unknown, too.
    #[must_use]
    pub fn on(&self, line: &str) -> Self {
        let mut sample = self.replaced(LINE, line);
        if line == NOBODY {
            sample = NAMED.iter().fold(sample, |sample, (known, unknown)| Self {
                path: sample.path.replace(known, unknown),
                query: sample.query.replace(known, unknown),
                ..sample
            });
        }
        sample
    }

    /// With another value in place of one that it names, wherever that is.
    ///
    /// # Panics
    /// When it does not name the value.
    #[must_use]
    pub fn with(&self, own: &str, other: &str) -> Self {
        let named = self.address().contains(own) || self.body.contains(own);
        assert!(named, "{}: no {own} in {} {}", self.row.name(), self.address(), self.body);
        self.replaced(own, other)
    }

    /// With this value for a path variable.
    #[must_use]
    pub fn put(&self, variable: &str, text: &str) -> Self {
        let variable = format!("{{{variable}}}");
        let segments = self.row.bare().split('/').zip(self.path.split('/'));
        let segments = segments.map(|(name, own)| if name == variable { text } else { own });
        Self { path: segments.collect::<Vec<_>>().join("/"), ..self.clone() }
    }

    fn replaced(&self, own: &str, other: &str) -> Self {
        let [path, query, body] = [&self.path, &self.query, &self.body].map(|text| text.replace(own, other));
        Self { row: self.row.clone(), path, query, body }
    }

    /// Path and query.
    pub fn address(&self) -> String {
        self.at(&self.path)
    }

    /// The query with another path.
    pub fn at(&self, path: &str) -> String {
        if self.query.is_empty() { path.to_owned() } else { format!("{path}?{}", self.query) }
    }

    /// Sends it.
    pub async fn by(&self, caller: &Caller<'_>) -> Reply {
        self.to(caller, &self.address()).await
    }

    /// Sends it to another address.
    pub async fn to(&self, caller: &Caller<'_>, address: &str) -> Reply {
        let headers: &[_] = if self.body.is_empty() { &[] } else { &[("content-type", "application/json")] };
        caller.send(&self.row.method, address, headers, &self.body).await
    }

    /// Sends the request that has to come before, on the demo data; has held what can be agreed to.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn prepare(&self, world: &World) {
        if let Some(before) = self.row.before() {
            Self::of(&before).perform(world).await;
        }
        if self.row.wants_a_hold() {
            world.hold_roaming(LINE).await;
        }
    }

    /// Sends it as the portal.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn perform(&self, world: &World) {
        let reply = self.by(&world.portal()).await;
        assert!((200..300).contains(&reply.status()), "{}: {}", self.row.name(), reply.text());
    }
}
