//! Owns the way from an image model's picture to a sprite: bounded decoding, background removal, reduction, few colors.
//! Must not take a picture as it is: whatever comes in, the sprite has the format of every other sprite.

use super::ProviderError;
use super::raster::{COLOR_COUNT_MAX, Grid};
use crate::sprite::{SPRITE_SIZE, Sprite};
use base64::Engine;
use image::{ImageFormat, ImageReader, RgbaImage};
use std::io::Cursor;

/// The largest side of a picture, in pixels.
const SIDE_MAX: u32 = 2_048;
/// The most memory that decoding may take, in bytes.
const DECODE_BYTES_MAX: u64 = 48 << 20;
/// Pictures are reduced to about this side before anything else.
const WORK_SIDE: u32 = 256;
/// The weapon's longer side in the sprite, largest first; compact weapons need more border to stay within the sprite's coverage.
const INNER_SIDES: [u32; 3] = [60, 52, 44];
/// A picture that keeps more of its pixels than this has no background that could be told from the weapon.
const OPAQUE_PERCENT_MAX: usize = 85;
/// Colors that differ by less (sum of the channels) belong to the same background.
const BACKGROUND_DISTANCE: i32 = 60;

/// The sprite of a picture in base64. Decoding runs on a thread for blocking work.
pub(crate) async fn from_base64(text: impl AsRef<str>) -> Result<Sprite, ProviderError> {
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text.as_ref().trim())
        .map_err(|_| ProviderError::Malformed)?;
    from_bytes(bytes).await
}

/// The sprite of a picture file. Decoding runs on a thread for blocking work.
pub(crate) async fn from_bytes(bytes: Vec<u8>) -> Result<Sprite, ProviderError> {
    tokio::task::spawn_blocking(move || sprite(&bytes))
        .await
        .map_err(|_| ProviderError::Crashed)?
        .ok_or(ProviderError::Malformed)
}

/// The sprite of a PNG, JPEG or WebP, or `None` if it shows nothing on a plain background.
fn sprite(bytes: &[u8]) -> Option<Sprite> {
    let mut picture = reduced(&decode(bytes)?);
    remove_background(&mut picture);
    let opaque = picture.pixels().filter(|pixel| pixel.0[3] >= 128).count();
    if opaque * 100 > picture.pixels().len() * OPAQUE_PERCENT_MAX {
        return None;
    }
    INNER_SIDES.iter().find_map(|inner| drawn(&picture, *inner))
}

/// The sprite at one size, if it fits the format.
fn drawn(picture: &RgbaImage, inner: u32) -> Option<Sprite> {
    let (cells, side) = fitted(picture, inner)?;
    let opaque: Vec<[u8; 3]> = cells.iter().flatten().copied().collect();
    let colors = median_cut(opaque, COLOR_COUNT_MAX);
    let mut grid = Grid::new();
    let border = (SPRITE_SIZE as u32 - side) / 2;
    for (place, cell) in (0..).zip(&cells) {
        let color = cell.and_then(|cell| nearest(&colors, cell));
        let (x, y) = (place % side + border, place / side + border);
        grid.put(x.cast_signed(), y.cast_signed(), color);
    }
    grid.finish(&colors)
}

fn decode(bytes: &[u8]) -> Option<RgbaImage> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    if !matches!(
        reader.format()?,
        ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP
    ) {
        return None;
    }
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODE_BYTES_MAX);
    reader.limits(limits);
    Some(reader.decode().ok()?.into_rgba8())
}

/// The average of a rectangle of pixels, colors weighted by alpha, which is averaged too.
fn average(picture: &RgbaImage, (x, y): (u32, u32), (width, height): (u32, u32)) -> [u8; 4] {
    let (mut sums, mut alphas, mut count) = ([0u64; 3], 0u64, 0u64);
    for row in y..(y + height).min(picture.height()) {
        for column in x..(x + width).min(picture.width()) {
            let [red, green, blue, alpha] = picture.get_pixel(column, row).0.map(u64::from);
            for (sum, channel) in sums.iter_mut().zip([red, green, blue]) {
                *sum += channel * alpha;
            }
            alphas += alpha;
            count += 1;
        }
    }
    let mean = |sum: u64| (sum / alphas.max(1)) as u8;
    [
        mean(sums[0]),
        mean(sums[1]),
        mean(sums[2]),
        (alphas / count.max(1)) as u8,
    ]
}

/// Reduced by a whole factor to a longer side of at most twice [`WORK_SIDE`].
fn reduced(picture: &RgbaImage) -> RgbaImage {
    let factor = (picture.width().max(picture.height()) / WORK_SIDE).max(1);
    let (width, height) = (picture.width().div_ceil(factor), picture.height().div_ceil(factor));
    RgbaImage::from_fn(width, height, |x, y| {
        image::Rgba(average(picture, (x * factor, y * factor), (factor, factor)))
    })
}

/// Makes everything transparent that is connected with the border and looks like the corner it is near to.
fn remove_background(picture: &mut RgbaImage) {
    let (width, height) = picture.dimensions();
    let mut open: Vec<(u32, u32)> = Vec::new();
    open.extend((0..width).flat_map(|x| [(x, 0), (x, height - 1)]));
    open.extend((0..height).flat_map(|y| [(0, y), (width - 1, y)]));
    let corners =
        [(0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)].map(|(x, y)| *picture.get_pixel(x, y));
    while let Some((x, y)) = open.pop() {
        let pixel = picture.get_pixel_mut(x, y);
        if pixel.0[3] == 0 || !corners.iter().any(|corner| is_near(corner.0, pixel.0)) {
            continue;
        }
        pixel.0[3] = 0;
        let neighbors = [(x.wrapping_sub(1), y), (x + 1, y), (x, y.wrapping_sub(1)), (x, y + 1)];
        open.extend(neighbors.into_iter().filter(|(x, y)| *x < width && *y < height));
    }
}

fn is_near(one: [u8; 4], other: [u8; 4]) -> bool {
    let distance: i32 = (0..3)
        .map(|channel| (i32::from(one[channel]) - i32::from(other[channel])).abs())
        .sum();
    distance < BACKGROUND_DISTANCE
}

/// The opaque part, fitted into a square of at most `inner` cells a side; the square's side.
fn fitted(picture: &RgbaImage, inner: u32) -> Option<(Vec<Option<[u8; 3]>>, u32)> {
    let opaque = || picture.enumerate_pixels().filter(|(_, _, pixel)| pixel.0[3] >= 128);
    let left = opaque().map(|(x, ..)| x).min()?;
    let right = opaque().map(|(x, ..)| x).max()?;
    let top = opaque().map(|(_, y, _)| y).min()?;
    let bottom = opaque().map(|(_, y, _)| y).max()?;
    let (width, height) = (right - left + 1, bottom - top + 1);
    let longer = width.max(height);
    let side = inner.min(longer);
    // The square around the part; what lies beyond the picture's edge is transparent.
    let (start_x, start_y) = (
        i64::from(left) - i64::from((longer - width) / 2),
        i64::from(top) - i64::from((longer - height) / 2),
    );
    let edge = |cell: u32, start: i64| start + i64::from(cell) * i64::from(longer) / i64::from(side);
    let mut cells = Vec::new();
    for cell in 0..side * side {
        let (x, y) = (cell % side, cell / side);
        let (from_x, to_x) = (edge(x, start_x).max(0), edge(x + 1, start_x).max(0));
        let (from_y, to_y) = (edge(y, start_y).max(0), edge(y + 1, start_y).max(0));
        let size = ((to_x - from_x) as u32, (to_y - from_y) as u32);
        let [red, green, blue, alpha] = average(picture, (from_x as u32, from_y as u32), size);
        cells.push((alpha >= 128).then_some([red, green, blue]));
    }
    Some((cells, side))
}

/// At most `count` colors that stand for all: the box with the widest channel is cut at its median until there are enough.
fn median_cut(colors: Vec<[u8; 3]>, count: usize) -> Vec<[u8; 3]> {
    if colors.is_empty() {
        return Vec::new();
    }
    let mut boxes = vec![colors];
    while boxes.len() < count {
        let Some((place, channel)) = widest(&boxes) else {
            break;
        };
        let mut lower = boxes.swap_remove(place);
        lower.sort_unstable_by_key(|color| (color[channel], *color));
        let upper = lower.split_off(lower.len() / 2);
        boxes.extend([lower, upper]);
    }
    let mut means: Vec<[u8; 3]> = boxes.iter().map(|part| mean(part)).collect();
    means.sort_unstable();
    means.dedup();
    means
}

/// The box and channel with the widest range times size, if any box holds two colors.
fn widest(boxes: &[Vec<[u8; 3]>]) -> Option<(usize, usize)> {
    let range = |part: &[[u8; 3]], channel: usize| {
        let values = || part.iter().map(|color| usize::from(color[channel]));
        values().max().unwrap_or(0) - values().min().unwrap_or(0)
    };
    (0..boxes.len())
        .flat_map(|place| (0..3).map(move |channel| (place, channel)))
        .map(|(place, channel)| {
            (
                range(&boxes[place], channel) * boxes[place].len().isqrt(),
                place,
                channel,
            )
        })
        .max()
        .filter(|(width, ..)| *width > 0)
        .map(|(_, place, channel)| (place, channel))
}

fn mean(colors: &[[u8; 3]]) -> [u8; 3] {
    let channel = |channel: usize| {
        let sum: usize = colors.iter().map(|color| usize::from(color[channel])).sum();
        (sum / colors.len().max(1)) as u8
    };
    [channel(0), channel(1), channel(2)]
}

fn nearest(colors: &[[u8; 3]], color: [u8; 3]) -> Option<usize> {
    let distance = |known: &[u8; 3]| -> i32 {
        known
            .iter()
            .zip(color)
            .map(|(one, other)| (i32::from(*one) - i32::from(other)).pow(2))
            .sum()
    };
    (0..colors.len()).min_by_key(|index| distance(&colors[*index]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(picture: &RgbaImage) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).expect("memory");
        bytes.into_inner()
    }

    /// A noisy disc with many colors before a slightly uneven white.
    fn disc(side: u32) -> RgbaImage {
        RgbaImage::from_fn(side, side, |x, y| {
            let (dx, dy) = (x.abs_diff(side / 2), y.abs_diff(side / 2));
            let noise = (x * 7 + y * 13) % 9;
            if dx * dx + dy * dy < side * side / 16 {
                image::Rgba([(x * 255 / side) as u8, (y * 255 / side) as u8, 90 + noise as u8, 255])
            } else {
                image::Rgba([250 - noise as u8, 248, 252, 255])
            }
        })
    }

    #[test]
    fn a_model_s_picture_becomes_a_sprite() {
        for side in [64, 500, 1024] {
            let sprite = sprite(&png(&disc(side))).expect("a sprite");
            assert!((9..=16).contains(&sprite.colors().len()), "{}", sprite.colors().len());
            assert!(
                (40..=70).contains(&sprite.coverage_percent()) || side == 64,
                "{side}: {}",
                sprite.coverage_percent()
            );
            assert!(sprite.to_png().len() <= 4096);
            assert_eq!(sprite.pixel(2, 2), None, "the background is gone");
            assert!(sprite.pixel(32, 32).is_some());
            assert_eq!(Sprite::from_bytes(&sprite.to_bytes()), Ok(sprite));
        }
    }

    #[test]
    fn pictures_that_show_nothing_or_too_much_are_refused() {
        let white = RgbaImage::from_pixel(64, 64, image::Rgba([255; 4]));
        assert_eq!(sprite(&png(&white)), None);
        let clear = RgbaImage::from_pixel(64, 64, image::Rgba([0; 4]));
        assert_eq!(sprite(&png(&clear)), None);
        let noise = RgbaImage::from_fn(128, 128, |x, y| {
            let value = (x * 7919 + y * 104_729) % 251;
            image::Rgba([value as u8, (value * 3) as u8, (value * 7) as u8, 255])
        });
        assert_eq!(sprite(&png(&noise)), None);
    }

    #[test]
    fn bombs_and_garbage_are_refused() {
        assert_eq!(sprite(b""), None);
        assert_eq!(sprite(b"GIF89a"), None);
        let wide = RgbaImage::new(SIDE_MAX + 1, 1);
        assert_eq!(sprite(&png(&wide)), None);
        let honest = png(&disc(64));
        for end in (0..honest.len()).step_by(37) {
            assert_eq!(sprite(&honest[..end]), None);
        }
        // A header that promises 2^31 rows and holds none.
        let mut bomb = honest;
        bomb[20..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff]);
        assert_eq!(sprite(&bomb), None);
        let strip = RgbaImage::from_pixel(SIDE_MAX, 1, image::Rgba([9, 9, 9, 255]));
        assert_eq!(sprite(&png(&strip)), None);
    }

    #[test]
    fn median_cut_keeps_few_colors_apart() {
        let colors = vec![[0, 0, 0], [255, 0, 0], [0, 255, 0], [255, 0, 0]];
        assert_eq!(median_cut(colors, 15), [[0, 0, 0], [0, 255, 0], [255, 0, 0]]);
        assert_eq!(median_cut(Vec::new(), 15), Vec::<[u8; 3]>::new());
        assert_eq!(median_cut(vec![[7, 8, 9]; 100], 15), [[7, 8, 9]]);
    }
}
