//! Makes a document once and keeps it in the bucket.
//!
//! Who wants a document that is not there says in the table that it is at it, for [`LEASE`]; others wait for it. So of many who
//! ask at once one makes it; when that one dies, the next takes over after the lease. What a bill's document says follows from
//! what never changes, and from how the bill stands with the tax office, which is part of the object's name: whoever puts an
//! object twice puts the same bytes.

use std::sync::LazyLock;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};
use shared::domain::bill::Bill;
use shared::domain::billing::issued::Issued;
use shared::domain::billing::tariff::Tariff;
use shared::domain::country::Country;
use shared::domain::ids::BillNumber;
use shared::error::{Cause, Error, Result};
use shared::files::ObjectKey;
use shared::table::{Changes, Found, Reader, Rendering, Stored};

use crate::BillRender;
use crate::bill::{Printed, detail as bill_detail};
use crate::pdf::{self, Renderer};

/// How long somebody is believed to be at it: longer than the function may take.
const LEASE: TimeDelta = TimeDelta::seconds(25);
/// How long and how often others look whether it is there.
const LOOKS: u32 = 40;
const PAUSE: Duration = Duration::from_millis(150);
/// Changes with what documents look like, so that those of before are made again.
const LAYOUT: u32 = 3;

/// How often the end is said when the detail is made at the same time.
const ROUNDS: u32 = 4;

/// The fonts are read once.
static RENDERER: LazyLock<std::result::Result<Renderer, pdf::Error>> = LazyLock::new(Renderer::new);

/// What kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Pdf,
    /// Every charge, for those who count.
    Csv,
}

impl Format {
    const fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Csv => "csv",
        }
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }
}

/// A document that somebody wants.
struct Wanted {
    bill: Bill,
    issued: Issued,
    /// What tells it from the bill's other documents.
    document: String,
    key: ObjectKey,
}

/// Where a bill's document is kept, made now if it is not there; none when there is no such bill here.
pub async fn kept(app: &BillRender, number: &BillNumber, format: Format) -> Result<Option<ObjectKey>> {
    let reader = app.base.reader();
    let (bill, issued) = match reader.bill_of(number).await? {
        Found::Issued(bill, issued) => (bill.value, *issued),
        Found::NotShown => return Err(Error::Unavailable(Cause::text("the bill is not shown yet"))),
        Found::Imported(_) | Found::Nothing => return Ok(None),
    };
    let document = name(&bill)?;
    let key = ObjectKey::bill(app.base.country, &bill, &document, format.extension())?;
    let wanted = Wanted { bill, issued, document, key };
    if format == Format::Csv {
        detail(app, &wanted).await?;
        return Ok(Some(wanted.key));
    }
    for _ in 0..LOOKS {
        let now = app.base.clock.now();
        let found = reader.rendering(number).await?;
        match found.as_ref().filter(|found| found.document == wanted.document) {
            Some(found) if found.until.is_none() && is_there(app, &wanted.key).await? => return Ok(Some(wanted.key)),
            Some(found) if found.until.is_some_and(|until| now < until) => tokio::time::sleep(PAUSE).await,
            // Nobody has made it, or who began has died, or the object was taken away.
            _ => {
                if make(app, &wanted, found, now).await? {
                    return Ok(Some(wanted.key));
                }
            }
        }
    }
    Err(Error::Unavailable(Cause::text("somebody else makes the document")))
}

/// Whether the object is in the bucket: somebody may have deleted it, or have restored the table without it. One small request.
async fn is_there(app: &BillRender, key: &ObjectKey) -> Result<bool> {
    Ok(app.files.part(key, 0, 1).await?.is_some())
}

/// The detail is made by whoever asks first; two at once put the same bytes.
async fn detail(app: &BillRender, wanted: &Wanted) -> Result<()> {
    let Wanted { bill, document, .. } = wanted;
    let found = app.base.reader().rendering(&bill.number).await?;
    let is_made = found.as_ref().is_some_and(|found| found.detail.as_ref() == Some(document));
    if is_made && is_there(app, &wanted.key).await? {
        return Ok(());
    }
    put(app, wanted, Format::Csv).await?;
    let detail = Some(document.clone());
    let after = match &found {
        Some(found) => Rendering { detail, ..found.value.clone() },
        // Nobody has made the document itself yet.
        None => Rendering { document: String::new(), until: None, detail },
    };
    say(app, bill, found.as_ref(), &after).await.map(drop)
}

/// Makes it, unless somebody else began at the same time.
async fn make(
    app: &BillRender,
    wanted: &Wanted,
    before: Option<Stored<Rendering>>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let Wanted { bill, document, .. } = wanted;
    let detail = before.as_ref().and_then(|before| before.detail.clone());
    let begun = Rendering { document: document.clone(), until: Some(now + LEASE), detail };
    if !say(app, bill, before.as_ref(), &begun).await? {
        return Ok(false);
    }
    put(app, wanted, Format::Pdf).await?;
    // Only what is said of the document counts: somebody may have made the detail meanwhile.
    let is_mine = |found: &Rendering| (&found.document, found.until) == (&begun.document, begun.until);
    for _ in 0..ROUNDS {
        // When somebody has taken over, the object is there all the same.
        let Some(mine) = app.base.reader().rendering(&bill.number).await?.filter(|found| is_mine(found)) else { break };
        if say(app, bill, Some(&mine), &Rendering { until: None, ..mine.value.clone() }).await? {
            break;
        }
    }
    Ok(true)
}

/// Says how far a document is, unless somebody else has said something since `before` was read.
async fn say(app: &BillRender, bill: &Bill, before: Option<&Stored<Rendering>>, after: &Rendering) -> Result<bool> {
    let mut changes = Changes::new();
    changes.put_rendering(&bill.number, before, after)?;
    match app.base.table.commit(changes, None, app.base.clock.now()).await {
        Err(Error::Stale) => Ok(false),
        done => done.map(|_| true),
    }
}

async fn put(app: &BillRender, wanted: &Wanted, format: Format) -> Result<()> {
    let Wanted { bill, issued, key, .. } = wanted;
    let content = content(app.base.reader(), app.base.country, (bill, issued), format).await?;
    app.files.put_document(key, format.media_type(), &content).await
}

/// The bytes of a bill's document. For a PDF the version of the catalogue it was issued by and the series of its number, a get
/// each.
///
/// # Errors
/// 404 when the bill is not there; 500 when it cannot be set; 503 when the table does not answer.
pub async fn content(
    reader: &Reader,
    country: &'static Country,
    (bill, issued): (&Bill, &Issued),
    format: Format,
) -> Result<Vec<u8>> {
    let gone = || Error::NotFound("the bill");
    let at = issued.numbers.iter().position(|given| given.number == bill.number).ok_or_else(gone)?;
    let document = issued.settlement.documents().get(at).ok_or_else(gone)?;
    if format == Format::Csv {
        return Ok(bill_detail::csv(document, country, bill.amount.currency).into_bytes());
    }
    let version = issued.declared.get(at).map(|declared| declared.catalogue);
    let version = version.or_else(|| issued.settlement.looks.iter().flat_map(|look| &look.versions).max().copied());
    let tariff = match version {
        // A document without it would be kept and would lack who issued it.
        Some(version) => reader.tariff_version(version).await?.ok_or_else(|| {
            Error::Unavailable(Cause::text("the version of the catalogue that the bill was issued by is not there"))
        })?,
        None => Tariff::default(),
    };
    let series = match issued.numbers.get(at) {
        Some(given) => reader.series(&given.series).await?,
        None => None,
    };
    let series = series.as_ref().map(|series| &series.value);
    let printed = Printed { country, issued, at, fiscal: bill.fiscal.as_ref(), tariff: &tariff, series };
    let sheet = printed.sheet().ok_or_else(gone)?;
    let renderer = RENDERER.as_ref().map_err(|error| Error::Internal(Cause::new(error)))?;
    renderer.render(&sheet).map_err(|error| Error::Internal(Cause::new(&error)))
}

/// What tells a bill's documents apart.
fn name(bill: &Bill) -> Result<String> {
    let said = bill.fiscal.as_ref().map(|state| (state.standing, &state.authorisation));
    let state = serde_json::to_vec(&(LAYOUT, said)).map_err(|error| Error::Internal(Cause::new(&error)))?;
    Ok(Sha256::digest(&state)[..8].iter().map(|byte| format!("{byte:02x}")).collect())
}
