//! Owns the integer square root.
//!
//! It must stay exact: the floor of the root for every argument.

use super::tables::ROOT;

/// The largest integer whose square is not larger than `value`.
///
/// Squared lengths below one unit, which is most of what moves, take the short way: a seed and one step of Newton.
#[inline]
pub(crate) const fn floor_root(value: u64) -> u64 {
    if value >> 32 == 0 {
        floor_root_u32(value as u32) as u64
    } else {
        value.isqrt()
    }
}

/// The same for 32 bits.
#[inline]
pub(crate) const fn floor_root_u32(value: u32) -> u32 {
    if value == 0 {
        return 0;
    }
    // An even shift brings the number to 2^30 or above; the root is then 2^15 or above.
    let shift = value.leading_zeros() & !1;
    let high = value << shift;
    let seed = ROOT[(high >> 24) as usize & 255] as u32;
    // Newton comes out at the floor or one above: the seed is within 1/256 of the root.
    let above = (seed + high / seed) >> 1;
    let root = above - (above as u64 * above as u64 > high as u64) as u32;
    root >> (shift / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_exact_around_every_square() {
        for root in 1..=0xffff_u32 {
            let square = root * root;
            assert_eq!(floor_root_u32(square), root);
            assert_eq!(floor_root_u32(square - 1), root - 1);
            assert_eq!(floor_root_u32(square + 1), root);
        }
        assert_eq!((floor_root_u32(0), floor_root_u32(u32::MAX)), (0, 0xffff));
    }

    #[test]
    fn the_root_is_that_of_the_core_library() {
        let mut rng = crate::Rng::new(1);
        for _ in 0..200_000 {
            let value = rng.next_u64() >> rng.below(64);
            assert_eq!(floor_root(value), value.isqrt(), "{value}");
        }
    }
}
