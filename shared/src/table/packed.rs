//! Values as compressed JSON text, for what is large and read as a whole.
//!
//! What there are very many of, and is small, is compressed against a text that has its field names and usual values: half as
//! many bytes are left, and a bill in full costs the units of one kilobyte. Such a text is never changed, for what was packed
//! with it is unpacked with it; another one comes behind it.
//!
//! What is larger than an item takes lies in parts beside it, named by the digest of the whole: whoever writes a part again
//! writes the same bytes, so parts need no condition, and count only through the item that names them.

use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::item::{Item, bytes, bytes_of, digest_of, key_of, number, number_of, text, text_of};
use super::keys::{self, Key};
use super::read::{Freshness, Order};
use super::{Reader, Writer};
use crate::error::{Cause, Error, Result};

/// The attribute with a packed value.
pub(super) const PACKED: &str = "gz";
/// The attribute with a value that is packed against [`BILLS`].
const PACKED_BILLS: &str = "zd";
/// What bills and what they have charged are packed against: the last one. Which one it was a packed value says itself, by a
/// checksum.
const BILLS: [&[u8]; 2] = [include_bytes!("bills-1.txt"), include_bytes!("bills-2.txt")];
/// The attributes that say where its parts are instead.
const DIGEST: &str = "parts";
const COUNT: &str = "parts_count";

/// The most bytes that stay in an item.
const LARGEST: usize = 300_000;

/// Compresses a value.
pub(super) fn pack<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    serde_json::to_writer(&mut packed, value).map_err(|error| Error::Internal(Cause::new(&error)))?;
    packed.finish().map_err(|error| Error::Internal(Cause::new(&error)))
}

/// The value again.
pub(super) fn unpack<T: DeserializeOwned>(packed: &[u8]) -> Result<T> {
    // The text as a whole first: reading JSON from a stream takes several times as long.
    let mut text = Vec::with_capacity(packed.len() * 6);
    std::io::copy(&mut GzDecoder::new(packed), &mut text).map_err(|error| Error::Internal(Cause::new(&error)))?;
    serde_json::from_slice(&text).map_err(|error| Error::Internal(Cause::new(&error)))
}

/// Compresses a value against [`BILLS`] (RFC 1950, with a preset dictionary).
fn pack_bills<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    let text = serde_json::to_vec(value).map_err(|error| Error::Internal(Cause::new(&error)))?;
    let mut compress = Compress::new(Compression::best(), true);
    compress.set_dictionary(BILLS[BILLS.len() - 1]).map_err(|error| Error::Internal(Cause::new(&error)))?;
    let mut packed = Vec::with_capacity(text.len() / 2 + 64);
    loop {
        let read = usize::try_from(compress.total_in()).unwrap_or_default();
        let status = compress.compress_vec(&text[read..], &mut packed, FlushCompress::Finish);
        match status.map_err(|error| Error::Internal(Cause::new(&error)))? {
            Status::StreamEnd => return Ok(packed),
            Status::Ok | Status::BufError => packed.reserve(packed.len().max(64)),
        }
    }
}

/// The value again.
fn unpack_bills<T: DeserializeOwned>(packed: &[u8]) -> Result<T> {
    let mut decompress = Decompress::new(true);
    let mut text = Vec::with_capacity(packed.len() * 8 + 64);
    loop {
        let read = usize::try_from(decompress.total_in()).unwrap_or_default();
        match decompress.decompress_vec(&packed[read..], &mut text, FlushDecompress::Finish) {
            Ok(Status::StreamEnd) => {
                return serde_json::from_slice(&text).map_err(|error| Error::Internal(Cause::new(&error)));
            }
            Ok(_) if text.len() < text.capacity() => return Err(Error::internal("a packed value ends in the middle")),
            Ok(_) => text.reserve(text.len().max(64)),
            Err(error) => {
                let wanted = error.needs_dictionary().ok_or_else(|| Error::Internal(Cause::new(&error)))?;
                let mut known = BILLS.into_iter().filter(|known| adler32(known) == wanted);
                let known = known.next().ok_or_else(|| Error::internal("a value is packed against an unknown text"))?;
                decompress.set_dictionary(known).map_err(|error| Error::Internal(Cause::new(&error)))?;
            }
        }
    }
}

/// The checksum by which a packed value names what it is packed against (RFC 1950, section 8.2).
fn adler32(text: &[u8]) -> u32 {
    let sums = text.iter().fold((1_u32, 0_u32), |(one, two), byte| {
        let one = (one + u32::from(*byte)) % 65_521;
        (one, (two + one) % 65_521)
    });
    sums.1 << 16 | sums.0
}

/// A packed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Packed {
    packed: Vec<u8>,
    /// The digest of all bytes, when they lie in parts.
    digest: Option<String>,
}

impl Packed {
    /// Packs a value.
    pub(super) fn new<T: Serialize>(value: &T) -> Result<Self> {
        let packed = pack_bills(value)?;
        let digest = (packed.len() > LARGEST).then(|| digest_of(&packed));
        Ok(Self { packed, digest })
    }

    /// What the item that has it says of it.
    pub(super) fn attributes(self) -> Item {
        match self.digest {
            None => Item::from([(PACKED_BILLS.to_owned(), bytes(self.packed))]),
            Some(digest) => {
                let count = self.packed.chunks(LARGEST).count();
                Item::from([(DIGEST.to_owned(), text(digest)), (COUNT.to_owned(), number(count))])
            }
        }
    }
}

/// The attributes that are no longer there when a value is set: those of the other way to keep it.
pub(super) fn replaced(by: &Item) -> Vec<String> {
    let all = [PACKED_BILLS, DIGEST, COUNT];
    all.into_iter().filter(|name| !by.contains_key(*name)).map(ToOwned::to_owned).collect()
}

/// The parts that an item names: their digest, and how many there are.
pub(super) fn parts_of(item: &Item) -> Option<(String, usize)> {
    Some((text_of(item, DIGEST)?.to_owned(), number_of(item, COUNT)?))
}

impl Reader {
    /// The value that an item has packed. No request, or a strong query of its parts: a request and 256 units a megabyte.
    pub(super) async fn unpacked<T: DeserializeOwned>(&self, item: &Item) -> Result<Option<T>> {
        if let Some(packed) = bytes_of(item, PACKED_BILLS) {
            return unpack_bills(packed).map(Some);
        }
        let Some((digest, count)) = parts_of(item) else { return Ok(None) };
        let parts = self.query(keys::parts(&key_of(item), &digest), Freshness::Strong, Order::Ascending).await?;
        if parts.len() != count {
            // Somebody has replaced them since the item was read.
            return Err(Error::Stale);
        }
        let whole: Vec<u8> = parts.iter().filter_map(|part| bytes_of(part, PACKED_BILLS)).flatten().copied().collect();
        unpack_bills(&whole).map(Some)
    }
}

impl Writer {
    /// Writes the parts of a value, if it has any, before the item that names them.
    ///
    /// A second time, at once or later, writes the same bytes under the same keys. A crash before the item is written leaves
    /// parts that nobody names.
    pub(super) async fn put_parts(&self, of: &Key, value: &Packed) -> Result<()> {
        let Some(digest) = &value.digest else { return Ok(()) };
        for (at, part) in value.packed.chunks(LARGEST).enumerate() {
            let set = Item::from([(PACKED_BILLS.to_owned(), bytes(part.to_vec()))]);
            self.set(keys::part(of, digest, at), set, &[]).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_packed_and_unpacked() {
        let value: Vec<u32> = (0..10_000).collect();
        let packed = pack(&value).unwrap();
        assert!(packed.len() < 30_000, "{}", packed.len());
        assert_eq!(unpack::<Vec<u32>>(&packed).unwrap(), value);
        assert!(unpack::<Vec<u32>>(b"no gzip").is_err());
    }

    #[test]
    fn the_text_that_bills_are_packed_against_never_changes() {
        let digests = BILLS.map(digest_of);
        let known = ["194db5ba63be6514a2cd3f6e3eaa208a", "2c24b7ab0cd8820eee36a90924470919"];
        assert_eq!(digests, known, "what is in tables was packed with the old ones: add another behind them");
    }

    #[test]
    fn a_value_is_packed_against_the_text_of_bills() {
        let value = serde_json::json!({ "period": { "start": "2026-01-01", "end": "2026-01-31", "month": 31, "cycle_day": 1 } });
        let packed = pack_bills(&value).unwrap();
        assert!(packed.len() < 40, "{}", packed.len());
        assert_eq!(unpack_bills::<serde_json::Value>(&packed).unwrap(), value);
        let noise: Vec<u64> = (0..50_000_u64).map(|one| one.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
        let packed = pack_bills(&noise).unwrap();
        assert_eq!(unpack_bills::<Vec<u64>>(&packed).unwrap(), noise);
        for wrong in [&packed[..packed.len() / 2], &packed[1..], b"", b"text"] {
            assert!(unpack_bills::<Vec<u64>>(wrong).is_err());
        }
    }

    #[test]
    fn what_is_small_stays_in_its_item() {
        let small = Packed::new(&"text").unwrap().attributes();
        assert!(small.contains_key(PACKED_BILLS) && parts_of(&small).is_none());
        assert_eq!(replaced(&small), [DIGEST, COUNT]);
        let noise: Vec<u64> = (0..200_000_u64).map(|one| one.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
        let large = Packed::new(&noise).unwrap();
        let attributes = large.clone().attributes();
        let (_, count) = parts_of(&attributes).unwrap();
        assert!(count > 1 && large.packed.len() > (count - 1) * LARGEST);
        assert_eq!(replaced(&attributes), [PACKED_BILLS]);
    }
}
