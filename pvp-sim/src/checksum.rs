//! Owns the public definition of a checksum: XXH3-64 (seed 0) over a state's 32-bit words in little-endian order.
//! Must not depend on the machine's byte order.

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// The checksum of plain words; `bytes` holds native-endian 32-bit words, so its length is a multiple of 4.
#[must_use]
pub(crate) fn of_words(bytes: &[u8]) -> u64 {
    if cfg!(target_endian = "little") {
        xxh3_64(bytes)
    } else {
        swapped(bytes)
    }
}

/// The checksum of any plain data made of 32-bit words: XXH3-64 (seed 0) over the words in little-endian order.
///
/// Equal data has equal checksums on machines of either byte order.
///
/// # Panics
///
/// When the type holds anything but 32-bit words: its alignment is not 4.
#[must_use]
pub fn checksum_of<T: bytemuck::Pod>(data: &T) -> u64 {
    assert!(align_of::<T>() == 4, "the data must be made of 32-bit words");
    of_words(bytemuck::bytes_of(data))
}

fn swapped(bytes: &[u8]) -> u64 {
    let mut hash = Xxh3::new();
    for word in bytes.chunks_exact(4) {
        hash.update(&[word[3], word[2], word[1], word[0]]);
    }
    hash.digest()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_swapped_form_equals_hashing_swapped_bytes() {
        let bytes: [u8; 64] = core::array::from_fn(|place| place as u8);
        let reversed: [u8; 64] = core::array::from_fn(|place| (place ^ 3) as u8);
        assert_eq!(swapped(&bytes), xxh3_64(&reversed));
    }

    #[test]
    fn published_vectors_hold() {
        let words = [1u32, 2, 3, 0xffff_ffff];
        assert_eq!(of_words(bytemuck::bytes_of(&words)), 0x9213_4ab0_baa4_e81f);
        assert_eq!(of_words(&[]), 0x2d06_8005_38d3_94c2);
    }
}
