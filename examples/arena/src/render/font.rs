//! Owns the letters of the HUD: 5×8 pixels at most, as wide as they need to be, with a dark outline.
//! Must not know what is written.

use super::Canvas;
use super::palette::INK;
use font8x8::UnicodeFonts;

/// Letters from space to tilde, seven rows each, five bits a row, the leftmost pixel highest.
#[rustfmt::skip]
const LETTERS: [[u8; 7]; 95] = [
    [0, 0, 0, 0, 0, 0, 0], [4, 4, 4, 4, 4, 0, 4], [10, 10, 10, 0, 0, 0, 0], [10, 10, 31, 10, 31, 10, 10],
    [4, 15, 20, 14, 5, 30, 4], [24, 25, 2, 4, 8, 19, 3], [12, 18, 20, 8, 21, 18, 13], [4, 4, 8, 0, 0, 0, 0],
    [2, 4, 8, 8, 8, 4, 2], [8, 4, 2, 2, 2, 4, 8], [0, 4, 21, 14, 21, 4, 0], [0, 4, 4, 31, 4, 4, 0],
    [0, 0, 0, 0, 12, 4, 8], [0, 0, 0, 14, 0, 0, 0], [0, 0, 0, 0, 0, 12, 12], [1, 1, 2, 4, 8, 16, 16],
    [14, 17, 19, 21, 25, 17, 14], [4, 12, 4, 4, 4, 4, 14], [14, 17, 1, 2, 4, 8, 31], [30, 1, 1, 14, 1, 1, 30],
    [2, 6, 10, 18, 31, 2, 2], [31, 16, 30, 1, 1, 17, 14], [6, 8, 16, 30, 17, 17, 14], [31, 1, 2, 4, 8, 8, 8],
    [14, 17, 17, 14, 17, 17, 14], [14, 17, 17, 15, 1, 2, 12], [0, 12, 12, 0, 12, 12, 0], [0, 12, 12, 0, 12, 4, 8],
    [2, 4, 8, 16, 8, 4, 2], [0, 0, 31, 0, 31, 0, 0], [8, 4, 2, 1, 2, 4, 8], [14, 17, 1, 2, 4, 0, 4],
    [14, 17, 1, 13, 21, 21, 14], [14, 17, 17, 31, 17, 17, 17], [30, 17, 17, 30, 17, 17, 30], [14, 17, 16, 16, 16, 17, 14],
    [30, 17, 17, 17, 17, 17, 30], [31, 16, 16, 30, 16, 16, 31], [31, 16, 16, 30, 16, 16, 16], [14, 17, 16, 23, 17, 17, 15],
    [17, 17, 17, 31, 17, 17, 17], [14, 4, 4, 4, 4, 4, 14], [7, 2, 2, 2, 2, 18, 12], [17, 18, 20, 24, 20, 18, 17],
    [16, 16, 16, 16, 16, 16, 31], [17, 27, 21, 21, 17, 17, 17], [17, 17, 25, 21, 19, 17, 17], [14, 17, 17, 17, 17, 17, 14],
    [30, 17, 17, 30, 16, 16, 16], [14, 17, 17, 17, 21, 18, 13], [30, 17, 17, 30, 20, 18, 17], [15, 16, 16, 14, 1, 1, 30],
    [31, 4, 4, 4, 4, 4, 4], [17, 17, 17, 17, 17, 17, 14], [17, 17, 17, 17, 17, 10, 4], [17, 17, 17, 21, 21, 27, 17],
    [17, 17, 10, 4, 10, 17, 17], [17, 17, 17, 10, 4, 4, 4], [31, 1, 2, 4, 8, 16, 31], [14, 8, 8, 8, 8, 8, 14],
    [16, 16, 8, 4, 2, 1, 1], [14, 2, 2, 2, 2, 2, 14], [4, 10, 17, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 31],
    [8, 4, 2, 0, 0, 0, 0], [0, 0, 14, 1, 15, 17, 15], [16, 16, 22, 25, 17, 17, 30], [0, 0, 14, 16, 16, 17, 14],
    [1, 1, 13, 19, 17, 17, 15], [0, 0, 14, 17, 31, 16, 14], [6, 8, 8, 28, 8, 8, 8], [0, 15, 17, 17, 15, 1, 14],
    [16, 16, 22, 25, 17, 17, 17], [4, 0, 4, 4, 4, 4, 4], [2, 0, 2, 2, 2, 18, 12], [16, 16, 18, 20, 24, 20, 18],
    [12, 4, 4, 4, 4, 4, 6], [0, 0, 26, 21, 21, 17, 17], [0, 0, 22, 25, 17, 17, 17], [0, 0, 14, 17, 17, 17, 14],
    [0, 0, 30, 17, 30, 16, 16], [0, 0, 13, 19, 15, 1, 1], [0, 0, 22, 24, 16, 16, 16], [0, 0, 14, 16, 14, 1, 30],
    [8, 8, 28, 8, 8, 8, 6], [0, 0, 17, 17, 17, 19, 13], [0, 0, 17, 17, 17, 10, 4], [0, 0, 17, 17, 21, 21, 10],
    [0, 0, 17, 10, 4, 10, 17], [0, 0, 17, 17, 15, 1, 14], [0, 0, 31, 2, 4, 8, 31], [2, 4, 4, 8, 4, 4, 2],
    [4, 4, 4, 4, 4, 4, 4], [8, 4, 4, 2, 4, 4, 8], [0, 0, 8, 21, 2, 0, 0],
];

/// Letters that hang below the line.
const HANGING: [(char, [u8; 8]); 5] = [
    ('g', [0, 0, 15, 17, 17, 15, 1, 14]),
    ('j', [2, 0, 2, 2, 2, 2, 18, 12]),
    ('p', [0, 0, 30, 17, 17, 30, 16, 16]),
    ('q', [0, 0, 15, 17, 17, 15, 1, 1]),
    ('y', [0, 0, 17, 17, 17, 15, 1, 14]),
];

/// A letter moved to the left edge: rows with the leftmost pixel in bit 0, and its width.
struct Letter {
    rows: [u8; 8],
    width: i32,
}

fn letter(letter: char) -> Letter {
    let mut rows = [0; 8];
    let hanging = HANGING.iter().find(|(known, _)| *known == letter);
    let upright = || {
        let place = (letter as usize).checked_sub(32)?;
        LETTERS.get(place).map(|bits| bits.as_slice())
    };
    match hanging.map(|(_, bits)| bits.as_slice()).or_else(upright) {
        Some(bits) => {
            for (row, bits) in rows.iter_mut().zip(bits) {
                *row = bits.reverse_bits() >> 3;
            }
        }
        None => {
            let known = font8x8::LATIN_FONTS
                .get(letter)
                .or_else(|| font8x8::GREEK_FONTS.get(letter));
            rows = known.unwrap_or([0x7e, 0x42, 0x42, 0x42, 0x42, 0x42, 0x7e, 0]);
        }
    }
    let all = rows.iter().fold(0, |all, row| all | row);
    if all == 0 {
        return Letter { rows, width: 3 };
    }
    let left = all.trailing_zeros();
    Letter {
        rows: rows.map(|row| row >> left),
        width: 8 - (all >> left).leading_zeros() as i32,
    }
}

/// How wide a text is, in pixels.
pub(super) fn width(text: &str) -> i32 {
    text.chars().map(|each| letter(each).width + 1).sum::<i32>() - 1
}

/// Writes a text with an outline; `size` pixels for each pixel of a letter.
fn write(canvas: &mut Canvas, (left, top): (i32, i32), text: &str, color: u32, size: i32) {
    #[cfg(test)]
    canvas.written.push(super::canvas::Written {
        edges: [left, top, left + width(text) * size, top + 7 * size],
        text: text.to_owned(),
    });
    for pass in 0..2 {
        let mut x = left;
        for each in text.chars() {
            let letter = letter(each);
            for (row, bits) in (0..).zip(letter.rows) {
                for column in (0..8).filter(|column| bits >> column & 1 == 1) {
                    let (x, y) = (x + column * size, top + row * size);
                    if pass == 0 {
                        canvas.rect(x - 1, y - 1, size + 2, size + 2, INK);
                    } else {
                        canvas.rect(x, y, size, size, color);
                    }
                }
            }
            x += (letter.width + 1) * size;
        }
    }
}

/// A text from `left`.
pub(super) fn left(canvas: &mut Canvas, x: i32, y: i32, text: &str, color: u32) {
    write(canvas, (x, y), text, color, 1);
}

/// A text that ends at `right`.
pub(super) fn right(canvas: &mut Canvas, right: i32, y: i32, text: &str, color: u32) {
    write(canvas, (right - width(text), y), text, color, 1);
}

/// A text around `middle`, each pixel `size` large.
pub(super) fn middle(canvas: &mut Canvas, (middle, y): (i32, i32), text: &str, color: u32, size: i32) {
    write(canvas, (middle - width(text) * size / 2, y), text, color, size);
}

/// A text cut to a width, with dots where it was cut.
pub(crate) fn cut(text: &str, width_max: i32) -> String {
    if width(text) <= width_max {
        return text.to_owned();
    }
    let mut kept = String::new();
    for each in text.chars() {
        if width(&kept) + letter(each).width + 7 > width_max {
            break;
        }
        kept.push(each);
    }
    kept + ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_as_wide_as_their_pixels() {
        assert_eq!([letter('W').width, letter('i').width, letter(' ').width], [5, 1, 3]);
        assert_eq!(width("Wi "), 11);
        assert!(letter('é').width > 3 && letter('鍛').width > 3);
    }

    #[test]
    fn cut_texts_fit() {
        let text = "an exceedingly long weapon name";
        assert!(width(&cut(text, 60)) <= 60);
        assert_eq!(cut("short", 60), "short");
    }
}
