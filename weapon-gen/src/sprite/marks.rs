//! Owns the small marks that tell a behavior: a reticle for homing, a wing for floating.
//! Must not know weapons: it looks for a free corner.

use super::canvas::{Canvas, Ramp};
use crate::look::Mark;

/// Rows of each mark: digits are shades from dark to light, a dot is free.
const BITMAPS: [(Mark, &[&str]); 10] = [
    (
        Mark::Homing,
        &[
            "....3....",
            "..33333..",
            ".3.....3.",
            ".3.....3.",
            "33..2..33",
            ".3.....3.",
            ".3.....3.",
            "..33333..",
            "....3....",
        ],
    ),
    (
        Mark::Bouncing,
        &[
            "2.....333",
            "2......33",
            ".2....2.3",
            ".2...2...",
            "..2.2....",
            "..222....",
            "...2.....",
            "111111111",
        ],
    ),
    (
        Mark::Explosive,
        &[
            "2...2...2",
            ".2..3..2.",
            "..23332..",
            "..33333..",
            "223333322",
            "..33333..",
            "..23332..",
            ".2..3..2.",
            "2...2...2",
        ],
    ),
    (
        Mark::Piercing,
        &[
            "...11....",
            "...11....",
            "......3..",
            "......33.",
            "333333333",
            "......33.",
            "......3..",
            "...11....",
            "...11....",
        ],
    ),
    (
        Mark::Rapid,
        &["3..3..3..", ".3..3..3.", "..3..3..3", ".3..3..3.", "3..3..3.."],
    ),
    (
        Mark::Fast,
        &["..3333333", ".........", "2222222..", ".........", "..3333333"],
    ),
    (
        Mark::Slow,
        &[
            "1111111", ".3...3.", ".33333.", "..333..", "...3...", "..3.3..", ".3.3.3.", ".32223.", "1111111",
        ],
    ),
    (
        Mark::Long,
        &[
            "...3.......3...",
            "..3.........3..",
            ".33333333333333",
            "..3.........3..",
            "...3.......3...",
        ],
    ),
    (
        Mark::Floating,
        &[
            ".......333.",
            ".....33333.",
            "...3333332.",
            ".33333332..",
            "...33332222",
            ".....33222.",
            "......2222.",
            "........2..",
        ],
    ),
    (
        Mark::Heavy,
        &[
            "...222...",
            "..2...2..",
            "...222...",
            "..23322..",
            ".2332222.",
            ".2322221.",
            "222222211",
            "222222111",
        ],
    ),
];

/// Puts the marks into the freest corners.
pub(super) fn place(canvas: &mut Canvas, marks: &[Option<Mark>]) {
    let mut corners = vec![(true, true), (false, false), (true, false), (false, true)];
    for mark in marks.iter().flatten() {
        let Some((_, rows)) = BITMAPS.iter().find(|(owner, _)| owner == mark) else {
            continue;
        };
        let (width, height) = (rows[0].len() as i32, rows.len() as i32);
        let place =
            |(right, low): (bool, bool)| (if right { 62 - width } else { 2 }, if low { 62 - height } else { 2 });
        let best = (0..corners.len()).min_by_key(|number| canvas.filled(place(corners[*number]), (width, height)));
        let Some(number) = best else { return };
        stamp(canvas, rows, place(corners.remove(number)));
    }
}

/// Draws the rows with a free ring around them, which becomes the outline.
fn stamp(canvas: &mut Canvas, rows: &[&str], (left, top): (i32, i32)) {
    let cells = || {
        rows.iter().enumerate().flat_map(move |(y, row)| {
            row.bytes()
                .enumerate()
                .filter(|(_, cell)| *cell != b'.')
                .map(move |(x, cell)| (left + x as i32, top + y as i32, i32::from(cell - b'0')))
        })
    };
    for (x, y, _) in cells() {
        for (dx, dy) in [(0, 1), (1, 0), (0, -1), (-1, 0)] {
            canvas.clear(x + dx, y + dy);
        }
    }
    for (x, y, shade) in cells() {
        canvas.set(x, y, Ramp::Second, shade);
    }
}
