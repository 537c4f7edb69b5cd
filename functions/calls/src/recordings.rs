//! A single recording.

use shared::auth::Visible as _;
use shared::domain::ids::CallId;
use shared::domain::recording::{Format, Recording};
use shared::error::{Error, Invalid, Result};
use shared::files::{LINK_LIFE, ObjectKey};
use shared::http::{Reply, Request};
use shared::table::Stored;

use crate::{Calls, wire};

/// What a 404 for a recording names: unknown, foreign and erased ones alike.
const WHAT: &str = "the recording";
/// That 404.
pub const NOT_FOUND: Error = Error::NotFound(WHAT);

/// `GET /calls/{idFormat}/{idCall}/recordings`
pub async fn get(app: &Calls, request: &Request) -> Result<Reply> {
    let format = request.path_integer("idFormat")?;
    let recording = load(app, request).await?;
    let format = Format::by_number(format).filter(|_| recording.is_kept()).ok_or(NOT_FOUND)?;
    let size = recording.files.get(&format).ok_or(NOT_FOUND)?;
    let key = ObjectKey::recording(request.country, &recording, format)?;
    Reply::ok(&wire::File { weight: *size, route: app.files.link(&key, LINK_LIFE).await? })
}

/// The caller's recording, in any state.
pub async fn load(app: &Calls, request: &Request) -> Result<Stored<Recording>> {
    let id = CallId::try_from(request.path_integer("idCall")?).map_err(|invalid: Invalid| invalid.field("idCall"))?;
    app.base.reader().recording(id).await?.visible_to(request.principal(), WHAT)
}
