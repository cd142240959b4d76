//! Owns what is profane from its end to its beginning: words, and whole texts.
//! Must not know other disguises.

use super::letters::{fold, is_unspaced, joined, words};
use super::lexicon::{Hit, PLAIN, is_ordinary};
use super::lists::{ENGLISH, Kind};
use super::tongues::{ENDING_MAX, LETTERS_MIN, Shows, is_rude_word, stands_alone};
use super::words::lines;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Words of dictionaries that are profane from their end to their beginning, by chance.
static MIRRORS: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    lines(include_str!("words/mirrors.txt"))
        .flat_map(str::split_whitespace)
        .collect()
});

/// Builds the table of words.
pub(super) fn prepare() {
    LazyLock::force(&MIRRORS);
}

/// Whether a word, or the whole text, is profane from its end to its beginning.
pub(super) fn has_reversed(spelling: &str, shows: &Shows) -> bool {
    let padded = words(spelling);
    let mut single = joined(&padded);
    let backwards: String = padded.chars().rev().collect();
    let is_long = |hit: &Hit| {
        let entry = hit.entry;
        let is_unspaced = !entry.is_whole.0 && !entry.is_whole.1;
        matches!(entry.kind, Kind::Rude | Kind::Hate | Kind::SelfHarm)
            && ((entry.is_phrase && entry.letters >= 7)
                || (is_unspaced && (entry.letters > 3 || (entry.letters == 3 && stands_alone(&backwards, hit)))))
    };
    single.push_str(&padded);
    let reversed = |word: &str| word.chars().rev().collect::<String>();
    let is_it = |word: &str| {
        let reversed = reversed(word);
        is_reversed(&reversed, shows) || (is_short_profanity(&reversed) && !MIRRORS.contains(word))
    };
    PLAIN.hits(&backwards).iter().any(is_long)
        || single.split_whitespace().any(|word| is_it(word) && !is_ordinary(word))
}

/// Whether a word is one of the shortest that are profane in any text.
fn is_short_profanity(word: &str) -> bool {
    let is_it = |hit: &Hit| {
        let entry = hit.entry;
        matches!(entry.kind, Kind::Rude | Kind::Hate)
            && (entry.letters, hit.start) == (LETTERS_MIN, 0)
            && entry.is_whole.0
            && !entry.is_phrase
    };
    word.chars().count() == LETTERS_MIN
        && !word.contains(is_unspaced)
        && PLAIN.hits(&format!(" {word} ")).iter().any(is_it)
}

/// Whether the text as a whole is written backwards, and profane if read so: it then shows more of a language.
pub(super) fn is_mirrored(text: &str, shows: &Shows) -> bool {
    let backwards: String = fold(text).chars().rev().collect();
    let mirrored = Shows::of(&backwards);
    mirrored.most() > shows.most()
        && PLAIN.hits(&words(&backwards)).iter().any(|hit| {
            let entry = hit.entry;
            entry.letters >= LETTERS_MIN - 1
                && entry.is_whole.0
                && match entry.kind {
                    Kind::Rude | Kind::Hate | Kind::SelfHarm => true,
                    Kind::Unsure => mirrored.speaks(entry.tongue),
                    _ => false,
                }
        })
}

/// Whether a word that was read backwards is profane; a short one only if it is of the language that the text shows.
fn is_reversed(word: &str, shows: &Shows) -> bool {
    let is_short = |hit: &Hit| {
        let entry = hit.entry;
        entry.kind == Kind::Rude
            && (entry.letters, hit.start) == (LETTERS_MIN - 1, 0)
            && entry.is_whole == (true, true)
            && entry.tongue != ENGLISH
            && shows.surely_speaks(entry.tongue)
    };
    is_rude_word(word, ENDING_MAX, Some(shows))
        || (word.chars().count() == LETTERS_MIN - 1 && PLAIN.hits(&format!(" {word} ")).iter().any(is_short))
}
