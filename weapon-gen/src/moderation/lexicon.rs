//! Owns one table that finds the entries of all lists in a text.
//! Must not judge, and must not read the lists: `lists` has done so.

use super::letters::{is_unspaced, words};
use super::lists::{Kind, LISTS, Tongue, Written};
use super::words::squeezed;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// One entry of a list.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    pub(super) tongue: Tongue,
    /// How many letters it has, without spaces and stars.
    pub(super) letters: usize,
    /// Whether it begins where a word begins, and ends where a word ends.
    pub(super) is_whole: (bool, bool),
    /// Whether it has several words.
    pub(super) is_phrase: bool,
}

/// An entry that stands in a text, and where.
pub(super) struct Hit {
    pub(super) entry: Entry,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The lists as one table.
pub(super) struct Lexicon {
    /// The patterns in order, each with its entries; languages share patterns.
    patterns: Vec<(String, Vec<Entry>)>,
    /// Where the patterns stand that begin a word with a letter, and those that begin anywhere with it.
    starts: BTreeMap<(bool, char), (usize, usize)>,
    /// The profane words of one word each, without padding, for comparing with half-hidden ones.
    pub(super) rude_words: Vec<(String, Entry)>,
}

/// The lists as they are.
pub(super) static PLAIN: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::build(str::to_owned));
/// The lists without repeated letters, for texts without repeated letters.
pub(super) static SQUEEZED: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::build(squeezed));

impl Lexicon {
    fn build(spell: fn(&str) -> String) -> Lexicon {
        let mut patterns: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
        let mut rude_words = Vec::new();
        let all = || {
            LISTS
                .iter()
                .enumerate()
                .flat_map(|(tongue, list)| list.iter().map(move |entry| (tongue, entry)))
        };
        let ordinary: BTreeSet<&str> = all()
            .filter(|(_, entry)| entry.kind == Kind::Ordinary)
            .map(|(_, entry)| entry.text.as_str())
            .collect();
        // A form that no list names is given up for an ordinary word.
        let is_given_up = |entry: &Written| entry.is_form && ordinary.contains(entry.text.as_str());
        for (tongue, written) in
            all().filter(|(_, written)| !matches!(written.kind, Kind::Unheard | Kind::Common) && !is_given_up(written))
        {
            let (pattern, entry) = pattern(written.kind, tongue, &spell(&written.text));
            if matches!(entry.kind, Kind::Rude | Kind::Hate) && !entry.is_phrase {
                rude_words.push((pattern.trim().to_owned(), entry));
            }
            patterns.entry(pattern).or_default().push(entry);
        }
        let patterns: Vec<_> = patterns.into_iter().collect();
        let mut starts: BTreeMap<(bool, char), (usize, usize)> = BTreeMap::new();
        for (place, (pattern, _)) in patterns.iter().enumerate() {
            let begins_word = pattern.starts_with(' ');
            let letter = pattern.chars().nth(usize::from(begins_word)).unwrap_or(' ');
            starts.entry((begins_word, letter)).or_insert((place, place)).1 = place + 1;
        }
        Lexicon {
            patterns,
            starts,
            rude_words,
        }
    }

    /// Every entry in a text of padded words, overlapping ones too.
    pub(super) fn hits(&self, text: &str) -> Vec<Hit> {
        let mut hits = Vec::new();
        let mut last = None;
        for (start, letter) in text.char_indices() {
            if last == Some(' ') {
                self.hits_at(text, start - 1, (true, letter), &mut hits);
            }
            self.hits_at(text, start, (false, letter), &mut hits);
            last = Some(letter);
        }
        hits
    }

    /// The entries that begin at a place, among the patterns of a key: their range narrows with every byte of the text.
    fn hits_at(&self, text: &str, start: usize, key: (bool, char), hits: &mut Vec<Hit>) {
        let Some((first, end)) = self.starts.get(&key) else {
            return;
        };
        let mut range = &self.patterns[*first..*end];
        for (depth, byte) in text.as_bytes()[start..].iter().enumerate() {
            let at = |pattern: &(String, Vec<Entry>)| pattern.0.as_bytes().get(depth).copied();
            let low = range.partition_point(|pattern| at(pattern) < Some(*byte));
            let high = range.partition_point(|pattern| at(pattern) <= Some(*byte));
            range = &range[low..high];
            let Some((shortest, entries)) = range.first() else {
                return;
            };
            if shortest.len() == depth + 1 {
                let end = start + depth + 1;
                hits.extend(entries.iter().map(|entry| Hit {
                    entry: *entry,
                    start,
                    end,
                }));
            }
        }
    }
}

/// Whether a word is in a list of ordinary words.
pub(super) fn is_ordinary(word: &str) -> bool {
    let padded = format!(" {word} ");
    PLAIN
        .hits(&padded)
        .iter()
        .any(|hit| hit.entry.kind == Kind::Ordinary && hit.start == 0 && hit.end == padded.len())
}

/// What the automaton looks for: the words with one space between, and around unless a star or the script says otherwise.
fn pattern(kind: Kind, tongue: Tongue, written: &str) -> (String, Entry) {
    let is_substring = written.chars().any(is_unspaced) && !written.starts_with('=');
    let is_whole = (
        !is_substring && !written.starts_with('*'),
        !is_substring && !written.ends_with('*'),
    );
    let padded = words(written);
    let words = padded.trim();
    let pad = |is_whole: bool| if is_whole { " " } else { "" };
    let entry = Entry {
        kind,
        tongue,
        letters: words.chars().filter(|letter| *letter != ' ').count(),
        is_whole,
        is_phrase: words.contains(' '),
    };
    let pattern = format!("{}{words}{}", pad(is_whole.0), pad(is_whole.1));
    let inner = written.trim_matches('*');
    assert!(
        entry.letters > 0 && !inner.contains(['*', '{', '}', '|']),
        "a list has the entry {written:?}"
    );
    (pattern, entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(Kind, Tongue)> {
        let mut found: Vec<_> = PLAIN
            .hits(text)
            .iter()
            .map(|hit| (hit.entry.kind, hit.entry.tongue))
            .collect();
        found.dedup();
        found
    }

    #[test]
    fn stars_and_scripts_say_where_a_pattern_may_stand() {
        assert_eq!(pattern(Kind::Rude, 1, "abc*").0, " abc");
        assert_eq!(pattern(Kind::Rude, 1, "*abc").0, "abc ");
        assert_eq!(pattern(Kind::Rude, 1, "ab-c d").0, " ab c d ");
        assert_eq!(pattern(Kind::Rude, 1, "剣").0, "剣");
    }

    #[test]
    fn every_language_finds_its_own_words() {
        assert!(found(" merde ").contains(&(Kind::Rude, 1)));
        assert!(found(" épée ").is_empty(), "accents are dropped before");
        assert!(found(" epee ").contains(&(Kind::Ordinary, 1)));
        assert!(PLAIN.rude_words.len() > 1_000);
    }
}
