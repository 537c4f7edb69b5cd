//! Accounts, by document and by id.

use futures_util::future::try_join_all;
use shared::auth::Visible as _;
use shared::domain::identity::Identity;
use shared::domain::nit::readings;
use shared::error::{Error, Result};
use shared::http::paging::DEFAULT_LIMIT;
use shared::http::{Page, Reply, Request};

use crate::{ACCOUNT, Accounts, account_id, wire};

/// The identity type that `docId` implies.
const NIT: &str = "NIT";
/// Longest `idType`, in characters.
const LONGEST_KIND: usize = 64;

/// `GET /accounts`
///
/// All possible readings of the number are read concurrently.
pub async fn find(app: &Accounts, request: &Request) -> Result<Reply> {
    let documents = documents(request)?;
    let page = Page::of(request, DEFAULT_LIMIT)?;
    for mut accounts in try_join_all(documents.iter().map(|document| app.base.reader().accounts_of(document))).await? {
        accounts.retain(|account| request.principal().sees_customer(&account.customer));
        if !accounts.is_empty() {
            return page.answer_with(request, &accounts, |rows| wire::Accounts::of(rows, request.country));
        }
    }
    Err(Error::NotFound("the document"))
}

/// `GET /accounts/{accountId}`
pub async fn get(app: &Accounts, request: &Request) -> Result<Reply> {
    let account = app.base.reader().account(&account_id(request)?).await?.visible_to(request.principal(), ACCOUNT)?;
    Reply::ok(&wire::AccountView::detailed(&account, request.country))
}

/// The document named by `idType` and `id`, or by `docId` alone, which implies NIT.
fn documents(request: &Request) -> Result<Vec<Identity>> {
    let (kind, id) = (request.query("idType")?, request.query_digits("id")?);
    let (kind, number) = match (kind, id, request.query_digits("docId")?) {
        (None, None, Some(number)) => (NIT, number),
        (_, _, Some(_)) => return Err(Error::invalid("docId", "cannot be combined with idType and id")),
        (None, _, None) => return Err(Error::invalid("idType", "is required")),
        (_, None, None) => return Err(Error::invalid("id", "is required")),
        (Some(kind), Some(number), None) => (kind, number),
    };
    if kind.is_empty() || kind.chars().count() > LONGEST_KIND || kind.chars().any(char::is_control) {
        return Err(Error::invalid("idType", "must have 1 to 64 characters, none of them a control character"));
    }
    let numbers = if kind.eq_ignore_ascii_case(NIT) { readings(number, request.country) } else { vec![number] };
    let identity = |number: &str| Identity { kind: kind.to_owned(), number: number.to_owned() };
    Ok(numbers.into_iter().map(identity).collect())
}
