//! Owns a serde mirror of the private message type of `ggrs` 0.13.0, which has no public fields.
//! Must not be fed with bytes from the network: messages are built here from values that the guard has checked.
//!
//! `ggrs` messages implement serde; their bincode 1.3 layout (fixed-size little-endian integers, `u32` enum tags, `u64` lengths)
//! is pinned by the golden bytes below, so that another version of `ggrs` cannot slip by unnoticed.

use serde::{Deserialize, Serialize};

/// `ggrs::Message`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mirror {
    pub(super) magic: u16,
    pub(super) body: Body,
}

/// `ggrs::network::messages::MessageBody`, in declaration order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Body {
    SyncRequest { random: u32 },
    SyncReply { random: u32 },
    Input(InputBody),
    InputAck { ack_frame: i32 },
    QualityReport { frame_advantage: i16, ping: u128 },
    QualityReply { pong: u128 },
    ChecksumReport { checksum: u128, frame: i32 },
    KeepAlive,
}

/// `ggrs::network::messages::Input`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct InputBody {
    pub(super) peer_connect_status: Vec<Status>,
    pub(super) disconnect_requested: bool,
    pub(super) start_frame: i32,
    pub(super) ack_frame: i32,
    pub(super) bytes: Vec<u8>,
}

/// `ggrs::network::messages::ConnectionStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Status {
    pub(super) disconnected: bool,
    pub(super) last_frame: i32,
}

impl Mirror {
    /// Reads what `ggrs` sends. `None` would mean that `ggrs` changed its layout.
    pub(super) fn from_message(message: &ggrs::Message) -> Option<Self> {
        let bytes = bincode::serialize(message).ok()?;
        bincode::deserialize(&bytes).ok()
    }

    /// The message that `ggrs` will take as received.
    pub(super) fn to_message(&self) -> Option<ggrs::Message> {
        let bytes = bincode::serialize(self).ok()?;
        bincode::deserialize(&bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn golden() -> Vec<(Body, Vec<u8>)> {
        let input = Body::Input(InputBody {
            peer_connect_status: vec![
                Status {
                    disconnected: false,
                    last_frame: 7,
                },
                Status {
                    disconnected: true,
                    last_frame: -1,
                },
            ],
            disconnect_requested: false,
            start_frame: 8,
            ack_frame: 5,
            bytes: vec![0xaa, 0xbb],
        });
        let mut pong = vec![5, 0, 0, 0, 9];
        pong.resize(20, 0);
        let mut report = vec![4, 0, 0, 0, 0xfe, 0xff, 9];
        report.resize(22, 0);
        let mut checksum = vec![6, 0, 0, 0, 1];
        checksum.resize(20, 0);
        checksum.extend([60, 0, 0, 0]);
        vec![
            (Body::SyncRequest { random: 0x01020304 }, vec![0, 0, 0, 0, 4, 3, 2, 1]),
            (Body::SyncReply { random: 0x01020304 }, vec![1, 0, 0, 0, 4, 3, 2, 1]),
            (
                input,
                vec![
                    2, 0, 0, 0, // tag
                    2, 0, 0, 0, 0, 0, 0, 0, // two statuses
                    0, 7, 0, 0, 0, // connected, frame 7
                    1, 0xff, 0xff, 0xff, 0xff, // disconnected, frame -1
                    0,    // no disconnect requested
                    8, 0, 0, 0, 5, 0, 0, 0, // start, ack
                    2, 0, 0, 0, 0, 0, 0, 0, 0xaa, 0xbb,
                ],
            ),
            (
                Body::InputAck { ack_frame: -1 },
                vec![3, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
            ),
            (
                Body::QualityReport {
                    frame_advantage: -2,
                    ping: 9,
                },
                report,
            ),
            (Body::QualityReply { pong: 9 }, pong),
            (Body::ChecksumReport { checksum: 1, frame: 60 }, checksum),
            (Body::KeepAlive, vec![7, 0, 0, 0]),
        ]
    }

    #[test]
    fn golden_bytes_pin_the_layout_of_the_pinned_ggrs() {
        for (body, tail) in golden() {
            let mut bytes = vec![0x34, 0x12];
            bytes.extend(tail);
            let mirror = Mirror { magic: 0x1234, body };
            assert_eq!(bincode::serialize(&mirror).unwrap(), bytes, "{mirror:?}");
            let message: ggrs::Message = bincode::deserialize(&bytes).expect("ggrs reads it");
            assert_eq!(bincode::serialize(&message).unwrap(), bytes, "{mirror:?}");
        }
    }

    #[test]
    fn every_message_survives_the_round_trip_through_ggrs() {
        for (body, _) in golden() {
            let mirror = Mirror { magic: 1, body };
            let message = mirror.to_message().unwrap();
            assert_eq!(Mirror::from_message(&message), Some(mirror));
        }
    }
}
