//! Favourite numbers.

use chrono::NaiveDate;
use shared::domain::catalogue::{DEFAULT_FAVOURITE_SLOTS, Plan};
use shared::domain::favourite::Favourite;
use shared::domain::favourite::favourite_number;
use shared::domain::msisdn::Msisdn;
use shared::domain::period::date;
use shared::error::{Error, Invalid, Result};
use shared::http::paging::{MAX_LIMIT, Page};
use shared::http::{Reply, Request};
use shared::table::Changes;

use crate::Plans;
use crate::wire::{self, FavoriteNumber};

/// `GET /plans/subscribers/{MSISDN}/favorites/`
pub async fn list(app: &Plans, request: &Request) -> Result<Reply> {
    let page = Page::of(request, MAX_LIMIT)?;
    let line = app.line(request).await?;
    let numbers =
        line.favourites_on(request.today()).map(|(number, known)| FavoriteNumber::of(number, known, request.country));
    page.answer(request, &numbers.collect::<Vec<_>>())
}

/// `POST /plans/subscribers/{MSISDN}/favorites/`
///
/// The slots are counted on the line as loaded, and the line is written at that revision, so no race exceeds them; a
/// retry finds the number and changes nothing.
pub async fn add(app: &Plans, request: &Request) -> Result<Reply> {
    let sent: wire::FavoriteNumberSent = request.json()?;
    let number = number_of(&sent, request)?;
    let favourite = favourite_of(sent, request)?;
    let (line, catalogue) = app.line_and_catalogue(request).await?;
    let slots = catalogue.plan(line.plan_on(request.today())).map_or(DEFAULT_FAVOURITE_SLOTS, Plan::slots);
    let mut changed = line.value.clone();
    let mut changes = Changes::new();
    if changed.put_favourite(number, favourite, slots, request.today())? {
        changes.update_subscriber(&line, &changed)?;
    }
    request.commit(&app.base, changes, wire::success(201, "the favourite number was added")?).await
}

/// `DELETE /plans/subscribers/{MSISDN}/favorites/`
///
/// Written at the revision that was loaded; the second of two removals gets 404.
pub async fn remove(app: &Plans, request: &Request) -> Result<Reply> {
    let sent: wire::FavoriteNumberSent = request.json()?;
    let number = number_of(&sent, request)?;
    // Only the number counts; the other fields must be well formed.
    expiration(&sent)?;
    let line = app.line(request).await?;
    let mut changed = line.value.clone();
    if !changed.remove_favourite(&number, request.today()) {
        return Err(Error::NotFound("the favourite number"));
    }
    let mut changes = Changes::new();
    changes.update_subscriber(&line, &changed)?;
    request.commit(&app.base, changes, wire::success(200, "the favourite number was removed")?).await
}

fn number_of(sent: &wire::FavoriteNumberSent, request: &Request) -> Result<Msisdn> {
    favourite_number(sent.phone_number.as_str(), request.country).map_err(|invalid| invalid.field("PhoneNumber"))
}

fn expiration(sent: &wire::FavoriteNumberSent) -> Result<Option<NaiveDate>> {
    let day = sent.expiration_date.as_ref().map(|text| date(text.as_str()));
    day.transpose().map_err(|invalid: Invalid| invalid.field("ExpirationDate"))
}

fn favourite_of(sent: wire::FavoriteNumberSent, request: &Request) -> Result<Favourite> {
    let expires = expiration(&sent)?.map(|day| Favourite::expiry(day, request.today()));
    let expires = expires.transpose().map_err(|invalid: Invalid| invalid.field("ExpirationDate"))?;
    Ok(Favourite { label: sent.label.map(String::from), expires, plan_code: sent.plan_code.map(String::from) })
}
