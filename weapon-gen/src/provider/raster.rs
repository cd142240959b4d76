//! Owns the drawing surface for pictures that come from outside: clipped shapes, outline, the sprite's format.
//! Must not trust its callers' numbers: every shape is clipped, and a picture that is too empty or too full is none.

use crate::sprite::{SPRITE_SIZE, Sprite};

/// The most colors of a drawing, beside the outline.
pub(crate) const COLOR_COUNT_MAX: usize = 15;
/// The most operations of a drawing.
pub(crate) const OP_COUNT_MAX: usize = 24;
/// The outline's color.
const OUTLINE: [u8; 3] = [24, 20, 37];
const SIDE: i32 = SPRITE_SIZE as i32;
/// The largest PNG of a sprite in bytes.
const PNG_BYTES_MAX: usize = 4096;

/// 64 × 64 places, each empty or with the index of a color. The border stays free for the outline.
pub(crate) struct Grid {
    places: Vec<Option<u8>>,
}

impl Grid {
    pub(crate) fn new() -> Grid {
        Grid {
            places: vec![None; SPRITE_SIZE * SPRITE_SIZE],
        }
    }

    pub(crate) fn put(&mut self, x: i32, y: i32, color: Option<usize>) {
        let color = color.and_then(|index| u8::try_from(index).ok());
        if (1..SIDE - 1).contains(&x) && (1..SIDE - 1).contains(&y) {
            self.places[(y * SIDE + x) as usize] = color;
        }
    }

    fn at(&self, x: i32, y: i32) -> Option<u8> {
        if (0..SIDE).contains(&x) && (0..SIDE).contains(&y) {
            self.places[(y * SIDE + x) as usize]
        } else {
            None
        }
    }

    /// Every place within the picture where `is_inside` holds.
    fn fill(&mut self, color: Option<usize>, is_inside: impl Fn(i32, i32) -> bool) {
        for y in 1..SIDE - 1 {
            for x in 1..SIDE - 1 {
                if is_inside(x, y) {
                    self.put(x, y, color);
                }
            }
        }
    }

    /// The rectangle between two corners, both included.
    pub(crate) fn rect(&mut self, from: (i32, i32), to: (i32, i32), color: usize) {
        let (xs, ys) = (from.0.min(to.0)..=from.0.max(to.0), from.1.min(to.1)..=from.1.max(to.1));
        self.fill(Some(color), |x, y| xs.contains(&x) && ys.contains(&y));
    }

    /// A disc; without a color it takes pixels away. Coordinates and radius are at most a few hundred.
    pub(crate) fn disc(&mut self, center: (i32, i32), radius: i32, color: Option<usize>) {
        let radius = radius.clamp(0, SIDE);
        self.fill(color, |x, y| {
            let (dx, dy) = (x - center.0, y - center.1);
            dx * dx + dy * dy <= radius * radius
        });
    }

    /// A line with round ends. Coordinates and width are at most a few hundred.
    pub(crate) fn line(&mut self, from: (i32, i32), to: (i32, i32), width: i32, color: usize) {
        let (ax, ay) = (i64::from(to.0 - from.0), i64::from(to.1 - from.1));
        let square = (ax * ax + ay * ay).max(1);
        let width = i64::from(width.clamp(1, SIDE));
        self.fill(Some(color), |x, y| {
            let (px, py) = (i64::from(x - from.0), i64::from(y - from.1));
            let along = (px * ax + py * ay).clamp(0, square);
            // Distance to the nearest place on the line, times `square`, to stay with integers.
            let (dx, dy) = (px * square - ax * along, py * square - ay * along);
            4 * (dx * dx + dy * dy) <= width * width * square * square
        });
    }

    /// The sprite with an outline, or `None` if it covers less than 5 or more than 70 percent, or its PNG is over 4 KiB.
    pub(crate) fn finish(&self, colors: &[[u8; 3]]) -> Option<Sprite> {
        // Numbers in the sprite: 0 transparent, 1 the outline, then the colors in order of appearance.
        let mut used = vec![OUTLINE];
        let mut numbers = [0u8; COLOR_COUNT_MAX];
        let mut pixels = vec![0u8; SPRITE_SIZE * SPRITE_SIZE];
        for y in 0..SIDE {
            for x in 0..SIDE {
                let place = (y * SIDE + x) as usize;
                pixels[place] = match self.places[place] {
                    Some(color) => {
                        let number = numbers.get_mut(usize::from(color))?;
                        if *number == 0 {
                            used.push(*colors.get(usize::from(color))?);
                            *number = used.len() as u8;
                        }
                        *number
                    }
                    None => {
                        let near = [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)];
                        u8::from(near.iter().any(|(x, y)| self.at(*x, *y).is_some()))
                    }
                };
            }
        }
        let sprite = Sprite::from_parts(used, pixels);
        let fits = (5..=70).contains(&sprite.coverage_percent()) && sprite.to_png().len() <= PNG_BYTES_MAX;
        fits.then_some(sprite)
    }
}
