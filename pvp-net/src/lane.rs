//! Owns the lane: reliable ordered messages beside the inputs (offers, acknowledgements, chat, states).
//! Must not delay inputs (its rate is capped), hold unbounded memory, or interpret messages.
//!
//! Messages are cut into fragments, numbered, acknowledged (cumulatively and selectively) and sent again until acknowledged.
//! On a transport with a reliable channel the same fragments travel there, many per packet, and are repeated only after a new path
//! or if nobody acknowledges them for seconds.
//! Long messages travel compressed if that makes them shorter.

mod compress;

use std::collections::VecDeque;
use std::time::Duration;

use crate::stats::DropReason;
use crate::wire::bytes::{ByteReader, ByteWriter};

pub(crate) use compress::Parcel;

/// Longest message, in bytes.
pub const LANE_MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// Bytes that may wait to be sent.
const OUTBOX_BYTES_MAX: usize = 512 * 1024;
/// Received bytes that may wait to be taken; beyond that nothing more is acknowledged.
const INBOX_BYTES_MAX: usize = 512 * 1024;
/// Fragments in flight, and held out of order.
const WINDOW: u16 = 64;
const FRAGMENT_BYTES: usize = 380;
/// How much room a growing message gets at a time.
const ASSEMBLY_STEP_BYTES: usize = 8 * 1024;
const FRAGMENT_HEADER_BYTES: usize = 4;
pub(crate) const ACK_BYTES: usize = 10;
/// A reliable channel delivers, but this session may have dropped the packet: in a flood, or from before a new epoch.
const RELIABLE_RESEND_AFTER: Duration = Duration::from_secs(2);
/// In the length of a message's last fragment.
const LAST_BIT: u16 = 0x8000;
/// Beside it, if the message is compressed.
const COMPRESSED_BIT: u16 = 0x4000;
/// Rate cap over datagrams, and the burst it allows.
const BYTES_PER_SECOND: u64 = 24_000;
const BURST_BYTES: u64 = 800;
/// How much more passes while the match is held for a state: no input is delayed by it then.
const HURRY: u64 = 10;

/// Why a message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LaneError {
    /// Longer than [`LANE_MESSAGE_BYTES_MAX`].
    #[error("message of {bytes} bytes exceeds the limit of {LANE_MESSAGE_BYTES_MAX}: cut it in pieces")]
    TooLarge {
        /// Length of the message.
        bytes: usize,
    },
    /// Too much is waiting already; try again later.
    #[error("{waiting_bytes} bytes are waiting already: try again later")]
    Full {
        /// Bytes that wait to be sent.
        waiting_bytes: usize,
    },
    /// The peer has not been met yet, or is gone.
    #[error("not connected: wait for the match to begin")]
    NotConnected,
}

struct Fragment {
    sequence: u16,
    /// [`LAST_BIT`] and [`COMPRESSED_BIT`], or 0 in the middle of a message.
    flags: u16,
    bytes: Vec<u8>,
    sent_at: Option<Duration>,
    sent_count: u32,
    is_acknowledged: bool,
}

/// One end of the lane.
pub(crate) struct Lane {
    waiting: VecDeque<Parcel>,
    waiting_bytes: usize,
    in_flight: VecDeque<Fragment>,
    next_sequence: u16,
    expected: u16,
    held: VecDeque<Option<(u16, Vec<u8>)>>,
    assembly: Vec<u8>,
    /// Messages as they came, so that nothing here takes more memory than the peer sent.
    inbox: VecDeque<Parcel>,
    inbox_bytes: usize,
    /// Messages queued so far, and how many of them the peer has acknowledged.
    queued_count: u64,
    acknowledged_count: u64,
    is_ack_due: bool,
    tokens: u64,
    is_hurried: bool,
    refilled_at: Duration,
}

impl Lane {
    pub(crate) fn new(now: Duration) -> Self {
        Self {
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            in_flight: VecDeque::new(),
            next_sequence: 0,
            expected: 0,
            held: (0..WINDOW).map(|_| None).collect(),
            assembly: Vec::new(),
            inbox: VecDeque::new(),
            inbox_bytes: 0,
            queued_count: 0,
            acknowledged_count: 0,
            is_ack_due: false,
            tokens: BURST_BYTES,
            is_hurried: false,
            refilled_at: now,
        }
    }

    /// Queues a message.
    pub(crate) fn send(&mut self, message: Vec<u8>) -> Result<(), LaneError> {
        if message.len() > LANE_MESSAGE_BYTES_MAX {
            return Err(LaneError::TooLarge { bytes: message.len() });
        }
        if !self.has_room(message.len()) {
            return Err(LaneError::Full {
                waiting_bytes: self.waiting_bytes,
            });
        }
        self.queue(message);
        Ok(())
    }

    fn queue(&mut self, message: Vec<u8>) {
        let parcel = Parcel::pack(message);
        self.queued_count += 1;
        self.waiting_bytes += parcel.bytes.len();
        self.waiting.push_back(parcel);
    }

    /// Whether a message of this length can be queued now.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.waiting_bytes + bytes <= OUTBOX_BYTES_MAX
    }

    /// Queues a message of the session itself, whatever is waiting: these are few and small.
    pub(crate) fn send_vital(&mut self, message: Vec<u8>) {
        debug_assert!(message.len() <= LANE_MESSAGE_BYTES_MAX);
        self.queue(message);
    }

    /// The number of the newest message queued here, counted from 1.
    pub(crate) fn newest_message(&self) -> u64 {
        self.queued_count
    }

    /// Whether the peer has all messages up to this number.
    pub(crate) fn has_delivered(&self, number: u64) -> bool {
        self.acknowledged_count >= number
    }

    /// Lets more pass, as long as the match is held.
    pub(crate) fn hurry(&mut self, is_hurried: bool) {
        self.is_hurried = is_hurried;
    }

    /// Bytes of whole messages, and rests of them, that are not yet in flight.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// Whether a fragment could be sent now.
    pub(crate) fn has_due(&self, now: Duration, resend_after: Duration) -> bool {
        let window = usize::from(WINDOW);
        let is_new = !self.waiting.is_empty() && self.in_flight.len() < window;
        let mut in_flight = self.in_flight.iter();
        self.tokens >= FRAGMENT_BYTES as u64
            && (is_new || in_flight.any(|fragment| fragment.is_due(now, Some(resend_after))))
    }

    /// The next complete message of the peer, or that it is none: compressed bytes that do not give what they announce.
    pub(crate) fn receive(&mut self) -> Option<Result<Vec<u8>, DropReason>> {
        let parcel = self.inbox.pop_front()?;
        self.inbox_bytes -= parcel.bytes.len();
        Some(parcel.unpack())
    }

    /// Everything in flight is to be sent again: the path is a new one.
    pub(crate) fn restart_path(&mut self) {
        for fragment in &mut self.in_flight {
            fragment.sent_at = None;
        }
        self.is_ack_due = true;
    }

    /// Whether everything sent was acknowledged.
    #[cfg(test)]
    pub(crate) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.in_flight.is_empty()
    }

    /// Takes a lane section from the peer.
    pub(crate) fn handle(&mut self, bytes: &[u8]) -> Result<(), DropReason> {
        let mut reader = ByteReader::new(bytes);
        let acknowledged = reader.u16().ok_or(DropReason::Lane)?;
        let selective = reader.u64().ok_or(DropReason::Lane)?;
        self.handle_ack(acknowledged, selective)?;
        while let Some(sequence) = reader.u16() {
            let length = reader.u16().ok_or(DropReason::Lane)?;
            let flags = length & (LAST_BIT | COMPRESSED_BIT);
            let payload = reader.bytes(usize::from(length ^ flags)).ok_or(DropReason::Lane)?;
            if payload.len() > FRAGMENT_BYTES || flags == COMPRESSED_BIT {
                return Err(DropReason::Lane);
            }
            self.handle_fragment(sequence, flags, payload)?;
        }
        reader.finish().ok_or(DropReason::Lane)
    }

    fn handle_ack(&mut self, acknowledged: u16, selective: u64) -> Result<(), DropReason> {
        let first = self.next_sequence.wrapping_sub(self.in_flight.len() as u16);
        let done = acknowledged.wrapping_sub(first);
        if usize::from(done) > self.in_flight.len() {
            // An older acknowledgement is harmless; anything else was never sent.
            let is_old = first.wrapping_sub(acknowledged) <= 2 * WINDOW;
            return if is_old { Ok(()) } else { Err(DropReason::Lane) };
        }
        for fragment in self.in_flight.drain(..usize::from(done)) {
            self.acknowledged_count += u64::from(fragment.flags & LAST_BIT != 0);
        }
        for (index, fragment) in self.in_flight.iter_mut().skip(1).enumerate() {
            if index < 64 && selective >> index & 1 == 1 {
                fragment.is_acknowledged = true;
                fragment.bytes = Vec::new();
            }
        }
        Ok(())
    }

    fn handle_fragment(&mut self, sequence: u16, flags: u16, payload: &[u8]) -> Result<(), DropReason> {
        self.is_ack_due = true;
        let ahead = sequence.wrapping_sub(self.expected);
        if ahead >= WINDOW {
            // A repeat of something acknowledged; the acknowledgement goes out again.
            let is_repeat = self.expected.wrapping_sub(sequence) <= 2 * WINDOW;
            return if is_repeat { Ok(()) } else { Err(DropReason::Lane) };
        }
        if self.inbox_bytes > INBOX_BYTES_MAX {
            return Err(DropReason::Lane);
        }
        let slot = &mut self.held[usize::from(ahead)];
        if slot.is_none() {
            *slot = Some((flags, payload.to_vec()));
        }
        while let Some(Some((flags, payload))) = self.held.front_mut().map(Option::take) {
            self.held.rotate_left(1);
            self.expected = self.expected.wrapping_add(1);
            if self.assembly.len() + payload.len() > LANE_MESSAGE_BYTES_MAX {
                self.assembly.clear();
                return Err(DropReason::Lane);
            }
            if self.assembly.capacity() - self.assembly.len() < payload.len() {
                // In equal steps instead of doubling: one packet makes a long message grow by little.
                self.assembly.reserve_exact(ASSEMBLY_STEP_BYTES);
            }
            self.assembly.extend_from_slice(&payload);
            if flags & LAST_BIT != 0 {
                let bytes = std::mem::take(&mut self.assembly);
                self.inbox_bytes += bytes.len();
                let is_compressed = flags & COMPRESSED_BIT != 0;
                self.inbox.push_back(Parcel { bytes, is_compressed });
            }
        }
        Ok(())
    }

    /// Writes a lane section of at most `room_bytes` (`output` is cleared first). False if there is nothing to say.
    /// `resend_after` is `None` on a reliable channel, where little needs to be repeated and no cap applies.
    pub(crate) fn poll_transmit(
        &mut self,
        now: Duration,
        resend_after: Option<Duration>,
        room_bytes: usize,
        output: &mut Vec<u8>,
    ) -> bool {
        output.clear();
        self.fill_window();
        self.refill_tokens(now);
        output.put_u16(self.expected);
        output.put_u64(self.selective_bits());
        for fragment in &mut self.in_flight {
            if !fragment.is_due(now, resend_after) {
                continue;
            }
            let cost = fragment.bytes.len() + FRAGMENT_HEADER_BYTES;
            let is_capped = resend_after.is_some() && self.tokens < cost as u64;
            if output.len() + cost > room_bytes || is_capped {
                break;
            }
            self.tokens = self.tokens.saturating_sub(cost as u64);
            fragment.sent_at = Some(now);
            fragment.sent_count += 1;
            output.put_u16(fragment.sequence);
            output.put_u16(fragment.bytes.len() as u16 | fragment.flags);
            output.put(&fragment.bytes);
        }
        let has_news = output.len() > ACK_BYTES || self.is_ack_due;
        self.is_ack_due &= !has_news;
        has_news
    }

    fn fill_window(&mut self) {
        while self.in_flight.len() < usize::from(WINDOW) {
            let Some(parcel) = self.waiting.front() else { return };
            let fragment_count = parcel.bytes.len().div_ceil(FRAGMENT_BYTES).max(1);
            let free = usize::from(WINDOW) - self.in_flight.len();
            if fragment_count > free && !self.in_flight.is_empty() && fragment_count <= usize::from(WINDOW) {
                return;
            }
            self.cut_front_message(free);
        }
    }

    /// Moves up to `free` fragments of the front message into flight.
    fn cut_front_message(&mut self, free: usize) {
        let Some(mut parcel) = self.waiting.pop_front() else {
            return;
        };
        self.waiting_bytes -= parcel.bytes.len();
        let take = parcel.bytes.len().min(free * FRAGMENT_BYTES);
        let rest = parcel.bytes.split_off(take);
        let is_whole = rest.is_empty();
        let mut chunks: Vec<&[u8]> = parcel.bytes.chunks(FRAGMENT_BYTES).collect();
        if chunks.is_empty() {
            chunks.push(&[]);
        }
        let last = chunks.len() - 1;
        let last_flags = LAST_BIT | if parcel.is_compressed { COMPRESSED_BIT } else { 0 };
        for (index, chunk) in chunks.into_iter().enumerate() {
            self.in_flight.push_back(Fragment {
                sequence: self.next_sequence,
                flags: if is_whole && index == last { last_flags } else { 0 },
                bytes: chunk.to_vec(),
                sent_at: None,
                sent_count: 0,
                is_acknowledged: false,
            });
            self.next_sequence = self.next_sequence.wrapping_add(1);
        }
        if !is_whole {
            self.waiting_bytes += rest.len();
            self.waiting.push_front(Parcel { bytes: rest, ..parcel });
        }
    }

    fn refill_tokens(&mut self, now: Duration) {
        let elapsed = now.saturating_sub(self.refilled_at);
        let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        let (rate, burst) = if self.is_hurried {
            (BYTES_PER_SECOND * HURRY, BURST_BYTES * HURRY)
        } else {
            (BYTES_PER_SECOND, BURST_BYTES)
        };
        let gained = micros.saturating_mul(rate) / 1_000_000;
        if gained > 0 {
            self.tokens = self.tokens.saturating_add(gained).min(burst);
            self.refilled_at = now;
        }
    }

    /// Bit `i` is set if the fragment `i + 1` after the expected one is held.
    fn selective_bits(&self) -> u64 {
        let held = self.held.iter().skip(1).enumerate();
        held.fold(0, |bits, (index, slot)| bits | u64::from(slot.is_some()) << index)
    }
}

impl Fragment {
    fn is_due(&self, now: Duration, resend_after: Option<Duration>) -> bool {
        if self.is_acknowledged {
            return false;
        }
        match (self.sent_at, resend_after) {
            (None, _) => true,
            (Some(sent_at), None) => {
                let after = RELIABLE_RESEND_AFTER * self.sent_count.clamp(1, 5);
                now.saturating_sub(sent_at) >= after
            }
            (Some(sent_at), Some(after)) => {
                let backoff = after * 2u32.pow(self.sent_count.saturating_sub(1).min(3));
                now.saturating_sub(sent_at) >= backoff.min(Duration::from_secs(1))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TICK: Duration = Duration::from_millis(16);
    const RESEND: Option<Duration> = Some(Duration::from_millis(80));

    /// Bytes that nothing makes shorter.
    fn noise(length: usize) -> Vec<u8> {
        let words = (0..length.div_ceil(8) as u64).map(|word| xxhash_rust::xxh3::xxh3_64(&word.to_le_bytes()));
        words.flat_map(u64::to_le_bytes).take(length).collect()
    }

    /// Runs two lanes for `ticks` over a path that loses packets by `drop`; returns what `b` got.
    fn run(a: &mut Lane, b: &mut Lane, ticks: u32, mut drop: impl FnMut() -> bool) -> Vec<Vec<u8>> {
        let mut got = Vec::new();
        let mut buffer = Vec::new();
        for tick in 1..=ticks {
            let now = TICK * tick;
            if a.poll_transmit(now, RESEND, 450, &mut buffer) && !drop() {
                b.handle(&buffer).unwrap();
            }
            if b.poll_transmit(now, RESEND, 450, &mut buffer) && !drop() {
                a.handle(&buffer).unwrap();
            }
            got.extend(std::iter::from_fn(|| b.receive()).map(Result::unwrap));
        }
        got
    }

    #[test]
    fn a_message_is_delivered_once_the_other_end_has_acknowledged_all_of_it() {
        let (mut a, mut b) = (Lane::new(Duration::ZERO), Lane::new(Duration::ZERO));
        assert!(a.has_delivered(a.newest_message()), "nothing to deliver");
        a.send(noise(3000)).unwrap();
        let long = a.newest_message();
        a.send_vital(vec![2]);
        let short = a.newest_message();
        run(&mut a, &mut b, 3, || false);
        assert!(!a.has_delivered(long));
        run(&mut a, &mut b, 200, || false);
        assert!(a.has_delivered(long) && a.has_delivered(short));
        a.send_vital(vec![3]);
        run(&mut a, &mut b, 50, || true);
        assert!(!a.has_delivered(a.newest_message()), "lost");
    }

    #[test]
    fn messages_arrive_whole_and_in_order_under_heavy_loss() {
        let (mut a, mut b) = (Lane::new(Duration::ZERO), Lane::new(Duration::ZERO));
        let lengths = [0, 1, 379, 380, 381, 5000, 30_000];
        // Some that are compressed, some that are not.
        let repeating = lengths.map(|length| (0..length).map(|i| (i * 7 + length) as u8).collect());
        let messages: Vec<Vec<u8>> = lengths.map(noise).into_iter().chain(repeating).collect();
        for message in &messages {
            a.send(message.clone()).unwrap();
        }
        let mut random = 1u32;
        let got = run(&mut a, &mut b, 4000, || {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            random >> 24 < 77
        });
        assert_eq!(got, messages);
        assert!(a.is_idle());
    }

    #[test]
    fn the_rate_is_capped() {
        let (mut a, mut b) = (Lane::new(Duration::ZERO), Lane::new(Duration::ZERO));
        a.send(noise(60_000)).unwrap();
        let got = run(&mut a, &mut b, 60, || false);
        assert!(got.is_empty(), "60 kB do not pass in a second");
        let got = run(&mut a, &mut b, 240, || false);
        assert_eq!(got.len(), 1);
    }

    #[test]
    fn memory_is_bounded_on_both_sides() {
        let mut lane = Lane::new(Duration::ZERO);
        assert!(matches!(
            lane.send(vec![0; LANE_MESSAGE_BYTES_MAX + 1]),
            Err(LaneError::TooLarge { .. })
        ));
        let mut sent = 0;
        while lane.send(noise(60_000)).is_ok() {
            sent += 1;
        }
        assert_eq!(sent, 8);
        // A peer that never ends a message.
        let mut sequence = 0u16;
        for _ in 0..10_000 {
            let mut section = vec![0; ACK_BYTES];
            section.put_u16(sequence);
            section.put_u16(FRAGMENT_BYTES as u16);
            section.put(&[7; FRAGMENT_BYTES]);
            if lane.handle(&section).is_ok() {
                sequence = lane.expected;
            }
        }
        assert!(lane.assembly.len() <= LANE_MESSAGE_BYTES_MAX);
        // A peer whose messages nobody takes.
        let mut sequence = lane.expected;
        for _ in 0..10_000 {
            let mut section = vec![0; ACK_BYTES];
            section.put_u16(sequence);
            section.put_u16(FRAGMENT_BYTES as u16 | LAST_BIT);
            section.put(&[7; FRAGMENT_BYTES]);
            let _ = lane.handle(&section);
            sequence = lane.expected;
        }
        assert!(lane.inbox_bytes <= INBOX_BYTES_MAX + LANE_MESSAGE_BYTES_MAX);
    }

    #[test]
    fn a_message_that_compresses_arrives_sooner_and_a_bomb_is_refused_and_does_not_hold_up_the_next() {
        let (mut a, mut b) = (Lane::new(Duration::ZERO), Lane::new(Duration::ZERO));
        a.send(vec![1; 60_000]).unwrap();
        assert!(a.waiting_bytes() < 2_000, "{} bytes wait", a.waiting_bytes());
        assert_eq!(run(&mut a, &mut b, 20, || false), [vec![1; 60_000]]);
        let bomb = [
            vec![0xff, 0xff],
            miniz_oxide::deflate::compress_to_vec(&[0; 1 << 16], 9),
        ]
        .concat();
        for (bytes, is_compressed) in [(bomb, true), (b"next".to_vec(), false)] {
            a.waiting.push_back(Parcel { bytes, is_compressed });
        }
        a.waiting_bytes += 1_000;
        let mut section = Vec::new();
        assert!(a.poll_transmit(TICK * 100, RESEND, 450, &mut section));
        b.handle(&section).unwrap();
        assert_eq!(b.receive(), Some(Err(DropReason::Lane)));
        assert_eq!(b.receive(), Some(Ok(b"next".to_vec())));
    }

    proptest! {
        #[test]
        fn no_bytes_break_the_lane(packets in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..100), 0..50)) {
            let mut lane = Lane::new(Duration::ZERO);
            lane.send(vec![1; 3000]).unwrap();
            let mut buffer = Vec::new();
            for packet in packets {
                let _ = lane.handle(&packet);
                lane.poll_transmit(TICK, RESEND, 450, &mut buffer);
                prop_assert!(buffer.len() <= 450);
            }
        }
    }
}
