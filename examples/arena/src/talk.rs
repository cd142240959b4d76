//! Owns the messages that the two sides of a match send beside it, on the reliable lane.
//! Must not act on one.

use crate::ledger::Announcement;
use crate::refusals::WishRefused;

/// A prompt: kind, request counter, text.
const PROMPT: u8 = 1;
/// Why the host does not forge a prompt: kind, request counter, reason, detail.
const REFUSAL: u8 = 2;
/// The first word of each side: kind, flags.
const ANNOUNCEMENT: u8 = 3;

const HAS_PROVIDERS: u8 = 1;
const TAKES_PROVIDERS: u8 = 2;
const TAKES_PICTURES: u8 = 4;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message<'a> {
    /// What was typed for a request.
    Prompt { request_seq: u8, text: &'a str },
    /// The host does not forge what was typed for a request.
    Refusal { request_seq: u8, code: u8, detail: u32 },
    /// What a side says about itself before anything else.
    Announcement(Announcement),
}

impl<'a> Message<'a> {
    pub(crate) fn refusal(request_seq: u8, why: WishRefused) -> Message<'static> {
        let (code, detail) = why.to_wire();
        Message::Refusal {
            request_seq,
            code,
            detail,
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Message::Prompt { request_seq, text } => [&[PROMPT, *request_seq], text.as_bytes()].concat(),
            Message::Refusal {
                request_seq,
                code,
                detail,
            } => [&[REFUSAL, *request_seq, *code][..], &detail.to_le_bytes()].concat(),
            Message::Announcement(said) => {
                let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
                let flags = flag(said.has_providers, HAS_PROVIDERS)
                    | flag(said.takes_providers, TAKES_PROVIDERS)
                    | flag(said.takes_pictures, TAKES_PICTURES);
                vec![ANNOUNCEMENT, flags]
            }
        }
    }

    /// `None` for what this version does not know.
    pub(crate) fn decode(bytes: &'a [u8]) -> Option<Message<'a>> {
        match bytes {
            [PROMPT, request_seq, text @ ..] => Some(Message::Prompt {
                request_seq: *request_seq,
                text: std::str::from_utf8(text).ok()?,
            }),
            [REFUSAL, request_seq, code, detail @ ..] => Some(Message::Refusal {
                request_seq: *request_seq,
                code: *code,
                detail: u32::from_le_bytes(detail.try_into().ok()?),
            }),
            [ANNOUNCEMENT, flags] => Some(Message::Announcement(Announcement {
                has_providers: flags & HAS_PROVIDERS != 0,
                takes_providers: flags & TAKES_PROVIDERS != 0,
                takes_pictures: flags & TAKES_PICTURES != 0,
            })),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_back_and_others_are_none() {
        let messages = [
            Message::Prompt {
                request_seq: 9,
                text: "bow",
            },
            Message::refusal(9, WishRefused::ByHost),
            Message::Announcement(Announcement {
                has_providers: true,
                takes_providers: false,
                takes_pictures: true,
            }),
        ];
        for message in messages {
            assert_eq!(Message::decode(&message.encode()), Some(message));
        }
        for bytes in [
            &[][..],
            &[1],
            &[1, 2, 0xff],
            &[2, 1],
            &[2, 1, 0, 1, 2, 3],
            &[3],
            &[3, 1, 1],
            &[9, 9],
        ] {
            assert_eq!(Message::decode(bytes), None, "{bytes:?}");
        }
    }
}
