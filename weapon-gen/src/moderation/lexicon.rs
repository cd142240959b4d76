//! Owns the lists of the languages in `words/tongues`: what their lines mean, and one table that finds all of them in a text.
//! Must not judge; the lists hold general words, never a prompt learned by heart.
//!
//! A line holds entries between commas. `{a|b}` stands for either; `*` at an end stands for any letters; `#` starts a comment.
//! Entries match whole words, with or without accents; entries in Chinese or Japanese script match anywhere, for there are no spaces to go by, unless `=` stands before them.

use super::letters::{fold, is_unspaced, words};
use super::words::squeezed;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What an entry means, which its section says.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// Profane in every text.
    Rude,
    /// Profane in its own language only: another one has the same word for something harmless.
    Unsure,
    /// Wishes or describes self-harm.
    SelfHarm,
    /// A slogan, an organization or a crime of hate.
    Hate,
    /// Harm that is hateful if it is done to [`Kind::People`].
    Harm,
    /// Groups that no harm may be meant for, wherever it stands in the text.
    People,
    /// People who may stand beside harm in an innocent text, but not next to it.
    Kin,
    /// An attack that is hateful at a [`Kind::Place`] where people gather.
    Attack,
    Place,
    /// Looks like another entry and is not: nobody looks at it. As written, accents included.
    Innocent,
    /// An ordinary word, which shows the language of a text.
    Ordinary,
}

/// A language by its place in [`TONGUES`].
pub(super) type Tongue = usize;

/// The languages with their lists. The last list is of names that are the same everywhere.
pub(super) const TONGUES: [&str; 12] = [
    include_str!("words/tongues/en.txt"),
    include_str!("words/tongues/fr.txt"),
    include_str!("words/tongues/de.txt"),
    include_str!("words/tongues/es.txt"),
    include_str!("words/tongues/it.txt"),
    include_str!("words/tongues/pt.txt"),
    include_str!("words/tongues/pl.txt"),
    include_str!("words/tongues/ru.txt"),
    include_str!("words/tongues/tr.txt"),
    include_str!("words/tongues/ja.txt"),
    include_str!("words/tongues/zh.txt"),
    include_str!("words/tongues/names.txt"),
];
/// Entries from a list of others, per language as in [`TONGUES`]; `words/ldnoobw/SOURCES.md` says whose.
const KEPT: [&str; 11] = [
    include_str!("words/ldnoobw/en.txt"),
    include_str!("words/ldnoobw/fr.txt"),
    include_str!("words/ldnoobw/de.txt"),
    include_str!("words/ldnoobw/es.txt"),
    include_str!("words/ldnoobw/it.txt"),
    include_str!("words/ldnoobw/pt.txt"),
    include_str!("words/ldnoobw/pl.txt"),
    include_str!("words/ldnoobw/ru.txt"),
    include_str!("words/ldnoobw/tr.txt"),
    include_str!("words/ldnoobw/ja.txt"),
    include_str!("words/ldnoobw/zh.txt"),
];
/// English, the language of a text that shows no other.
pub(super) const ENGLISH: Tongue = 0;
/// The languages that may say whom before what is done to them: German, Turkish, Japanese.
pub(super) const VERB_LAST: [Tongue; 3] = [2, 8, 9];
/// Russian, which a text shows by its alphabet alone.
pub(super) const RUSSIAN: Tongue = 7;
/// German, whose umlauts have a second spelling.
const GERMAN: Tongue = 2;

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
        let lists = TONGUES.iter().enumerate().chain(KEPT.iter().enumerate());
        for (tongue, list) in lists {
            for (kind, written) in entries(list, tongue) {
                let (pattern, entry) = pattern(kind, tongue, &spell(&written));
                if matches!(kind, Kind::Rude | Kind::Hate) && !entry.is_phrase {
                    rude_words.push((pattern.trim().to_owned(), entry));
                }
                patterns.entry(pattern).or_default().push(entry);
            }
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

/// The entries of a list with their kinds; accents are dropped but where a section says "written" or "innocent".
fn entries(list: &'static str, tongue: Tongue) -> Vec<(Kind, String)> {
    let (mut kind, mut is_as_written) = (Kind::Ordinary, false);
    let mut all = Vec::new();
    for line in list.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            kind = kind_of(section);
            is_as_written = matches!(section, "innocent" | "written");
            continue;
        }
        for written in line.to_lowercase().split(',').flat_map(|entry| expanded(entry.trim())) {
            if written.is_empty() {
                continue;
            }
            if is_as_written {
                all.push((kind, written));
                continue;
            }
            all.push((kind, fold(&written)));
            if tongue == GERMAN && written.contains(['ä', 'ö', 'ü']) {
                let spelled = written.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue");
                all.push((kind, fold(&spelled)));
            }
        }
    }
    all
}

fn kind_of(section: &str) -> Kind {
    match section {
        "rude" | "written" => Kind::Rude,
        "unsure" => Kind::Unsure,
        "self" => Kind::SelfHarm,
        "hate" => Kind::Hate,
        "harm" => Kind::Harm,
        "people" => Kind::People,
        "kin" => Kind::Kin,
        "attack" => Kind::Attack,
        "places" => Kind::Place,
        "innocent" => Kind::Innocent,
        "ordinary" => Kind::Ordinary,
        unknown => panic!("a list has the section {unknown:?}"),
    }
}

/// An entry with every choice of its braces.
fn expanded(entry: &str) -> Vec<String> {
    let braces = entry.find('{').and_then(|open| {
        let close = entry[open..].find('}')? + open;
        Some((open, close))
    });
    let Some((open, close)) = braces else {
        return vec![entry.to_owned()];
    };
    let tails = expanded(&entry[close + 1..]);
    let choices = entry[open + 1..close].split('|');
    let joined = |choice: &str, tail: &String| format!("{}{choice}{tail}", &entry[..open]);
    choices
        .flat_map(|choice| tails.iter().map(move |tail| joined(choice, tail)).collect::<Vec<_>>())
        .collect()
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
    fn entries_expand_and_drop_their_accents() {
        assert_eq!(expanded("{a|b} c{|d}"), ["a c", "a cd", "b c", "b cd"]);
        let list = "# no\n[rude]\nhé*, x {y|z}\n[innocent]\nhé";
        let all = entries(list, 1);
        assert_eq!(all.len(), 4);
        assert_eq!(all[0], (Kind::Rude, "he*".to_owned()));
        assert_eq!(all[3], (Kind::Innocent, "hé".to_owned()));
        assert_eq!(entries("[rude]\nhöh", GERMAN).len(), 2, "an umlaut has two spellings");
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
