//! Where webhooks may go: by http or https to public addresses, and nowhere else. Whoever may set one up may not look around the
//! network that this service is in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// The longest address, in bytes. The schema of the input says the same.
pub const MAX_URL: usize = 2_000;

/// What is wrong with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is none.
    NoUrl,
    /// It is of something else than http and https.
    Scheme,
    /// It holds a name or a password, which would be kept and shown.
    Credentials,
    /// Something else listens there.
    Port,
    /// It is not of the public internet.
    Private,
}

/// The address, if a webhook may go there as far as it tells by itself: what a name leads to is asked with each connection.
/// Where `private` is allowed, only its form is looked at. Numbers are read as browsers read them: `0x7f.1` is 127.0.0.1.
///
/// # Errors
/// What is wrong with it.
pub fn target(address: &str, private: bool) -> Result<Url, Unfit> {
    let mut url: Url = address.trim().parse().map_err(|_| Unfit::NoUrl)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Unfit::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Unfit::Credentials);
    }
    url.set_fragment(None);
    if url.as_str().len() > MAX_URL {
        return Err(Unfit::NoUrl);
    }
    // Mail, shells and name servers listen below; nobody answers HTTP at port 0.
    if url.port().is_some_and(|port| port < 1024 && port != 80 && port != 443) {
        return Err(Unfit::Port);
    }
    let public = match url.host().ok_or(Unfit::NoUrl)? {
        Host::Ipv4(address) => is_public(address.into()),
        Host::Ipv6(address) => is_public(address.into()),
        Host::Domain(name) => is_public_name(name),
    };
    if public || private { Ok(url) } else { Err(Unfit::Private) }
}

/// Whether a name may be one of the public internet. Those without a dot, and some that are set apart (RFC 6761, RFC 6762 and
/// RFC 8375 among others), are of the network that one is in.
fn is_public_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let last = name.rsplit_once('.').map(|(_, last)| last);
    last.is_some_and(|last| !["localhost", "localdomain", "local", "internal", "intranet", "lan"].contains(&last))
        && !name.ends_with(".home.arpa")
}

/// Whether an address is one of the public internet, by IANA's registries of special purposes.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let within = |network: [u8; 4], bits: u32| {
        let mask = u32::MAX << (32 - bits);
        address.to_bits() & mask == u32::from_be_bytes(network)
    };
    let special = [
        ([0, 0, 0, 0], 8),
        ([10, 0, 0, 0], 8),
        // Behind the providers' own translation.
        ([100, 64, 0, 0], 10),
        ([127, 0, 0, 0], 8),
        // Where clouds keep what their machines may know.
        ([169, 254, 0, 0], 16),
        ([172, 16, 0, 0], 12),
        ([192, 0, 0, 0], 24),
        ([192, 0, 2, 0], 24),
        ([192, 31, 196, 0], 24),
        ([192, 52, 193, 0], 24),
        ([192, 88, 99, 0], 24),
        ([192, 168, 0, 0], 16),
        ([192, 175, 48, 0], 24),
        ([198, 18, 0, 0], 15),
        ([198, 51, 100, 0], 24),
        ([203, 0, 113, 0], 24),
        // Several at once, what is set aside, and everybody.
        ([224, 0, 0, 0], 4),
        ([240, 0, 0, 0], 4),
    ];
    !special.into_iter().any(|(network, bits)| within(network, bits))
}

/// Of IPv6 a single range is public, and not all of it. Outside are loopback, unique local and link-local addresses, and those that
/// hold one of IPv4 (mapped, compatible, and by NAT64), whichever that is.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let within = |network: u128, bits: u32| address.to_bits() >> (128 - bits) == network >> (128 - bits);
    let special = [
        // Protocols, Teredo among them.
        (0x2001 << 112, 23),
        (0x2001_0db8 << 96, 32),
        // By 6to4, through an address of IPv4.
        (0x2002 << 112, 16),
        (0x2620_004f_8000 << 80, 48),
        (0x3fff << 112, 20),
    ];
    within(0x2000 << 112, 3) && !special.into_iter().any(|(network, bits)| within(network, bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_not_public_are_known_in_every_spelling() {
        for private in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://①②⑦.⓪.⓪.①/",
            "http://127.0.0.1./",
            "http://%31%32%37.0.0.1/",
            "http://0/",
            "http://0.0.0.0/",
            "http://10.1.2.3/",
            "http://172.16.0.1/",
            "http://172.31.255.255/",
            "http://192.168.1.1/",
            "http://169.254.169.254/latest/meta-data/",
            "http://100.64.0.1/",
            "http://100.127.255.255/",
            "http://192.0.0.8/",
            "http://192.0.2.1/",
            "http://198.51.100.7/",
            "http://203.0.113.7/",
            "http://198.18.0.1/",
            "http://198.19.255.255/",
            "http://192.88.99.1/",
            "http://224.0.0.1/",
            "http://239.255.255.250/",
            "http://255.255.255.255/",
            "http://240.0.0.1/",
            "http://[::]/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:8.8.8.8]/",
            "http://[::127.0.0.1]/",
            "http://[0:0:0:0:0:ffff:7f00:1]/",
            "http://[64:ff9b::10.0.0.1]/",
            "http://[64:ff9b:1::1]/",
            "http://[100::1]/",
            "http://[2001::1]/",
            "http://[2001:db8::1]/",
            "http://[2002:7f00:1::]/",
            "http://[2002:a00:1::1]/",
            "http://[3fff::1]/",
            "http://[fc00::1]/",
            "http://[fd12:3456::1]/",
            "http://[fe80::1]/",
            "http://[fec0::1]/",
            "http://[ff02::1]/",
            "http://[5f00::1]/",
            "http://localhost/",
            "http://LOCALHOST./",
            "http://a.localhost/",
            "http://db/",
            "http://printer.local/",
            "http://metadata.google.internal/",
            "http://router.home.arpa/",
            "http://nas.lan/",
        ] {
            assert_eq!(target(private, false), Err(Unfit::Private), "{private}");
            assert!(target(private, true).is_ok(), "{private}");
        }
        for public in [
            "http://8.8.8.8/",
            "https://172.15.0.1/",
            "https://172.32.0.1/",
            "https://100.63.255.255/",
            "https://100.128.0.1/",
            "https://192.0.1.1/",
            "https://198.17.0.1/",
            "https://198.20.0.1/",
            "https://223.255.255.255/",
            "https://[2606:4700::1111]/",
            "https://[2a00:1450::1]/",
            "https://[2001:4860:4860::8888]/",
            "https://nhan.tinh.example/tin?a=1",
            "http://doi-tac.example:8080/",
            "https://local.example/",
            "https://bao-chí.vn/",
        ] {
            assert!(target(public, false).is_ok(), "{public}");
        }
    }

    #[test]
    fn other_protocols_ports_and_passwords_are_refused_wherever_they_lead() {
        for (url, why) in [
            ("nhan.example/tin", Unfit::NoUrl),
            ("", Unfit::NoUrl),
            ("https://", Unfit::NoUrl),
            ("http://999.1.1.1/", Unfit::NoUrl),
            ("ftp://nhan.example/", Unfit::Scheme),
            ("file:///etc/passwd", Unfit::Scheme),
            ("gopher://nhan.example:70/", Unfit::Scheme),
            ("javascript:alert(1)", Unfit::Scheme),
            ("https://ten:mat-khau@nhan.example/", Unfit::Credentials),
            ("https://ten@nhan.example/", Unfit::Credentials),
            ("https://nhan.example@127.0.0.1/", Unfit::Credentials),
            ("http://nhan.example:25/", Unfit::Port),
            ("http://nhan.example:22/", Unfit::Port),
            ("https://nhan.example:0/", Unfit::Port),
        ] {
            assert_eq!(target(url, false), Err(why), "{url}");
            assert_eq!(target(url, true), Err(why), "{url}");
        }
        let long = format!("https://nhan.example/{}", "a".repeat(MAX_URL));
        assert_eq!(target(&long, false), Err(Unfit::NoUrl));
        assert_eq!(
            target(" https://nhan.example/a#b ", false).map(String::from),
            Ok("https://nhan.example/a".to_owned())
        );
    }
}
