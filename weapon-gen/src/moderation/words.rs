//! Owns the word lists of moderation, which live in `words/*.txt`.
//! Must not judge; the lists hold general words, never a prompt learned by heart.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Groups of people.
pub(super) static GROUPS: LazyLock<BTreeSet<String>> = LazyLock::new(|| disguised(include_str!("words/groups.txt")));
/// Colors and origins, which are groups only before [`PEOPLE`].
pub(super) static ORIGINS: LazyLock<BTreeSet<String>> = LazyLock::new(|| disguised(include_str!("words/origins.txt")));
/// Words for people.
pub(super) static PEOPLE: LazyLock<BTreeSet<String>> = LazyLock::new(|| disguised(include_str!("words/people.txt")));
/// Words of harm.
pub(super) static HARM: LazyLock<BTreeSet<String>> = LazyLock::new(|| disguised(include_str!("words/harm.txt")));
/// Words that mean harm to the origin before them.
pub(super) static AGENTS: LazyLock<BTreeSet<String>> = LazyLock::new(|| disguised(include_str!("words/agents.txt")));
/// Where people gather.
pub(super) static PLACES: LazyLock<BTreeSet<String>> = LazyLock::new(|| disguised(include_str!("words/places.txt")));
/// Harm before "yourself".
pub(super) static SELF_VERBS: LazyLock<BTreeSet<String>> =
    LazyLock::new(|| disguised(include_str!("words/self_verbs.txt")));
/// Slogans and symbols of hate.
pub(super) fn slogans() -> BTreeSet<String> {
    phrases(include_str!("words/slogans.txt"))
}

/// Phrases of self-harm.
pub(super) fn self_harm() -> BTreeSet<String> {
    phrases(include_str!("words/self_harm.txt"))
}

/// Slurs and rude phrases.
pub(super) fn rude() -> BTreeSet<String> {
    lines(include_str!("words/rude.txt")).map(str::to_owned).collect()
}

/// A word without repeated letters: "naziii" and "nazi" become the same.
pub(super) fn squeezed(text: &str) -> String {
    let mut short = String::new();
    for letter in text.chars() {
        if !short.ends_with(letter) {
            short.push(letter);
        }
    }
    short
}

/// The lines of a list without its comments.
pub(super) fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

fn phrases(text: &'static str) -> BTreeSet<String> {
    with_squeezed(lines(text))
}

fn disguised(text: &'static str) -> BTreeSet<String> {
    with_squeezed(lines(text).flat_map(str::split_whitespace))
}

/// The words as they are and without repeats. Short words without repeats would meet innocent ones.
fn with_squeezed<'a>(words: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    words
        .flat_map(|word| [word.to_owned(), squeezed(word)])
        .enumerate()
        .filter(|(place, word)| place % 2 == 0 || word.len() >= 4)
        .map(|(_, word)| word)
        .collect()
}
