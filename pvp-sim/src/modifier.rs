//! Owns live physics modifiers: their kinds, how several combine, and when they end.
//! Must not keep the base values: effective values are recomputed from base and live modifiers, never "restored".

use crate::math::Fx;
use bytemuck::{Pod, Zeroable};

/// What a modifier scales.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum ModKind {
    /// The pull on players and projectiles.
    Gravity,
    /// How fast a runner stops.
    Friction,
    /// The speed kept in bounces.
    Bounce,
    /// The drag of projectiles.
    Drag,
    /// All damage.
    Damage,
    /// The run speed of players.
    Speed,
}

impl ModKind {
    /// Every kind, in number order.
    pub const ALL: [ModKind; 6] = [
        ModKind::Gravity,
        ModKind::Friction,
        ModKind::Bounce,
        ModKind::Drag,
        ModKind::Damage,
        ModKind::Speed,
    ];

    /// The kind of a number.
    #[must_use]
    pub const fn from_u8(value: u8) -> Option<ModKind> {
        if (value as usize) < ModKind::ALL.len() {
            Some(ModKind::ALL[value as usize])
        } else {
            None
        }
    }

    /// The lower-case name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            ModKind::Gravity => "gravity",
            ModKind::Friction => "friction",
            ModKind::Bounce => "bounce",
            ModKind::Drag => "drag",
            ModKind::Damage => "damage",
            ModKind::Speed => "speed",
        }
    }
}

/// One live modifier in the state; `end_frame` 0 means the place is free.
#[repr(C)]
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default, Pod, Zeroable)]
pub struct Modifier {
    /// A [`ModKind`] by number.
    pub kind: u32,
    /// Q8.8, 256 = unchanged.
    pub factor: u32,
    /// The first frame in which it no longer holds; 0 for a free place.
    pub end_frame: u32,
}

/// How many modifiers can live at once.
pub const MODIFIER_COUNT: usize = 16;

/// The product of all live factors of each kind in this frame, Q16.16, each clamped to 1/8 to 8.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Factors([Fx; ModKind::ALL.len()]);

impl Factors {
    /// Nothing is changed.
    pub const NEUTRAL: Factors = Factors([Fx::ONE; ModKind::ALL.len()]);

    /// The factors that hold in `frame`, whatever the order of the modifiers.
    #[must_use]
    pub fn of(modifiers: &[Modifier; MODIFIER_COUNT], frame: u32) -> Factors {
        if modifiers.iter().all(|modifier| modifier.end_frame <= frame) {
            return Factors::NEUTRAL;
        }
        let mut factors = Factors::NEUTRAL;
        for (kind, factor) in factors.0.iter_mut().enumerate() {
            let mut live = [0u32; MODIFIER_COUNT];
            let mut count = 0;
            for modifier in modifiers.iter().filter(|modifier| modifier.end_frame > frame) {
                if modifier.kind as usize == kind {
                    live[count] = modifier.factor;
                    count += 1;
                }
            }
            *factor = product(&mut live[..count]);
        }
        factors
    }

    /// The factor of a kind.
    #[must_use]
    pub const fn factor(&self, kind: ModKind) -> Fx {
        self.0[kind as usize]
    }
}

/// The product of Q8.8 factors as Q16.16, clamped to 1/8 to 8 at the end only.
///
/// The factors are taken in sorted order, a small one whenever the product stands above 1 and a large one otherwise.
/// So the result does not depend on the order they came in, and 16 of them cannot overflow.
fn product(factors: &mut [u32]) -> Fx {
    factors.sort_unstable();
    let mut rest = &*factors;
    let mut product: i64 = 1 << 16;
    while let (Some((smallest, above)), Some((largest, below))) = (rest.split_first(), rest.split_last()) {
        let factor = if product > 1 << 16 {
            (rest = above, *smallest).1
        } else {
            (rest = below, *largest).1
        };
        product = ((product * i64::from(factor)) >> 8).clamp(1, 1 << 40);
    }
    Fx::from_bits(product.clamp(1 << 13, 1 << 19) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gravity(factors: &[u32]) -> Fx {
        let mut modifiers = [Modifier::default(); MODIFIER_COUNT];
        for (place, factor) in modifiers.iter_mut().zip(factors) {
            *place = Modifier {
                kind: ModKind::Gravity as u32,
                factor: *factor,
                end_frame: 10,
            };
        }
        Factors::of(&modifiers, 9).factor(ModKind::Gravity)
    }

    #[test]
    fn factors_multiply_in_any_order() {
        assert_eq!(gravity(&[128, 512, 384]), Fx::from_ratio(3, 2));
        assert_eq!(gravity(&[384, 128, 512]), gravity(&[512, 384, 128]));
        assert_eq!(gravity(&[77, 300, 513, 90, 1000]), gravity(&[1000, 90, 513, 300, 77]));
    }

    #[test]
    fn sixteen_stacked_factors_stay_in_bounds() {
        assert_eq!(gravity(&[2048; 16]), Fx::from_int(8));
        assert_eq!(gravity(&[32; 16]), Fx::from_ratio(1, 8));
        let mut mixed = [2048; 16];
        mixed[..8].fill(32);
        assert_eq!(gravity(&mixed), Fx::ONE);
    }

    #[test]
    fn a_modifier_ends_at_its_end_frame() {
        let mut modifiers = [Modifier::default(); MODIFIER_COUNT];
        modifiers[5] = Modifier {
            kind: ModKind::Damage as u32,
            factor: 512,
            end_frame: 900,
        };
        assert_eq!(Factors::of(&modifiers, 899).factor(ModKind::Damage), Fx::TWO);
        assert_eq!(Factors::of(&modifiers, 900), Factors::NEUTRAL);
    }
}
