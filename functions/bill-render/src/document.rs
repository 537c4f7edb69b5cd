//! The two ways to a document: a link, and the bus.

use std::time::Duration;

use lambda_http::http::header::LOCATION;
use shared::auth::bill_link;
use shared::domain::event::BillDocumentWanted;
use shared::error::{Error, Result};
use shared::events::{Outcome, Record};
use shared::http::{RawRequest, Reply};

use crate::BillRender;
use crate::keep::{Format, kept};

/// How long the address of a file lasts: it is followed at once.
const TO_FOLLOW: Duration = Duration::from_secs(60);

/// What a 404 names: a forged and an expired link, and a bill that is not there, alike.
const NOT_FOUND: Error = Error::NotFound("the document; a link to it lasts 15 minutes");

/// `GET /bill-documents/{link}`: leads to the PDF, or with `format=csv` to every charge. It is made when somebody asks for the
/// first time.
pub async fn get(app: &BillRender, request: &RawRequest) -> Result<Reply> {
    let format = match request.query("format")? {
        None | Some("pdf") => Format::Pdf,
        Some("csv") => Format::Csv,
        Some(_) => return Err(Error::invalid("format", "must be pdf or csv")),
    };
    let now = app.base.clock.now();
    let ring = app.rings.verifier(now).await?.ring;
    let number = bill_link::bill(&ring, request.variable("link")?, now).map_err(|_| NOT_FOUND)?;
    let key = kept(app, &number, format).await?.ok_or(NOT_FOUND)?;
    let link = app.files.link(&key, TO_FOLLOW).await?;
    Ok(Reply::text(302, String::new()).header(LOCATION, link))
}

/// `BillDocumentWanted`: the document is there before anybody asks.
///
/// What is made already is not made again, so a second delivery changes nothing.
pub async fn ahead(app: &BillRender, record: &Record) -> Result<Outcome> {
    let BillDocumentWanted { number } = record.payload()?;
    match kept(app, &number, Format::Pdf).await? {
        Some(_) => Ok(Outcome::Applied),
        None => Ok(Outcome::Parked("there is no such bill".to_owned())),
    }
}
