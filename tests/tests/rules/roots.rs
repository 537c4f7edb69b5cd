//! The pinned roots: a list that nobody renews becomes an outage on a known day.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use shared::clock::Clock;

/// The certificates of a PEM text.
fn certificates(pem: &str) -> Vec<Vec<u8>> {
    let blocks = pem.split("-----BEGIN CERTIFICATE-----").skip(1);
    let body = |block: &str| block.split("-----END").next().unwrap().split_whitespace().collect::<String>();
    blocks.map(|block| STANDARD.decode(body(block)).unwrap()).collect()
}

/// Takes the first value of DER bytes: its tag, its content and the rest (X.690, section 8.1).
fn value(der: &[u8]) -> (u8, &[u8], &[u8]) {
    let (tag, first) = (der[0], usize::from(der[1]));
    let octets = first.saturating_sub(0x80);
    let length = der[2..2 + octets].iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    let length = if first < 0x80 { first } else { length };
    let (content, rest) = der[2 + octets..].split_at(length);
    (tag, content, rest)
}

/// The end of a certificate (RFC 5280, section 4.1): version, serial number and algorithm and issuer come before it.
fn not_after(der: &[u8]) -> DateTime<Utc> {
    const SEQUENCE: u8 = 0x30;
    let (_, certificate, _) = value(der);
    let (_, mut rest, _) = value(certificate);
    for expected in [0xA0, 0x02, SEQUENCE, SEQUENCE] {
        let (tag, _, after) = value(rest);
        assert_eq!(tag, expected, "an X.509 certificate of version 3");
        rest = after;
    }
    let (tag, validity, _) = value(rest);
    assert_eq!(tag, SEQUENCE);
    let (_, _, end) = value(validity);
    let (tag, end, _) = value(end);
    let text = std::str::from_utf8(end).unwrap();
    // UTCTime has two digits for the year, which mean 1950 to 2049.
    let form = if tag == 0x17 { "%y%m%d%H%M%SZ" } else { "%Y%m%d%H%M%SZ" };
    NaiveDateTime::parse_from_str(text, form).unwrap().and_utc()
}

#[test]
fn no_pinned_root_ends_within_a_year() {
    let ends: Vec<_> = certificates(&tests::file("shared/roots/amazon.pem")).iter().map(|der| not_after(der)).collect();
    assert_eq!(ends.len(), 5);
    let first = ends.into_iter().min().unwrap();
    assert!(
        first > Clock::system().now() + Duration::days(365),
        "a pinned root ends on {first}: renew shared/roots/amazon.pem as shared/roots/README.md says"
    );
}

#[test]
fn the_end_of_a_certificate_is_read_from_its_bytes() {
    let all = certificates(&tests::file("shared/roots/amazon.pem"));
    let mut years: Vec<_> = all.iter().map(|der| not_after(der).date_naive().to_string()).collect();
    years.sort();
    assert_eq!(years, ["2037-12-31", "2038-01-17", "2040-05-26", "2040-05-26", "2040-05-26"]);
}
