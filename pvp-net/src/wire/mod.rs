//! Owns the bytes of a session's packets: bit-packed datagrams of play, and byte fields of everything else.
//! Must not hold session state or judge a value against it (that is `guard`'s job); a reader never panics and never allocates
//! more than the packet's own length.

pub(crate) mod bits;
pub(crate) mod bytes;
pub(crate) mod datagram;
pub(crate) mod inputs;

/// The full number nearest to `near` whose low bits are `low`. `None` if that would be negative or too large.
pub(crate) fn widen(low: u32, bits: u32, near: u32) -> Option<u32> {
    let modulus = 1i64 << bits;
    let half = modulus / 2;
    let base = i64::from(near) - half;
    let offset = (i64::from(low) - base).rem_euclid(modulus);
    u32::try_from(base + offset).ok()
}

#[cfg(test)]
mod tests {
    use super::widen;

    #[test]
    fn low_bits_widen_to_the_nearest_number() {
        assert_eq!(widen(5, 8, 5), Some(5));
        assert_eq!(widen(255, 8, 256), Some(255));
        assert_eq!(widen(0, 8, 255), Some(256));
        assert_eq!(widen(1000 & 1023, 10, 1400), Some(1000));
        assert_eq!(widen(255, 8, 3), None);
        for near in 0..3000 {
            let low = near & 0x3ff;
            assert_eq!(widen(low, 10, near), Some(near));
        }
    }
}
