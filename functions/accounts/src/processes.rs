//! Purchases: what the service changes have prepared is carried out.

use shared::auth::Visible as _;
use shared::domain::account::{ProfilePurchase, Purchase};
use shared::domain::profile::Profile;
use shared::domain::service::Services;
use shared::error::Result;
use shared::http::{Reply, Request};
use shared::table::{Changes, Stored};

use crate::{ACCOUNT, Accounts, account_id, wire};

/// The most profiles that one purchase changes: each is two items of a transaction, which takes a hundred.
const MOST_PROFILES: usize = 40;
/// The most services of these profiles, counting each list whole: a service takes up to some 2 KB in the two items, and
/// a transaction 4 MB. A profile alone has at most 500.
const MOST_SERVICES: usize = 1_500;

/// `POST /accounts/{accountId}/processes`
///
/// The account's list only says which profiles to ask: what counts is each profile's own word on whose it is. A load that
/// moves a profile gives its services another revision, so a purchase under way decides again.
///
/// The services and recurring charges of all profiles that have changes, the account and the purchase with its event
/// are one transaction at the revisions that were loaded: a service change or purchase at the same time makes one of
/// them decide again, a crash leaves all or nothing, and a retry finds nothing to do (with a key: the first answer).
/// When more profiles have changes than a transaction takes, the first are carried out and the answer asks for another
/// request; each request is all or nothing by itself.
pub async fn complete(app: &Accounts, request: &Request) -> Result<Reply> {
    let consultant_id = request.json::<wire::PostAccountsParameters>()?.consultant_id();
    let (account, profiles) = app.base.reader().account_to_change(&account_id(request)?).await?;
    let account = account.visible_to(request.principal(), ACCOUNT)?;
    let profiles = app.base.reader().purchased(&account, &profiles).await?;
    let mut changes = Changes::new();
    let (parts, all) = complete_profiles(request, &profiles, &mut changes)?;
    let purchase = Purchase { consultant_id, profiles: parts, at: request.now };
    if !changes.is_empty() {
        let mut changed = account.value.clone();
        changed.consultant_id = consultant_id.or(changed.consultant_id);
        changes.update_account(&account, &changed)?;
        changes.add_purchase(&account, &purchase)?;
    }
    let what = if all { "Services processed" } else { "More are waiting, complete again. Services processed" };
    request.commit(&app.base, changes, wire::outcome(what, purchase.services())?).await
}

/// Adds the changes of the first profiles that have any; and whether these were all.
fn complete_profiles(
    request: &Request,
    profiles: &[(Profile, Stored<Services>)],
    changes: &mut Changes,
) -> Result<(Vec<ProfilePurchase>, bool)> {
    let (mut parts, mut written) = (Vec::new(), 0);
    for (profile, services) in profiles {
        let mut changed = services.value.clone();
        let (activated, removed) = changed.complete();
        if activated + removed == 0 {
            continue;
        }
        written += services.value.list().len();
        if parts.len() == MOST_PROFILES || (written > MOST_SERVICES && !parts.is_empty()) {
            return Ok((parts, false));
        }
        changes.update_services(profile, services, &changed)?;
        changes.put_recurring_charges(profile, &changed, request.now)?;
        parts.push(ProfilePurchase { profile: profile.id.clone(), activated, removed });
    }
    Ok((parts, true))
}
