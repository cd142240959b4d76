//! Back-pressure on the reliable channel: how many bytes the peer has not taken yet.
//!
//! Must not: trust the peer's figure beyond what was sent.
//!
//! The WebRTC stack queues without a limit and does not say how much; so the receiving side reports what it has consumed.
//! A frame is one kind byte and its content: a message, or the total of consumed bytes (modulo 2³²).

use crate::transport::MAX_RELIABLE_BYTES;

/// Bytes that may be on the way and unconfirmed.
pub(super) const WINDOW_BYTES: u32 = 256 * 1024;
/// The receiver reports after this many bytes.
const REPORT_BYTES: u32 = 8 * 1024;
const KIND_MESSAGE: u8 = 0;
const KIND_CREDIT: u8 = 1;

#[derive(Debug, Default)]
pub(super) struct Credit {
    sent: u32,
    confirmed: u32,
    consumed: u32,
    reported: u32,
}

/// What a frame on the reliable channel was.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    Message(&'a [u8]),
    Credit,
    Malformed,
}

impl Credit {
    /// Bytes sent that the peer has not confirmed.
    pub(super) fn outstanding(&self) -> u32 {
        self.sent.wrapping_sub(self.confirmed)
    }

    /// The frame for a message, or `None` while the peer has too much to take already.
    pub(super) fn wrap(&mut self, message: &[u8]) -> Option<Vec<u8>> {
        let bytes = u32::try_from(message.len()).ok()?;
        if self.outstanding() + bytes > WINDOW_BYTES {
            return None;
        }
        self.sent = self.sent.wrapping_add(bytes);
        let mut frame = Vec::with_capacity(message.len() + 1);
        frame.push(KIND_MESSAGE);
        frame.extend_from_slice(message);
        Some(frame)
    }

    pub(super) fn unwrap<'a>(&mut self, frame: &'a [u8]) -> Frame<'a> {
        match frame.split_first() {
            Some((&KIND_MESSAGE, message)) if message.len() <= MAX_RELIABLE_BYTES => {
                self.consumed = self.consumed.wrapping_add(message.len() as u32);
                Frame::Message(message)
            }
            Some((&KIND_CREDIT, total)) => {
                let Ok(total) = total.try_into().map(u32::from_le_bytes) else {
                    return Frame::Malformed;
                };
                let newly_confirmed = total.wrapping_sub(self.confirmed);
                if newly_confirmed <= self.outstanding() {
                    self.confirmed = total;
                    return Frame::Credit;
                }
                Frame::Malformed
            }
            _ => Frame::Malformed,
        }
    }

    /// A report that is due, to be sent as it is.
    pub(super) fn poll_report(&mut self) -> Option<Vec<u8>> {
        if self.consumed.wrapping_sub(self.reported) < REPORT_BYTES {
            return None;
        }
        self.reported = self.consumed;
        let mut frame = vec![KIND_CREDIT];
        frame.extend_from_slice(&self.consumed.to_le_bytes());
        Some(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_that_does_not_read_stops_the_sender_and_one_that_reads_lets_it_go_on() {
        let (mut sender, mut receiver) = (Credit::default(), Credit::default());
        let mut on_the_way = Vec::new();
        while let Some(frame) = sender.wrap(&[7; 10_000]) {
            on_the_way.push(frame);
        }
        assert_eq!(on_the_way.len(), 26);
        assert_eq!(sender.outstanding(), 260_000);
        for frame in &on_the_way {
            assert_eq!(receiver.unwrap(frame), Frame::Message(&[7; 10_000]));
            if let Some(report) = receiver.poll_report() {
                assert_eq!(sender.unwrap(&report), Frame::Credit);
            }
        }
        assert_eq!(sender.outstanding(), 0);
        assert!(sender.wrap(&[7; 10_000]).is_some());
    }

    #[test]
    fn counters_wrap_around_after_4_gib() {
        let start = u32::MAX - 5_000;
        let mut sender = Credit {
            sent: start,
            confirmed: start,
            ..Credit::default()
        };
        let mut receiver = Credit {
            consumed: start,
            reported: start,
            ..Credit::default()
        };
        let frame = sender.wrap(&[0; 9_000]).expect("an open window");
        receiver.unwrap(&frame);
        let report = receiver.poll_report().expect("due");
        assert_eq!(sender.unwrap(&report), Frame::Credit);
        assert_eq!(sender.outstanding(), 0);
    }

    #[test]
    fn lies_and_garbage_change_nothing() {
        let mut credit = Credit::default();
        credit.wrap(&[0; 100]);
        for frame in [
            &[][..],
            &[1],
            &[1, 2, 3],
            &[9, 9],
            &[1, 101, 0, 0, 0],
            &[1, 255, 255, 255, 255],
        ] {
            assert_eq!(credit.unwrap(frame), Frame::Malformed);
        }
        assert_eq!(credit.unwrap(&vec![0; MAX_RELIABLE_BYTES + 2]), Frame::Malformed);
        assert_eq!(credit.outstanding(), 100);
    }
}
