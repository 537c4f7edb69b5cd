//! Offers, and what was bought of them.

use shared::domain::catalogue::{AcquisitionMethod, Channel, Offer};
use shared::domain::ids::OfferId;
use shared::error::{Error, Invalid, Result};
use shared::http::paging::{MAX_LIMIT, Page};
use shared::http::{Call, Reply};
use shared::table::Changes;

use crate::{Plans, wire};

const NOT_FOUND: Error = Error::NotFound("the offer");

/// `GET /plans/subscribers/{MSISDN}/availableoffers/`
pub async fn list(app: &Plans, call: &Call) -> Result<Reply> {
    let page = Page::of(call, MAX_LIMIT)?;
    let channel = channel(call)?;
    let (line, catalogue) = app.line_and_catalogue(call).await?;
    let offers = catalogue.available_offers(&line, channel, call.now);
    let method = AcquisitionMethod::of(line.payment.kind());
    page.answer(call, &offers.into_iter().map(|offer| wire::Offer::of(offer, method)).collect::<Vec<_>>())
}

/// `POST /plans/subscribers/{MSISDN}/acquiredoffers/{offerId}`
///
/// The line (its balance and what it holds), the purchase and the charge are one transaction at the revision that was
/// loaded: of two purchases at once one decides again and finds the other; a retry without a key finds the offer held,
/// a retry with a key finds the answer.
pub async fn acquire(app: &Plans, call: &Call) -> Result<Reply> {
    let id = offer_id(call)?;
    let (line, catalogue) = app.line_and_catalogue(call).await?;
    let open = |offer: &&Offer| offer.is_open_to(&line, call.now);
    let offer = catalogue.offer(&id).filter(open).ok_or(NOT_FOUND)?;
    let mut changed = line.value.clone();
    let bought = changed.acquire(offer, call.now, call.country.zone())?;
    let mut changes = Changes::new();
    changes.update_subscriber(&line, &changed)?;
    changes.add_acquisition(&line, &bought, bought.method == AcquisitionMethod::NextInvoice)?;
    call.commit(&app.writer, changes, wire::success(201, "the offer was acquired")?).await
}

/// `DELETE /plans/subscribers/{MSISDN}/acquiredoffers/{offerId}`
///
/// The newest purchase that runs is taken back, with its charge unless it was billed. The purchase must still be there
/// when the transaction runs, so of two removals one decides again and finds nothing.
pub async fn drop(app: &Plans, call: &Call) -> Result<Reply> {
    let id = offer_id(call)?;
    let line = app.line(call).await?;
    let bought = app.writer.reader().newest_acquisition(&line.msisdn, &id).await?;
    let bought = bought.filter(|bought| call.now < bought.value.ends_at).ok_or(NOT_FOUND)?;
    let mut changed = line.value.clone();
    changed.drop_offer(&id);
    let mut changes = Changes::new();
    changes.update_subscriber(&line, &changed)?;
    changes.drop_acquisition(&line, &bought);
    call.commit(&app.writer, changes, wire::success(201, "the offer was removed")?).await
}

fn channel(call: &Call) -> Result<Channel> {
    let Some(number) = call.query_integer("channelId")? else { return Ok(Channel::SELF_CARE) };
    let channel = u8::try_from(number).map_err(|_| Invalid::new("must be a channel from 1 to 5"));
    channel.and_then(Channel::try_from).map_err(|invalid| invalid.field("channelId"))
}

/// An id that no offer can have is an offer that is not there.
fn offer_id(call: &Call) -> Result<OfferId> {
    call.path_text("offerId")?.parse().map_err(|_| NOT_FOUND)
}
