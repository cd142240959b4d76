//! Owns the colors: mixing, dithering, noise, and the players' two sets of team colors.
//! Must not draw: it only answers with colors, in integers.

use pvp_sim::Effect;

/// The darkest color: outlines and shadows of letters.
pub(super) const INK: u32 = 0x0012_0c1a;
pub(super) const WHITE: u32 = 0x00f8_f4ec;
pub(super) const DIM: u32 = 0x00a9_a1bb;
pub(super) const GOLD: u32 = 0x00ff_d25a;
pub(super) const MINT: u32 = 0x0078_f0b4;
pub(super) const ALARM: u32 = 0x00ff_5c50;

/// Which colors tell the players apart.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Palette {
    /// Blue against orange-red.
    #[default]
    Usual,
    /// Sky blue against yellow: apart in brightness too, for every common kind of color blindness.
    ColorBlind,
}

/// The colors of one player, light to dark, and the plume.
#[derive(Copy, Clone, Debug)]
pub(super) struct Team {
    pub(super) light: u32,
    pub(super) middle: u32,
    pub(super) dark: u32,
    pub(super) plume: u32,
}

impl Palette {
    /// The palette of a player's choice.
    #[must_use]
    pub const fn of(is_color_blind: bool) -> Palette {
        if is_color_blind {
            Palette::ColorBlind
        } else {
            Palette::Usual
        }
    }

    pub(super) const fn team(self, player: usize) -> Team {
        match (self, player % 4) {
            (Palette::Usual, 0) => team(0x0074_ccff, 0x0032_86e0, 0x001c_4a94, 0x00e4_f4ff),
            (Palette::Usual, 1) => team(0x00ff_9a5e, 0x00e0_5034, 0x0090_2634, 0x00ff_e07a),
            (Palette::ColorBlind, 0) => team(0x0056_b4e9, 0x0000_72b2, 0x0000_3f6e, 0x00f0_f8ff),
            (Palette::ColorBlind, 1) => team(0x00f8_ee78, 0x00d8_b818, 0x0086_6a00, 0x0020_1a20),
            (_, 2) => team(0x008e_f07a, 0x003c_b054, 0x001c_6644, 0x00f0_ffd8),
            (_, _) => team(0x00e4_9cff, 0x00a0_50d0, 0x005c_2a88, 0x00ff_e0f8),
        }
    }
}

const fn team(light: u32, middle: u32, dark: u32, plume: u32) -> Team {
    Team {
        light,
        middle,
        dark,
        plume,
    }
}

/// An effect's colors from its heart to its edge.
pub(super) const fn glow(effect: Effect) -> [u32; 3] {
    match effect {
        Effect::None => [0x00ff_ffff, 0x00ff_eca8, 0x00c8_9a4c],
        Effect::ArmorPiercing => [0x00ff_ffff, 0x00d0_e4ff, 0x0078_92c8],
        Effect::Area => [0x00ff_f8d0, 0x00ff_b440, 0x00c0_5420],
        Effect::Fire => [0x00ff_f0a0, 0x00ff_8a28, 0x00c8_2c18],
        Effect::Ice => [0x00ff_ffff, 0x0090_e4ff, 0x0040_88d8],
        Effect::Electric => [0x00ff_ffff, 0x00ff_f470, 0x0098_78f8],
        Effect::Poison => [0x00e8_ffa0, 0x0094_e048, 0x0040_8c38],
        Effect::Leech => [0x00ff_d0d8, 0x00ff_4c70, 0x0098_1848],
    }
}

/// The effect of a spec's number; unknown numbers have none.
pub(super) fn effect_of(number: u8) -> Effect {
    Effect::from_u8(number).unwrap_or(Effect::None)
}

/// `share` of 256 of `over`, the rest of `under`.
pub(super) const fn mix(under: u32, over: u32, share: u32) -> u32 {
    let rest = 256 - share;
    let odd = ((under & 0x00ff_00ff) * rest + (over & 0x00ff_00ff) * share) >> 8 & 0x00ff_00ff;
    let even = ((under & 0x0000_ff00) * rest + (over & 0x0000_ff00) * share) >> 8 & 0x0000_ff00;
    odd | even
}

/// The sum of two colors, each channel stopped at full.
pub(super) const fn add(under: u32, light: u32) -> u32 {
    let mut sum = 0;
    let mut shift = 0;
    while shift < 24 {
        let channel = (under >> shift & 0xff) + (light >> shift & 0xff);
        sum |= (if channel > 0xff { 0xff } else { channel }) << shift;
        shift += 8;
    }
    sum
}

/// 0 to 15 in the order of a 4×4 dither.
pub(super) const fn bayer(x: i32, y: i32) -> u32 {
    const ORDER: [u32; 16] = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];
    ORDER[((y & 3) * 4 + (x & 3)) as usize]
}

/// A number that looks random and depends on nothing but its two arguments.
pub(crate) const fn noise(a: u32, b: u32) -> u32 {
    let mut mixed = a.wrapping_mul(0x9e37_79b1) ^ b.wrapping_mul(0x85eb_ca77) ^ 0x2545_f491;
    mixed ^= mixed >> 15;
    mixed = mixed.wrapping_mul(0x2c1b_3c6d);
    mixed ^= mixed >> 12;
    mixed = mixed.wrapping_mul(0x297a_2d39);
    mixed ^ mixed >> 15
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixing_ends_at_its_two_colors() {
        assert_eq!(mix(0x0012_3456, 0x00fe_dcba, 0), 0x0012_3456);
        assert_eq!(mix(0x0012_3456, 0x00fe_dcba, 256), 0x00fe_dcba);
        assert_eq!(add(0x00f0_1080, 0x0020_2080), 0x00ff_30ff);
    }

    #[test]
    fn color_blind_teams_differ_in_brightness() {
        let brightness = |color: u32| (color >> 16 & 0xff) * 3 + (color >> 8 & 0xff) * 6 + (color & 0xff);
        let (first, second) = (Palette::ColorBlind.team(0), Palette::ColorBlind.team(1));
        assert!(brightness(second.middle) > brightness(first.middle) + 400);
    }
}
