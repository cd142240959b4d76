//! Owns randomness: [`Rng`], a generator that lives in the state, and [`hash`], randomness without a state.
//!
//! It must not take entropy from anywhere: the seed is an argument, and render code must not draw from the state's [`Rng`].

use bytemuck::{Pod, Zeroable};

use crate::math::{Angle, Fx};

/// A PCG32 generator (XSH RR, 64 bits of state, stream 54) in two 32-bit words, so that it may live in a state.
///
/// The sequence is that of the reference implementation `pcg32_srandom_r(seed, 54)` and will not change.
/// Draws from a range are unbiased.
///
/// ```
/// let mut rng = pvp_sim::Rng::new(42);
/// assert_eq!(rng.next_u32(), 0xa15c_02b7);
/// assert!(rng.below(6) < 6);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Pod, Zeroable)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[repr(C)]
pub struct Rng {
    low: u32,
    high: u32,
}

const MULTIPLIER: u64 = 6_364_136_223_846_793_005;
const INCREMENT: u64 = (54 << 1) | 1;

impl Rng {
    /// The generator of a seed; nearby seeds give unrelated sequences.
    #[must_use]
    pub const fn new(seed: u64) -> Rng {
        // The reference seeding: step from zero, add the seed, step.
        Rng::from_state(
            INCREMENT
                .wrapping_add(seed)
                .wrapping_mul(MULTIPLIER)
                .wrapping_add(INCREMENT),
        )
    }

    /// A generator for one purpose of one entity in one frame: the same arguments give the same sequence.
    #[must_use]
    pub const fn keyed(seed: u64, frame: u32, entity: u32, purpose: u32) -> Rng {
        Rng::new(hash(seed, frame, entity, purpose))
    }

    #[inline(always)]
    const fn from_state(state: u64) -> Rng {
        Rng {
            low: state as u32,
            high: (state >> 32) as u32,
        }
    }

    /// The next 32 random bits.
    #[inline]
    pub const fn next_u32(&mut self) -> u32 {
        let state = (self.high as u64) << 32 | self.low as u64;
        *self = Rng::from_state(state.wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT));
        let folded = (((state >> 18) ^ state) >> 27) as u32;
        folded.rotate_right((state >> 59) as u32)
    }

    /// The next 64 random bits: two draws, the first in the high half.
    #[inline]
    pub const fn next_u64(&mut self) -> u64 {
        let high = self.next_u32() as u64;
        high << 32 | self.next_u32() as u64
    }

    /// An integer in `0..bound`, each equally likely; zero when `bound` is zero.
    ///
    /// Multiplication with rejection (Lemire, "Fast Random Integer Generation in an Interval", 2019).
    #[inline]
    pub const fn below(&mut self, bound: u32) -> u32 {
        let mut product = self.next_u32() as u64 * bound as u64;
        if (product as u32) < bound {
            let threshold = bound.wrapping_neg() % bound;
            while (product as u32) < threshold {
                product = self.next_u32() as u64 * bound as u64;
            }
        }
        (product >> 32) as u32
    }

    /// An integer in `low..=high`, each equally likely; `low` when the limits are crossed.
    #[inline]
    pub const fn range(&mut self, low: i32, high: i32) -> i32 {
        if low >= high {
            return low;
        }
        let span = high.wrapping_sub(low) as u32;
        let offset = if span == u32::MAX {
            self.next_u32()
        } else {
            self.below(span + 1)
        };
        low.wrapping_add(offset as i32)
    }

    /// True `numerator` times out of `denominator`.
    #[inline]
    pub const fn chance(&mut self, numerator: u32, denominator: u32) -> bool {
        self.below(denominator) < numerator
    }

    /// A number in `0..1`, each of the 65,536 steps equally likely.
    #[inline]
    pub const fn unit(&mut self) -> Fx {
        Fx::from_bits((self.next_u32() >> 16) as i32)
    }

    /// A number in `low..=high`, each step equally likely; `low` when the limits are crossed.
    #[inline]
    pub const fn fx_range(&mut self, low: Fx, high: Fx) -> Fx {
        Fx::from_bits(self.range(low.to_bits(), high.to_bits()))
    }

    /// A direction, each equally likely.
    #[inline]
    pub const fn angle(&mut self) -> Angle {
        Angle::from_bits((self.next_u32() >> 16) as u16)
    }

    /// One of the items, each equally likely; `None` when there is none.
    #[inline]
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
        items.get(self.below(count) as usize)
    }

    /// Puts the items into a random order, each order equally likely (Fisher-Yates from the end).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let bound = u32::try_from(last + 1).unwrap_or(u32::MAX);
            items.swap(last, self.below(bound) as usize);
        }
    }
}

/// 64 random bits from where and when they are needed, with no state to save.
///
/// Use it where draws must not depend on the order of entities: each (frame, entity, purpose) has its own bits.
/// Two rounds of the SplitMix64 finalizer (Steele, Lea and Flood 2014); the value will not change.
#[must_use]
pub const fn hash(seed: u64, frame: u32, entity: u32, purpose: u32) -> u64 {
    let place = (frame as u64) << 32 | entity as u64;
    let first = mix(seed ^ mix(place.wrapping_add(GOLDEN)));
    mix(first
        .wrapping_add((purpose as u64).wrapping_mul(GOLDEN))
        .wrapping_add(GOLDEN))
}

/// 2^64 divided by the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
