//! A line together with what happened on it. Nobody gets at what happened but through the line, which cuts off what was
//! before it became its customer's.

use chrono::FixedOffset;

use crate::domain::ids::CustomerCode;
use crate::domain::msisdn::Msisdn;
use crate::domain::owned::{Owned, Sight};
use crate::domain::period::Span;
use crate::domain::subscriber::Subscriber;
use crate::error::Result;
use crate::table::{Reader, Stored};

/// A line and what its customer may see of its past.
#[derive(Debug)]
pub struct Past<T> {
    line: Stored<Subscriber>,
    found: Result<T>,
}

impl<T> Owned for Past<T> {
    fn customer(&self) -> &CustomerCode {
        &self.line.customer
    }
}

impl<T> Past<T> {
    /// What was found.
    ///
    /// # Errors
    /// Those of reading it.
    pub fn found(self) -> Result<T> {
        self.found
    }
}

impl Reader {
    /// What `read` gives for the span, or for the part of it that is the line's customer's; none for a line that the
    /// caller may not see, whose span is not read.
    ///
    /// For a caller who sees every customer line and span are read at the same time, and only when the span begins before
    /// the line was the customer's, its own part is read after it.
    pub(super) async fn past<T, F>(
        &self,
        msisdn: &Msisdn,
        span: Span,
        zone: FixedOffset,
        sight: &impl Sight,
        read: impl Fn(Option<Span>) -> F,
    ) -> Result<Option<Past<T>>>
    where
        F: Future<Output = Result<T>>,
    {
        if !sight.sees_all() {
            let line = self.subscriber(msisdn).await?.filter(|line| sight.sees(&line.customer));
            let Some(line) = line else { return Ok(None) };
            let found = read(line.own_part(span, zone)).await;
            return Ok(Some(Past { line, found }));
        }
        let (line, found) = tokio::join!(self.subscriber(msisdn), read(Some(span)));
        let Some(line) = line? else { return Ok(None) };
        let own = line.own_part(span, zone);
        let found = if own == Some(span) { found } else { read(own).await };
        Ok(Some(Past { line, found }))
    }
}
