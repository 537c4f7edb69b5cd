//! Accounts, by document and by id.

use futures_util::future::try_join_all;
use shared::auth::Visible as _;
use shared::domain::account::Account;
use shared::domain::identity::Identity;
use shared::domain::owned::Sight as _;
use shared::domain::text::is_control;
use shared::error::{Error, Result};
use shared::http::paging::{DEFAULT_LIMIT, answer};
use shared::http::{Page, Reply, Request};
use shared::table::{From, Paged, Window};

use crate::{ACCOUNT, Accounts, account_id, wire};

/// What a 404 for a document names.
const NO_DOCUMENT: Error = Error::NotFound("the document");
/// The first record of a list.
const FIRST: Window = Window { from: From::Record(0), limit: 1 };
/// Longest `idType`, in characters.
const LONGEST_KIND: usize = 64;

/// `GET /accounts`
///
/// All possible readings of the number are read concurrently.
pub async fn find(app: &Accounts, request: &Request) -> Result<Reply> {
    let documents = documents(request)?;
    let page = Page::of(request, DEFAULT_LIMIT)?;
    let found = try_join_all(documents.iter().map(|document| accounts(app, request, document, &page))).await?;
    let accounts = found.into_iter().flatten().next().ok_or(NO_DOCUMENT)?;
    answer(request, &accounts, |rows| Reply::ok(&wire::Accounts::of(rows, request.country)))
}

/// The accounts of one reading of the number, if any is the caller's.
async fn accounts(
    app: &Accounts,
    request: &Request,
    document: &Identity,
    page: &Page,
) -> Result<Option<Paged<Account>>> {
    let (reader, sight) = (app.base.reader(), request.sight());
    if !sight.sees_all() && !reader.document_owners(document).await?.may_be_seen(sight) {
        return Ok(None);
    }
    let found = reader.accounts_of(document, page.window(), sight).await?;
    if !found.is_over() || *page.window() == FIRST {
        return Ok(Some(found).filter(|found| !found.is_over()));
    }
    // Past the end, or no accounts at all.
    let any = reader.accounts_of(document, &FIRST, sight).await?;
    Ok(Some(found).filter(|_| !any.is_over()))
}

/// `GET /accounts/{accountId}`
pub async fn get(app: &Accounts, request: &Request) -> Result<Reply> {
    let account = app.base.reader().account(&account_id(request)?).await?.visible_to(request.principal(), ACCOUNT)?;
    Reply::ok(&wire::AccountView::detailed(&account, request.country))
}

/// The document named by `idType` and `id`, or by `docId` alone, which implies a tax number.
fn documents(request: &Request) -> Result<Vec<Identity>> {
    let (kind, id) = (request.query("idType")?, request.query("id")?);
    let (kind, number, field) = match (kind, id, request.query("docId")?) {
        (None, None, Some(number)) => (request.country.tax_document(), number, "docId"),
        (_, _, Some(_)) => return Err(Error::invalid("docId", "must not be combined with idType and id")),
        (None, _, None) => return Err(Error::invalid("idType", "must be given")),
        (_, None, None) => return Err(Error::invalid("id", "must be given")),
        (Some(kind), Some(number), None) => (kind, number, "id"),
    };
    if kind.chars().count() > LONGEST_KIND || kind.chars().any(is_control) {
        return Err(Error::invalid("idType", "must have 1 to 64 characters, none of them a control character"));
    }
    Identity::readings(kind, number, request.country).map_err(|invalid| invalid.field(field))
}
