//! Owns the synonyms: what a prompt says once every word for a weapon is the one word that counts.
//! Must not hold the table: `synonyms.txt` does.

use super::exact;
use super::words::{ARCHETYPE_WORDS, MODIFIER_WORDS};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Grows with every change of `synonyms.txt`. It is no part of a key: a prompt without synonyms keeps its key.
pub const SYNONYM_VERSION: u32 = 1;

/// The table as it is written.
pub const TABLE: &str = include_str!("synonyms.txt");

/// What stands for a word.
struct Synonym {
    canonical: &'static str,
    /// Whether it holds only where nothing else names a weapon.
    is_last_resort: bool,
}

static SYNONYMS: LazyLock<BTreeMap<&'static str, Synonym>> = LazyLock::new(|| {
    groups()
        .flat_map(|(canonical, words)| {
            words.into_iter().map(move |word| {
                let name = word.strip_suffix('$');
                let synonym = Synonym {
                    canonical,
                    is_last_resort: name.is_some(),
                };
                (name.unwrap_or(word), synonym)
            })
        })
        .collect()
});

/// The groups of the table: the word that counts, and its synonyms as they are written.
pub fn groups() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    TABLE
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(':'))
        .map(|(canonical, words)| (canonical.trim(), words.split(',').map(str::trim).collect()))
}

/// A prompt's normal form with every synonym replaced. Doing it twice changes nothing more.
///
/// Of two words that are a synonym or a name together neither is looked at alone: a "water gun" stays one.
#[must_use]
pub fn canonical(normal: &str) -> String {
    let pieces = pieces(normal);
    let words = || pieces.iter().map(|(word, _)| *word);
    let mut text = String::with_capacity(normal.len());
    let mut place = 0;
    while let Some((word, gap)) = pieces.get(place) {
        let next = pieces.get(place + 1).filter(|_| *gap == " ");
        let pair = next.map(|(next, _)| format!("{word} {next}"));
        let is_head = || words().all(|other| other == *word || exact(other).is_none());
        let (replaced, count) = match pair.filter(|pair| is_known(pair) || pair.strip_suffix('s').is_some_and(is_known))
        {
            Some(pair) => (replacement(&pair, &is_head).unwrap_or(pair), 2),
            None => (replacement(word, &is_head).unwrap_or_else(|| (*word).to_owned()), 1),
        };
        text.push_str(&replaced);
        text.push_str(pieces[place + count - 1].1);
        place += count;
    }
    text
}

/// What stands for a word in the singular or the plural.
fn replacement(word: &str, is_head: &dyn Fn() -> bool) -> Option<String> {
    let found = |word: &str| {
        let synonym = SYNONYMS.get(word)?;
        (!synonym.is_last_resort || is_head()).then_some(synonym.canonical)
    };
    found(word)
        .map(str::to_owned)
        .or_else(|| Some(format!("{}s", found(word.strip_suffix('s')?)?)))
}

/// Whether two words together are a synonym, or name an archetype or a modifier.
fn is_known(pair: &str) -> bool {
    SYNONYMS.contains_key(pair)
        || ARCHETYPE_WORDS.iter().any(|(_, list)| list.contains(&pair))
        || MODIFIER_WORDS.iter().any(|(_, list)| list.contains(&pair))
}

/// The words, each with what stands between it and the next one. What stands before the first one belongs to an empty word.
fn pieces(text: &str) -> Vec<(&str, &str)> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = |of: &str, is_word: bool| {
            of.find(|letter: char| letter.is_alphanumeric() != is_word)
                .unwrap_or(of.len())
        };
        let (word, after) = rest.split_at(end(rest, true));
        let (gap, after) = after.split_at(end(after, false));
        pieces.push((word, gap));
        rest = after;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synonyms_are_replaced_and_everything_else_is_left_alone() {
        for (normal, expected) in [
            ("blade", "sword"),
            ("flaming ice blades!", "flaming ice swords!"),
            ("  knives, and a gun", "  daggers, and a rifle"),
            ("water gun", "water gun"),
            ("ice cream gun", "ice cream rifle"),
            ("tommy gun", "smg"),
            ("giant explosive", "giant bomb"),
            ("explosives", "bombs"),
            ("explosive bow", "explosive bow"),
            ("a sword that is explosive", "a sword that is explosive"),
            ("land mines", "mines"),
            ("шар of knife-fights", "шар of dagger-fights"),
            ("", ""),
            ("?!", "?!"),
        ] {
            assert_eq!(canonical(normal), expected, "{normal}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_canonical_text_is_its_own(words in proptest::collection::vec("[a-z ,]{0,8}", 0..6)) {
            let text = words.join(" ");
            let once = canonical(&text);
            proptest::prop_assert_eq!(canonical(&once), once);
        }
    }
}
