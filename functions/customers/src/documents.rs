//! Links to documents.

use futures_util::future::try_join_all;
use shared::domain::document::{Document, Segment};
use shared::domain::identity::Identity;
use shared::domain::ids::CustomerCode;
use shared::domain::owned::Sight as _;
use shared::error::{Error, Result};
use shared::files::{LINK_LIFE, ObjectKey};
use shared::http::{Reply, Request};
use shared::table::{Paged, owner_first};

use crate::{Customers, readings, wire};

/// What a 404 for a document names, unknown and foreign ones alike.
const WHAT: &str = "the document";

/// What is asked for.
struct Wanted<'a> {
    segment: Segment,
    name: Option<&'a str>,
}

/// `GET /documents/{documentId}`
///
/// The line tells whose documents are meant, since two customers may have the same document number. All readings of the
/// number as a NIT are read concurrently; a person's document, whose type only the line tells, after it. Of who sees every
/// customer the first documents are read at the same time as the line; of others, which customers have any.
pub async fn get(app: &Customers, request: &Request) -> Result<Reply> {
    let numbers = readings(request, "documentId")?;
    let movil = request.query_msisdn("movil")?;
    let segment = request.query_as::<Segment>("segment")?.unwrap_or_default();
    let wanted = Wanted { segment, name: request.query("document")? };
    let line = request.line(&app.base, &movil, WHAT);
    let (line, found) = if request.sight().sees_all() {
        let first = try_join_all(numbers.iter().map(|number| app.base.reader().documents(number, None)));
        let (line, first) = owner_first(request.sight(), line, first).await?;
        let read_on =
            numbers.iter().zip(first).map(|(number, first)| newest(app, number, first, &line.customer, &wanted));
        let found = try_join_all(read_on).await?;
        (line, found)
    } else {
        let owners = try_join_all(numbers.iter().map(|number| app.base.reader().document_owners(number)));
        let (line, owners) = tokio::join!(line, owners);
        let (line, owners) = (line?, owners?);
        let own = numbers.iter().zip(owners).filter(|(_, owners)| owners.include(&line.customer));
        let found = try_join_all(own.map(|(number, _)| all(app, number, &line.customer, &wanted))).await?;
        (line, found)
    };
    let document = match latest(found) {
        Some(document) => Some(document),
        None => {
            let written = request.path_text("documentId")?;
            let means = |own: &Identity| {
                Identity::readings(&own.kind, written, request.country).is_ok_and(|readings| readings.contains(own))
            };
            let others = line.identities.iter().filter(|own| means(own) && !numbers.contains(own));
            latest(try_join_all(others.map(|own| all(app, own, &line.customer, &wanted))).await?)
        }
    };
    let document = document.ok_or(Error::NotFound(WHAT))?;
    let link = app.files.link(&ObjectKey::document(request.country, &document)?, LINK_LIFE).await?;
    Reply::ok(&wire::Documents { url: link.clone(), url_document: link })
}

fn latest(found: Vec<Option<Document>>) -> Option<Document> {
    found.into_iter().flatten().max_by(|a, b| (a.created, a.name.as_str()).cmp(&(b.created, b.name.as_str())))
}

/// The customer's newest document under a number that is wanted.
async fn all(
    app: &Customers,
    number: &Identity,
    customer: &CustomerCode,
    wanted: &Wanted<'_>,
) -> Result<Option<Document>> {
    let first = app.base.reader().documents(number, None).await?;
    newest(app, number, first, customer, wanted).await
}

/// The same, in the first documents or those that follow.
async fn newest(
    app: &Customers,
    number: &Identity,
    mut page: Paged<Document>,
    customer: &CustomerCode,
    wanted: &Wanted<'_>,
) -> Result<Option<Document>> {
    loop {
        let found = page.rows.into_iter().find(|document| document.is(customer, wanted.segment, wanted.name));
        match (found, page.next) {
            (None, Some(next)) => page = app.base.reader().documents(number, Some(next)).await?,
            (found, _) => return Ok(found),
        }
    }
}
