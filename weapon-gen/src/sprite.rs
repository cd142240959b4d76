//! Owns sprites: 64×64 pixels, at most 16 colors and transparent, their wire form and PNG.
//! Must not decide what is drawn: `Look` says it, `sprite/shapes.rs` draws it.

mod canvas;
mod shapes;
mod forms;
mod marks;
mod elements;

use crate::look::Look;

/// Width and height in pixels.
pub const SPRITE_SIZE: usize = 64;
const PIXEL_COUNT: usize = SPRITE_SIZE * SPRITE_SIZE;
/// The most colors beside transparent.
pub const COLOR_COUNT_MAX: usize = 16;
/// The largest wire form in bytes: palette, and two bytes per run at worst.
pub const SPRITE_WIRE_BYTES_MAX: usize = 1 + 3 * COLOR_COUNT_MAX + 2 * PIXEL_COUNT;

/// A picture of a weapon. Pixel 0 is transparent, pixel n has color n − 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sprite {
    colors: Vec<[u8; 3]>,
    pixels: Vec<u8>,
}

/// Why bytes are not a sprite; refuse the sender.
#[derive(Copy, Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpriteError {
    /// No color, or more than [`COLOR_COUNT_MAX`].
    #[error("sprite has {0} colors, allowed is 1 to {COLOR_COUNT_MAX}")]
    ColorCount(usize),
    /// The bytes end before the picture does.
    #[error("sprite bytes end early")]
    Truncated,
    /// More pixels than fit, or bytes after the last one.
    #[error("sprite holds more than {PIXEL_COUNT} pixels")]
    TooLong,
    /// A pixel names a color that is not there.
    #[error("sprite pixel names color {0}, which is not there")]
    UnknownColor(u8),
    /// A run of no pixels, which would make the encoding ambiguous.
    #[error("sprite has an empty run")]
    EmptyRun,
    /// A PNG that is no sprite of ours: another size, not indexed, or not a PNG.
    #[error("the picture is no sprite")]
    NotOurs,
}

impl Sprite {
    /// Draws a weapon: the same look and seed give the same pixels on every machine.
    #[must_use]
    pub fn draw(look: &Look, seed: u64) -> Sprite {
        shapes::draw(look, seed)
    }

    pub(crate) fn from_parts(colors: Vec<[u8; 3]>, pixels: Vec<u8>) -> Sprite {
        debug_assert!(colors.len() <= COLOR_COUNT_MAX && pixels.len() == PIXEL_COUNT);
        Sprite { colors, pixels }
    }

    /// The colors in use.
    #[must_use]
    pub fn colors(&self) -> &[[u8; 3]] {
        &self.colors
    }

    /// The color of a pixel, or `None` where it is transparent or outside.
    #[must_use]
    pub fn pixel(&self, x: usize, y: usize) -> Option<[u8; 3]> {
        if x >= SPRITE_SIZE || y >= SPRITE_SIZE {
            return None;
        }
        let index = usize::from(self.pixels[y * SPRITE_SIZE + x]).checked_sub(1)?;
        self.colors.get(index).copied()
    }

    /// Share of opaque pixels in percent.
    #[must_use]
    pub fn coverage_percent(&self) -> usize {
        self.pixels.iter().filter(|pixel| **pixel != 0).count() * 100 / PIXEL_COUNT
    }

    /// Rows of red, green, blue, alpha; alpha is 0 or 255.
    #[must_use]
    pub fn to_rgba(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(PIXEL_COUNT * 4);
        for pixel in &self.pixels {
            match usize::from(*pixel)
                .checked_sub(1)
                .and_then(|index| self.colors.get(index))
            {
                Some([red, green, blue]) => bytes.extend([*red, *green, *blue, 255]),
                None => bytes.extend([0; 4]),
            }
        }
        bytes
    }

    /// The wire form: number of colors, colors, then runs of (length, pixel).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![self.colors.len() as u8];
        bytes.extend(self.colors.iter().flatten());
        let mut rest = self.pixels.as_slice();
        while let Some(first) = rest.first() {
            let run = rest.iter().take(255).take_while(|pixel| *pixel == first).count();
            bytes.extend([run as u8, *first]);
            rest = &rest[run..];
        }
        bytes
    }

    /// The sprite of its wire form. The bytes may come from a peer: never allocates more than a sprite.
    ///
    /// # Errors
    /// [`SpriteError`] says what does not fit.
    pub fn from_bytes(bytes: &[u8]) -> Result<Sprite, SpriteError> {
        let (count, rest) = bytes.split_first().ok_or(SpriteError::Truncated)?;
        let count = usize::from(*count);
        if !(1..=COLOR_COUNT_MAX).contains(&count) {
            return Err(SpriteError::ColorCount(count));
        }
        let (colors, runs) = rest.split_at_checked(count * 3).ok_or(SpriteError::Truncated)?;
        let colors = colors
            .chunks_exact(3)
            .map(|color| [color[0], color[1], color[2]])
            .collect();
        if runs.len() % 2 != 0 {
            return Err(SpriteError::Truncated);
        }
        let mut pixels = Vec::with_capacity(PIXEL_COUNT);
        for run in runs.chunks_exact(2) {
            let (length, pixel) = (usize::from(run[0]), run[1]);
            if length == 0 {
                return Err(SpriteError::EmptyRun);
            }
            if usize::from(pixel) > count {
                return Err(SpriteError::UnknownColor(pixel));
            }
            if pixels.len() + length > PIXEL_COUNT {
                return Err(SpriteError::TooLong);
            }
            pixels.resize(pixels.len() + length, pixel);
        }
        if pixels.len() < PIXEL_COUNT {
            Err(SpriteError::Truncated)
        } else {
            Ok(Sprite { colors, pixels })
        }
    }

    /// An indexed PNG with transparency.
    ///
    /// # Panics
    /// Never: writing to memory cannot fail.
    #[must_use]
    pub fn to_png(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, SPRITE_SIZE as u32, SPRITE_SIZE as u32);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Eight);
        let mut palette = vec![0; 3];
        palette.extend(self.colors.iter().flatten());
        encoder.set_palette(palette);
        encoder.set_trns(vec![0]);
        encoder.set_compression(png::Compression::High);
        let mut writer = encoder.write_header().expect("writing to memory cannot fail");
        writer.write_image_data(&self.pixels).expect("the size is fixed");
        writer.finish().expect("writing to memory cannot fail");
        bytes
    }

    /// The sprite of a PNG as [`Sprite::to_png`] writes it. The bytes may come from anywhere: never allocates more than a sprite.
    ///
    /// # Errors
    /// [`SpriteError`] says what does not fit; [`SpriteError::NotOurs`] for any other picture.
    pub fn from_png(bytes: &[u8]) -> Result<Sprite, SpriteError> {
        let limits = png::Limits { bytes: 1 << 20 };
        let decoder = png::Decoder::new_with_limits(std::io::Cursor::new(bytes), limits);
        let mut reader = decoder.read_info().map_err(|_| SpriteError::NotOurs)?;
        let info = reader.info();
        let is_ours = (info.width, info.height) == (SPRITE_SIZE as u32, SPRITE_SIZE as u32)
            && (info.color_type, info.bit_depth) == (png::ColorType::Indexed, png::BitDepth::Eight)
            && info.trns.as_deref() == Some(&[0][..]);
        let palette = info
            .palette
            .as_deref()
            .filter(|_| is_ours)
            .ok_or(SpriteError::NotOurs)?;
        // The first color is the transparent one.
        let colors: Vec<[u8; 3]> = palette[3.min(palette.len())..]
            .chunks_exact(3)
            .map(|color| [color[0], color[1], color[2]])
            .collect();
        if !(1..=COLOR_COUNT_MAX).contains(&colors.len()) {
            return Err(SpriteError::ColorCount(colors.len()));
        }
        let mut pixels = vec![0; PIXEL_COUNT];
        reader.next_frame(&mut pixels).map_err(|_| SpriteError::Truncated)?;
        match pixels.iter().find(|pixel| usize::from(**pixel) > colors.len()) {
            Some(pixel) => Err(SpriteError::UnknownColor(*pixel)),
            None => Ok(Sprite { colors, pixels }),
        }
    }

    /// Identifies the picture: the first 16 bytes of BLAKE3 over the wire form.
    #[must_use]
    pub fn hash(&self) -> [u8; 16] {
        crate::prompt::first_16(blake3::hash(&self.to_bytes()).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::{Element, Mark, Material, Size};
    use pvp_sim::Archetype;
    use std::collections::BTreeSet;

    fn looks() -> impl Iterator<Item = Look> {
        let elements = [
            Element::None,
            Element::Fire,
            Element::Ice,
            Element::Electric,
            Element::Poison,
            Element::Leech,
        ];
        let materials = [Material::Steel, Material::Gold, Material::Obsidian, Material::Candy];
        Archetype::ALL.iter().flat_map(move |archetype| {
            elements.into_iter().enumerate().map(move |(number, element)| Look {
                element,
                material: materials[number % 4],
                size: [Size::Usual, Size::Giant, Size::Tiny][number % 3],
                second: [Element::None, Element::Fire][number / 4],
                copies: [1, 1, 2, 1, 1, 3][number],
                marks: [[None; 2], [Some(Mark::Homing), Some(Mark::Long)]][number % 2],
                ..Look::plain(*archetype)
            })
        })
    }

    #[test]
    fn every_sprite_keeps_the_format() {
        for (seed, look) in (0..).zip(looks()) {
            let sprite = Sprite::draw(&look, seed);
            assert!(sprite.colors().len() <= COLOR_COUNT_MAX, "{look:?}");
            assert!(
                (5..=70).contains(&sprite.coverage_percent()),
                "{look:?} covers {} %",
                sprite.coverage_percent()
            );
            assert!(
                sprite.to_png().len() <= 4096,
                "{look:?}: PNG of {} bytes",
                sprite.to_png().len()
            );
            assert_eq!(Sprite::from_png(&sprite.to_png()).as_ref(), Ok(&sprite));
            assert_eq!(Sprite::from_bytes(&sprite.to_bytes()), Ok(sprite));
        }
    }

    #[test]
    fn seeds_and_looks_differ() {
        let all: Vec<_> = looks().map(|look| Sprite::draw(&look, 1).hash()).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        let look = Look::plain(Archetype::Sword);
        assert_ne!(Sprite::draw(&look, 1), Sprite::draw(&look, 2));
        assert_eq!(Sprite::draw(&look, 1), Sprite::draw(&look, 1));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_judged_without_harm(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600)) {
            let _no_panic = Sprite::from_png(&bytes);
            if let Ok(sprite) = Sprite::from_bytes(&bytes) {
                proptest::prop_assert_eq!(sprite.to_rgba().len(), PIXEL_COUNT * 4);
            }
        }
    }
}
