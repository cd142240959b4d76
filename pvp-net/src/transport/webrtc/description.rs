//! Owns the descriptions and candidates that another side sends: read strictly, and written anew from the values that were read.
//! Must not pass a byte on that it did not understand; the WebRTC stack unwraps what it cannot parse.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};

/// Largest session description or candidate that is read, in bytes.
pub(super) const SIGNAL_BYTES_MAX: usize = 16 * 1024;
/// Lines read of a description at most.
const LINES_MAX: usize = 256;
/// Candidates read of a description at most.
const CANDIDATES_MAX: usize = 32;
/// Most that a browser says it takes in one message; what we send is far smaller.
const MESSAGE_BYTES_MAX: u32 = 1 << 30;
/// What the standard assumes of a side that does not say what it takes.
const MESSAGE_BYTES_DEFAULT: u32 = 65_536;

/// Who opens the encrypted connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Setup {
    Active,
    Passive,
    Either,
}

/// Which half of the handshake a description is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Offer,
    Answer,
}

/// A session of one data connection; nothing else is offered or answered here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Description {
    name_fragment: String,
    password: String,
    fingerprint: [u8; 32],
    setup: Setup,
    section: String,
    port: u16,
    message_bytes_max: u32,
    candidates: Vec<Candidate>,
}

impl Description {
    /// Reads a description; `None` if it is none, or not of exactly one data connection.
    pub(super) fn parse(text: &str, half: Half) -> Option<Self> {
        if text.len() > SIGNAL_BYTES_MAX || !text.starts_with("v=0") || text.lines().count() > LINES_MAX {
            return None;
        }
        let mut media = text.lines().filter_map(|line| line.strip_prefix("m="));
        let mut words = media.next()?.split(' ');
        let is_data = words.next() == Some("application")
            && words.next()?.parse::<u16>().is_ok()
            && matches!(words.next(), Some("UDP/DTLS/SCTP" | "TCP/DTLS/SCTP"))
            && words.next() == Some("webrtc-datachannel");
        if !is_data || media.next().is_some() {
            return None;
        }
        let setup = match attribute(text, "setup")? {
            "active" => Setup::Active,
            "passive" => Setup::Passive,
            "actpass" if half == Half::Offer => Setup::Either,
            _ => return None,
        };
        let section = attribute(text, "mid").unwrap_or("0");
        let message_bytes_max = match attribute(text, "max-message-size") {
            // Zero means any.
            Some(bytes) => match bytes.parse::<u64>().ok()? {
                0 => MESSAGE_BYTES_MAX,
                bytes => bytes.min(MESSAGE_BYTES_MAX.into()) as u32,
            },
            None => MESSAGE_BYTES_DEFAULT,
        };
        let candidates = text.lines().filter_map(|line| line.strip_prefix("a=candidate:"));
        Some(Self {
            name_fragment: ice_word(attribute(text, "ice-ufrag")?, 4)?,
            password: ice_word(attribute(text, "ice-pwd")?, 22)?,
            fingerprint: fingerprint(text)?,
            setup,
            section: section_name(section)?,
            port: attribute(text, "sctp-port").unwrap_or("5000").parse().ok()?,
            message_bytes_max,
            candidates: candidates.filter_map(Candidate::parse).take(CANDIDATES_MAX).collect(),
        })
    }

    /// Leaves only the addresses of relays, and of those nothing that lies behind them.
    pub(super) fn relayed(mut self) -> Self {
        self.candidates = self.candidates.into_iter().filter_map(Candidate::relayed).collect();
        self
    }

    /// The description in the form that browsers write.
    pub(super) fn to_sdp(&self) -> String {
        let setup = match self.setup {
            Setup::Active => "active",
            Setup::Passive => "passive",
            Setup::Either => "actpass",
        };
        let fingerprint: Vec<String> = self.fingerprint.iter().map(|byte| format!("{byte:02X}")).collect();
        let mut sdp = format!(
            "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 {fingerprint}\r\na=group:BUNDLE {section}\r\n\
             m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=setup:{setup}\r\na=mid:{section}\r\n\
             a=sendrecv\r\na=sctp-port:{port}\r\na=max-message-size:{bytes}\r\na=ice-ufrag:{name}\r\na=ice-pwd:{password}\r\n\
             a=ice-options:trickle\r\n",
            fingerprint = fingerprint.join(":"),
            section = self.section,
            port = self.port,
            bytes = self.message_bytes_max,
            name = self.name_fragment,
            password = self.password,
        );
        for candidate in &self.candidates {
            let _ = write!(sdp, "a={}\r\n", candidate.to_line());
        }
        sdp
    }
}

/// The value of the first attribute of this name.
fn attribute<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines()
        .find_map(|line| line.strip_prefix("a=")?.strip_prefix(name)?.strip_prefix(':'))
}

fn ice_word(word: &str, bytes_min: usize) -> Option<String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte);
    ((bytes_min..=256).contains(&word.len()) && word.bytes().all(is_plain)).then(|| word.to_owned())
}

fn section_name(name: &str) -> Option<String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    ((1..=16).contains(&name.len()) && name.bytes().all(is_plain)).then(|| name.to_owned())
}

/// The certificate's SHA-256, which every side has.
fn fingerprint(text: &str) -> Option<[u8; 32]> {
    let all = text.lines().filter_map(|line| line.strip_prefix("a=fingerprint:"));
    let hex = all
        .filter_map(|value| value.split_once(' '))
        .find(|(hash, _)| hash.eq_ignore_ascii_case("sha-256"))?
        .1;
    let mut bytes = [0; 32];
    let mut pairs = hex.trim_end().split(':');
    for byte in &mut bytes {
        let pair = pairs
            .next()
            .filter(|pair| pair.len() == 2 && pair.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    pairs.next().is_none().then_some(bytes)
}

/// Where an address of a candidate comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Host,
    ServerReflexive,
    PeerReflexive,
    Relay,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Address {
    Ip(IpAddr),
    /// A name that only this network resolves, which browsers give instead of their addresses.
    Local(String),
}

/// One address at which the other side may be reached; UDP only, as nothing else is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    foundation: String,
    priority: u32,
    address: Address,
    port: u16,
    origin: Origin,
    related: Option<(IpAddr, u16)>,
}

/// A candidate as it travels, with what tells to which section it belongs.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    candidate: String,
    #[serde(default)]
    sdp_mid: Option<String>,
    #[serde(default, rename = "sdpMLineIndex")]
    sdp_mline_index: Option<u16>,
}

/// What says that there are no more candidates.
const NO_MORE: &str = "null";

/// Reads the message of a candidate and writes it anew; `None` if it is none, or not wanted.
pub(super) fn rewrite_candidate(message: &str, is_relay_only: bool) -> Option<String> {
    if message.len() > SIGNAL_BYTES_MAX {
        return None;
    }
    if message.trim() == NO_MORE {
        return Some(NO_MORE.to_owned());
    }
    let envelope: Envelope = serde_json::from_str(message).ok()?;
    if envelope.candidate.is_empty() {
        return Some(NO_MORE.to_owned());
    }
    let line = envelope.candidate.strip_prefix("candidate:")?;
    let mut candidate = Candidate::parse(line)?;
    if is_relay_only {
        candidate = candidate.relayed()?;
    }
    let rewritten = Envelope {
        candidate: candidate.to_line(),
        sdp_mid: Some(section_name(
            envelope
                .sdp_mid
                .as_deref()
                .filter(|name| !name.is_empty())
                .unwrap_or("0"),
        )?),
        // There is one section.
        sdp_mline_index: Some(0),
    };
    serde_json::to_string(&rewritten).ok()
}

impl Candidate {
    /// Reads what stands behind `candidate:`.
    fn parse(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_ascii_whitespace().take(32).collect();
        let [
            foundation,
            "1",
            protocol,
            priority,
            address,
            port,
            "typ",
            origin,
            rest @ ..,
        ] = &words[..]
        else {
            return None;
        };
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+/".contains(&byte);
        if !protocol.eq_ignore_ascii_case("udp") || foundation.len() > 32 || !foundation.bytes().all(is_plain) {
            return None;
        }
        let related = match rest {
            ["raddr", address, "rport", port, ..] => Some((address.parse().ok()?, port.parse().ok()?)),
            _ => None,
        };
        Some(Self {
            foundation: (*foundation).to_owned(),
            priority: priority.parse().ok()?,
            address: Address::parse(address)?,
            port: port.parse().ok()?,
            origin: match *origin {
                "host" => Origin::Host,
                "srflx" => Origin::ServerReflexive,
                "prflx" => Origin::PeerReflexive,
                "relay" => Origin::Relay,
                _ => return None,
            },
            related,
        })
    }

    /// A relay's candidate says from which address of its user it was reached; that is taken out. `None` for any other.
    fn relayed(self) -> Option<Self> {
        let related = self.related.map(|_| (Ipv4Addr::UNSPECIFIED.into(), 0));
        (self.origin == Origin::Relay).then_some(Self { related, ..self })
    }

    fn to_line(&self) -> String {
        let Self {
            foundation,
            priority,
            port,
            ..
        } = self;
        let address = match &self.address {
            Address::Ip(address) => address.to_string(),
            Address::Local(name) => name.clone(),
        };
        let origin = match self.origin {
            Origin::Host => "host",
            Origin::ServerReflexive => "srflx",
            Origin::PeerReflexive => "prflx",
            Origin::Relay => "relay",
        };
        let mut line = format!("candidate:{foundation} 1 udp {priority} {address} {port} typ {origin}");
        if let Some((address, port)) = self.related {
            let _ = write!(line, " raddr {address} rport {port}");
        }
        line
    }
}

impl Address {
    fn parse(text: &str) -> Option<Self> {
        if let Ok(address) = text.parse() {
            return Some(Self::Ip(address));
        }
        let name = text.strip_suffix(".local")?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        ((1..=63).contains(&name.len()) && name.bytes().all(is_plain)).then(|| Self::Local(text.to_owned()))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// As Chrome writes one.
    pub(in super::super) const CHROME: &str = "v=0\r\no=- 8131 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
        a=extmap-allow-mixed\r\na=msid-semantic: WMS\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n\
        a=ice-ufrag:nT+4\r\na=ice-pwd:Zr1NbfPPp1ygx9FAyVw1C6jO\r\na=ice-options:trickle\r\na=fingerprint:sha-256 \
        0F:74:31:25:CB:A2:13:EC:28:6F:6D:2C:61:FF:5D:C2:BC:B9:DB:3D:98:14:8D:1A:BB:EA:33:0C:A4:60:A8:8E\r\n\
        a=setup:actpass\r\na=mid:0\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n";
    /// As Firefox writes one.
    const FIREFOX: &str = "v=0\r\no=mozilla...THIS_IS_SDPARTA-99.0 7183 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=sendrecv\r\n\
        a=fingerprint:sha-256 0F:74:31:25:CB:A2:13:EC:28:6F:6D:2C:61:FF:5D:C2:BC:B9:DB:3D:98:14:8D:1A:BB:EA:33:0C:A4:60:A8:8E\r\n\
        a=group:BUNDLE 0\r\na=ice-options:trickle\r\na=msid-semantic:WMS *\r\nm=application 52722 UDP/DTLS/SCTP webrtc-datachannel\r\n\
        c=IN IP4 203.0.113.9\r\na=candidate:0 1 UDP 2122187007 192.168.1.9 52722 typ host\r\n\
        a=candidate:1 1 TCP 2105458943 192.168.1.9 9 typ host tcptype active\r\na=sendrecv\r\na=end-of-candidates\r\n\
        a=ice-pwd:4e9ab5b0cb2e0dd4bb6a93f7bd09d4c1\r\na=ice-ufrag:2b1e0bd6\r\na=mid:0\r\na=setup:active\r\na=sctp-port:5000\r\n\
        a=max-message-size:1073741823\r\n";
    pub(in super::super) const RELAY: &str = r#"{"candidate":"candidate:2 1 udp 16777215 203.0.113.5 60000 typ relay raddr 10.9.0.1 rport 50000","sdpMid":"0","sdpMLineIndex":0}"#;

    #[test]
    fn descriptions_of_browsers_are_understood_and_written_anew() {
        for (text, half) in [(CHROME, Half::Offer), (FIREFOX, Half::Answer)] {
            let description = Description::parse(text, half).expect("a description");
            let sdp = description.to_sdp();
            assert!(sdp.contains("a=fingerprint:sha-256 0F:74:31"), "{sdp}");
            assert!(
                !sdp.contains("mozilla") && !sdp.contains("tcptype") && !sdp.contains("203.0.113.9"),
                "{sdp}"
            );
            assert_eq!(Description::parse(&sdp, half).expect("its own"), description);
        }
        let firefox = Description::parse(FIREFOX, Half::Answer).expect("a description");
        assert_eq!(firefox.candidates.len(), 1);
        assert!(firefox.relayed().candidates.is_empty());
    }

    #[test]
    fn what_is_not_exactly_one_data_connection_is_none() {
        let without = |line: &str| {
            let kept = CHROME.split_inclusive("\r\n").filter(|kept| !kept.contains(line));
            kept.collect::<String>()
        };
        for needed in ["v=0", "m=", "ice-ufrag", "ice-pwd", "fingerprint", "setup"] {
            assert_eq!(Description::parse(&without(needed), Half::Offer), None, "{needed}");
        }
        for (from, to) in [
            ("sha-256", "sha-1"),
            ("A8:8E", "A8"),
            ("A8:8E", "A8:8E:00"),
            ("A8:8E", "A8:+E"),
            ("nT+4", "nT4"),
            ("nT+4", "n T4"),
            ("5000", "70000"),
            ("262144", "-1"),
            ("m=application", "m=audio"),
            ("mid:0", "mid:a b"),
            ("setup:actpass", "setup:holdconn"),
        ] {
            assert_eq!(Description::parse(&CHROME.replace(from, to), Half::Offer), None, "{to}");
        }
        assert_eq!(
            Description::parse(CHROME, Half::Answer),
            None,
            "an answer decides who opens"
        );
        let twice = format!("{CHROME}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n");
        assert_eq!(Description::parse(&twice, Half::Offer), None);
        assert_eq!(Description::parse(&CHROME.repeat(100), Half::Offer), None);
        for cut in 0..CHROME.len() - 60 {
            assert!(
                Description::parse(&CHROME[..cut], Half::Offer).is_none() || cut > 400,
                "{cut}"
            );
        }
    }

    #[test]
    fn candidates_are_rewritten_and_junk_is_none() {
        let rewritten = rewrite_candidate(RELAY, false).expect("a candidate");
        assert_eq!(rewritten, RELAY);
        assert!(
            rewrite_candidate(RELAY, true)
                .expect("a relay")
                .contains("raddr 0.0.0.0 rport 0")
        );
        assert_eq!(rewrite_candidate("null", true).as_deref(), Some("null"));
        assert_eq!(rewrite_candidate(r#"{"candidate":""}"#, false).as_deref(), Some("null"));
        let browser = r#"{"candidate":"candidate:1 1 udp 2113937151 0e7f-1a.local 5353 typ host generation 0 ufrag nT+4 network-cost 999","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"nT+4"}"#;
        let rewritten = rewrite_candidate(browser, false).expect("a candidate");
        assert!(rewritten.contains("0e7f-1a.local 5353 typ host\""), "{rewritten}");
        for junk in [
            "",
            "{}",
            "[]",
            "7",
            r#"{"candidate":7}"#,
            r#"{"candidate":"candidate:1 1 udp 1 999.0.0.1 5 typ host"}"#,
            r#"{"candidate":"candidate:1 1 udp 1 10.0.0.1 70000 typ host"}"#,
            r#"{"candidate":"candidate:1 1 tcp 1 10.0.0.1 9 typ host tcptype active"}"#,
            r#"{"candidate":"candidate:1 1 udp 1 example.org 9 typ host"}"#,
            r#"{"candidate":"candidate:1 2 udp 1 10.0.0.1 9 typ host"}"#,
            r#"{"candidate":"candidate:1 1 udp 1 10.0.0.1 9 typ what"}"#,
            r#"{"candidate":"candidate:1 1 udp 1 10.0.0.1 9 typ host raddr x rport 1"}"#,
        ] {
            assert_eq!(rewrite_candidate(junk, false), None, "{junk}");
        }
    }
}
