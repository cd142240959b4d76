//! The decoders of a session, alone and fed by a cheating peer that holds the session's key; feature `hostile`, for fuzzing.
//!
//! Must not: be part of the API; nothing here keeps its shape.

use std::task::Poll;
use std::time::Duration;

use crate::content::{Answer, ContentDesk, Judge};
use crate::lane::{ACK_BYTES, LANE_MESSAGE_BYTES_MAX, Lane, Parcel};
use crate::simulation::ContentRefused;
use crate::wire::bits::BitWriter;
use crate::wire::datagram::{self, ChecksumReport, Frames, INPUTS_MAX, Pulse, Received, Sections, TagContext};
use crate::wire::inputs;

const CONTEXT: TagContext = TagContext {
    session_key: 77,
    epoch: 2,
};
/// The frames near which the reader expects those of a datagram.
const NEXT: u32 = 5_000;
const INPUT_BYTES: [usize; 4] = [1, 2, 6, 32];

#[cfg(all(feature = "udp", not(target_arch = "wasm32")))]
pub use crate::transport::udp::attack_udp;

/// The fields of a datagram as a cheating peer may choose them; see `Session::forge_as_peer`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Forgery<'a> {
    /// Frame of the first input; its low bits travel.
    pub start: u32,
    /// Claimed count of inputs; its low seven bits travel.
    pub count: u32,
    /// Claimed count of inputs received.
    pub ack: u32,
    /// Inputs, written as an honest peer would whose input before them was blank.
    pub inputs: &'a [&'a [u8]],
    /// Bits before them, as they are.
    pub raw_inputs: &'a [u8],
    /// A ping and the count of datagrams sent.
    pub ping: Option<(u8, u16)>,
    /// With a ping: an answer to this ping, and the milliseconds it was held.
    pub pong: Option<(u8, u8)>,
    /// Low bits of a frame, and its checksum.
    pub checksum: Option<(u16, u32)>,
    /// Reason of a goodbye.
    pub goodbye: Option<u8>,
    /// A section of the lane.
    pub lane: Option<&'a [u8]>,
}

/// A datagram of play, taken apart; see `Session::open_own`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The epoch it belongs to; a restarted process begins a new lane with a new one.
    pub epoch: u32,
    /// Frame of the first input.
    pub start: u32,
    /// The inputs, one after another.
    pub inputs: Vec<u8>,
    /// The low bits of the frame of a checksum, and the checksum.
    pub checksum: Option<(u16, u32)>,
    /// The reason of a goodbye.
    pub goodbye: Option<u8>,
    /// A section of the lane.
    pub lane: Option<Vec<u8>>,
    /// Written again from these fields, a ping and its answer, it has the same bytes: nothing else is in it.
    pub is_all: bool,
}

/// Puts the messages of one side together from the lane sections that it sends.
pub struct LaneReader(Lane);

impl Default for LaneReader {
    fn default() -> Self {
        Self(Lane::new(Duration::ZERO))
    }
}

impl LaneReader {
    /// The messages that this section completes; `None` if it does not go on from the sections before.
    pub fn read(&mut self, section: &[u8]) -> Option<Vec<Vec<u8>>> {
        // What it acknowledges was not sent here.
        let mut section = section.to_vec();
        section.get_mut(..ACK_BYTES)?.fill(0);
        self.0.handle(&section).ok()?;
        let messages = std::iter::from_fn(|| self.0.receive());
        messages.collect::<Result<Vec<_>, _>>().ok()
    }
}

/// Runs `body` without the guard on this thread, to show what the guard is for.
pub fn without_guard<R>(body: impl FnOnce() -> R) -> R {
    /// Puts the guard back, also when `body` panics.
    struct Restore;
    impl Drop for Restore {
        fn drop(&mut self) {
            crate::guard::lift(false);
        }
    }
    let _restore = Restore;
    crate::guard::lift(true);
    body()
}

/// A game that keeps whatever is offered.
struct Willing;

impl Judge for Willing {
    fn review(&mut self, _: u8, _: &[u8]) -> Poll<Result<(), ContentRefused>> {
        Poll::Ready(Ok(()))
    }

    fn accept(&mut self, _: u8, _: &[u8]) -> Result<(), ContentRefused> {
        Ok(())
    }
}

/// Reads the bytes as whatever their first byte says: a datagram of play, an offer, an answer, or a lane section.
pub fn decode(bytes: &[u8]) {
    let Some((&kind, rest)) = bytes.split_first() else {
        return;
    };
    match kind % 4 {
        0 => {
            let mut packet = rest.to_vec();
            datagram::sign(&mut packet, CONTEXT, 0, NEXT, NEXT);
            read_play(&packet, INPUT_BYTES[usize::from(kind >> 2) % INPUT_BYTES.len()]);
        }
        1 => {
            let mut desk = ContentDesk::new(Duration::from_secs(4));
            // An outcome either way: not panicking is the claim.
            let _ = desk.handle_offer(Duration::ZERO, rest, &mut Willing);
        }
        2 => drop(Answer::read(rest)),
        _ => read_lane(rest),
    }
}

/// Builds a true datagram from the bytes, reads it back exactly, alters it, signs it again and reads that.
///
/// # Panics
/// If what was written does not read back.
pub fn build_and_decode(bytes: &[u8]) {
    let Some((plan, rest)) = bytes.split_first_chunk::<16>() else {
        return;
    };
    let input_bytes = INPUT_BYTES[usize::from(plan[0]) % INPUT_BYTES.len()];
    let (alterations, rest) = rest.split_at(rest.len().min(usize::from(plan[1] % 4) * 3));
    let inputs_end = (rest.len() / 2 / input_bytes).min(INPUTS_MAX) * input_bytes;
    let (inputs, lane) = rest.split_at(inputs_end);
    let frames = Frames {
        start: NEXT - 100 + u32::from(plan[2]),
        count: (inputs.len() / input_bytes) as u32,
        ack: NEXT - 100 + u32::from(plan[3]) / 2,
    };
    let sections = sections(plan, lane);
    let mut writer = BitWriter::default();
    datagram::write(&mut writer, CONTEXT, 0, frames, sections, |writer| {
        inputs::write(writer, &mut vec![0; input_bytes], inputs.chunks_exact(input_bytes));
    });
    let mut packet = writer.bytes().to_vec();

    let mut received = read(&packet).expect("a true datagram has a true tag");
    assert_eq!(received.frames, frames);
    let mut output = Vec::new();
    received
        .inputs(&mut vec![0; input_bytes], &mut output)
        .expect("true inputs read back");
    assert_eq!(output, inputs);
    assert_eq!(received.sections().expect("true sections read back"), sections);

    for alteration in alterations.chunks_exact(3) {
        let at = usize::from(u16::from_le_bytes([alteration[0], alteration[1]])) % packet.len();
        packet[at] ^= alteration[2];
    }
    datagram::sign(&mut packet, CONTEXT, 0, NEXT, NEXT);
    read_play(&packet, input_bytes);
}

fn sections<'a>(plan: &[u8; 16], lane: &'a [u8]) -> Sections<'a> {
    let has = |bit: u8| plan[4] >> bit & 1 == 1;
    Sections {
        pulse: has(0).then(|| Pulse {
            ping: plan[5],
            sent_count: u16::from_le_bytes([plan[6], plan[7]]),
            pong: has(1).then_some((plan[8], plan[9])),
        }),
        checksum: has(2).then(|| ChecksumReport {
            frame_low: u16::from_le_bytes([plan[10], plan[11]]),
            checksum: u32::from_le_bytes([plan[12], plan[13], plan[14], plan[15]]),
        }),
        goodbye: has(3).then_some(plan[5]),
        lane: has(4).then_some(lane),
    }
}

fn read(packet: &[u8]) -> Option<Received<'_>> {
    datagram::read(packet, CONTEXT, 0, NEXT, NEXT).ok()
}

fn read_play(packet: &[u8], input_bytes: usize) {
    let Some(mut received) = read(packet) else { return };
    let mut output = Vec::new();
    if received.frames.count as usize > INPUTS_MAX || received.inputs(&mut vec![0; input_bytes], &mut output).is_err() {
        return;
    }
    assert_eq!(output.len(), received.frames.count as usize * input_bytes);
    if let Ok(Sections { lane: Some(lane), .. }) = received.sections() {
        read_lane(lane);
    }
}

fn read_lane(bytes: &[u8]) {
    let mut lane = Lane::new(Duration::ZERO);
    if lane.handle(bytes).is_ok() {
        while lane.receive().is_some() {}
    }
}

/// Reads the bytes as a compressed message, and compresses them as a message of our own.
///
/// # Panics
/// If a message that was compressed does not read back, or one that was read is longer than a message may be.
pub fn compress_and_expand(bytes: &[u8]) {
    let claimed = Parcel {
        bytes: bytes.to_vec(),
        is_compressed: true,
    };
    if let Ok(message) = claimed.unpack() {
        assert!(message.len() <= LANE_MESSAGE_BYTES_MAX);
        let again = Parcel::pack(message.clone()).unpack();
        assert_eq!(again, Ok(message));
    }
    // Repeated, so that there is something to compress.
    let message = bytes.repeat(1 + bytes.len() % 7);
    assert_eq!(Parcel::pack(message.clone()).unpack(), Ok(message));
}

/// What a message of the lane costs on the wire, in bytes of fragments without their headers.
#[must_use]
pub fn wire_bytes_of_message(message: &[u8]) -> usize {
    Parcel::pack(message.to_vec()).bytes.len()
}

/// A state as a rejoin sends it, before it is cut into messages.
#[must_use]
pub fn packed_state(state: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    crate::replay::pack(state, &[], &mut packed);
    packed
}
