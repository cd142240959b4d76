//! Owns the comparison of two states as bytes: digests of pieces, the bytes of differing pieces, the names of differing fields.
//! Must not trust the peer's lengths, and must not know what a state means beyond the names the game gives.

use std::fmt;

use xxhash_rust::xxh3::xxh3_64;

use crate::wire::bytes::{ByteReader, ByteWriter};

/// Pieces a state is cut into at most.
pub(crate) const PIECES_MAX: usize = 512;
const PIECE_BYTES_MIN: usize = 64;
/// Largest state that is compared, in bytes: the pieces of a larger one would not fit a message.
pub(crate) const STATE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes of differing pieces that one side tells at most.
const TOLD_BYTES_MAX: usize = 48 * 1024;
/// Longest field whose value is shown, in bytes.
const FIELD_BYTES_MAX: usize = 8;

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldDifference {
    /// The game's name for it, such as `projectiles[17].velocity.y`.
    pub name: String,
    /// Where it begins in the state's bytes.
    pub byte_offset: u32,
    /// This side's value: the field's bytes as a signed little-endian number.
    pub ours: i64,
    /// The other side's value.
    pub theirs: i64,
}

impl fmt::Display for FieldDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} vs {}", self.name, self.ours, self.theirs)
    }
}

/// Length of the pieces of a state of `state_bytes`; the same on both sides.
fn piece_bytes(state_bytes: usize) -> usize {
    state_bytes
        .div_ceil(PIECES_MAX)
        .next_multiple_of(PIECE_BYTES_MIN)
        .max(PIECE_BYTES_MIN)
}

/// A digest per piece.
pub(crate) fn digests(state: &[u8]) -> Vec<u64> {
    state.chunks(piece_bytes(state.len())).map(xxh3_64).collect()
}

/// How many digests a state of this length has.
pub(crate) fn digest_count(state_bytes: usize) -> usize {
    state_bytes.div_ceil(piece_bytes(state_bytes))
}

/// Writes the pieces in which this side's state differs from the peer's digests. True if there are more than fit.
pub(crate) fn tell_pieces(state: &[u8], theirs: &[u64], output: &mut Vec<u8>) -> bool {
    let end = output.len() + TOLD_BYTES_MAX;
    for (index, piece) in state.chunks(piece_bytes(state.len())).enumerate() {
        if theirs.get(index) == Some(&xxh3_64(piece)) {
            continue;
        }
        if output.len() + 2 + piece.len() > end {
            return true;
        }
        output.put_u16(index as u16);
        output.put(piece);
    }
    false
}

/// Puts the peer's pieces over a copy of `ours`, which must have the peer's length. `None` if they do not decode.
pub(crate) fn apply_pieces(ours: &[u8], told: &[u8]) -> Option<Vec<u8>> {
    let mut theirs = ours.to_vec();
    let size = piece_bytes(ours.len());
    let mut reader = ByteReader::new(told);
    let mut next = 0;
    while let Some(index) = reader.u16() {
        let index = usize::from(index);
        if index < next {
            return None;
        }
        let place = theirs.chunks_mut(size).nth(index)?;
        place.copy_from_slice(reader.bytes(place.len())?);
        next = index + 1;
    }
    reader.finish()?;
    Some(theirs)
}

/// The fields in which two states of equal length differ, and how many there are in all.
pub(crate) fn differing_fields(
    ours: &[u8],
    theirs: &[u8],
    names_max: usize,
    name: impl Fn(usize) -> String,
) -> (Vec<FieldDifference>, u32) {
    let mut fields: Vec<FieldDifference> = Vec::new();
    let mut total = 0;
    let mut last_name = String::new();
    let differing = ours.iter().zip(theirs).enumerate().filter(|(_, (a, b))| a != b);
    for (offset, _) in differing {
        let field_name = name(offset);
        // An empty name stands for bytes that are no part of the state, such as a header.
        if field_name.is_empty() || field_name == last_name {
            continue;
        }
        total += 1;
        if fields.len() < names_max {
            let (first, length) = extent(offset, ours.len(), &field_name, &name);
            fields.push(FieldDifference {
                byte_offset: first as u32,
                ours: value(&ours[first..first + length]),
                theirs: value(&theirs[first..first + length]),
                name: field_name.clone(),
            });
        }
        last_name = field_name;
    }
    (fields, total)
}

/// Where the field that `offset` lies in begins, and its length, as far as neighboring bytes have the same name.
fn extent(offset: usize, state_bytes: usize, field_name: &str, name: impl Fn(usize) -> String) -> (usize, usize) {
    let mut first = offset;
    while first > 0 && offset - (first - 1) < FIELD_BYTES_MAX && name(first - 1) == field_name {
        first -= 1;
    }
    let mut end = offset + 1;
    while end < state_bytes && end - first < FIELD_BYTES_MAX && name(end) == field_name {
        end += 1;
    }
    (first, end - first)
}

/// Little-endian bytes as a signed number.
fn value(bytes: &[u8]) -> i64 {
    let mut wide = [0; 8];
    for (to, from) in wide.iter_mut().zip(bytes) {
        *to = *from;
    }
    let spare_bits = 8 * (8 - bytes.len().clamp(1, 8)) as u32;
    i64::from_le_bytes(wide) << spare_bits >> spare_bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(offset: usize) -> String {
        match offset {
            0..4 => String::new(),
            _ => format!("word[{}]", offset / 4),
        }
    }

    #[test]
    fn fields_are_named_once_with_signed_values_and_headers_are_left_out() {
        let ours = [1, 0, 0, 0, 5, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 9, 9];
        let theirs = [2, 0, 0, 0, 5, 0, 0, 0, 0xfe, 0xff, 0x00, 0xff, 9, 8];
        let (fields, total) = differing_fields(&ours, &theirs, 16, name);
        let shown: Vec<_> = fields.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["word[2]: -1 vs -16711682", "word[3]: 2313 vs 2057"]);
        assert_eq!((total, fields[0].byte_offset), (2, 8));
        assert_eq!(differing_fields(&ours, &theirs, 1, name).1, 2, "all are counted");
    }

    #[test]
    fn a_large_state_is_cut_into_a_bounded_number_of_pieces() {
        for length in [0, 1, 64, 65, 5000, 40_000, 1_000_001, STATE_BYTES_MAX] {
            assert!(digest_count(length) <= PIECES_MAX, "{length}");
        }
        assert_eq!(digests(&[7; 130]).len(), digest_count(130));
    }

    #[test]
    fn more_difference_than_fits_is_cut_off_and_said() {
        let ours = vec![0; 200_000];
        let mut told = Vec::new();
        assert!(tell_pieces(&ours, &[], &mut told));
        assert!(told.len() <= TOLD_BYTES_MAX);
        assert_eq!(apply_pieces(&vec![1; 200_000], &told).unwrap()[0], 0);
    }

    proptest! {
        #[test]
        fn the_peers_state_comes_back_from_the_differing_pieces(
            ours in proptest::collection::vec(any::<u8>(), 0..2000),
            flips in proptest::collection::vec(any::<(u16, u8)>(), 0..20),
        ) {
            let mut theirs = ours.clone();
            for (place, flip) in flips {
                if !theirs.is_empty() {
                    let place = usize::from(place) % theirs.len();
                    theirs[place] ^= flip;
                }
            }
            let mut told = Vec::new();
            prop_assert!(!tell_pieces(&theirs, &digests(&ours), &mut told));
            prop_assert_eq!(apply_pieces(&ours, &told), Some(theirs));
        }

        #[test]
        fn random_pieces_do_not_panic(
            ours in proptest::collection::vec(any::<u8>(), 0..500),
            told in proptest::collection::vec(any::<u8>(), 0..500),
        ) {
            if let Some(theirs) = apply_pieces(&ours, &told) {
                prop_assert_eq!(theirs.len(), ours.len());
            }
        }
    }
}
