//! Profiles, their lines and services.

use shared::auth::Visible as _;
use shared::domain::profile::TOO_LARGE;
use shared::domain::service::Totals;
use shared::error::{Error, Result};
use shared::http::paging::{DEFAULT_LIMIT, answer};
use shared::http::{Page, Reply, Request};

use crate::{ACCOUNT, Accounts, PROFILE, account_id, profile_id, wire};

/// `GET /accounts/{accountId}/profiles`
pub async fn list(app: &Accounts, request: &Request) -> Result<Reply> {
    let page = Page::of(request, DEFAULT_LIMIT)?;
    let id = account_id(request)?;
    let found = app.base.reader().account_and_profiles(&id, page.window(), request.sight()).await?;
    let (account, profiles) = found.ok_or(Error::NotFound(ACCOUNT))?;
    Some(account).visible_to(request.principal(), ACCOUNT)?;
    answer(request, &profiles, |rows| Reply::ok(&wire::Profiles::of(rows, request.country)))
}

/// `GET /accounts/profiles/{profileId}`
pub async fn get(app: &Accounts, request: &Request) -> Result<Reply> {
    let (profile, lines, services) = app.base.reader().whole_profile(&app.own_profile(request).await?).await?;
    let profile = profile.visible_to(request.principal(), PROFILE)?;
    let totals = Totals::of(&lines, &services, request.country.currency);
    let totals = totals.map_err(|invalid| Error::internal(format!("the totals of {}: {invalid}", profile.id)))?;
    let details = wire::ProfileDetails::of(&profile, &lines, &services, &totals, request.country);
    Some(Reply::ok(&details)?).filter(Reply::fits).ok_or(TOO_LARGE)
}

/// `GET /accounts/profiles/{profileId}/lines`
pub async fn lines(app: &Accounts, request: &Request) -> Result<Reply> {
    let (id, page) = (profile_id(request)?, Page::of(request, DEFAULT_LIMIT)?);
    let found = app.base.reader().profile_and_lines(&id, page.window(), request.sight()).await?;
    let lines = found.visible_to(request.principal(), PROFILE)?.lines;
    answer(request, &lines, |rows| Reply::ok(&wire::Lines::of(&id, rows, request.country)))
}

/// `GET /accounts/profiles/{profileId}/services`
pub async fn services(app: &Accounts, request: &Request) -> Result<Reply> {
    let page = Page::of(request, DEFAULT_LIMIT)?;
    let (profile, services) = app.services(request).await?;
    page.answer_with(request, services.list(), |rows| wire::Services::of(&profile.id, rows))
}
