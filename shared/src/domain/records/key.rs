//! How a file that is put into an inbox is called: `<inbox>/<hash>/<stream>/<file>[.gz]`.

use crate::domain::ids::StreamId;

/// The parts of an object's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxKey<'k> {
    /// The stream of files.
    pub stream: StreamId,
    /// The file, without `.gz`.
    pub file: &'k str,
    /// Whether it is compressed with gzip.
    pub gzip: bool,
}

impl<'k> InboxKey<'k> {
    /// Takes a key of this inbox apart; none for any other form.
    pub fn read(key: &'k str, inbox: &str) -> Option<Self> {
        let path = key.strip_prefix(inbox)?;
        let [hash, stream, file] = path.splitn(3, '/').collect::<Vec<_>>()[..] else { return None };
        let (file, gzip) = file.strip_suffix(".gz").map_or((file, false), |plain| (plain, true));
        hash.parse::<StreamId>().ok()?;
        let is_whole = !is_dots(hash) && !is_dots(stream);
        stream.parse().ok().filter(|_| is_whole).map(|stream| Self { stream, file, gzip })
    }
}

/// Whether a part is made of dots alone: it would mean another folder to whoever tidies addresses.
pub fn is_dots(part: &str) -> bool {
    part.bytes().all(|byte| byte == b'.')
}
