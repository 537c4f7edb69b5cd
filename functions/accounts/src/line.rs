//! Where a line belongs.

use shared::auth::Visible as _;
use shared::error::Result;
use shared::http::{Call, Reply};

use crate::{ACCOUNT, Accounts, PROFILE, wire};

/// `GET /accounts/profiles`
pub async fn find(app: &Accounts, call: &Call) -> Result<Reply> {
    let msisdn = call.query_msisdn("msisdn")?;
    let line = app.reader().subscriber(&msisdn).await?.visible_to(call.principal(), "the subscriber")?;
    let (account, profile) =
        tokio::join!(app.reader().account(&line.account), app.reader().profile_and_services(&line.profile));
    let account = account?.visible_to(call.principal(), ACCOUNT)?;
    let (profile, services) = profile?;
    let profile = profile.visible_to(call.principal(), PROFILE)?;
    Reply::ok(&wire::LineDetails::of(&msisdn, &account, &profile, &services, call.country))
}
