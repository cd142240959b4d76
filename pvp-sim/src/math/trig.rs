//! Owns sine and arc tangent on binary angles, by table and interpolation in integers.
//!
//! It must not take or return radians, and the tables are data (`tables`), never computed at run time.

use super::fx::Fx;
use super::tables::{ATAN, SINE};

/// The sine of `turn`/65,536 of a turn, correctly rounded to Q16 for every argument.
#[inline]
pub(crate) const fn sin(turn: u16) -> Fx {
    let within = (turn & 0x3fff) as u32;
    let magnitude = quarter(if turn & 0x4000 != 0 { 0x4000 - within } else { within });
    Fx::from_bits(if turn & 0x8000 != 0 { -magnitude } else { magnitude })
}

/// The sine of the first quarter turn, `position` in 0..=16,384, in Q16.
///
/// Between two entries: the straight line, plus the parabola that makes up for the curvature of the sine.
#[inline(always)]
const fn quarter(position: u32) -> i32 {
    let (index, fraction) = ((position >> 4) as usize, (position & 15) as i64);
    let (from, to) = (SINE[index] as i64, SINE[index + 1] as i64);
    // Q38: the table has 30 fraction bits and the position within an interval 4 more.
    let line = (from << 8) + (to - from) * fraction * 16;
    let bend = ((from + to) * (fraction * (16 - fraction)) * CURVATURE) >> 42;
    ((line + bend + (1 << 21)) >> 22) as i32
}

/// h² / 4 in units of 2^-42, with h = 2π / 4096, the width of a table interval.
///
/// A curve that bends by -sin lies above its chord by h² / 2 * t * (1 - t) * sin, and `from + to` is twice the sine.
const CURVATURE: i64 = 2587258;

/// The direction of `(x, y)` in 1/65,536 turn, to the nearest step; zero for (0, 0).
#[inline]
pub(crate) const fn atan2(y: i32, x: i32) -> u16 {
    let (width, height) = (x.unsigned_abs() as u64, y.unsigned_abs() as u64);
    let steep = height > width;
    let (small, large) = if steep { (width, height) } else { (height, width) };
    if large == 0 {
        return 0;
    }
    // The ratio in Q20, then a table of 256 intervals; angles in 2^-32 turn.
    let ratio = ((small << 20) + large / 2) / large;
    let (index, fraction) = ((ratio >> 12) as usize, ratio & 0xfff);
    let from = ATAN[index] as u64;
    let octant = from + (((ATAN[index + 1] as u64 - from) * fraction) >> 12);
    let quadrant = if steep { (1 << 30) - octant } else { octant };
    let steps = ((quadrant + (1 << 15)) >> 16) as u16;
    let half = if x < 0 { 0x8000u16.wrapping_sub(steps) } else { steps };
    if y < 0 { half.wrapping_neg() } else { half }
}
