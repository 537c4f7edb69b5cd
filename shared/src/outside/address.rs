//! Which addresses are public: those that a machine anywhere on the internet has.
//!
//! From the registries of special-purpose addresses (RFC 6890 and what has been added since): an address that is not listed
//! there as globally reachable unicast is refused. An IPv6 address that carries an IPv4 address (mapped, NAT64, 6to4, Teredo)
//! is refused whatever it carries.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks of IPv4 that are not public: the first address and the length of the prefix.
const INSIDE_4: [([u8; 4], u32); 16] = [
    ([0, 0, 0, 0], 8),       // this network
    ([10, 0, 0, 0], 8),      // private
    ([100, 64, 0, 0], 10),   // carriers' own
    ([127, 0, 0, 0], 8),     // loopback
    ([169, 254, 0, 0], 16),  // link-local, and the metadata of clouds
    ([172, 16, 0, 0], 12),   // private
    ([192, 0, 0, 0], 24),    // protocol assignments
    ([192, 0, 2, 0], 24),    // documentation
    ([192, 52, 193, 0], 24), // relays of multicast
    ([192, 88, 99, 0], 24),  // relays of 6to4
    ([192, 168, 0, 0], 16),  // private
    ([198, 18, 0, 0], 15),   // benchmarks
    ([198, 51, 100, 0], 24), // documentation
    ([203, 0, 113, 0], 24),  // documentation
    ([224, 0, 0, 0], 4),     // multicast
    ([240, 0, 0, 0], 4),     // reserved, and broadcast
];

/// The only IPv6 addresses that are given to machines, and the networks among them that are not public.
const GIVEN_6: ([u16; 8], u32) = ([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);
const INSIDE_6: [([u16; 8], u32); 4] = [
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),     // protocol assignments, Teredo among them
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), // documentation
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),     // 6to4
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),     // documentation
];

/// Whether an address is public.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !INSIDE_4.iter().any(|(first, length)| is_in_4(address, *first, *length)),
        IpAddr::V6(address) => {
            is_in_6(address, GIVEN_6.0, GIVEN_6.1)
                && !INSIDE_6.iter().any(|(first, length)| is_in_6(address, *first, *length))
        }
    }
}

fn is_in_4(address: Ipv4Addr, first: [u8; 4], length: u32) -> bool {
    (address.to_bits() ^ Ipv4Addr::from(first).to_bits()).leading_zeros() >= length
}

fn is_in_6(address: Ipv6Addr, first: [u16; 8], length: u32) -> bool {
    (address.to_bits() ^ Ipv6Addr::from(first).to_bits()).leading_zeros() >= length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn all(addresses: &[&str], public: bool) {
        for address in addresses {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }

    #[test]
    fn public_addresses_are_let_through() {
        let four = ["1.1.1.1", "8.8.8.8", "9.255.255.255", "100.63.255.255", "100.128.0.0", "126.255.255.255"];
        all(&four, true);
        all(&["169.253.255.255", "172.15.0.1", "172.32.0.1", "192.0.1.1", "198.17.0.1", "223.255.255.255"], true);
        all(&["2606:4700::1111", "2a00:1450:4001:800::200e", "2001:4860:4860::8888", "2600:1f18::1"], true);
    }

    #[test]
    fn the_inside_and_what_is_no_machine_are_not_public() {
        all(&["0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1"], false);
        all(&["127.255.255.254", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255"], false);
        all(&["192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255"], false);
        all(&["198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"], false);
        all(
            &["::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::808:808"],
            false,
        );
        all(&["64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378::1", "2001:10::1", "2001:20::1"], false);
        all(&["2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1"], false);
        all(&["fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "ffff::1"], false);
    }
}
