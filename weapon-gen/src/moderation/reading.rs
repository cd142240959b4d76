//! Owns the ways in which a text can be read: as written, by its looks, by what its digits spell, without repeats.
//! Must not judge.

use super::letters::{latin, skeleton};
use super::words::squeezed;
use unicode_normalization::UnicodeNormalization;

/// One way to read a text.
pub(super) struct Reading {
    /// The words with one space around each; single letters in a row are one word.
    pub(super) words: String,
}

impl Reading {
    /// Every way to read a text in normal form.
    pub(super) fn all(raw: &str) -> Vec<Reading> {
        let skeleton = skeleton(raw);
        let mut texts = vec![raw.to_owned(), spelled(raw), spelled(&skeleton), skeleton];
        if has_long_run(raw) {
            let short: Vec<String> = texts.iter().map(|text| squeezed(text)).collect();
            texts.extend(short);
        }
        texts.sort_unstable();
        texts.dedup();
        let read = |text: String| Reading {
            words: padded_words(&text),
        };
        texts.into_iter().map(read).collect()
    }
}

/// Accents dropped, digits and foreign letters as the Latin ones they stand for.
fn spelled(text: &str) -> String {
    let is_mark = |letter: &char| unicode_normalization::char::is_combining_mark(*letter);
    text.nfkd().filter(|letter| !is_mark(letter)).map(latin).collect()
}

/// Whether a letter stands three times in a row.
pub(super) fn has_long_run(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    letters
        .windows(3)
        .any(|three| three[0].is_alphanumeric() && three[0] == three[1] && three[1] == three[2])
}

/// The words with one space around each; single letters in a row are joined, because "n a z i" reads as a word.
fn padded_words(text: &str) -> String {
    let mut words = String::from(" ");
    let mut run = String::new();
    let flush = |run: &mut String, words: &mut String| {
        if !run.is_empty() {
            words.push_str(run);
            words.push(' ');
            run.clear();
        }
    };
    for word in text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        if word.chars().count() == 1 {
            run.push_str(word);
        } else {
            flush(&mut run, &mut words);
            words.push_str(word);
            words.push(' ');
        }
    }
    flush(&mut run, &mut words);
    words
}
