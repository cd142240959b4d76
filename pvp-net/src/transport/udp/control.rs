//! The payload of the transport's own sealed packets: challenges and responses.
//!
//! Must not: decide anything; `path.rs` says when to challenge and what a response proves.

use super::path::PathToken;

/// What it is, and two tokens; all of one length, so that a response with a challenge is no longer than what it answers.
pub(super) const CONTROL_PAYLOAD_BYTES: usize = 9;

/// What a sealed packet that is not for the session says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    /// Asks for the response with the same token, from where this arrived.
    Challenge(PathToken),
    /// Answers it, and may challenge in turn.
    Response {
        token: PathToken,
        challenge: Option<PathToken>,
    },
}

impl Control {
    pub(super) fn write(self) -> [u8; CONTROL_PAYLOAD_BYTES] {
        let (kind, first, second) = match self {
            Self::Challenge(token) => (1, token, [0; 4]),
            Self::Response { token, challenge: None } => (2, token, [0; 4]),
            Self::Response {
                token,
                challenge: Some(challenge),
            } => (3, token, challenge),
        };
        let mut payload = [kind; CONTROL_PAYLOAD_BYTES];
        payload[1..5].copy_from_slice(&first);
        payload[5..].copy_from_slice(&second);
        payload
    }

    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        let (&kind, tokens) = payload.split_first()?;
        let tokens: &[u8; 8] = tokens.try_into().ok()?;
        let (&token, rest) = tokens.split_first_chunk()?;
        let challenge = rest.try_into().ok()?;
        match kind {
            1 => Some(Self::Challenge(token)),
            2 => Some(Self::Response { token, challenge: None }),
            3 => Some(Self::Response {
                token,
                challenge: Some(challenge),
            }),
            _ => None,
        }
    }
}
