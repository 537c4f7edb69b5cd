//! The address that a subscription names.
//!
//! It is read strictly, so that there is nothing about which two readers could differ: no user, no number in place of a
//! name, one port. What its name resolves to is looked at when a connection is made ([`outside`](crate::outside)).

use std::fmt;

use crate::error::Invalid;

/// Longest address, in characters.
const LONGEST: usize = 256;
/// Longest name of a host, and of a part of it.
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;
/// This machine, in the spellings that [`Addresses::Any`] lets through.
const HERE: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// Where subscriptions may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Addresses {
    /// To public addresses, over TLS.
    #[default]
    Public,
    /// Anywhere over TLS, and to this machine without: for the local stack.
    Any,
}

impl std::str::FromStr for Addresses {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "public" => Ok(Self::Public),
            "any" => Ok(Self::Any),
            _ => Err(const { Invalid::new("must be `public` or `any`") }),
        }
    }
}

/// An address that may be told of events.
#[derive(Clone, PartialEq, Eq)]
pub struct Callback(String);

impl Callback {
    /// Reads an address.
    ///
    /// # Errors
    /// What `addresses` does not let through, and any spelling but the plain one.
    pub fn parse(text: &str, addresses: Addresses) -> Result<Self, Invalid> {
        if text.len() > LONGEST || !text.bytes().all(is_plain) {
            return Err(const { Invalid::new("must be an address of at most 256 plain characters") });
        }
        let (scheme, rest) = text.split_once("://").ok_or(NOT_HTTPS)?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, _) = rest.split_at(end);
        let (host, port) = divided(authority);
        let is_here = addresses == Addresses::Any && HERE.contains(&host);
        match scheme {
            "https" => {}
            "http" if is_here => {}
            _ => return Err(NOT_HTTPS),
        }
        if !is_here && !is_name(host) {
            return Err(const {
                Invalid::new("must name its host by a domain name in small letters, with no user and no number for it")
            });
        }
        let is_port = |port: &str| port.parse::<u16>().is_ok_and(|number| number > 0 && number.to_string() == port);
        match port {
            None | Some("443") => {}
            Some(port) if addresses == Addresses::Any && is_port(port) => {}
            Some(_) => return Err(const { Invalid::new("must be at port 443") }),
        }
        Ok(Self(text.to_owned()))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Masked: what follows the host may be a secret of its owner.
impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback(..)")
    }
}

const NOT_HTTPS: Invalid = Invalid::new("must be an https address");

/// The characters of RFC 3986 but `#`, whose rest is sent to nobody, and `@`, which may hide what comes before it.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?[]!$&'()*+,;=%".contains(&byte)
}

/// Host and port.
fn divided(authority: &str) -> (&str, Option<&str>) {
    let after = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    match authority.get(after..).and_then(|rest| rest.find(':')) {
        Some(colon) => (&authority[..after + colon], authority.get(after + colon + 1..)),
        None => (authority, None),
    }
}

/// Whether it is a domain name, and not a number that a resolver takes for an address: such a one ends in a number, in whatever
/// base (`0x7f.1`, `127.1`, `2130706433`).
fn is_name(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=LONGEST_LABEL).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    let begins_with_letter = last.starts_with(|first: char| first.is_ascii_lowercase());
    host.len() <= LONGEST_NAME && host.contains('.') && host.split('.').all(is_label) && begins_with_letter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_https_address_is_taken() {
        for text in [
            "https://hooks.example",
            "https://hooks.example/",
            "https://hooks.example:443/in?key=a%20b&x=1",
            "https://a-1.b2.example/%7Euser/;v=1",
            "https://xn--bcher-kva.example/in",
            "https://hooks.example?key=1",
        ] {
            for addresses in [Addresses::Public, Addresses::Any] {
                assert_eq!(Callback::parse(text, addresses).unwrap().as_str(), text);
            }
        }
    }

    #[test]
    fn what_may_lead_elsewhere_than_it_seems_is_refused() {
        let long = format!("https://hooks.example/{}", "x".repeat(256));
        let label = format!("https://{}.example/", "x".repeat(64));
        for text in [
            "",
            "hooks.example",
            "http://hooks.example/",
            "HTTPS://hooks.example/",
            "ftp://hooks.example/",
            "https:/hooks.example/",
            "https://",
            "https:///in",
            "https://hooks/",
            "https://localhost/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://10.0.0.0x1/",
            "https://a.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]:443/",
            "https://169.254.169.254/latest/meta-data/",
            "https://hooks.example./",
            "https://.example/",
            "https://a..example/",
            "https://-a.example/",
            "https://a-.example/",
            "https://HOOKS.example/",
            "https://user@hooks.example/",
            "https://user:pass@hooks.example/",
            "https://hooks.example@127.0.0.1/",
            "https://hooks.example:80/",
            "https://hooks.example:8443/",
            "https://hooks.example:/",
            "https://hooks.example:0443/",
            "https://hooks.example:443:443/",
            "https://hooks.example\\@127.0.0.1/",
            "https://hooks.example/#in",
            "https://hooks.example /",
            "https://hooks.example/\n",
            "https://hooks.example\t/",
            "https://hooks。example/",
            "https://bücher.example/",
            "https://１２７.0.0.1/",
            "https://%31%32%37.0.0.1/",
            &long,
            &label,
        ] {
            assert!(Callback::parse(text, Addresses::Public).is_err(), "{text}");
        }
    }

    #[test]
    fn the_local_stack_tells_this_machine_without_tls() {
        for text in
            ["http://127.0.0.1:4000/in", "http://localhost:1/", "http://[::1]:65535/in", "https://a.example:8443/"]
        {
            assert!(Callback::parse(text, Addresses::Any).is_ok(), "{text}");
            assert!(Callback::parse(text, Addresses::Public).is_err(), "{text}");
        }
        for text in
            ["http://hooks.example/", "http://127.0.0.2:4000/", "http://127.0.0.1:0/", "http://127.0.0.1:70000/"]
        {
            assert!(Callback::parse(text, Addresses::Any).is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_is_shown_to_nobody_by_chance() {
        let callback = Callback::parse("https://hooks.example/secret", Addresses::Public).unwrap();
        assert_eq!(format!("{callback:?}"), "Callback(..)");
    }
}
