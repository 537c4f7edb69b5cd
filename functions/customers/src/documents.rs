//! Links to documents.

use futures_util::future::try_join_all;
use shared::domain::document::{Document, Segment, pick};
use shared::error::{Error, Result};
use shared::files::{LINK_LIFE, ObjectKey};
use shared::http::{Reply, Request};

use crate::{Customers, readings, wire};

/// What a 404 for a document names, unknown and foreign ones alike.
const WHAT: &str = "the document";

/// `GET /documents/{documentId}`
///
/// The line tells whose documents are meant, since two customers may have the same document number. All readings of the
/// number as a NIT are read concurrently with the line; a person's document, whose type only the line tells, after it.
pub async fn get(app: &Customers, request: &Request) -> Result<Reply> {
    let numbers = readings(request, "documentId")?;
    let movil = request.query_msisdn("movil")?;
    let segment = request.query_as::<Segment>("segment")?.unwrap_or_default();
    let name = request.query("document")?;
    let found = try_join_all(numbers.iter().map(|number| app.base.reader().documents(number)));
    let (line, found) = tokio::join!(request.line(&app.base, &movil, WHAT), found);
    let line = line?;
    let meant = |found: Vec<Vec<Document>>| {
        let own = found.into_iter().flatten().filter(|document| document.customer == line.customer);
        pick(own, segment, name)
    };
    let document = match meant(found?) {
        Some(document) => Some(document),
        None => {
            let written = request.path_text("documentId")?;
            let others = line.identities.iter().filter(|own| own.number == written && !numbers.contains(own));
            meant(try_join_all(others.map(|own| app.base.reader().documents(own))).await?)
        }
    };
    let document = document.ok_or(Error::NotFound(WHAT))?;
    let link = app.files.link(&ObjectKey::document(request.country, &document)?, LINK_LIFE).await?;
    Reply::ok(&wire::Documents { url: link.clone(), url_document: link })
}
