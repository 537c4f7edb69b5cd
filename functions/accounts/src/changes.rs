//! Pending changes of a profile's services; completing the purchase carries them out.
//!
//! All services of a profile are one item, decided on as loaded and written at its revision. So a list is applied in
//! full or not at all, concurrent changes never undo each other (the loser decides again), and a crash leaves the item
//! as it was before or after. Each change states the result, not a difference, so a retry without a key finds it done.

use shared::domain::profile::Profile;
use shared::domain::service::{self, NOT_FOUND, Services};
use shared::error::Result;
use shared::http::{Reply, Request};
use shared::table::{Changes, Stored};

use crate::{Accounts, wire};

/// `POST /profiles/{profileId}/services`
///
/// A service that is already there, from a retry or another request, is not added twice.
pub async fn add(app: &Accounts, request: &Request) -> Result<Reply> {
    let partnums = request.json::<wire::ServicesParameters>()?.partnums()?;
    let (loaded, catalogue) = tokio::join!(app.services(request), app.catalogue(request));
    let ((profile, services), catalogue) = (loaded?, catalogue?);
    let wanted = partnums.iter().map(|partnum| catalogue.get(partnum).ok_or(NOT_FOUND));
    let mut changed = services.value.clone();
    let count = changed.add(&wanted.collect::<Result<Vec<_>>>()?)?;
    commit(app, request, &profile, &services, &changed, wire::outcome("Services added", count)?).await
}

/// `DELETE /profiles/{profileId}`
///
/// A service already marked for removal stays marked.
pub async fn remove(app: &Accounts, request: &Request) -> Result<Reply> {
    let partnums = request.json::<wire::ServicesParameters>()?.partnums()?;
    let (profile, services) = app.services(request).await?;
    let mut changed = services.value.clone();
    let count = changed.mark(&partnums)?;
    commit(app, request, &profile, &services, &changed, wire::outcome("Services to be removed", count)?).await
}

/// `PUT /profile/{profileId}`
///
/// A service that is already the requested one stays as it is.
pub async fn replace(app: &Accounts, request: &Request) -> Result<Reply> {
    let rows = request.json::<wire::UpdateServicesParameters>()?.rows()?;
    let (loaded, catalogue) = tokio::join!(app.services(request), app.catalogue(request));
    let ((profile, services), catalogue) = (loaded?, catalogue?);
    let row = |(id, partnum)| Ok((id, catalogue.get(partnum).ok_or(NOT_FOUND)?));
    let wanted: Vec<(u64, &service::CatalogueService)> =
        rows.iter().map(|(id, partnum)| row((*id, partnum))).collect::<Result<_>>()?;
    let mut changed = services.value.clone();
    let count = changed.replace(&wanted)?;
    commit(app, request, &profile, &services, &changed, wire::outcome("Services replaced", count)?).await
}

async fn commit(
    app: &Accounts,
    request: &Request,
    profile: &Profile,
    before: &Stored<Services>,
    after: &Services,
    reply: Reply,
) -> Result<Reply> {
    let mut changes = Changes::new();
    if before.value != *after {
        changes.update_services(profile, before, after)?;
    }
    request.commit(&app.base, changes, reply).await
}
