//! What a line has used in the period that runs, and how far its limits are.

use shared::domain::billing::pinned::Catalogues;
use shared::domain::guard::look::View;
use shared::domain::guard::standing::limits_of;
use shared::domain::guard::threshold::Subject;
use shared::error::Result;
use shared::http::{Reply, Request};
use shared::table::Running;

use crate::{Limits, wire};

/// `GET /limits/v1/subscribers/{msisdn}`
///
/// Usage that a bill would park is no error here: the answer has no amounts then, and says what was told. usage-guard's log names
/// the reason.
pub async fn get(app: &Limits, request: &Request) -> Result<Reply> {
    let line = app.line(request).await?;
    let (reader, subject) = (app.base.reader(), Subject::Line(line.msisdn.clone()));
    let running = reader.running(&line.contract, &subject, request.today(), request.country.zone());
    let (running, tariff) = tokio::try_join!(running, app.tariffs.get(reader, request.now))?;
    // Whoever sees the line need not see another customer's contract.
    let Some(running) = running.filter(|running| running.books.owner.customer == line.customer) else {
        return Reply::ok(&wire::Limits::of_nothing());
    };
    let Running { books, period, usage, .. } = &running;
    let limits = limits_of(&line, books.owner.guard.as_ref());
    let catalogues = Catalogues::new(request.country, [tariff]);
    let view = View { subject: &subject, ledger: &books.ledger, usage, catalogues: &catalogues, limits: &limits };
    let seen = view.see(period).ok();
    Reply::ok(&wire::Limits::of(&line, &running, &limits, seen.as_ref(), request.country))
}
