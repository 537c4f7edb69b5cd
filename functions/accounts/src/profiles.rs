//! Profiles and what is in them.

use shared::auth::Visible as _;
use shared::domain::service::Totals;
use shared::error::{Error, Result};
use shared::http::paging::{DEFAULT_LIMIT, with_next};
use shared::http::{Call, Page, Reply};

use crate::{ACCOUNT, Accounts, PROFILE, account_id, profile_id, wire};

/// `GET /accounts/{accountId}/profiles`
pub async fn list(app: &Accounts, call: &Call) -> Result<Reply> {
    let page = Page::of(call, DEFAULT_LIMIT)?;
    let (account, profiles) = app.reader().account_and_profiles(&account_id(call)?).await?;
    account.visible_to(call.principal(), ACCOUNT)?;
    page.answer_with(call, &profiles, |rows| wire::Profiles::of(rows, call.country))
}

/// `GET /accounts/profiles/{profileId}`
pub async fn get(app: &Accounts, call: &Call) -> Result<Reply> {
    let (profile, lines, services) = app.reader().whole_profile(&profile_id(call)?).await?;
    let profile = profile.visible_to(call.principal(), PROFILE)?;
    let totals = Totals::of(&lines, &services, call.country.currency);
    let totals = totals.map_err(|invalid| Error::internal(format!("the totals of {}: {invalid}", profile.id)))?;
    Reply::ok(&wire::ProfileDetails::of(&profile, &lines, &services, &totals, call.country))
}

/// `GET /accounts/profiles/{profileId}/lines`
pub async fn lines(app: &Accounts, call: &Call) -> Result<Reply> {
    let (id, page) = (profile_id(call)?, Page::of(call, DEFAULT_LIMIT)?);
    let (profile, lines) = tokio::join!(app.reader().profile(&id), app.reader().profile_lines(&id, page.window()));
    let profile = profile?.visible_to(call.principal(), PROFILE)?;
    let lines = lines?;
    let reply = Reply::ok(&wire::Lines::of(&profile.id, &lines.rows, call.country))?;
    with_next(reply, call, lines.next.as_deref())
}

/// `GET /accounts/profiles/{profileId}/services`
pub async fn services(app: &Accounts, call: &Call) -> Result<Reply> {
    let page = Page::of(call, DEFAULT_LIMIT)?;
    let (profile, services) = app.services(call).await?;
    page.answer_with(call, services.list(), |rows| wire::Services::of(&profile.id, rows))
}
