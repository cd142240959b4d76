//! Owns the contact sheet: many sprites with their prompts in one PNG.
//! Must not draw weapons: sprites do.

use font8x8::{BASIC_FONTS, UnicodeFonts};
use weapon_gen::Forged;
use weapon_gen::sprite::SPRITE_SIZE;

/// Screen pixels per sprite pixel.
const ZOOM: usize = 2;
const COLUMNS_MAX: usize = 8;
const MARGIN: usize = 8;
const CELL_WIDTH: usize = SPRITE_SIZE * ZOOM + 2 * MARGIN;
/// Two lines of letters under the sprite.
const CELL_HEIGHT: usize = SPRITE_SIZE * ZOOM + 2 * MARGIN + 22;
const BACKGROUND: [[u8; 3]; 2] = [[46, 44, 60], [54, 52, 70]];
const INK: [u8; 3] = [222, 222, 232];

struct Page {
    width: usize,
    pixels: Vec<u8>,
}

impl Page {
    fn put(&mut self, x: usize, y: usize, color: [u8; 3]) {
        let at = (y * self.width + x) * 3;
        if x < self.width && at + 3 <= self.pixels.len() {
            self.pixels[at..at + 3].copy_from_slice(&color);
        }
    }
}

/// The sheet of the prompts and their weapons as a PNG.
pub(super) fn png(made: &[(String, Forged)]) -> Vec<u8> {
    let columns = made.len().clamp(1, COLUMNS_MAX);
    let (width, height) = (columns * CELL_WIDTH, made.len().div_ceil(columns).max(1) * CELL_HEIGHT);
    let mut page = Page {
        width,
        pixels: vec![0; width * height * 3],
    };
    for y in 0..height {
        for x in 0..width {
            page.put(x, y, BACKGROUND[(x / CELL_WIDTH + y / CELL_HEIGHT) % 2]);
        }
    }
    for (number, (prompt, forged)) in made.iter().enumerate() {
        let (left, top) = (number % columns * CELL_WIDTH, number / columns * CELL_HEIGHT);
        picture(&mut page, forged, left + MARGIN, top + MARGIN);
        label(&mut page, prompt, left, top + SPRITE_SIZE * ZOOM + 2 * MARGIN);
    }
    encode(&page, width, height)
}

fn picture(page: &mut Page, forged: &Forged, left: usize, top: usize) {
    for y in 0..SPRITE_SIZE * ZOOM {
        for x in 0..SPRITE_SIZE * ZOOM {
            if let Some(color) = forged.sprite.pixel(x / ZOOM, y / ZOOM) {
                page.put(left + x, top + y, color);
            }
        }
    }
}

/// The prompt in at most two centered lines.
fn label(page: &mut Page, prompt: &str, left: usize, top: usize) {
    let letters_max = CELL_WIDTH / 8;
    let mut lines = vec![String::new()];
    for word in prompt.split_whitespace() {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line > 0 && line + 1 + word.chars().count() > letters_max {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    for (row, line) in lines.iter().take(2).enumerate() {
        let letters: Vec<char> = line.chars().take(letters_max).collect();
        let from = left + (CELL_WIDTH - letters.len() * 8) / 2;
        for (place, letter) in letters.iter().enumerate() {
            write_letter(page, *letter, from + place * 8, top + row * 10);
        }
    }
}

fn write_letter(page: &mut Page, letter: char, left: usize, top: usize) {
    let rows = BASIC_FONTS.get(letter).or(BASIC_FONTS.get('?')).unwrap_or_default();
    for (y, row) in rows.iter().enumerate() {
        for x in (0..8).filter(|x| (row >> x) & 1 == 1) {
            page.put(left + x, top + y, INK);
        }
    }
}

fn encode(page: &Page, width: usize, height: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header().expect("writing to memory cannot fail");
    writer
        .write_image_data(&page.pixels)
        .expect("the page has the announced size");
    writer.finish().expect("writing to memory cannot fail");
    bytes
}
