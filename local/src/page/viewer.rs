//! Swagger UI, out of the archive in which it is published: nothing of it lies in this repository, and nothing is fetched.

use std::io::Read;

use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive};
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED as ARCHIVE;

/// What of it is served: name, place behind the archive's own directory, media type.
const FILES: &[(&str, &str, &str)] = &[
    ("swagger-ui-bundle.js", "dist/swagger-ui-bundle.js", super::SCRIPT),
    ("swagger-ui.css", "dist/swagger-ui.css", super::CSS),
    ("LICENSE", "LICENSE", "text/plain; charset=utf-8"),
    ("NOTICE", "NOTICE", "text/plain; charset=utf-8"),
];

/// A file with its media type.
pub fn file(name: &str) -> Option<(&'static str, Vec<u8>)> {
    let (_, place, kind) = FILES.iter().find(|(own, ..)| *own == name)?;
    Some((kind, unpacked(place)?))
}

/// A file of the archive; none if it is not there, or not what the archive says.
fn unpacked(place: &str) -> Option<Vec<u8>> {
    let archive = ZipArchive::from_slice(ARCHIVE).ok()?;
    let mut entries = archive.entries();
    while let Ok(Some(entry)) = entries.next_entry() {
        let path = entry.file_path();
        let (_, own) = std::str::from_utf8(path.as_ref()).ok()?.split_once('/')?;
        if own != place {
            continue;
        }
        let method = entry.compression_method();
        let stored = archive.get_entry(entry.wayfinder()).ok()?;
        let mut content = Vec::new();
        let read = match method {
            CompressionMethod::DEFLATE => {
                stored.verifying_reader(DeflateDecoder::new(stored.data())).read_to_end(&mut content)
            }
            CompressionMethod::STORE => stored.verifying_reader(stored.data()).read_to_end(&mut content),
            _ => return None,
        };
        return read.ok().map(|_| content);
    }
    None
}
