//! Purchases: carrying out pending service changes.

use shared::auth::Visible as _;
use shared::domain::account::{Account, ProfilePurchase, Purchase};
use shared::domain::owned::Sight as _;
use shared::domain::profile::Profile;
use shared::domain::purchase::{Cut, Part};
use shared::domain::service::Services;
use shared::error::Result;
use shared::http::{Reply, Request};
use shared::invocation::runs_short;
use shared::table::{Changes, Paged, Stored};

use crate::{ACCOUNT, Accounts, account_id, wire};

/// A profile of the account and its services.
type Bought = (Profile, Stored<Services>);

/// `POST /accounts/{accountId}/processes`
///
/// The account's list only says which profiles to load; each profile's own item says whose it is. An import that moves
/// a profile gives its services a new revision, so a purchase in progress decides again.
///
/// The services of all profiles with changes, what that means for their contracts' ledgers, the account, and the purchase with its event are
/// one transaction at the revisions that were loaded: of two concurrent changes or purchases one decides again, a crash
/// leaves all or nothing, and a retry finds nothing to do (with a key: the first answer). When more profiles have
/// changes than fit a transaction, the first ones are carried out and the answer asks for another request; each request
/// is all or nothing.
pub async fn complete(app: &Accounts, request: &Request) -> Result<Reply> {
    let consultant_id = request.json::<wire::PostAccountsParameters>()?.consultant_id();
    let id = account_id(request)?;
    if !request.sight().sees_all() {
        app.base.reader().account(&id).await?.visible_to(request.principal(), ACCOUNT)?;
    }
    let (account, profiles) = app.base.reader().account_to_change(&id).await?;
    let account = account.visible_to(request.principal(), ACCOUNT)?;
    let Cut { parts, all, .. } = bought(app, request, &account, profiles).await?;
    let mut changes = Changes::new();
    let purchase = Purchase { consultant_id, profiles: add(&mut changes, parts)?, at: request.now };
    if !changes.is_empty() {
        let mut changed = account.value.clone();
        changed.consultant_id = consultant_id.or(changed.consultant_id);
        changes.update_account(&account, &changed)?;
        changes.add_purchase(&account, &purchase)?;
    }
    let what = if all { "Services processed" } else { "More are waiting, complete again. Services processed" };
    request.commit(&app.base, changes, wire::outcome(what, purchase.services())?).await
}

/// What one request carries out. A page of profiles at a time is asked for its services, so no more of them are in memory;
/// what is found when time runs short is carried out.
async fn bought(
    app: &Accounts,
    request: &Request,
    account: &Account,
    mut profiles: Paged<Profile>,
) -> Result<Cut<Bought>> {
    let mut cut = Cut::default();
    loop {
        for bought in app.base.reader().purchased(account, &profiles.rows).await? {
            cut.take(bought, |(_, services)| services, request.today());
        }
        let Some(next) = profiles.next.filter(|_| cut.all) else { return Ok(cut) };
        if runs_short() && !cut.parts.is_empty() {
            cut.all = false;
            return Ok(cut);
        }
        profiles = app.base.reader().profiles_to_change(&account.id, next).await?;
    }
}

/// Adds the purchase's changes of each profile, and returns the event's part about it.
fn add(changes: &mut Changes, parts: Vec<Part<Bought>>) -> Result<Vec<ProfilePurchase>> {
    let part = |Part { profile: (profile, before), services, activated, removed, facts }: Part<Bought>| {
        changes.update_services(&profile, &before, &services)?;
        changes.add_service_facts(&profile.contract, &profile.id, before.next_rev(), &facts)?;
        Ok(ProfilePurchase { profile: profile.id, activated, removed })
    };
    parts.into_iter().map(part).collect()
}
