//! The account and profile of a line.

use shared::auth::Visible as _;
use shared::domain::owned::Sight as _;
use shared::domain::profile::Profile;
use shared::error::Result;
use shared::http::{Reply, Request};
use shared::table::owner_first;

use crate::{ACCOUNT, Accounts, PROFILE, wire};

/// `GET /accounts/profiles`
///
/// Account and profile must also belong to the line's customer: each of the three can change hands before the others. So
/// services are read for who may see both.
pub async fn find(app: &Accounts, request: &Request) -> Result<Reply> {
    let msisdn = request.query_msisdn("msisdn")?;
    let line = request.line(&app.base, &msisdn, "the subscriber").await?;
    let (reader, sight) = (app.base.reader(), request.sight());
    let of_line = |profile: Option<Profile>| profile.filter(|profile| profile.customer == line.customer);
    let profile = async {
        match sight.sees_all() {
            true => Ok(()),
            false => of_line(reader.profile(&line.profile).await?).visible_to(request.principal(), PROFILE).map(|_| ()),
        }
    };
    let owners = async {
        let (account, profile) = tokio::join!(reader.account(&line.account), profile);
        let account = account?.filter(|account| account.customer == line.customer);
        let account = account.visible_to(request.principal(), ACCOUNT)?;
        profile.map(|()| account)
    };
    let (account, found) = owner_first(sight, owners, reader.profile_and_services(&line.profile)).await?;
    let (profile, services) = found;
    let profile = of_line(profile).visible_to(request.principal(), PROFILE)?;
    Reply::ok(&wire::LineDetails::of(&msisdn, &account, &profile, &services, request.country))
}
