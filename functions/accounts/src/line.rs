//! The account and profile of a line.

use shared::auth::Visible as _;
use shared::error::Result;
use shared::http::{Reply, Request};

use crate::{ACCOUNT, Accounts, PROFILE, wire};

/// `GET /accounts/profiles`
///
/// Account and profile must also belong to the line's customer: each of the three can change hands before the others.
pub async fn find(app: &Accounts, request: &Request) -> Result<Reply> {
    let msisdn = request.query_msisdn("msisdn")?;
    let line = request.line(&app.base, &msisdn, "the subscriber").await?;
    let (account, profile) =
        tokio::join!(app.base.reader().account(&line.account), app.base.reader().profile_and_services(&line.profile));
    let account = account?.filter(|account| account.customer == line.customer);
    let account = account.visible_to(request.principal(), ACCOUNT)?;
    let (profile, services) = profile?;
    let profile = profile.filter(|profile| profile.customer == line.customer);
    let profile = profile.visible_to(request.principal(), PROFILE)?;
    Reply::ok(&wire::LineDetails::of(&msisdn, &account, &profile, &services, request.country))
}
