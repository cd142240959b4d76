//! Owns what both sides of a signaling server agree on: how a room may be named, and what a visitor is told that is not let in.
//! Must not connect to anything.

use serde::{Deserialize, Serialize};

/// Longest name of a room, in bytes.
pub const ROOM_NAME_BYTES_MAX: usize = 64;
/// Longest address of a room, in bytes.
const ROOM_URL_BYTES_MAX: usize = 512;
/// Of a text that came from outside, at most this many characters are shown.
const SHOWN_CHARACTERS_MAX: usize = 80;

/// Why a signaling server lets a visitor not in, in the server's own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[non_exhaustive]
pub enum RoomRefusal {
    /// Two players are in the room already; choose another one.
    #[error("it has two players already: choose another one")]
    RoomFull,
    /// The name breaks the rules of [`RoomUrl`]; choose another one.
    #[error("its name is not allowed: 1 to {ROOM_NAME_BYTES_MAX} letters, digits, '-', '_', '.' or '~'")]
    RoomName,
    /// The server has as many visitors as it takes; try again later or use another server.
    #[error("the server has as many visitors as it takes: try again later or use another server")]
    ServerFull,
    /// The visitor's address has as many connections to the server as one address may have; close some.
    #[error("this address has as many connections to the server as one address may have")]
    AddressFull,
    /// The server's system gives it no more sockets; try again later, or tell whoever runs it to raise the limit.
    #[error("the server has no descriptor left for another visitor: try again later or use another server")]
    NoDescriptor,
}

/// What a visitor hears before its connection is closed.
#[derive(Debug, Serialize, Deserialize)]
enum Notice {
    Refused(RoomRefusal),
}

impl RoomRefusal {
    /// All of them, in the order of their figures in a summary.
    #[cfg(any(test, feature = "signaling"))]
    pub(crate) const ALL: [Self; 5] = [
        Self::RoomFull,
        Self::RoomName,
        Self::ServerFull,
        Self::AddressFull,
        Self::NoDescriptor,
    ];

    /// As it stands in a message of the signaling connection, or in the body of a refusing answer.
    #[cfg(any(test, feature = "signaling"))]
    pub(crate) fn to_message(self) -> String {
        serde_json::to_string(&Notice::Refused(self)).expect("a plain enum")
    }

    /// The refusal in a message of the signaling server, if it is one.
    #[cfg(feature = "webrtc")]
    pub(crate) fn from_message(message: &str) -> Option<Self> {
        let Notice::Refused(refusal) = serde_json::from_str(message).ok()?;
        Some(refusal)
    }
}

/// Whether a room may have this name: 1 to 64 bytes of letters, digits, `-`, `_`, `.` and `~`, which no address has to escape.
#[must_use]
pub fn is_room_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    (1..=ROOM_NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(is_plain)
}

/// A text that holds something from outside as it may be printed: control characters but the end of a line, and those that
/// turn a line around, are escaped.
///
/// ```
/// assert_eq!(pvp_net::room::escaped("Ada\x1b[31m\n"), "Ada\\u{1b}[31m\n");
/// ```
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    for character in text.chars() {
        let is_harmful = (character.is_control() && character != '\n')
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        match is_harmful {
            true => output.extend(character.escape_default()),
            false => output.push(character),
        }
    }
    output
}

/// One word from outside, such as a name, as it may be printed: [`escaped`], on one line, and cut when long.
#[must_use]
pub fn shown(text: &str) -> String {
    let mut output = escaped(&cut(text)).replace('\n', "\\n");
    if text.chars().nth(SHOWN_CHARACTERS_MAX).is_some() {
        output.push('…');
    }
    output
}

/// Why a text is no address of a room.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RoomUrlError {
    /// It is no WebSocket address; write `ws://host:port/room`.
    #[error("{url:?} is not a room: write ws://HOST:PORT/ROOM or wss://HOST/ROOM")]
    NotARoom {
        /// What was given, cut when long.
        url: String,
    },
    /// The last part of the address is no name for a room.
    #[error(
        "{name:?} ({bytes} bytes) is no name for a room: it has 1 to {ROOM_NAME_BYTES_MAX} letters, digits, '-', '_', '.' or '~'"
    )]
    Name {
        /// The name given, cut when long.
        name: String,
        /// Its full length.
        bytes: usize,
    },
    /// The list holds no address or too many.
    #[error("{count} rooms are given: 1 to {max} can be")]
    Count {
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
}

/// The address of a room, such as `wss://signal.example.org/duel-7`; whoever joins the same one meets there.
///
/// It is plain ASCII without control characters, and its last part is a room's name ([`is_room_name`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomUrl(String);

impl RoomUrl {
    /// # Errors
    /// [`RoomUrlError::NotARoom`] and [`RoomUrlError::Name`].
    pub fn parse(url: &str) -> Result<Self, RoomUrlError> {
        let not_a_room = || RoomUrlError::NotARoom { url: cut(url) };
        let rest = url
            .strip_prefix("ws://")
            .or(url.strip_prefix("wss://"))
            .ok_or_else(not_a_room)?;
        let (place, name) = rest.rsplit_once('/').ok_or_else(not_a_room)?;
        let is_plain = place
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"?#\\\"<>".contains(&byte));
        if place.is_empty() || place.starts_with('/') || !is_plain || place.len() > ROOM_URL_BYTES_MAX {
            return Err(not_a_room());
        }
        if !is_room_name(name) {
            return Err(RoomUrlError::Name {
                name: cut(name),
                bytes: name.len(),
            });
        }
        Ok(Self(url.to_owned()))
    }

    /// The whole address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for RoomUrl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn cut(text: &str) -> String {
    text.chars().take(SHOWN_CHARACTERS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_has_a_plain_name_of_at_most_64_bytes() {
        for url in [
            "ws://127.0.0.1:3536/duel",
            "wss://host/a/prefix/R2-d2_x.~",
            "ws://[::1]:1/x",
        ] {
            assert_eq!(RoomUrl::parse(url).expect(url).as_str(), url);
        }
        let longest = format!("ws://host/{}", "x".repeat(64));
        assert!(RoomUrl::parse(&longest).is_ok());
        for url in [
            "",
            "duel",
            "http://host/room",
            "ws://",
            "ws:///room",
            "ws://host",
            "ws://ho\x1bst/room",
            "ws://h?a/r",
        ] {
            let error = RoomUrl::parse(url).expect_err(url);
            assert_eq!(error, RoomUrlError::NotARoom { url: url.into() });
        }
        for name in [
            "",
            "two words",
            "a?b",
            "a#b",
            "a%2Fb",
            "Zoë",
            "\x1b[31mred",
            &"x".repeat(65),
        ] {
            let error = RoomUrl::parse(&format!("ws://host/{name}")).expect_err(name);
            assert!(matches!(error, RoomUrlError::Name { .. }), "{error}");
        }
    }

    #[test]
    fn a_refusal_says_the_rule_and_prints_nothing_raw() {
        let long = RoomUrl::parse(&format!("ws://host/{}", "x".repeat(100_000))).expect_err("too long");
        let said = long.to_string();
        assert!(
            said.contains("100000 bytes") && said.contains("1 to 64") && said.len() < 300,
            "{said}"
        );
        for text in [
            "ws://host/\x1b[2Jgone",
            "\x1b]0;title\x07",
            "ws://host/\u{202e}live",
            "ws://host/\u{9b}31m",
        ] {
            let said = RoomUrl::parse(text).expect_err("no room").to_string();
            assert!(
                !said
                    .chars()
                    .any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)),
                "{said:?}"
            );
        }
    }

    #[test]
    fn what_comes_from_outside_is_shown_escaped_and_cut() {
        assert_eq!(shown("Zoë's \"bow\" 弓"), "Zoë's \"bow\" 弓");
        assert_eq!(
            shown("\x1b]0;x\x07\r\n\u{9b}\u{202e}"),
            r"\u{1b}]0;x\u{7}\r\n\u{9b}\u{202e}"
        );
        assert_eq!(shown(&"x".repeat(1_000)).chars().count(), SHOWN_CHARACTERS_MAX + 1);
    }

    #[test]
    fn every_refusal_survives_the_wire() {
        for refusal in RoomRefusal::ALL {
            let message = refusal.to_message();
            #[cfg(feature = "webrtc")]
            assert_eq!(RoomRefusal::from_message(&message), Some(refusal));
            assert!(message.starts_with(r#"{"Refused":""#), "{message}");
        }
    }
}
