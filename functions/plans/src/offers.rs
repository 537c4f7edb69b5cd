//! Offers and acquisitions.

use shared::domain::catalogue::{AcquisitionMethod, Channel, Offer};
use shared::domain::ids::OfferId;
use shared::error::{Error, Invalid, Result};
use shared::http::paging::{MAX_LIMIT, Page};
use shared::http::{Reply, Request};
use shared::table::Changes;

use crate::{Plans, wire};

const NOT_FOUND: Error = Error::NotFound("the offer");

/// `GET /plans/subscribers/{MSISDN}/availableoffers/`
pub async fn list(app: &Plans, request: &Request) -> Result<Reply> {
    let page = Page::of(request, MAX_LIMIT)?;
    let channel = channel(request)?;
    let (line, catalogue) = app.line_and_catalogue(request).await?;
    let offers = catalogue.available_offers(&line, channel, request.now, request.today());
    let method = AcquisitionMethod::of(line.payment.kind());
    page.answer(request, &offers.into_iter().map(|offer| wire::Offer::of(offer, method)).collect::<Vec<_>>())
}

/// `POST /plans/subscribers/{MSISDN}/acquiredoffers/{offerId}`
///
/// Line (balance, running offers), acquisition and charge are one transaction at the revision that was loaded: of two
/// concurrent purchases one decides again and finds the other; a retry without a key finds the offer held, a retry with
/// a key finds the stored answer.
pub async fn acquire(app: &Plans, request: &Request) -> Result<Reply> {
    let id = offer_id(request)?;
    let (line, catalogue) = app.line_and_catalogue(request).await?;
    let open = |offer: &&Offer| offer.is_open_to(&line, request.now, request.today());
    let offer = catalogue.offer(&id).filter(open).ok_or(NOT_FOUND)?;
    let mut changed = line.value.clone();
    let bought = changed.acquire(offer, request.now, request.country.zone())?;
    let mut changes = Changes::new();
    changes.update_subscriber(&line, &changed)?;
    changes.add_acquisition(&line, &bought, bought.method == AcquisitionMethod::NextInvoice)?;
    request.commit(&app.base, changes, wire::success(201, "the offer was acquired")?).await
}

/// `DELETE /plans/subscribers/{MSISDN}/acquiredoffers/{offerId}`
///
/// Takes back the newest running acquisition, with its charge unless it was billed. An acquisition of the number's
/// earlier customer does not count. It must still exist when the transaction runs, so of two removals one decides again
/// and gets 404.
pub async fn drop(app: &Plans, request: &Request) -> Result<Reply> {
    let id = offer_id(request)?;
    let line = app.line(request).await?;
    let bought = app.base.reader().newest_acquisition(&line, &id).await?;
    let bought = bought.filter(|bought| request.now < bought.value.ends_at).ok_or(NOT_FOUND)?;
    let mut changed = line.value.clone();
    changed.drop_offer(&id);
    let mut changes = Changes::new();
    changes.update_subscriber(&line, &changed)?;
    changes.drop_acquisition(&line, &bought, request.now)?;
    request.commit(&app.base, changes, wire::success(201, "the offer was removed")?).await
}

fn channel(request: &Request) -> Result<Channel> {
    let Some(number) = request.query_integer("channelId")? else { return Ok(Channel::SELF_CARE) };
    let channel = u8::try_from(number).map_err(|_| Invalid::new("must be a channel from 1 to 5"));
    channel.and_then(Channel::try_from).map_err(|invalid| invalid.field("channelId"))
}

/// A malformed id is an unknown offer.
fn offer_id(request: &Request) -> Result<OfferId> {
    request.path_text("offerId")?.parse().map_err(|_| NOT_FOUND)
}
