//! Owns the fighters' pixels: rows of letters, each letter a color of the team or a fixed one.
//! Must not decide which picture is shown: `figure` does.

use super::palette::{INK, Team};

/// Rows of letters, all of one width; a dot is transparent. Drawn facing right.
pub(super) type Art = &'static [&'static str];

/// The color of a letter; `None` is transparent.
pub(super) const fn color(letter: u8, team: &Team) -> Option<u32> {
    Some(match letter {
        b'o' => INK,
        b'a' => team.light,
        b'b' => team.middle,
        b'c' => team.dark,
        b'p' => team.plume,
        b'v' => 0x0022_1a30,
        b'W' => 0x00ff_fbe0,
        b'm' => 0x008a_8498,
        b'M' => 0x00d8_d4e4,
        b'k' => 0x0050_3a38,
        b'K' => 0x0082_5c48,
        b'h' => 0x00e8_dcc0,
        b'H' => 0x00a8_9478,
        _ => return None,
    })
}

/// A visored helmet; its plume is drawn apart.
pub(super) const HELMET: Art = &[
    "............",
    "...ooooo....",
    "..oaaaaao...",
    ".obaaaaaao..",
    ".obbaooooo..",
    ".obbovWvWvo.",
    ".ocbboooooo.",
    "..occbbbao..",
];

/// A horned helmet with an open face: the second player is told apart by shape, too.
pub(super) const HORNED: Art = &[
    ".hh......hh.",
    "ohHo.oo.ohHo",
    ".ohobaaoho..",
    "..obbaaaao..",
    ".ocbbaaaaao.",
    ".ocbovWvWvo.",
    ".ocbboooooo.",
    "..occbmMmo..",
];

/// Breast and belt.
pub(super) const TORSO: Art = &["...ocbaaao..", "..occbbaao..", "..ockKMKko.."];

pub(super) const LEGS_IDLE: Art = &["...ocbocbo..", "...ocbocbo..", "...okkokko..", "...okkkokkk."];

/// Six strides; the far leg is dark.
pub(super) const LEGS_RUN: [Art; 6] = [
    &["...occbbbo..", "..occo.obbo.", ".okko...okk.", ".oko....okkk"],
    &["...occbbo...", "..occo.obbo.", ".okko..okko.", "..o....okkk."],
    &["...ocbbo....", "..occobbo...", ".okkoobbo...", ".oko.okkk..."],
    &["...obbccco..", "..obbo.occo.", ".okko...okk.", ".oko....okkk"],
    &["...obbcco...", "..obbo.occo.", ".okko..okko.", "..o....okkk."],
    &["...obbco....", "..obboccoo..", ".okkooccoo..", ".oko.okkk..."],
];

pub(super) const LEGS_JUMP: Art = &["...ocbbbo...", "..occo.obbo.", ".okko..okkko", "okko....ooo."];
pub(super) const LEGS_APEX: Art = &["...ocbbbo...", "..occoobbo..", ".okkoookkko.", "..oo....oo.."];
pub(super) const LEGS_FALL: Art = &["..ocbo.obbo.", ".occo...obbo", ".okko...okko", "okko.....okk"];
pub(super) const LEGS_HURT: Art = &["..occobbo...", "...occoobbo.", "...okko.okko", "....okk..okk"];
pub(super) const LEGS_SQUAT: Art = &["..occbobbo..", ".okkoookko..", ".okkk.okkko."];

/// Lying on the back, feet to the left.
pub(super) const FALLEN: Art = &[
    "..o.........oooo..",
    ".oko..oooo.obaaao.",
    ".okkoobaabobaaaavo",
    "okkkccbbaabbbaaovo",
    "okkocccbbbccbbbavo",
    ".oooooooooooooooo.",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Palette;

    #[test]
    fn rows_are_even_and_letters_known() {
        let team = Palette::Usual.team(0);
        let twelve = [
            HELMET, HORNED, TORSO, LEGS_IDLE, LEGS_JUMP, LEGS_APEX, LEGS_FALL, LEGS_HURT, LEGS_SQUAT,
        ];
        let arts = twelve
            .into_iter()
            .chain(LEGS_RUN)
            .map(|art| (art, 12))
            .chain([(FALLEN, 18)]);
        for (art, width) in arts {
            for row in art {
                assert_eq!(row.len(), width, "{row}");
                assert!(
                    row.bytes()
                        .all(|letter| letter == b'.' || color(letter, &team).is_some()),
                    "{row}"
                );
            }
        }
    }
}
