//! Links to documents.

use futures_util::future::try_join_all;
use shared::auth::Visible as _;
use shared::domain::document::{Document, Segment, pick};
use shared::domain::msisdn::Msisdn;
use shared::domain::subscriber::Identity;
use shared::error::{Error, Result};
use shared::files::{LINK_LIFE, ObjectKey};
use shared::http::{Call, Reply};
use shared::table::DocumentOwner;

use crate::{Customers, wire};

/// What an unknown and a foreign document are called.
const WHAT: &str = "the document";

/// `GET /documents/{documentId}`
pub async fn get(app: &Customers, call: &Call) -> Result<Reply> {
    let numbers = app.readings(call, "documentId")?;
    let movil = Msisdn::parse(call.query_required("movil")?, call.country).map_err(|invalid| invalid.field("movil"))?;
    let segment = call.query_as::<Segment>("segment")?.unwrap_or_default();
    let name = call.query("document")?;
    let (line, found) = tokio::join!(app.reader.subscriber(&movil), load(app, call, &numbers));
    let (line, (owner, documents)) = (line?.visible_to(call.principal(), WHAT)?, found?);
    // The line has to be one of the customer's own.
    let documents = if line.customer == owner.customer { documents } else { Vec::new() };
    let document = pick(documents, segment, name).ok_or(Error::NotFound(WHAT))?;
    let link = app.files.link(&ObjectKey::document(app.country, &document)?, LINK_LIFE).await?;
    Reply::ok(&wire::Documents { url: link.clone(), url_document: link })
}

/// The caller's customer of the first number that has one, and its documents. All numbers are asked for at once.
async fn load(app: &Customers, call: &Call, numbers: &[Identity]) -> Result<(DocumentOwner, Vec<Document>)> {
    let found = try_join_all(numbers.iter().map(|number| app.reader.documents(number))).await?;
    let mut visible = found
        .into_iter()
        .filter_map(|(owner, documents)| owner.visible_to(call.principal(), WHAT).ok().map(|owner| (owner, documents)));
    visible.next().ok_or(Error::NotFound(WHAT))
}
