//! Accounts, by document and by id.

use shared::auth::Visible as _;
use shared::domain::subscriber::Identity;
use shared::error::{Error, Result};
use shared::http::paging::DEFAULT_LIMIT;
use shared::http::{Call, Page, Reply};

use crate::{ACCOUNT, Accounts, account_id, wire};

/// The document that `docId` means.
const NIT: &str = "NIT";
/// The longest kind of document.
const LONGEST_KIND: usize = 64;

/// `GET /accounts`
pub async fn find(app: &Accounts, call: &Call) -> Result<Reply> {
    let document = document(call)?;
    let page = Page::of(call, DEFAULT_LIMIT)?;
    let mut accounts = app.reader().accounts_of(&document).await?;
    accounts.retain(|account| call.principal().sees_customer(&account.customer));
    if accounts.is_empty() {
        return Err(Error::NotFound("the document"));
    }
    page.answer_with(call, &accounts, |rows| wire::Accounts::of(rows, call.country))
}

/// `GET /accounts/{accountId}`
pub async fn get(app: &Accounts, call: &Call) -> Result<Reply> {
    let account = app.reader().account(&account_id(call)?).await?.visible_to(call.principal(), ACCOUNT)?;
    Reply::ok(&wire::AccountDetails::of(&account, call.country))
}

/// `idType` and `id`, or `docId` alone, which means a NIT.
fn document(call: &Call) -> Result<Identity> {
    let (kind, id) = (call.query("idType")?, call.query_integer("id")?);
    let Some(number) = call.query_integer("docId")? else {
        let kind = kind.ok_or_else(|| Error::invalid("idType", "is required"))?;
        let number = id.ok_or_else(|| Error::invalid("id", "is required"))?;
        return identity(kind, number);
    };
    match (kind, id) {
        (None, None) => identity(NIT, number),
        _ => Err(Error::invalid("docId", "cannot be combined with idType and id")),
    }
}

fn identity(kind: &str, number: u64) -> Result<Identity> {
    if kind.is_empty() || kind.chars().count() > LONGEST_KIND || kind.chars().any(char::is_control) {
        return Err(Error::invalid("idType", "must have 1 to 64 characters, none of them a control character"));
    }
    Ok(Identity { kind: kind.to_owned(), number: number.to_string() })
}
