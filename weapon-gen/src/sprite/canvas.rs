//! Owns the drawing surface: tapered strokes, discs and the outline, in integers.
//! Must not know weapons.

use super::{COLOR_COUNT_MAX, SPRITE_SIZE, Sprite};

/// Outline, three ramps of four shades, one of three.
pub(super) type Palette = [[u8; 3]; COLOR_COUNT_MAX];

/// A color by its role; four shades from dark to light.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum Ramp {
    /// What the weapon is made of.
    Main,
    /// Grips and shafts.
    Grip,
    /// Element, gem, string.
    Accent,
    /// Second element, marks.  It has no darkest shade.
    Second,
}

/// Index of the outline color.
const OUTLINE: u8 = 1;
const SHADES: i32 = 4;

impl Ramp {
    fn shade(self, shade: i32) -> u8 {
        let first = match self {
            Ramp::Main => 2,
            Ramp::Grip => 6,
            Ramp::Accent => 10,
            Ramp::Second => return (13 + shade.clamp(1, SHADES - 1)) as u8,
        };
        (first + shade.clamp(0, SHADES - 1)) as u8
    }
}

/// A place in quarter pixels, so that strokes can lie between pixels.
pub(super) type Place = (i32, i32);

pub(super) struct Canvas {
    pixels: Vec<u8>,
    /// Size of everything in 1/16.
    scale: i32,
    /// Where the middle lies, in pixels from the sprite's middle.
    shift: (i32, i32),
}

const SIDE: i32 = SPRITE_SIZE as i32;
const MIDDLE: i32 = SIDE * 2;

impl Canvas {
    pub(super) fn new(scale: i32, shift: (i32, i32)) -> Canvas {
        Canvas {
            pixels: vec![0; SPRITE_SIZE * SPRITE_SIZE],
            scale,
            shift,
        }
    }

    fn place(&self, (x, y): (i32, i32)) -> Place {
        let scaled = |value: i32| (value * 4 - MIDDLE) * self.scale / 16 + MIDDLE;
        (scaled(x) + self.shift.0 * 4, scaled(y) + self.shift.1 * 4)
    }

    fn put(&mut self, x: i32, y: i32, color: u8) {
        // A border of one pixel stays free for the outline.
        if (1..SIDE - 1).contains(&x) && (1..SIDE - 1).contains(&y) {
            self.pixels[(y * SIDE + x) as usize] = color;
        }
    }

    pub(super) fn is_set(&self, x: i32, y: i32) -> bool {
        (0..SIDE).contains(&x) && (0..SIDE).contains(&y) && self.pixels[(y * SIDE + x) as usize] != 0
    }

    /// How many pixels of a rectangle are set.
    pub(super) fn filled(&self, (left, top): (i32, i32), (width, height): (i32, i32)) -> usize {
        let cells = (top..top + height).flat_map(|y| (left..left + width).map(move |x| (x, y)));
        cells.filter(|(x, y)| self.is_set(*x, *y)).count()
    }

    /// Sets one pixel, unscaled.
    pub(super) fn set(&mut self, x: i32, y: i32, ramp: Ramp, shade: i32) {
        self.put(x, y, ramp.shade(shade));
    }

    /// Frees one pixel, unscaled.
    pub(super) fn clear(&mut self, x: i32, y: i32) {
        self.put(x, y, 0);
    }

    /// Frees everything below a row of the drawing.
    pub(super) fn clear_below(&mut self, row: i32) {
        let first = self.place((0, row)).1 / 4;
        for y in first..SIDE {
            for x in 0..SIDE {
                self.clear(x, y);
            }
        }
    }

    /// Lays another picture over this one, parted from it by an outline.
    pub(super) fn overlay(&mut self, mut top: Canvas) {
        top.outline();
        for (place, pixel) in self.pixels.iter_mut().zip(top.pixels) {
            if pixel != 0 {
                *place = pixel;
            }
        }
    }

    /// A stroke from `from` to `to` (pixels) whose half width goes from `start` to `end` (quarter pixels), lit from the upper left.
    pub(super) fn taper(&mut self, from: (i32, i32), to: (i32, i32), start: i32, end: i32, ramp: Ramp) {
        self.shaded_taper(from, to, start, end, |across| ramp.shade(across));
    }

    /// A stroke in one shade.
    pub(super) fn flat(&mut self, from: (i32, i32), to: (i32, i32), half_width: i32, ramp: Ramp, shade: i32) {
        self.shaded_taper(from, to, half_width, half_width, |_| ramp.shade(shade));
    }

    fn shaded_taper(&mut self, from: (i32, i32), to: (i32, i32), start: i32, end: i32, color: impl Fn(i32) -> u8) {
        let (from, to) = (self.place(from), self.place(to));
        let (start, end) = (start * self.scale / 16, end * self.scale / 16);
        let (ax, ay) = (to.0 - from.0, to.1 - from.1);
        let square = (ax * ax + ay * ay).max(1);
        let length = square.cast_unsigned().isqrt().cast_signed().max(1);
        // The lit side is the one whose normal points up, or left for upright strokes.
        let lit = if ax > 0 || (ax == 0 && ay < 0) { 1 } else { -1 };
        let reach = start.max(end) / 4 + 2;
        for y in from.1.min(to.1) / 4 - reach..=from.1.max(to.1) / 4 + reach {
            for x in from.0.min(to.0) / 4 - reach..=from.0.max(to.0) / 4 + reach {
                let (px, py) = (x * 4 + 2 - from.0, y * 4 + 2 - from.1);
                let along = px * ax + py * ay;
                if !(0..=square).contains(&along) {
                    continue;
                }
                let across = (px * ay - py * ax) * lit / length;
                let half = start + ((end - start) * (along / length)) / length;
                if across.abs() <= half.max(1) {
                    // 0 (dark) to 3 (light) from one edge to the other.
                    let shade = (across + half) * SHADES / (2 * half + 1).max(1);
                    self.put(x, y, color(shade));
                }
            }
        }
    }

    /// A ball, lit from the upper left. The radius is in quarter pixels.
    pub(super) fn disc(&mut self, center: (i32, i32), radius: i32, ramp: Ramp) {
        self.shaded_disc(center, radius, |shade| ramp.shade(shade));
    }

    /// A disc in one shade.
    pub(super) fn dot(&mut self, center: (i32, i32), radius: i32, ramp: Ramp, shade: i32) {
        self.shaded_disc(center, radius, |_| ramp.shade(shade));
    }

    fn shaded_disc(&mut self, center: (i32, i32), radius: i32, color: impl Fn(i32) -> u8) {
        let center = self.place(center);
        let radius = (radius * self.scale / 16).max(2);
        let (light_x, light_y) = (center.0 - radius / 3, center.1 - radius / 3);
        for y in (center.1 - radius) / 4 - 1..=(center.1 + radius) / 4 + 1 {
            for x in (center.0 - radius) / 4 - 1..=(center.0 + radius) / 4 + 1 {
                let (px, py) = (x * 4 + 2, y * 4 + 2);
                let (dx, dy) = (px - center.0, py - center.1);
                if dx * dx + dy * dy > radius * radius {
                    continue;
                }
                let (lx, ly) = (px - light_x, py - light_y);
                let away = (lx * lx + ly * ly).cast_unsigned().isqrt().cast_signed();
                self.put(x, y, color(3 - away * 3 / radius.max(1)));
            }
        }
    }

    /// Takes pixels away within a disc (radius in quarter pixels).
    pub(super) fn hole(&mut self, center: (i32, i32), radius: i32) {
        self.shaded_disc(center, radius, |_| 0);
    }

    /// A stroke through many places.
    pub(super) fn path(&mut self, places: &[(i32, i32)], half_width: i32, ramp: Ramp) {
        for pair in places.windows(2) {
            self.taper(pair[0], pair[1], half_width, half_width, ramp);
        }
        for place in &places[..places.len().saturating_sub(1)] {
            self.dot(*place, half_width, ramp, 1);
        }
    }

    /// The mirror image, left and right swapped.
    pub(super) fn mirrored(&self) -> Canvas {
        let mut pixels = self.pixels.clone();
        pixels.chunks_exact_mut(SPRITE_SIZE).for_each(<[u8]>::reverse);
        Canvas { pixels, ..*self }
    }

    /// Draws the dark outline.
    fn outline(&mut self) {
        let drawn = self.pixels.clone();
        let at = |x: i32, y: i32| {
            (0..SIDE).contains(&x) && (0..SIDE).contains(&y) && drawn[(y * SIDE + x) as usize] > OUTLINE
        };
        for y in 0..SIDE {
            for x in 0..SIDE {
                if !at(x, y) && (at(x - 1, y) || at(x + 1, y) || at(x, y - 1) || at(x, y + 1)) {
                    self.pixels[(y * SIDE + x) as usize] = OUTLINE;
                }
            }
        }
    }

    /// Draws the dark outline and keeps only the colors in use.
    pub(super) fn finish(mut self, palette: &Palette) -> Sprite {
        self.outline();
        let mut colors = Vec::new();
        let mut names = [0u8; COLOR_COUNT_MAX + 1];
        for pixel in &mut self.pixels {
            if *pixel == 0 {
                continue;
            }
            let name = &mut names[usize::from(*pixel)];
            if *name == 0 {
                colors.push(palette[usize::from(*pixel) - 1]);
                *name = colors.len() as u8;
            }
            *pixel = *name;
        }
        Sprite::from_parts(colors, self.pixels)
    }
}
