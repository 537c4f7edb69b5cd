//! Links to documents.

use futures_util::future::try_join_all;
use shared::auth::Visible as _;
use shared::domain::document::{Document, Segment, pick};
use shared::error::{Error, Result};
use shared::files::{LINK_LIFE, ObjectKey};
use shared::http::{Call, Reply};

use crate::{Customers, wire};

/// What an unknown and a foreign document are called.
const WHAT: &str = "the document";

/// `GET /documents/{documentId}`
///
/// The line says whose documents are meant: two customers may have one document number. All meanings of the number as a
/// NIT are asked for at the same time as the line; a person's document, whose kind only the line tells, after it.
pub async fn get(app: &Customers, call: &Call) -> Result<Reply> {
    let numbers = app.readings(call, "documentId")?;
    let movil = call.query_msisdn("movil")?;
    let segment = call.query_as::<Segment>("segment")?.unwrap_or_default();
    let name = call.query("document")?;
    let found = try_join_all(numbers.iter().map(|number| app.reader.documents(number)));
    let (line, found) = tokio::join!(app.reader.subscriber(&movil), found);
    let line = line?.visible_to(call.principal(), WHAT)?;
    let meant = |found: Vec<Vec<Document>>| {
        let own = found.into_iter().flatten().filter(|document| document.customer == line.customer);
        pick(own, segment, name)
    };
    let document = match meant(found?) {
        Some(document) => Some(document),
        None => {
            let written = call.path_text("documentId")?;
            let others = line.identities.iter().filter(|own| own.number == written && !numbers.contains(own));
            meant(try_join_all(others.map(|own| app.reader.documents(own))).await?)
        }
    };
    let document = document.ok_or(Error::NotFound(WHAT))?;
    let link = app.files.link(&ObjectKey::document(app.country, &document)?, LINK_LIFE).await?;
    Reply::ok(&wire::Documents { url: link.clone(), url_document: link })
}
