//! Keyframes' states: exclusive-or with the first keyframe, then runs of zeros left out.
//!
//! Must not: make more bytes than the stated length, which is bounded.

use super::format::{Cursor, write_varint};

/// Largest state of a keyframe, in bytes.
pub(crate) const STATE_BYTES_MAX: usize = 1 << 20;
/// A run of zeros shorter than this stays inside the literal bytes.
const ZERO_RUN_MIN: usize = 3;

/// Appends length and runs: (zeros, literal count, literal bytes) until the length is reached.
pub(crate) fn pack(state: &[u8], base: &[u8], out: &mut Vec<u8>) {
    let difference: Vec<u8> = state
        .iter()
        .enumerate()
        .map(|(index, byte)| byte ^ base.get(index).copied().unwrap_or(0))
        .collect();
    write_varint(out, difference.len() as u32);
    let mut rest = &difference[..];
    while !rest.is_empty() {
        let zeros = rest.iter().take_while(|byte| **byte == 0).count();
        rest = &rest[zeros..];
        let literals = literal_length(rest);
        write_varint(out, zeros as u32);
        write_varint(out, literals as u32);
        out.extend_from_slice(&rest[..literals]);
        rest = &rest[literals..];
    }
}

/// Bytes until the next run of zeros worth leaving out.
fn literal_length(bytes: &[u8]) -> usize {
    bytes
        .windows(ZERO_RUN_MIN)
        .position(|window| window.iter().all(|byte| *byte == 0))
        .unwrap_or(bytes.len())
}

/// The stated length, if the runs cover exactly that; makes nothing, so that a small file of many keyframes costs little.
pub(crate) fn packed_length(packed: &[u8]) -> Option<usize> {
    let mut cursor = Cursor(packed);
    let length = cursor.varint()? as usize;
    if length > STATE_BYTES_MAX {
        return None;
    }
    let mut covered = 0_usize;
    while covered < length {
        let zeros = cursor.varint()? as usize;
        let literals = cursor.varint()? as usize;
        let more = zeros.checked_add(literals)?;
        cursor.bytes(literals)?;
        covered = covered.checked_add(more).filter(|sum| more > 0 && *sum <= length)?;
    }
    cursor.0.is_empty().then_some(length)
}

/// The state back, or `None` if the bytes are not what [`pack`] writes.
pub(crate) fn unpack(packed: &[u8], base: &[u8]) -> Option<Vec<u8>> {
    let mut cursor = Cursor(packed);
    let length = cursor.varint()? as usize;
    if length > STATE_BYTES_MAX {
        return None;
    }
    let mut state = Vec::new();
    while state.len() < length {
        let zeros = cursor.varint()? as usize;
        let literals = cursor.varint()? as usize;
        let covered = zeros.checked_add(literals)?;
        if covered == 0 || covered > length - state.len() {
            return None;
        }
        state.resize(state.len() + zeros, 0);
        state.extend_from_slice(cursor.bytes(literals)?);
    }
    for (byte, base) in state.iter_mut().zip(base) {
        *byte ^= base;
    }
    cursor.0.is_empty().then_some(state)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_unpacks(
            state in prop::collection::vec(prop_oneof![3 => Just(0_u8), 1 => any::<u8>()], 0..600),
            base in prop::collection::vec(any::<u8>(), 0..600),
        ) {
            let mut packed = Vec::new();
            pack(&state, &base, &mut packed);
            prop_assert_eq!(unpack(&packed, &base), Some(state));
        }

        #[test]
        fn anything_else_is_refused_or_bounded(packed in prop::collection::vec(any::<u8>(), 0..80)) {
            let state = unpack(&packed, &[]);
            prop_assert_eq!(state.as_ref().map(Vec::len), packed_length(&packed));
            if let Some(state) = state {
                prop_assert!(state.len() <= STATE_BYTES_MAX);
            }
        }
    }

    #[test]
    fn a_mostly_empty_state_is_small() {
        let mut packed = Vec::new();
        pack(&[0; 4000], &[], &mut packed);
        assert!(packed.len() <= 6, "{}", packed.len());
    }
}
