//! Owns the layout of a datagram of play: header, inputs, then the sections that ride along.
//! Must not judge frames or answers; it only reads what has exactly one meaning.
//!
//! ```text
//! bit 0       1 (a datagram of play; handshakes start with 0)
//! bit 1       whether sections follow the inputs
//! bits 2-3    low bits of the epoch
//! bits 4-13   low bits of the first input's frame
//! bits 14-20  count of inputs
//! bits 21-28  low bits of how many of the reader's inputs have arrived
//! bits        inputs
//! 4 bits      only with sections: which of pulse, checksum, goodbye, lane
//! bits        pulse, checksum, goodbye
//! bytes       lane, up to the tag
//! 3 bytes     tag: keyed digest of the datagram and of the full epoch, frames and sender
//! ```
//! The tag drops what was damaged, is from another session, epoch or sender, or is so old that its low bits mean another frame.
//! It is no signature: an encrypted transport keeps strangers out, and the peer itself is kept honest by `guard`.

use super::bits::{BitReader, BitWriter};
use super::{inputs, widen};

const START_BITS: u32 = 10;
const COUNT_BITS: u32 = 7;
const ACK_BITS: u32 = 8;
const TAG_BYTES: usize = 3;
/// Bytes beside inputs and sections.
pub(crate) const HEADER_BYTES: usize = 4 + TAG_BYTES;
/// Largest count of inputs in a datagram.
pub(crate) const INPUTS_MAX: usize = 120;

/// What both sides know and no datagram carries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TagContext {
    /// From the handshake; equal on both sides.
    pub(crate) session_key: u64,
    /// Counts the runs of the session.
    pub(crate) epoch: u32,
}

/// Ping, pong and datagram count, a few times a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pulse {
    /// Number of this ping.
    pub(crate) ping: u8,
    /// Low bits of how many datagrams the sender has sent.
    pub(crate) sent_count: u16,
    /// Answer to a ping: its number, and how long the answer was held back, in milliseconds.
    pub(crate) pong: Option<(u8, u8)>,
}

/// Digest of a confirmed state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChecksumReport {
    /// Low bits of the frame.
    pub(crate) frame_low: u16,
    /// Folded checksum.
    pub(crate) checksum: u32,
}

/// The sections that are not inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sections<'a> {
    pub(crate) pulse: Option<Pulse>,
    pub(crate) checksum: Option<ChecksumReport>,
    pub(crate) goodbye: Option<u8>,
    pub(crate) lane: Option<&'a [u8]>,
}

/// Frames of a datagram, in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frames {
    /// Frame of the first input.
    pub(crate) start: u32,
    /// Count of inputs.
    pub(crate) count: u32,
    /// How many of the other side's inputs have arrived.
    pub(crate) ack: u32,
}

/// Whether a packet claims to be a datagram of play.
pub(crate) fn is_play(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| first & 1 == 1)
}

/// Writes a datagram. `encode_inputs` appends the inputs.
pub(crate) fn write(
    writer: &mut BitWriter,
    context: TagContext,
    sender: u8,
    frames: Frames,
    sections: Sections<'_>,
    encode_inputs: impl FnOnce(&mut BitWriter),
) {
    let follows = [
        sections.pulse.is_some(),
        sections.checksum.is_some(),
        sections.goodbye.is_some(),
        sections.lane.is_some(),
    ];
    let has_sections = follows.contains(&true);
    writer.clear();
    writer.write(1, 1);
    writer.write(u64::from(has_sections), 1);
    writer.write(u64::from(context.epoch), 2);
    writer.write(u64::from(frames.start), START_BITS);
    writer.write(u64::from(frames.count), COUNT_BITS);
    writer.write(u64::from(frames.ack), ACK_BITS);
    encode_inputs(writer);
    if has_sections {
        for follows in follows {
            writer.write(u64::from(follows), 1);
        }
    }
    if let Some(pulse) = sections.pulse {
        write_pulse(writer, pulse);
    }
    if let Some(report) = sections.checksum {
        writer.write(u64::from(report.frame_low), 16);
        writer.write(u64::from(report.checksum), 32);
    }
    if let Some(reason) = sections.goodbye {
        writer.write(u64::from(reason), 8);
    }
    writer.align();
    if let Some(lane) = sections.lane {
        writer.write_bytes(lane);
    }
    let tag = tag(context, sender, frames, writer.bytes());
    writer.write_bytes(&tag);
}

fn write_pulse(writer: &mut BitWriter, pulse: Pulse) {
    writer.write(u64::from(pulse.ping), 8);
    writer.write(u64::from(pulse.sent_count), 16);
    writer.write(u64::from(pulse.pong.is_some()), 1);
    if let Some((ping, held_ms)) = pulse.pong {
        writer.write(u64::from(ping), 8);
        writer.write(u64::from(held_ms), 8);
    }
}

fn read_pulse(reader: &mut BitReader<'_>) -> Option<Pulse> {
    let ping = reader.read(8)? as u8;
    let sent_count = reader.read(16)? as u16;
    let pong = if reader.read_bool()? {
        Some((reader.read(8)? as u8, reader.read(8)? as u8))
    } else {
        None
    };
    Some(Pulse { ping, sent_count, pong })
}

/// The digest of a datagram without its tag.
fn tag(context: TagContext, sender: u8, frames: Frames, body: &[u8]) -> [u8; TAG_BYTES] {
    let mut full = [0u8; 16];
    full[..4].copy_from_slice(&context.epoch.to_le_bytes());
    full[4..8].copy_from_slice(&frames.start.to_le_bytes());
    full[8..12].copy_from_slice(&frames.ack.to_le_bytes());
    full[12] = sender;
    let seed = xxhash_rust::xxh3::xxh3_64_with_seed(&full, context.session_key);
    let digest = xxhash_rust::xxh3::xxh3_64_with_seed(body, seed);
    let bytes = digest.to_le_bytes();
    [bytes[0], bytes[1], bytes[2]]
}

/// Gives any bytes the epoch and the tag that [`read`] wants, as a peer that knows the session key can.
#[cfg(feature = "hostile")]
pub(crate) fn sign(bytes: &mut [u8], context: TagContext, sender: u8, next_start: u32, next_ack: u32) {
    if bytes.len() < HEADER_BYTES {
        return;
    }
    bytes[0] = bytes[0] & !0xc | 1 | ((context.epoch & 3) << 2) as u8;
    let (body, tag_bytes) = bytes.split_at_mut(bytes.len() - TAG_BYTES);
    let mut reader = BitReader::new(body);
    let mut field = |count| reader.read(count).unwrap_or(0) as u32;
    field(4);
    let start = widen(field(START_BITS), START_BITS, next_start);
    let count = field(COUNT_BITS);
    let ack = widen(field(ACK_BITS), ACK_BITS, next_ack);
    if let (Some(start), Some(ack)) = (start, ack) {
        tag_bytes.copy_from_slice(&tag(context, sender, Frames { start, count, ack }, body));
    }
}

/// A datagram whose tag was right; its inputs are not read yet.
#[derive(Debug)]
pub(crate) struct Received<'a> {
    pub(crate) frames: Frames,
    has_sections: bool,
    reader: BitReader<'a>,
}

/// Why a packet is not a datagram of this session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadError {
    /// Too short, or bits that no writer writes.
    Malformed,
    /// Another epoch's low bits.
    Epoch,
    /// The tag is wrong: damaged, foreign or very old.
    Tag,
}

/// Reads the header and checks the tag. `next_start` and `next_ack` are the numbers near which the full ones lie.
pub(crate) fn read(
    bytes: &[u8],
    context: TagContext,
    sender: u8,
    next_start: u32,
    next_ack: u32,
) -> Result<Received<'_>, ReadError> {
    if bytes.len() < HEADER_BYTES {
        return Err(ReadError::Malformed);
    }
    let (body, tag_bytes) = bytes.split_at(bytes.len() - TAG_BYTES);
    let mut reader = BitReader::new(body);
    let mut bits = |count| reader.read(count).ok_or(ReadError::Malformed);
    bits(1)?;
    let has_sections = bits(1)? == 1;
    if bits(2)? != u64::from(context.epoch & 3) {
        return Err(ReadError::Epoch);
    }
    let start = widen(bits(START_BITS)? as u32, START_BITS, next_start).ok_or(ReadError::Tag)?;
    let count = bits(COUNT_BITS)? as u32;
    let ack = widen(bits(ACK_BITS)? as u32, ACK_BITS, next_ack).ok_or(ReadError::Tag)?;
    let frames = Frames { start, count, ack };
    if tag(context, sender, frames, body) != tag_bytes {
        return Err(ReadError::Tag);
    }
    Ok(Received {
        frames,
        has_sections,
        reader,
    })
}

impl<'a> Received<'a> {
    /// Reads the inputs onto the end of `output`; `reference` is the input before the first.
    pub(crate) fn inputs(&mut self, reference: &mut [u8], output: &mut Vec<u8>) -> Result<(), ReadError> {
        inputs::read(&mut self.reader, reference, self.frames.count as usize, output).ok_or(ReadError::Malformed)
    }

    /// Reads what follows the inputs.
    pub(crate) fn sections(mut self) -> Result<Sections<'a>, ReadError> {
        self.read_sections().ok_or(ReadError::Malformed)
    }

    fn read_sections(&mut self) -> Option<Sections<'a>> {
        let reader = &mut self.reader;
        let mut sections = Sections::default();
        let mut has = [false; 4];
        if self.has_sections {
            for has in &mut has {
                *has = reader.read_bool()?;
            }
            // Sections that are announced are there.
            has.contains(&true).then_some(())?;
        }
        let [has_pulse, has_checksum, has_goodbye, has_lane] = has;
        if has_pulse {
            sections.pulse = Some(read_pulse(reader)?);
        }
        if has_checksum {
            let frame_low = reader.read(16)? as u16;
            let checksum = reader.read(32)? as u32;
            sections.checksum = Some(ChecksumReport { frame_low, checksum });
        }
        if has_goodbye {
            sections.goodbye = Some(reader.read(8)? as u8);
        }
        reader.align()?;
        let rest = reader.rest();
        if has_lane {
            sections.lane = Some(rest);
        } else if !rest.is_empty() {
            return None;
        }
        Some(sections)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTEXT: TagContext = TagContext {
        session_key: 77,
        epoch: 5,
    };

    fn sample() -> Vec<u8> {
        let mut writer = BitWriter::default();
        let frames = Frames {
            start: 3000,
            count: 3,
            ack: 2990,
        };
        let sections = Sections {
            pulse: Some(Pulse {
                ping: 9,
                sent_count: 500,
                pong: Some((8, 12)),
            }),
            checksum: Some(ChecksumReport {
                frame_low: 2940,
                checksum: 0xdead_beef,
            }),
            goodbye: None,
            lane: Some(&[1, 2, 3]),
        };
        write(&mut writer, CONTEXT, 0, frames, sections, |writer| {
            let list: [&[u8]; 3] = [&[1, 2], &[1, 2], &[1, 6]];
            inputs::write(writer, &mut [1, 2], list.into_iter());
        });
        writer.bytes().to_vec()
    }

    #[test]
    fn a_datagram_reads_back() {
        let bytes = sample();
        assert!(is_play(&bytes));
        let mut received = read(&bytes, CONTEXT, 0, 3001, 2993).unwrap();
        assert_eq!(
            received.frames,
            Frames {
                start: 3000,
                count: 3,
                ack: 2990
            }
        );
        let mut output = Vec::new();
        received.inputs(&mut [1, 2], &mut output).unwrap();
        assert_eq!(output, [1, 2, 1, 2, 1, 6]);
        let sections = received.sections().unwrap();
        assert_eq!(sections.lane, Some(&[1u8, 2, 3][..]));
        assert_eq!(sections.pulse.unwrap().pong, Some((8, 12)));
        assert_eq!(sections.checksum.unwrap().checksum, 0xdead_beef);
    }

    /// Changes only together with `PROTOCOL_VERSION`: peers of different layouts must not meet.
    #[test]
    fn golden_bytes_pin_the_layout() {
        assert_eq!(crate::PROTOCOL_VERSION, 3);
        let golden = [
            135, 251, 192, 149, 210, 38, 208, 7, 68, 96, 224, 91, 120, 247, 109, 245, 6, 1, 2, 3, 42, 123, 66,
        ];
        assert_eq!(sample(), golden);
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let bytes = sample();
        for bit in 1..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&damaged, CONTEXT, 0, 3001, 2993).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn another_sender_epoch_session_or_age_is_noticed() {
        let bytes = sample();
        assert!(read(&bytes, CONTEXT, 1, 3001, 2993).is_err());
        assert!(read(&bytes, TagContext { epoch: 9, ..CONTEXT }, 0, 3001, 2993).is_err());
        assert!(
            read(
                &bytes,
                TagContext {
                    session_key: 78,
                    ..CONTEXT
                },
                0,
                3001,
                2993
            )
            .is_err()
        );
        assert!(read(&bytes, CONTEXT, 0, 3001 + 1024, 2993).is_err());
        assert!(read(&bytes, CONTEXT, 0, 3001, 2993 + 256).is_err());
    }

    #[test]
    fn short_packets_are_refused() {
        let bytes = sample();
        for length in 0..bytes.len() {
            let _ = read(&bytes[..length], CONTEXT, 0, 3001, 2993).map(Received::sections);
        }
    }
}
