//! A file from its arrival to its end: what it is, whether it is taken, and chunk after chunk what becomes of it.

use std::time::Duration;

use shared::clock::Deadline;
use shared::domain::payment_file::name::{FileId, PaymentFile};
use shared::domain::payment_file::progress::Progress;
use shared::domain::payment_file::row::RowReader;
use shared::domain::records::lines::Place;
use shared::error::{Error, Result};
use shared::events::{Object, Taken, continuation};
use shared::files::ObjectKey;
use shared::files::content::{Content, Entry};
use shared::files::object::Known;
use shared::queue::CONTINUED;
use shared::table::{Changes, Stored};

use crate::{PaymentIngest, chunk, report};

/// No chunk is begun with less than this left.
const MARGIN: Duration = Duration::from_secs(20);
/// A chunk ends behind the line with which it has so many bytes, so that lines of 64 KB do not fill the memory.
const CHUNK_BYTES: usize = 8 * 1024 * 1024;

/// Takes a file, or goes on with it, as far as the time allows.
///
/// Why no row of it pays twice or is lost, and each is counted once: what becomes of a row is decided once
/// ([`row::pay`](crate::row::pay)), so doing a chunk again finds the same; it is counted by the write that moves the file's
/// place from this chunk to the next, which goes through once; and a message leaves the queue only when the file is done, or
/// when a message that goes on with it is in the queue.
pub async fn take(app: &PaymentIngest, object: &Object, deadline: Deadline) -> Result<Taken> {
    let (key, file) = ObjectKey::payment_file(&object.key).map_err(|invalid| invalid.field("key"))?;
    let found = survey(app, &key, &file).await?;
    if object.tag.as_deref().is_some_and(|tag| !found.known.has_tag(tag)) {
        return Err(Error::invalid("object", "was overwritten before it was read"));
    }
    let digest = object.digest.as_ref().unwrap_or(&found.digest);
    let id = FileId { stream: file.stream, name: file.name, digest: digest.clone() };
    let stored = load(app, &id).await?;
    if let Some(ended) = ended(app, stored.as_deref()).await? {
        return Ok(ended);
    }
    if *digest != found.digest {
        return Err(Error::invalid("object", "was changed before all of it was taken in"));
    }
    let stored = match stored {
        Some(stored) => stored,
        None => enter(app, &id, found.header.as_ref().err()).await?,
    };
    let header = match found.header {
        Ok(header) => header,
        Err(reason) => return refuse(app, &stored, reason).await,
    };
    let stored = if stored.refused.is_some() { accept(app, stored).await? } else { stored };
    let work = Work { app, key, gzip: file.gzip, known: found.known, header, progress: stored, content: None };
    work.run(deadline).await
}

/// What an object is.
struct Survey {
    /// SHA-256 of its bytes, in hexadecimal.
    digest: String,
    /// What it is known by while it is read again.
    known: Known,
    /// Its first line, where that names the columns of a payment; why it does not, if so.
    header: Result<String, String>,
}

/// Looks at an object before anything of it is taken. It is read whole, in every invocation: so what goes on is what began.
async fn survey(app: &PaymentIngest, key: &ObjectKey, file: &PaymentFile) -> Result<Survey> {
    let mut content = Content::digested(&app.files, key.clone(), file.gzip);
    let header = match content.entry().await? {
        None => Err("the file is empty, it has not even a header".to_owned()),
        Some(entry) => whole_header(entry),
    };
    let header = header.and_then(|header| {
        let read = RowReader::new(&header, app.base.country);
        read.map(|_| header).map_err(|invalid| invalid.to_string())
    });
    let digest = content.digest().await?;
    Ok(Survey { digest, known: content.identity(), header })
}

/// The header's text, where the content goes on behind it. What breaks off in its header may have had any number of rows.
fn whole_header(entry: Entry) -> Result<String, String> {
    if let Some(why) = entry.broken {
        return Err(format!("there is no header: {why}"));
    }
    let header = String::from_utf8(entry.line.bytes).map_err(|_| "the header is not UTF-8".to_owned())?;
    if entry.open {
        return Err("the file ends in its header, without a line break".to_owned());
    }
    Ok(header)
}

async fn load(app: &PaymentIngest, id: &FileId) -> Result<Option<Stored<Progress>>> {
    app.base.reader().payment_file(id).await
}

/// What became of a file that was here before, if all of it is done. It is told again.
async fn ended(app: &PaymentIngest, stored: Option<&Progress>) -> Result<Option<Taken>> {
    let Some(done) = stored.filter(|stored| stored.finished.is_some()) else { return Ok(None) };
    report::ingested(app, done).await?;
    Ok(Some(Taken::Duplicate))
}

/// Enters a file: its item, where there is none, and the day's list. Of two who do it at once one goes through, and the other
/// finds it there.
async fn enter(app: &PaymentIngest, id: &FileId, refused: Option<&String>) -> Result<Stored<Progress>> {
    let now = app.base.clock.now();
    let mut changes = Changes::new();
    changes.create_payment_file(app.base.today(), &Progress::first(id.clone(), refused.cloned(), now))?;
    match app.base.table.commit(changes, None, now).await {
        Ok(_) | Err(Error::Stale) => load(app, id).await?.ok_or(Error::Stale),
        Err(error) => Err(error),
    }
}

/// Says why nothing of a file is taken, unless its content is taken under the other ending: plain instead of compressed, or
/// the other way round. If that was done meanwhile, the result says so in the end.
async fn refuse(app: &PaymentIngest, stored: &Progress, reason: String) -> Result<Taken> {
    let Some(reason) = stored.refused.clone() else { return Ok(Taken::Refused(reason)) };
    report::refused(app, stored, &reason).await?;
    let now = load(app, &stored.file).await?;
    Ok(ended(app, now.as_deref()).await?.unwrap_or(Taken::Refused(reason)))
}

/// Takes a content that was refused before and can be read now: it has come under the other ending.
async fn accept(app: &PaymentIngest, refused: Stored<Progress>) -> Result<Stored<Progress>> {
    let after = Progress { refused: None, ..refused.value.clone() };
    let mut changes = Changes::new();
    changes.update_payment_file(&refused, &after, app.base.country.currency)?;
    match app.base.table.commit(changes, None, app.base.clock.now()).await {
        Ok(_) => Ok(Stored { rev: refused.next_rev(), value: after }),
        // Somebody else has done it, and may be on with it.
        Err(Error::Stale) => load(app, &refused.file).await?.ok_or(Error::Stale),
        Err(error) => Err(error),
    }
}

/// A file that is worked on.
struct Work<'a> {
    app: &'a PaymentIngest,
    key: ObjectKey,
    gzip: bool,
    known: Known,
    header: String,
    progress: Stored<Progress>,
    content: Option<Content<'a>>,
}

impl<'a> Work<'a> {
    /// Does chunk after chunk.
    async fn run(mut self, deadline: Deadline) -> Result<Taken> {
        while self.progress.finished.is_none() {
            if deadline.left() < MARGIN {
                let digest = Some(self.progress.file.digest.clone());
                let next = Object { key: self.key.to_string(), digest, tag: None };
                self.app.own_queue.send(&continuation(&next), CONTINUED).await?;
                return Ok(Taken::Continued);
            }
            self.step().await?;
        }
        report::ingested(self.app, &self.progress).await?;
        Ok(Taken::Applied)
    }

    /// Does the next chunk.
    async fn step(&mut self) -> Result<()> {
        let app = self.app;
        let mut content = match self.content.take() {
            Some(content) => content,
            None => self.open().await?,
        };
        let (entries, last) = content.entries(app.chunk_rows, CHUNK_BYTES).await?;
        let before = &self.progress;
        let counts = chunk::take(app, (&before.file, before.chunk), &self.header, &entries).await?;
        let now = app.base.clock.now();
        let after = before.after(counts, content.place(), last, now);
        let mut changes = Changes::new();
        changes.update_payment_file(before, &after, app.base.country.currency)?;
        match app.base.table.commit(changes, None, now).await {
            Ok(_) => {
                self.progress = Stored { rev: before.next_rev(), value: after };
                self.content = Some(content);
            }
            // Somebody else has done it as well, and counted it.
            Err(Error::Stale) => self.progress = load(app, &before.file).await?.ok_or(Error::Stale)?,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// The content from the next chunk on, as long as it is the one that was looked at.
    async fn open(&self) -> Result<Content<'a>> {
        let place = self.progress.place;
        let mut content = Content::at(&self.app.files, self.key.clone(), self.gzip, place).known(self.known.clone());
        if place == Place::default() {
            // The header.
            content.entry().await?;
        }
        Ok(content)
    }
}
