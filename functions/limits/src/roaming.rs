//! The customer's agreement to data roaming of a line.

use shared::domain::guard::standing::{Agreed, NOT_HELD};
use shared::error::Result;
use shared::http::{Reply, Request};
use shared::table::Changes;

use crate::{Limits, wire};

/// `POST /limits/v1/subscribers/{msisdn}/roaming`
///
/// The agreement is one item of its contract, period and line, created where none is, with its event and the stored answer in one
/// transaction: of two at once the second decides again and finds the first; a retry, with a key or without, is given the first one
/// as well; a crash leaves all or nothing. It is not at the line's revision: it names the contract and customer that it was decided
/// for, and whoever has the line later has another contract, on which it says nothing.
pub async fn agree(app: &Limits, request: &Request) -> Result<Reply> {
    let line = app.line(request).await?;
    let (reader, zone) = (app.base.reader(), request.country.zone());
    let about = reader.agreeable(&line.contract, &line.msisdn, request.today(), zone).await?;
    let about = about.filter(|about| about.customer == line.customer).ok_or(NOT_HELD)?;
    let Agreed { agreement, is_new } = about.told.agree(&line.msisdn, about.period, request.now)?;
    let mut changes = Changes::new();
    if is_new {
        changes.add_agreement(&line.customer, &line.contract, &agreement)?;
    }
    let reply = Reply::ok(&wire::Roaming::of(&agreement, request.country))?;
    request.commit(&app.base, changes, reply).await
}
