//! Owns the framebuffer and its strokes: rectangles, discs, text, sprites; everything clips.
//! Must not know the game.

use super::font;
use super::palette::{INK, add, mix};
use weapon_gen::Sprite;
use weapon_gen::sprite::SPRITE_SIZE;

/// Width in pixels.
pub const WIDTH: i32 = 480;
/// Height in pixels.
pub const HEIGHT: i32 = 270;

/// 480×270 pixels of 0x00RRGGBB, rows from the top.
pub struct Canvas {
    pixels: Vec<u32>,
    #[cfg(test)]
    pub(crate) written: Vec<Written>,
}

/// A text on the canvas, so that tests see what overlaps.
#[cfg(test)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// Left, top, right and bottom of its letters.
    pub(crate) edges: [i32; 4],
    /// What it says.
    pub(crate) text: String,
}

impl Default for Canvas {
    fn default() -> Canvas {
        Canvas::new()
    }
}

impl Canvas {
    /// A black canvas.
    #[must_use]
    pub fn new() -> Canvas {
        Canvas {
            pixels: vec![0; (WIDTH * HEIGHT) as usize],
            #[cfg(test)]
            written: Vec::new(),
        }
    }

    /// The pixels, rows from the top.
    #[must_use]
    pub fn pixels(&self) -> &[u32] {
        &self.pixels
    }

    /// What was written so far is background from now on.
    pub(crate) fn forget_texts(&mut self) {
        #[cfg(test)]
        self.written.clear();
    }

    pub(crate) fn put(&mut self, x: i32, y: i32, color: u32) {
        if (0..WIDTH).contains(&x) && (0..HEIGHT).contains(&y) {
            self.pixels[(y * WIDTH + x) as usize] = color;
        }
    }

    /// Lays `share` of 256 of a color over a pixel.
    pub(crate) fn tint(&mut self, x: i32, y: i32, color: u32, share: u32) {
        if (0..WIDTH).contains(&x) && (0..HEIGHT).contains(&y) {
            let pixel = &mut self.pixels[(y * WIDTH + x) as usize];
            *pixel = mix(*pixel, color, share);
        }
    }

    /// Adds light to a pixel.
    pub(crate) fn shine(&mut self, x: i32, y: i32, color: u32) {
        if (0..WIDTH).contains(&x) && (0..HEIGHT).contains(&y) {
            let pixel = &mut self.pixels[(y * WIDTH + x) as usize];
            *pixel = add(*pixel, color);
        }
    }

    /// A soft disc of light: `color` in the middle, nothing at the edge, in four steps.
    pub(crate) fn halo(&mut self, x: i32, y: i32, radius: i32, color: u32) {
        let full = radius * radius;
        for dy in -radius..=radius {
            for dx in -radius..=radius {
                let distance = dx * dx + dy * dy;
                if distance < full {
                    let steps = (4 * (full - distance) / full.max(1)) as u32 + 1;
                    self.shine(x + dx, y + dy, mix(0, color, steps * 64 / 5));
                }
            }
        }
    }

    /// The outline of a circle, `width` pixels wide.
    pub(crate) fn ring(&mut self, x: i32, y: i32, radius: i32, width: i32, color: u32) {
        let (outer, inner) = (
            radius * radius + radius,
            (radius - width).max(0) * (radius - width).max(0),
        );
        for dy in -radius..=radius {
            for dx in -radius..=radius {
                let distance = dx * dx + dy * dy;
                if distance <= outer && (distance > inner || width > radius) {
                    self.put(x + dx, y + dy, color);
                }
            }
        }
    }

    pub(crate) fn rect(&mut self, x: i32, y: i32, width: i32, height: i32, color: u32) {
        for row in y.max(0)..(y + height).min(HEIGHT) {
            for column in x.max(0)..(x + width).min(WIDTH) {
                self.pixels[(row * WIDTH + column) as usize] = color;
            }
        }
    }

    /// A dark box with a metal edge, to write on; it hides what is below.
    pub(crate) fn panel(&mut self, left: i32, top: i32, width: i32, height: i32, edge: u32) {
        self.rect(left - 1, top - 1, width + 2, height + 2, INK);
        self.rect(left, top, width, height, edge);
        self.rect(left, top, width, 1, mix(edge, 0x00ff_ffff, 80));
        self.rect(left + 1, top + 1, width - 2, height - 2, 0x001c_1528);
        #[cfg(test)]
        self.written.retain(|known| {
            let [from, above, to, below] = known.edges;
            to < left || from > left + width || below < top || above > top + height
        });
    }

    /// A pane to write on that lets the fight through.
    pub(crate) fn glass(&mut self, left: i32, top: i32, width: i32, height: i32) {
        for y in top..top + height {
            for x in left..left + width {
                self.tint(x, y, INK, 150);
            }
        }
    }

    pub(crate) fn disc(&mut self, x: i32, y: i32, radius: i32, color: u32) {
        for dy in -radius..=radius {
            for dx in -radius..=radius {
                if dx * dx + dy * dy <= radius * radius {
                    self.put(x + dx, y + dy, color);
                }
            }
        }
    }

    pub(crate) fn line(&mut self, from: (i32, i32), to: (i32, i32), color: u32) {
        let steps = (to.0 - from.0).abs().max((to.1 - from.1).abs()).max(1);
        for step in 0..=steps {
            let x = from.0 + (to.0 - from.0) * step / steps;
            let y = from.1 + (to.1 - from.1) * step / steps;
            self.put(x, y, color);
        }
    }

    /// Text with an outline.
    pub(crate) fn text(&mut self, x: i32, y: i32, text: &str, color: u32) {
        font::left(self, x, y, text, color);
    }

    /// Text that ends at `right`.
    pub(crate) fn text_right(&mut self, right: i32, y: i32, text: &str, color: u32) {
        font::right(self, right, y, text, color);
    }

    /// Text in the middle of the canvas.
    pub(crate) fn text_middle(&mut self, y: i32, text: &str, color: u32) {
        font::middle(self, (WIDTH / 2, y), text, color, 1);
    }

    /// Large text in the middle of the canvas.
    pub(crate) fn title(&mut self, y: i32, text: &str, color: u32) {
        font::middle(self, (WIDTH / 2, y), text, color, 2);
    }

    /// How wide a text is.
    pub(crate) fn text_width(text: &str) -> i32 {
        font::width(text)
    }

    /// A sprite in a square of `size` pixels, mirrored if `flip`; each pixel is the most frequent of nine samples.
    pub(crate) fn sprite_fit(&mut self, (left, top, size): (i32, i32, i32), sprite: &Sprite, flip: bool) {
        let full = SPRITE_SIZE as i32;
        for y in 0..size {
            for x in 0..size {
                let column = if flip { size - 1 - x } else { x };
                let sample = |number: i32| {
                    let x = (column * 3 + number % 3) * full / (size * 3);
                    let y = (y * 3 + number / 3) * full / (size * 3);
                    sprite.pixel(x as usize, y as usize)
                };
                if let Some(color) = most_frequent(sample) {
                    self.put(left + x, top + y, color);
                }
            }
        }
    }

    /// Pushes the whole picture; what is uncovered repeats the edge.
    pub(crate) fn push(&mut self, by: (i32, i32)) {
        if by == (0, 0) {
            return;
        }
        let old = self.pixels.clone();
        for y in 0..HEIGHT {
            let from = (y - by.1).clamp(0, HEIGHT - 1) * WIDTH;
            for x in 0..WIDTH {
                self.pixels[(y * WIDTH + x) as usize] = old[(from + (x - by.0).clamp(0, WIDTH - 1)) as usize];
            }
        }
    }

    /// Darkens the whole picture to two fifths, less at its edges: what is behind stays to be seen.
    pub(crate) fn veil(&mut self) {
        for (place, pixel) in (0i32..).zip(self.pixels.iter_mut()) {
            let across = (place % WIDTH - WIDTH / 2).abs();
            let share = (200 - (across - 90).max(0) * 3 / 4).max(110) as u32;
            *pixel = mix(*pixel, INK, share);
        }
    }

    /// Very large letters of hot metal in the middle of the canvas.
    pub(crate) fn banner(&mut self, y: i32, text: &str) {
        font::middle(self, (WIDTH / 2 + 2, y + 2), text, 0x0060_2010, 3);
        #[cfg(test)]
        self.written.pop();
        font::middle(self, (WIDTH / 2, y), text, 0x00ff_d860, 3);
        let left = WIDTH / 2 - font::width(text) * 3 / 2;
        for row in 0..21 {
            // From pale gold to ember.
            let color = mix(0x00ff_f4c0, 0x00f0_7028, (row * 256 / 21) as u32);
            for x in left..left + font::width(text) * 3 {
                let place = ((y + row) * WIDTH + x) as usize;
                if self.pixels.get(place) == Some(&0x00ff_d860) {
                    self.pixels[place] = color;
                }
            }
        }
    }

    /// Darkens a rectangle.
    pub(crate) fn shade(&mut self, x: i32, y: i32, width: i32, height: i32) {
        for row in y.max(0)..(y + height).min(HEIGHT) {
            for column in x.max(0)..(x + width).min(WIDTH) {
                let pixel = &mut self.pixels[(row * WIDTH + column) as usize];
                *pixel = (*pixel >> 2) & 0x003f_3f3f;
            }
        }
    }
}

/// The most frequent color of nine samples; `None` if most are clear.
pub(crate) fn most_frequent(sample: impl Fn(i32) -> Option<[u8; 3]>) -> Option<u32> {
    let mut seen: [(u32, u32); 9] = [(0, 0); 9];
    let mut clear = 0;
    for number in 0..9 {
        let Some([red, green, blue]) = sample(number) else {
            clear += 1;
            continue;
        };
        let color = u32::from(red) << 16 | u32::from(green) << 8 | u32::from(blue);
        if let Some(place) = seen.iter_mut().find(|(count, known)| *count == 0 || *known == color) {
            *place = (place.0 + 1, color);
        }
    }
    let best = seen
        .iter()
        .fold((0, 0), |best, next| if next.0 > best.0 { *next } else { best });
    (clear < 5).then_some(best.1)
}
