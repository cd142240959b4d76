//! Owns the colors of an animation: the 255 that serve the pictures best, and the nearest of them to any color.
//! Must not draw.

use std::collections::HashMap;

/// The index of what does not change.
pub(super) const CLEAR: u8 = 255;
const COLOR_COUNT: usize = 255;

/// Colors by how often they were seen, then the chosen ones.
#[derive(Debug, Default)]
pub(super) struct Colors {
    seen: HashMap<u32, u64>,
    chosen: Vec<u32>,
    nearest: HashMap<u32, u8>,
}

/// Colors that share a box of the color space.
struct Box {
    colors: Vec<(u32, u64)>,
}

impl Box {
    fn weight(&self) -> u64 {
        self.colors.iter().map(|(_, count)| count).sum()
    }

    /// The channel (as a shift) with the widest range, and that range.
    fn widest(&self) -> (u32, u32) {
        let range = |shift: u32| {
            let channel = self.colors.iter().map(|(color, _)| color >> shift & 0xff);
            channel.clone().max().unwrap_or(0) - channel.min().unwrap_or(0)
        };
        // The eye tells greens apart best.
        [(16, 3), (8, 4), (0, 2)]
            .map(|(shift, weight)| (range(shift) * weight, shift))
            .into_iter()
            .max()
            .map_or((0, 0), |(range, shift)| (shift, range))
    }

    /// Two boxes, cut in the middle of the range.
    fn split(mut self) -> (Box, Box) {
        let (shift, _) = self.widest();
        self.colors
            .sort_unstable_by_key(|(color, _)| (color >> shift & 0xff, *color));
        let channel = |entry: Option<&(u32, u64)>| entry.map_or(0, |(color, _)| color >> shift & 0xff);
        let middle = (channel(self.colors.first()) + channel(self.colors.last())) / 2;
        let at = self
            .colors
            .partition_point(|(color, _)| color >> shift & 0xff <= middle);
        let at = at.clamp(1, self.colors.len() - 1);
        let upper = self.colors.split_off(at);
        (self, Box { colors: upper })
    }

    fn mean(&self) -> u32 {
        let weight = self.weight().max(1);
        [16, 8, 0].into_iter().fold(0, |mean, shift| {
            let sum: u64 = self
                .colors
                .iter()
                .map(|(color, count)| u64::from(color >> shift & 0xff) * count)
                .sum();
            mean | (((sum + weight / 2) / weight) as u32) << shift
        })
    }
}

/// Halves of the count's digits: rare bright sparks must not drown in the night sky.
fn damped(count: u64) -> u64 {
    count.isqrt().max(1)
}

impl Colors {
    /// Looks at a picture.
    pub(super) fn count(&mut self, pixels: &[u32]) {
        for pixel in pixels {
            *self.seen.entry(*pixel).or_default() += 1;
        }
    }

    /// Chooses the colors: red, green, blue of each, the clear one last.
    pub(super) fn choose(&mut self) -> Vec<u8> {
        let mut colors: Vec<(u32, u64)> = self.seen.drain().map(|(color, count)| (color, damped(count))).collect();
        // The order of a hash map must not show.
        colors.sort_unstable();
        let mut boxes = vec![Box { colors }];
        while boxes.len() < COLOR_COUNT {
            let cost = |place: &Box| {
                if place.colors.len() > 1 {
                    place.weight() * u64::from(place.widest().1)
                } else {
                    0
                }
            };
            let Some((place, cost)) = boxes.iter().map(cost).enumerate().max_by_key(|(_, cost)| *cost) else {
                break;
            };
            if cost == 0 {
                break;
            }
            let (lower, upper) = boxes.swap_remove(place).split();
            boxes.extend([lower, upper]);
        }
        self.chosen = boxes.iter().map(Box::mean).collect();
        self.nearest.clear();
        let padded = self
            .chosen
            .iter()
            .copied()
            .chain(std::iter::repeat(0))
            .take(COLOR_COUNT + 1);
        padded
            .flat_map(|color| [(color >> 16) as u8, (color >> 8) as u8, color as u8])
            .collect()
    }

    /// The index of each pixel's nearest color.
    pub(super) fn indexes(&mut self, pixels: &[u32]) -> Vec<u8> {
        let mut last = (u32::MAX, 0);
        let chosen = &self.chosen;
        let nearest = &mut self.nearest;
        let mut find = |pixel: u32| {
            if pixel != last.0 {
                last = (pixel, *nearest.entry(pixel).or_insert_with(|| closest(chosen, pixel)));
            }
            last.1
        };
        pixels.iter().map(|pixel| find(*pixel)).collect()
    }
}

fn closest(chosen: &[u32], pixel: u32) -> u8 {
    let distance = |color: u32| {
        [(16, 3), (8, 4), (0, 2)]
            .map(|(shift, weight)| {
                let step = (color >> shift & 0xff).abs_diff(pixel >> shift & 0xff);
                step * step * weight
            })
            .iter()
            .sum::<u32>()
    };
    let best = chosen.iter().enumerate().min_by_key(|(_, color)| distance(**color));
    best.map_or(0, |(index, _)| index as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_colors_stay_exact() {
        let pixels = [0x0012_3456, 0x00ff_ffff, 0x0000_0000, 0x00ff_8000];
        let mut colors = Colors::default();
        colors.count(&pixels);
        let palette = colors.choose();
        assert_eq!(palette.len(), 256 * 3);
        for (pixel, index) in pixels.iter().zip(colors.indexes(&pixels)) {
            let [_, red, green, blue] = pixel.to_be_bytes();
            assert_eq!(palette[usize::from(index) * 3..][..3], [red, green, blue]);
        }
    }

    #[test]
    fn many_colors_come_out_near() {
        let pixels: Vec<u32> = (0..5000u32).map(|number| (number * 3301) & 0x00ff_ffff).collect();
        let mut colors = Colors::default();
        colors.count(&pixels);
        let palette = colors.choose();
        for (pixel, index) in pixels.iter().zip(colors.indexes(&pixels)) {
            assert_ne!(index, CLEAR);
            let [_, red, ..] = pixel.to_be_bytes();
            assert!(palette[usize::from(index) * 3].abs_diff(red) < 64);
        }
    }
}
