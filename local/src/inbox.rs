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
use shared::files::object::Digest;
use shared::files::{Files, ObjectKey};
use shared::table::connect;

use crate::aws;
use crate::control::{SERVER, Server};
use crate::failure::Failure;
use crate::files::BUCKET;
use crate::place::{Reached, failure, local};

/// How often a result is looked for.
const PACE: Duration = Duration::from_millis(500);
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

/// Sends a file, and gives the digest of its content. Sending it again changes nothing.
///
/// # Errors
/// A file that cannot be read, a bucket that does not take it.
pub async fn send(files: &Files, path: &Path, key: &ObjectKey) -> Result<String, Failure> {
    let digest = digest(path)?;
    put(files, path, key).await?;
    Ok(digest)
}

/// Sends a file.
///
/// # Errors
/// As [`send`].
pub async fn put(files: &Files, path: &Path, key: &ObjectKey) -> Result<(), Failure> {
    let length = std::fs::metadata(path)?.len();
    let bar = bar(length);
    let body = || {
        bar.set_position(0);
        Ok(SdkBody::from_body_1_x(FileBody { file: File::open(path)?, left: length, bar: bar.clone() }))
    };
    let sent = files.put_large(key, length, body).await;
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
            let text = text(files, key).await?;
            let own = serde_json::from_str::<Value>(&text).is_ok_and(|result| result["sha256"] == digest);
            if own {
                spinner.finish_and_clear();
                return Ok(text);
            }
        }
        tokio::time::sleep(PACE).await;
    }
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
