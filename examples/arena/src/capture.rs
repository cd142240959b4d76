//! Owns pictures as files: PNG bytes of a canvas.
//! Must not simulate.

use crate::render::{Canvas, HEIGHT, WIDTH};

/// A PNG of a canvas, each pixel `scale` by `scale` large (1 to 8).
///
/// # Panics
/// Never: writing to memory cannot fail.
#[must_use]
pub fn png(canvas: &Canvas, scale: u32) -> Vec<u8> {
    let scale = scale.clamp(1, 8);
    let (width, height) = (WIDTH as u32 * scale, HEIGHT as u32 * scale);
    let mut rows = Vec::with_capacity((width * height * 3) as usize);
    for line in canvas.pixels().chunks_exact(WIDTH as usize) {
        let start = rows.len();
        for pixel in line {
            let [_, red, green, blue] = pixel.to_be_bytes();
            for _ in 0..scale {
                rows.extend([red, green, blue]);
            }
        }
        let end = rows.len();
        for _ in 1..scale {
            rows.extend_from_within(start..end);
        }
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect("writing to memory cannot fail");
    writer.write_image_data(&rows).expect("the size is fixed");
    writer.finish().expect("writing to memory cannot fail");
    bytes
}
