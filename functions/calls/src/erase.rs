//! Erasing a recording.

use shared::domain::recording::{Format, Recording, RecordingState};
use shared::error::{Error, Result};
use shared::files::ObjectKey;
use shared::http::{Reply, Request};
use shared::table::{Changes, Stored};

use crate::recordings::{NOT_FOUND, load};
use crate::{Calls, wire};

/// `GET /calls/{idCall}/recordings`
///
/// As [`erase`], unless the request is a prefetch.
pub async fn asked_with_get(app: &Calls, request: &Request) -> Result<Reply> {
    if is_prefetch(request) {
        return Err(Error::refused("a prefetch erases nothing"));
    }
    erase(app, request).await
}

/// `DELETE /calls/{idCall}/recordings`
///
/// First one transaction at the revision that was loaded marks the recording as erasing, takes it off its list and
/// writes the event: from then on nobody can read it, so no crash leaves a link to a missing file. Then the files are
/// deleted. Then the recording is marked as erased, together with the stored answer.
///
/// A retry that finds the first mark goes on from there; deleting a missing file succeeds, and the event is not written
/// again. Of two concurrent requests one marks, both delete, one finishes, and the other decides again and gets 404.
pub async fn erase(app: &Calls, request: &Request) -> Result<Reply> {
    let found = load(app, request).await?;
    let marked = match found.state {
        RecordingState::Kept => mark(app, request, &found).await?,
        RecordingState::Erasing => found,
        RecordingState::Erased => return Err(NOT_FOUND),
    };
    // Whatever the record names: a file that it forgot must not outlive the erasure.
    let keys = Format::ALL.iter().map(|format| ObjectKey::recording(request.country, &marked, *format));
    app.files.delete(&keys.collect::<Result<Vec<_>>>()?).await?;
    let mut changes = Changes::new();
    changes.end_erasing(&marked)?;
    request.commit(&app.base, changes, Reply::ok(&wire::Outcome::ERASED)?).await
}

/// Marks a kept recording as erasing. The request is answered only when the files are deleted.
async fn mark(app: &Calls, request: &Request, kept: &Stored<Recording>) -> Result<Stored<Recording>> {
    let mut changes = Changes::new();
    changes.begin_erasing(kept, request.principal().client(), request.now)?;
    app.base.table.commit(changes, None, request.now).await?;
    Ok(Stored { value: kept.in_state(RecordingState::Erasing), rev: kept.next_rev() })
}

/// The headers by which browsers tell a request that nobody has made yet: the Fetch standard's, its older name, and those of
/// Safari and Firefox.
const AHEAD: [&str; 4] = ["sec-purpose", "purpose", "x-purpose", "x-moz"];

/// Whether a browser makes the request ahead of its user. Whatever such a header says: nobody else sends one.
fn is_prefetch(request: &Request) -> bool {
    AHEAD.iter().any(|name| request.header(name).is_some_and(|value| !value.trim().is_empty()))
}
