//! Owns the compression of long lane messages: when it is worth it, and how much of a peer's is believed.
//! Must not make more bytes than were announced, than a message may have, or than [`GAIN_MAX`] times what came.
//!
//! A compressed message is its length less one (`u16`, little-endian), a raw DEFLATE stream of exactly that many bytes,
//! and zeros as far as the bound on the gain asks for them.

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use crate::lane::LANE_MESSAGE_BYTES_MAX;
use crate::stats::DropReason;
use crate::wire::bytes::ByteWriter;

/// Shorter messages travel as they are: one fragment carries them.
const COMPRESSED_BYTES_MIN: usize = 256;
/// Bytes of a message for each byte that travels, at most: a datagram makes no more than its share of memory.
const GAIN_MAX: usize = 32;
/// Of 0 to 9; higher ones take more of a frame than they save on the wire.
const LEVEL: u8 = 4;
const HEADER_BYTES: usize = 2;

/// A message as it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parcel {
    pub(crate) bytes: Vec<u8>,
    pub(crate) is_compressed: bool,
}

impl Parcel {
    /// Compresses a message if that makes it shorter by an eighth at least.
    pub(crate) fn pack(message: Vec<u8>) -> Self {
        if (COMPRESSED_BYTES_MIN..=LANE_MESSAGE_BYTES_MAX).contains(&message.len()) {
            let stream = compress_to_vec(&message, LEVEL);
            let stream_bytes = stream.len().max(message.len().div_ceil(GAIN_MAX));
            if HEADER_BYTES + stream_bytes <= message.len() - message.len() / 8 {
                let mut bytes = Vec::with_capacity(HEADER_BYTES + stream_bytes);
                bytes.put_u16((message.len() - 1) as u16);
                bytes.put(&stream);
                bytes.resize(HEADER_BYTES + stream_bytes, 0);
                return Self {
                    bytes,
                    is_compressed: true,
                };
            }
        }
        Self {
            bytes: message,
            is_compressed: false,
        }
    }

    /// The message, or that its bytes are none.
    pub(crate) fn unpack(self) -> Result<Vec<u8>, DropReason> {
        if !self.is_compressed {
            return Ok(self.bytes);
        }
        inflate(&self.bytes).ok_or(DropReason::Lane)
    }
}

fn inflate(bytes: &[u8]) -> Option<Vec<u8>> {
    let (header, stream) = bytes.split_first_chunk::<HEADER_BYTES>()?;
    let length = usize::from(u16::from_le_bytes(*header)) + 1;
    if length > stream.len() * GAIN_MAX {
        return None;
    }
    let mut message = vec![0; length];
    let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let (status, read, written) = decompress(&mut DecompressorOxide::new(), stream, &mut message, 0, flags);
    let is_whole = status == TINFLStatus::Done && written == length;
    let is_padded = stream.get(read..)?.iter().all(|byte| *byte == 0);
    (is_whole && is_padded).then_some(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn compressed(bytes: Vec<u8>) -> Parcel {
        Parcel {
            bytes,
            is_compressed: true,
        }
    }

    #[test]
    fn long_messages_shrink_and_short_or_random_ones_stay_as_they_are() {
        let text = b"a sword of burning ice, ".repeat(40);
        let parcel = Parcel::pack(text.clone());
        assert!(
            parcel.is_compressed && parcel.bytes.len() * 4 < text.len(),
            "{}",
            parcel.bytes.len()
        );
        assert_eq!(parcel.unpack(), Ok(text.clone()));
        let short = text[..COMPRESSED_BYTES_MIN - 1].to_vec();
        let random: Vec<u8> = (0..200_u64)
            .flat_map(|word| xxhash_rust::xxh3::xxh3_64(&word.to_le_bytes()).to_le_bytes())
            .collect();
        for message in [short, random, Vec::new()] {
            let parcel = Parcel::pack(message.clone());
            assert_eq!((parcel.is_compressed, &parcel.bytes), (false, &message));
            assert_eq!(parcel.unpack(), Ok(message));
        }
    }

    #[test]
    fn the_longest_message_of_zeros_still_travels_and_comes_back() {
        let message = vec![0; LANE_MESSAGE_BYTES_MAX];
        let parcel = Parcel::pack(message.clone());
        assert_eq!(parcel.bytes.len(), HEADER_BYTES + LANE_MESSAGE_BYTES_MAX / GAIN_MAX);
        assert_eq!(parcel.unpack(), Ok(message));
    }

    #[test]
    fn a_bomb_a_lie_about_the_length_and_a_cut_or_lengthened_stream_are_refused() {
        let message = b"forge ".repeat(200);
        let good = Parcel::pack(message.clone()).bytes;
        let with_length = |length: usize| {
            let mut bytes = good.clone();
            bytes[..2].copy_from_slice(&((length - 1) as u16).to_le_bytes());
            bytes
        };
        // The gain that a stream of zeros has by itself is a thousand.
        let mut bomb = vec![0xff, 0xff];
        bomb.extend(compress_to_vec(&[0; LANE_MESSAGE_BYTES_MAX], 9));
        assert!(bomb.len() < 100, "{} bytes", bomb.len());
        let lengthened = [&good[..], &[1]].concat();
        for bytes in [
            bomb,
            with_length(message.len() - 1),
            with_length(message.len() + 1),
            good[..good.len() - 3].to_vec(),
            lengthened,
            Vec::new(),
            vec![9],
            vec![9, 0],
        ] {
            assert_eq!(compressed(bytes.clone()).unpack(), Err(DropReason::Lane), "{bytes:?}");
        }
        assert_eq!(compressed(good).unpack(), Ok(message));
    }

    proptest! {
        #[test]
        fn every_message_comes_back(
            words in prop::collection::vec(prop_oneof![Just(7_u8), any::<u8>()], 0..40),
            repeats in 1..60_usize,
        ) {
            let message = words.repeat(repeats);
            let parcel = Parcel::pack(message.clone());
            prop_assert!(parcel.bytes.len() <= message.len());
            prop_assert_eq!(parcel.unpack(), Ok(message));
        }

        #[test]
        fn any_bytes_are_refused_or_make_no_more_than_their_share(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let length = bytes.len();
            if let Ok(message) = compressed(bytes).unpack() {
                prop_assert!(message.len() <= length * GAIN_MAX);
            }
        }
    }
}
