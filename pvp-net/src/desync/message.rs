//! Owns the messages in which two peers look for the beginning of a desync.
//! Must not panic on any bytes or allocate more than they are long.

use crate::wire::bytes::{ByteReader, ByteWriter};

use super::diff::{STATE_BYTES_MAX, digest_count};

/// Frames whose checksums one message tells at most.
pub(crate) const FRAMES_MAX: usize = 4096;
/// Sections of a state at most.
pub(crate) const SECTIONS_MAX: usize = 64;

/// What one peer tells the other. Everything in it is the peer's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TraceMessage {
    /// Checksums of consecutive confirmed frames.
    Checksums { first: u32, checksums: Vec<u64> },
    /// Digests of the state at the first bad frame; without any if there is no state to compare.
    Digests {
        frame: u32,
        state_bytes: u32,
        sections: Vec<u64>,
        pieces: Vec<u64>,
    },
    /// The differing pieces of that state.
    Pieces {
        frame: u32,
        is_truncated: bool,
        told: Vec<u8>,
    },
}

impl TraceMessage {
    /// Writes the message, marked with the match it belongs to.
    pub(crate) fn write(&self, mark: u32, output: &mut Vec<u8>) {
        output.put_u32(mark);
        match self {
            Self::Checksums { first, checksums } => {
                output.put_u8(1);
                output.put_u32(*first);
                checksums.iter().for_each(|checksum| output.put_u64(*checksum));
            }
            Self::Digests {
                frame,
                state_bytes,
                sections,
                pieces,
            } => {
                output.put_u8(2);
                output.put_u32(*frame);
                output.put_u32(*state_bytes);
                output.put_u8(sections.len() as u8);
                sections.iter().chain(pieces).for_each(|digest| output.put_u64(*digest));
            }
            Self::Pieces {
                frame,
                is_truncated,
                told,
            } => {
                output.put_u8(3);
                output.put_u32(*frame);
                output.put_u8(u8::from(*is_truncated));
                output.put(told);
            }
        }
    }

    /// Reads a message and the match it belongs to.
    pub(crate) fn read(bytes: &[u8]) -> Option<(u32, Self)> {
        let mut reader = ByteReader::new(bytes);
        let mark = reader.u32()?;
        let message = match reader.u8()? {
            1 => {
                let first = reader.u32()?;
                let checksums = numbers(&mut reader, FRAMES_MAX)?;
                first.checked_add(checksums.len() as u32)?;
                Self::Checksums { first, checksums }
            }
            2 => Self::read_digests(&mut reader)?,
            3 => Self::Pieces {
                frame: reader.u32()?,
                is_truncated: match reader.u8()? {
                    0 => false,
                    1 => true,
                    _ => return None,
                },
                told: reader.rest().to_vec(),
            },
            _ => return None,
        };
        reader.finish()?;
        Some((mark, message))
    }

    fn read_digests(reader: &mut ByteReader<'_>) -> Option<Self> {
        let frame = reader.u32()?;
        let state_bytes = reader.u32()?;
        let section_count = usize::from(reader.u8()?);
        let piece_count = digest_count(state_bytes as usize);
        if section_count > SECTIONS_MAX || state_bytes as usize > STATE_BYTES_MAX {
            return None;
        }
        let mut sections = numbers(reader, section_count + piece_count)?;
        if sections.len() != section_count + piece_count {
            return None;
        }
        let pieces = sections.split_off(section_count);
        Some(Self::Digests {
            frame,
            state_bytes,
            sections,
            pieces,
        })
    }
}

/// All numbers that are left, at most `max`.
fn numbers(reader: &mut ByteReader<'_>, max: usize) -> Option<Vec<u64>> {
    let mut numbers = Vec::new();
    while let Some(number) = reader.u64() {
        if numbers.len() >= max {
            return None;
        }
        numbers.push(number);
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn messages() -> Vec<TraceMessage> {
        vec![
            TraceMessage::Checksums {
                first: 31,
                checksums: vec![1, u64::MAX],
            },
            TraceMessage::Digests {
                frame: 40,
                state_bytes: 130,
                sections: vec![7, 8],
                pieces: vec![1, 2, 3],
            },
            TraceMessage::Digests {
                frame: 40,
                state_bytes: 0,
                sections: Vec::new(),
                pieces: Vec::new(),
            },
            TraceMessage::Pieces {
                frame: 40,
                is_truncated: true,
                told: vec![1, 0, 5],
            },
        ]
    }

    #[test]
    fn messages_read_back() {
        for message in messages() {
            let mut bytes = Vec::new();
            message.write(9, &mut bytes);
            assert_eq!(TraceMessage::read(&bytes), Some((9, message)));
        }
    }

    #[test]
    fn counts_beyond_the_bounds_are_refused() {
        let long = TraceMessage::Checksums {
            first: 0,
            checksums: vec![0; FRAMES_MAX + 1],
        };
        let wrapping = TraceMessage::Checksums {
            first: u32::MAX,
            checksums: vec![0],
        };
        let huge = TraceMessage::Digests {
            frame: 0,
            state_bytes: u32::MAX,
            sections: Vec::new(),
            pieces: vec![0; 512],
        };
        for message in [long, wrapping, huge] {
            let mut bytes = Vec::new();
            message.write(0, &mut bytes);
            assert_eq!(TraceMessage::read(&bytes), None);
        }
    }

    proptest! {
        #[test]
        fn random_bytes_do_not_panic_and_what_reads_is_written_the_same(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Some((mark, message)) = TraceMessage::read(&bytes) {
                let mut again = Vec::new();
                message.write(mark, &mut again);
                prop_assert_eq!(again, bytes);
            }
        }

        #[test]
        fn damaged_messages_do_not_panic(which in 0usize..4, place in any::<u16>(), flip in 1u8..) {
            let mut bytes = Vec::new();
            messages()[which].write(0, &mut bytes);
            let place = usize::from(place) % bytes.len();
            bytes[place] ^= flip;
            let _ = TraceMessage::read(&bytes);
        }
    }
}
