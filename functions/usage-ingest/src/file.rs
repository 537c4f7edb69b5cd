//! A file from its arrival to its end: what it is, whether it is taken, and chunk after chunk what becomes of it.

use std::time::Duration;

use shared::clock::Deadline;
use shared::domain::usage_file::name::{FileKind, UsageFile};
use shared::domain::usage_file::progress::{ChunkDone, Counts, Meeting, Phase, Progress, Version};
use shared::error::{Error, Result};
use shared::events::{Object, Taken, continuation};
use shared::files::ObjectKey;
use shared::queue::CONTINUED;
use shared::table::{Arrival, Changes, Stored};

use crate::chunk::{Chunk, Chunks};
use crate::known::Known;
use crate::{UsageIngest, calls, clear, report, sessions, survey};

/// No chunk is begun with less than this left.
const MARGIN: Duration = Duration::from_secs(20);
/// How often a step is decided again because somebody else took it.
const ATTEMPTS: u32 = 100;

/// What is to be done about a file.
enum Step {
    /// Take the next chunk.
    GoOn(Box<Stored<Progress>>),
    /// Nothing; this is what became of it.
    End(Taken),
}

/// Takes a file, or goes on with it, as far as the time allows.
///
/// Why nothing of it is lost or counted twice: a chunk's words are functions of the file alone and overwrite themselves,
/// so doing a chunk again changes nothing; what became of its records is counted by the write that moves the file's place
/// from this chunk to the next, which goes through once; and a message leaves the queue only when the file is done, or
/// when a message that goes on with it is in the queue.
pub async fn take(app: &UsageIngest, object: &Object, deadline: Deadline) -> Result<Taken> {
    let (key, file) = ObjectKey::usage_file(&object.key).map_err(|invalid| invalid.field("key"))?;
    let mut file = match arrive(app, object, &key, &file).await? {
        Step::End(taken) => return Ok(taken),
        Step::GoOn(progress) => Work::new(app, file, *progress),
    };
    for _ in 0..u32::MAX {
        if file.progress.phase == Phase::Done {
            report::ingested(app, &file.file, &file.progress).await?;
            return Ok(Taken::Applied);
        }
        if deadline.left() < MARGIN {
            let digest = Some(file.progress.version.digest.clone());
            let next = Object { key: object.key.clone(), digest, tag: None };
            app.own_queue.send(&continuation(&next), CONTINUED).await?;
            return Ok(Taken::Continued);
        }
        if !file.step().await? {
            return Ok(Taken::Refused("a newer version has arrived".to_owned()));
        }
    }
    Err(Error::internal("a file without end"))
}

/// Finds out what an object means for its file, and enters it there.
async fn arrive(app: &UsageIngest, object: &Object, key: &ObjectKey, file: &UsageFile) -> Result<Step> {
    if let (Some(digest), Some(stored)) = (&object.digest, load(app, file).await?)
        && stored.meet(file.sequence, digest) == Meeting::Under
        && survey::is_there(&app.files, stored.reading()).await?
    {
        return Ok(Step::GoOn(Box::new(stored)));
    }
    let found = survey::survey(&app.files, key, file, app.base.country).await?;
    for _ in 0..ATTEMPTS {
        match enter(app, object, (key, file), &found).await {
            Err(Error::Stale) => {}
            step => return step,
        }
    }
    Err(Error::Stale)
}

/// One attempt at it; stale when somebody else has changed the file meanwhile.
async fn enter(
    app: &UsageIngest,
    object: &Object,
    (key, file): (&ObjectKey, &UsageFile),
    found: &survey::Survey,
) -> Result<Step> {
    let is_another = object.tag.as_deref().is_some_and(|tag| !found.known.has_tag(tag));
    let stored = load(app, file).await?;
    let meeting = stored.as_ref().map(|stored| stored.meet(file.sequence, &found.digest));
    let refuse = async |reason: String| report::refused(app, file, found, reason).await.map(Step::End);
    match (meeting, stored) {
        (Some(Meeting::Different), Some(stored)) if stored.phase != Phase::Done && is_of(object, &stored.version) => {
            return Err(Error::invalid("object", "was changed before all of it was taken in"));
        }
        // A sequence that was here with other content was read before it was overwritten.
        (None | Some(Meeting::Under | Meeting::Done | Meeting::Newer), _) if is_another => {
            return Err(Error::invalid("object", "was overwritten before it was read"));
        }
        (Some(Meeting::Under), Some(stored)) => return go_on(app, stored, found).await,
        (Some(Meeting::Done), Some(stored)) => {
            report::ingested(app, file, &stored).await?;
            return Ok(Step::End(Taken::Duplicate));
        }
        (Some(Meeting::Late), Some(stored)) => {
            return refuse(format!("version {} was here first", stored.version.sequence)).await;
        }
        (Some(Meeting::Different), _) => {
            return refuse("this sequence was here with other content; a correction has a higher one".to_owned()).await;
        }
        (_, stored) => {
            if let Err(reason) = &found.header {
                return refuse(reason.clone()).await;
            }
            let version = survey::version(file, key, found, app.chunk_records, app.base.clock.now());
            let mut progress = match &stored {
                None => Progress::first(version),
                Some(stored) => stored.corrected(version),
            };
            for earlier in &mut progress.earlier {
                if !survey::find(&app.files, earlier).await? {
                    return refuse(gone(earlier)).await;
                }
            }
            begin(app, file, stored.as_ref(), &progress).await?;
        }
    }
    load(app, file).await?.map(|stored| Step::GoOn(Box::new(stored))).ok_or(Error::Stale)
}

/// Whether a message is about this version: it goes on with it, or was sent when its object was put.
fn is_of(object: &Object, version: &Version) -> bool {
    let is_tag = |tag: &String| survey::known(version).has_tag(tag);
    object.digest.as_ref().map_or_else(|| object.tag.as_ref().is_some_and(is_tag), |digest| *digest == version.digest)
}

/// Goes on with a version whose object was surveyed again: it is known by what was found now.
async fn go_on(app: &UsageIngest, mut stored: Stored<Progress>, found: &survey::Survey) -> Result<Step> {
    survey::know(&mut stored.value.version, found.known.clone());
    if stored.phase == Phase::Clearing && !survey::find(&app.files, stored.value.reading_mut()).await? {
        return Err(Error::invalid("object", gone(stored.reading())));
    }
    Ok(Step::GoOn(Box::new(stored)))
}

fn gone(version: &Version) -> String {
    format!("version {} is to be replaced, and its object is gone or changed", version.sequence)
}

async fn load(app: &UsageIngest, file: &UsageFile) -> Result<Option<Stored<Progress>>> {
    app.base.reader().usage_file(&file.stream, &file.name).await
}

/// Enters a version: the file's item, where there is none or at the revision that was loaded, and the day's list. Of two
/// who do it at once one goes through, and the other finds its version there.
async fn begin(
    app: &UsageIngest,
    file: &UsageFile,
    before: Option<&Stored<Progress>>,
    progress: &Progress,
) -> Result<()> {
    let mut changes = Changes::new();
    match before {
        None => changes.create_usage_file(&file.stream, &file.name, progress)?,
        Some(before) => changes.update_usage_file(&file.stream, &file.name, before, progress)?,
    }
    let at = progress.version.started;
    let arrival = Arrival {
        stream: file.stream.clone(),
        name: file.name.clone(),
        sequence: file.sequence,
        digest: progress.version.digest.clone(),
        at,
        refused: None,
    };
    changes.put_arrival(at.with_timezone(&app.base.country.zone()).date_naive(), &arrival)?;
    app.base.table.commit(changes, None, at).await.map(|_| ())
}

/// A file that is worked on.
struct Work<'a> {
    app: &'a UsageIngest,
    file: UsageFile,
    progress: Stored<Progress>,
    chunks: Option<Chunks<'a>>,
    known: Known,
}

impl<'a> Work<'a> {
    fn new(app: &'a UsageIngest, file: UsageFile, progress: Stored<Progress>) -> Self {
        Self { app, file, progress, chunks: None, known: Known::default() }
    }

    /// Does the next chunk. Whether the version is still the file's newest.
    async fn step(&mut self) -> Result<bool> {
        let chunk = self.chunk().await?;
        let counts = match self.progress.phase {
            Phase::Clearing => clear::clear(self.app, &chunk, &self.progress.version, &mut self.known).await?,
            _ => self.write(&chunk).await?,
        };
        let done = ChunkDone { counts, place: chunk.end, last: chunk.last };
        let now = self.app.base.clock.now();
        let after = self.progress.after(&done, now);
        let (stream, name) = (&self.file.stream, &self.file.name);
        let mut changes = Changes::new();
        changes.update_usage_file(stream, name, &self.progress, &after)?;
        if after.phase == Phase::Done {
            changes.add_ingested(stream, name, &after)?;
        }
        let (before, version) = (self.progress.clone(), self.progress.version.clone());
        match self.app.base.table.commit(changes, None, now).await {
            Ok(_) => self.progress = Stored { rev: before.next_rev(), value: after },
            // Somebody else has done it as well, and counted it.
            Err(Error::Stale) => self.progress = load(self.app, &self.file).await?.ok_or(Error::Stale)?,
            Err(error) => return Err(error),
        }
        let (from, to) = (before.after(&done, now), &self.progress.value);
        if (from.phase, from.chunk, from.reading()) != (to.phase, to.chunk, to.reading()) || done.last {
            self.chunks = None;
        }
        Ok(self.progress.version.is(&version))
    }

    /// Reads the next chunk, from where the last one ended.
    async fn chunk(&mut self) -> Result<Chunk> {
        let mut chunks = match self.chunks.take() {
            Some(chunks) => chunks,
            None => Chunks::open(self.app, &self.progress)?,
        };
        let chunk = chunks.next(self.progress.chunk).await?;
        self.chunks = Some(chunks);
        Ok(chunk)
    }

    async fn write(&mut self, chunk: &Chunk) -> Result<Counts> {
        match chunk.kind() {
            FileKind::Calls => calls::write(self.app, chunk, &mut self.known).await,
            FileKind::Sessions => sessions::write(self.app, chunk, &mut self.known).await,
        }
    }
}
