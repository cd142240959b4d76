//! Owns the ways in which a text can be read: as written, by its looks, by what its digits spell, without repeats.
//! Must not judge.

use super::words::squeezed;
use unicode_normalization::UnicodeNormalization;

/// One way to read a text.
pub(super) struct Reading {
    /// Letters and all.
    pub(super) text: String,
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
            text,
        };
        texts.into_iter().map(read).collect()
    }
}

/// What the text looks like: homoglyphs as the Latin letters that they resemble.
///
/// Latin letters stay, unlike in the Unicode skeleton, which would make "rn" of every "m".
fn skeleton(text: &str) -> String {
    let mut looks = String::new();
    for letter in text.nfd() {
        match letter {
            '1' | '|' => looks.push('l'),
            '0' => looks.push('o'),
            letter if letter.is_ascii() => looks.push(letter),
            letter => {
                let like = unicode_security::skeleton(letter.encode_utf8(&mut [0; 4])).collect::<String>();
                looks.push_str(if like == "rn" { "m" } else { &like });
            }
        }
    }
    looks.to_lowercase()
}

/// Accents dropped, digits and foreign letters as the Latin ones they stand for.
fn spelled(text: &str) -> String {
    let is_mark = |letter: &char| unicode_normalization::char::is_combining_mark(*letter);
    text.nfkd().filter(|letter| !is_mark(letter)).map(latin).collect()
}

fn latin(letter: char) -> char {
    const CYRILLIC: [(char, char); 24] = [
        ('а', 'a'),
        ('б', 'b'),
        ('в', 'v'),
        ('г', 'g'),
        ('д', 'd'),
        ('е', 'e'),
        ('з', 'z'),
        ('и', 'i'),
        ('і', 'i'),
        ('к', 'k'),
        ('л', 'l'),
        ('м', 'm'),
        ('н', 'n'),
        ('о', 'o'),
        ('п', 'p'),
        ('р', 'r'),
        ('с', 's'),
        ('т', 't'),
        ('у', 'u'),
        ('ф', 'f'),
        ('х', 'h'),
        ('ц', 'c'),
        ('ѕ', 's'),
        ('ј', 'j'),
    ];
    match letter {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        letter => CYRILLIC
            .iter()
            .find(|(from, _)| *from == letter)
            .map_or(letter, |(_, to)| *to),
    }
}

/// Whether a letter stands three times in a row.
fn has_long_run(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    letters
        .windows(3)
        .any(|three| three[0] == three[1] && three[1] == three[2])
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
