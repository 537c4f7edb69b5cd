//! What the commands for the files of an inbox have in common: the bucket, sending a file, waiting for its result, and the days
//! on which files arrived.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_types::body::SdkBody;
use axum::body::Bytes;
use chrono::{Days, NaiveDate};
use clap::Args;
use http_body::{Body, Frame, SizeHint};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use shared::domain::ids::StreamId;
use shared::files::content::Content;
use shared::files::object::{Digest, Over};
use shared::files::{Files, ObjectKey};
use shared::table::connect;

use crate::aws;
use crate::control::{SERVER, Server};
use crate::failure::Failure;
use crate::files::BUCKET;
use crate::place::{Reached, failure, local};

/// How often a result is looked for.
const PACE: Duration = Duration::from_millis(500);
/// How often a key is looked at that somebody else changes at the same time.
const ROUNDS: u32 = 3;
/// Bytes read and sent at once.
const PIECE: usize = 64 * 1024;
/// The most that is read of what is told of a file.
const TOLD: u64 = 1 << 20;

/// Which stream a file belongs to, and where it is sent.
#[derive(Debug, Clone, Args)]
pub struct Sending {
    /// The stream of files it belongs to
    #[arg(long, default_value = "manual")]
    stream: StreamId,
    /// Wait until it has been taken in, and show its result
    #[arg(long)]
    pub wait: bool,
    /// A bucket on AWS, with ordinary AWS credentials
    #[arg(long, value_name = "NAME")]
    bucket: Option<String>,
    /// The address of a local server, without --bucket
    #[arg(long, value_name = "URL", default_value = SERVER)]
    server: String,
}

impl Sending {
    /// The bucket.
    ///
    /// # Errors
    /// When no server answers, or the settings lack something.
    pub async fn files(&self) -> Result<Files, Failure> {
        bucket(self.bucket.as_deref(), &self.server).await
    }

    /// The key of a file in an inbox. It begins with a hash, so that many files are spread over the bucket.
    pub fn key(&self, inbox: &str, path: &Path) -> String {
        let stream = &self.stream;
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let mut hash = Digest::default();
        hash.update(format!("{stream}/{name}").as_bytes());
        let hash = hash.finish();
        format!("{inbox}{}/{stream}/{name}", hash.get(..4).unwrap_or_default())
    }
}

/// A bucket on AWS by its name; without one that of a local server.
///
/// # Errors
/// When no server answers, or the settings lack something.
pub async fn bucket(name: Option<&str>, server: &str) -> Result<Files, Failure> {
    let connector = connect::connector(None).map_err(|error| failure(&error))?;
    let (settings, bucket) = match name {
        Some(bucket) => (aws::settings().await?, bucket),
        None => {
            Server::at(server, "--bucket NAME").await?;
            (local(server)?, BUCKET)
        }
    };
    Files::new(&settings, bucket, connector).map_err(|error| failure(&error))
}

/// Which days are listed.
#[derive(Debug, Clone, Args)]
pub struct Listed {
    /// The last day; today when absent
    #[arg(long, value_name = "YYYY-MM-DD")]
    day: Option<NaiveDate>,
    /// How many days
    #[arg(long, default_value_t = 7, value_name = "N")]
    days: u64,
}

impl Listed {
    /// The days, oldest first.
    pub fn days(&self, place: &Reached) -> Vec<NaiveDate> {
        let last = self.day.unwrap_or_else(|| place.clock.now().with_timezone(&place.country.zone()).date_naive());
        until(last, self.days)
    }
}

/// So many days up to one, oldest first.
pub fn until(last: NaiveDate, days: u64) -> Vec<NaiveDate> {
    (0..days).rev().filter_map(|back| last.checked_sub_days(Days::new(back))).collect()
}

/// Sends a file with this digest. Where its key has another content, `may_go` is asked by its digest why that may not be
/// overwritten. Sending it again changes nothing, whether it was there before or its first answer was lost; a content that
/// somebody else puts meanwhile is looked at as well, and not overwritten unseen.
///
/// # Errors
/// What `may_go` says, a file that cannot be read, a bucket that does not take it.
pub async fn send(
    files: &Files,
    path: &Path,
    (key, digest): (&ObjectKey, &str),
    may_go: impl AsyncFn(String) -> Result<(), Failure>,
) -> Result<(), Failure> {
    for _ in 0..ROUNDS {
        let over = match files.part(key, 0, 1).await.map_err(|error| failure(&error))? {
            None => Over::Nothing,
            Some(_) => {
                let mut content = Content::digested(files, key.clone(), false);
                let there = content.digest().await.map_err(|error| failure(&error))?;
                if there != digest {
                    may_go(there).await?;
                }
                // Of the same content the function is told again.
                Over::This(content.identity())
            }
        };
        if put(files, path, key, &over).await? {
            return Ok(());
        }
    }
    Err(Failure::new(format!("{key} keeps changing: somebody else puts it, too")))
}

/// Sends a file; whether it did.
async fn put(files: &Files, path: &Path, key: &ObjectKey, over: &Over) -> Result<bool, Failure> {
    let length = std::fs::metadata(path)?.len();
    let bar = bar(length);
    let body = || {
        bar.set_position(0);
        Ok(SdkBody::from_body_1_x(FileBody { file: File::open(path)?, left: length, bar: bar.clone() }))
    };
    let sent = files.put_large(key, over, length, body).await;
    bar.finish_and_clear();
    sent.map_err(|error| failure(&error))
}

/// Waits until one of these objects says what became of a content.
///
/// # Errors
/// When the bucket does not answer.
pub async fn result(files: &Files, keys: &[ObjectKey], digest: &str) -> Result<String, Failure> {
    let spinner = ProgressBar::new_spinner().with_message("waiting for the result");
    spinner.enable_steady_tick(Duration::from_millis(100));
    loop {
        for key in keys {
            if told(files, key, digest).await?.is_some() {
                spinner.finish_and_clear();
                return text(files, key).await;
            }
        }
        tokio::time::sleep(PACE).await;
    }
}

/// What a result says, if it is about this content.
///
/// # Errors
/// When the bucket does not answer.
pub async fn told(files: &Files, key: &ObjectKey, digest: &str) -> Result<Option<Value>, Failure> {
    let told: Value = serde_json::from_str(&text(files, key).await?).unwrap_or_default();
    Ok(Some(told).filter(|told| told["sha256"] == digest))
}

/// The beginning of what is told of a file; nothing when that is not there.
///
/// # Errors
/// When the bucket does not answer.
pub async fn text(files: &Files, key: &ObjectKey) -> Result<String, Failure> {
    let found = files.part(key, 0, TOLD).await.map_err(|error| failure(&error))?;
    Ok(found.map(|part| String::from_utf8_lossy(&part.bytes).into_owned()).unwrap_or_default())
}

/// The digest of a file's content.
///
/// # Errors
/// A file that cannot be read.
pub fn digest(path: &Path) -> io::Result<String> {
    let (mut file, mut digest) = (File::open(path)?, Digest::default());
    let mut piece = vec![0; PIECE];
    loop {
        let count = file.read(&mut piece)?;
        if count == 0 {
            return Ok(digest.finish());
        }
        digest.update(piece.get(..count).unwrap_or_default());
    }
}

fn bar(length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {binary_bytes}/{binary_total_bytes}, {eta} left");
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// A file as the body of a request; the bar shows how much of it is gone.
struct FileBody {
    file: File,
    left: u64,
    bar: ProgressBar,
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let most = usize::try_from(self.left).unwrap_or(PIECE).min(PIECE);
        if most == 0 {
            return Poll::Ready(None);
        }
        let mut piece = vec![0; most];
        Poll::Ready(Some(self.file.read_exact(&mut piece).map(|()| {
            self.left -= most as u64;
            self.bar.inc(most as u64);
            Frame::data(Bytes::from(piece))
        })))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Bucket;

    #[tokio::test]
    async fn a_file_does_not_go_over_another_content_unasked() {
        let bucket = Bucket::open(None).unwrap();
        let files = bucket.files("http://127.0.0.1").unwrap();
        let (key, _) = ObjectKey::usage_file("inbox/0/a/b.1.calls.csv").unwrap();
        let there = async || text(&files, &key).await.unwrap();
        let stays = async |_| Err(Failure::new("stays"));
        let write = |content: &str| {
            let path = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(&path, content).unwrap();
            let digest = digest(path.path()).unwrap();
            (path, digest)
        };
        let (first, own) = write("first");
        for _ in 0..2 {
            send(&files, first.path(), (&key, &own), stays).await.unwrap();
            assert_eq!((there().await.as_str(), bucket.take_created().len()), ("first", 1));
        }
        let (second, other) = write("second");
        assert!(send(&files, second.path(), (&key, &other), stays).await.is_err());
        assert_eq!((there().await.as_str(), bucket.take_created().len()), ("first", 0));
        let goes = async |digest| if digest == own { Ok(()) } else { Err(Failure::new("another")) };
        send(&files, second.path(), (&key, &other), goes).await.unwrap();
        assert_eq!(there().await, "second");
    }
}
