//! Owns the second matcher: hashed letter groups as a vector per archetype, compared by their angle.
//! Must not need a model, a file or a float: the vectors are made from the vocabulary when they are first needed.
//!
//! It is there to be compared with the word matcher, which is better on every labelled set (`tests/matchers.rs`).

use super::BREAKS;
use super::matcher::{Guess, TemplateMatcher};
use super::words::ARCHETYPE_WORDS;
use crate::prompt::Prompt;
use pvp_sim::Archetype;
use std::sync::LazyLock;

/// Places of a vector; letter groups that meet in one place are the price of a small one.
const DIMENSIONS: usize = 1_024;
/// Letters of the groups.
const GROUP_LETTERS: std::ops::RangeInclusive<usize> = 3..=4;
/// A word that is all of a name weighs as much as this many of its groups.
const WHOLE_WORD: u32 = 4;

type Vector = [u32; DIMENSIONS];

/// A name of the vocabulary.
struct Name {
    archetype: Archetype,
    /// Its places that are not 0.
    groups: Vec<(usize, u32)>,
    /// Its squared length.
    square: u64,
}

static NAMES: LazyLock<Vec<Name>> = LazyLock::new(|| {
    let names = ARCHETYPE_WORDS.iter().flat_map(|(archetype, words)| {
        words.iter().map(|word| {
            let vector = vector(word);
            Name {
                archetype: *archetype,
                groups: vector.into_iter().enumerate().filter(|(_, count)| *count > 0).collect(),
                square: square(&vector),
            }
        })
    });
    names.collect()
});

/// Hashed letter groups, compared by the cosine of the angle.
#[derive(Copy, Clone, Debug, Default)]
pub struct EmbeddingMatcher;

impl TemplateMatcher for EmbeddingMatcher {
    fn name(&self) -> &'static str {
        "embeddings"
    }

    fn threshold(&self) -> u32 {
        90
    }

    fn guess(&self, prompt: &Prompt) -> Option<Guess> {
        let words: Vec<&str> = prompt.canonical_words().collect();
        let break_at = words.iter().position(|word| BREAKS.contains(word));
        let (before, after) = words.split_at(break_at.unwrap_or(words.len()));
        let sure = best(before).filter(|guess| guess.score >= self.threshold());
        sure.or_else(|| best(after)).or_else(|| best(before))
    }
}

/// The best guess among the words and the pairs of neighbors.
fn best(words: &[&str]) -> Option<Guess> {
    let pairs = words.windows(2).map(|pair| pair.join(" "));
    let texts: Vec<String> = words.iter().map(|word| (*word).to_owned()).chain(pairs).collect();
    // Of equally good ones the last word counts: nouns come last.
    let guesses = texts.iter().filter_map(|text| nearest(&vector(text)));
    guesses.max_by_key(|guess| guess.score)
}

/// The archetype whose name points most nearly the same way.
fn nearest(vector: &Vector) -> Option<Guess> {
    let own = square(vector);
    let angle = |name: &Name| {
        let dot: u64 = name
            .groups
            .iter()
            .map(|(place, count)| u64::from(count * vector[*place]))
            .sum();
        // 100 × cosine, rounded down, by integers: the root of the square.
        let score = (dot * dot * 10_000 / (own * name.square).max(1)).isqrt() as u32;
        (score > 0).then_some(Guess {
            archetype: name.archetype,
            score: score.min(100),
        })
    };
    NAMES.iter().filter_map(angle).max_by_key(|guess| guess.score)
}

/// The letter groups of a text, its ends marked.
fn vector(text: &str) -> Vector {
    let mut vector = [0; DIMENSIONS];
    let letters: Vec<char> = std::iter::once('^').chain(text.chars()).chain(['$']).collect();
    for length in GROUP_LETTERS {
        for group in letters.windows(length) {
            vector[place(group)] += 1;
        }
    }
    vector[place(&letters)] += WHOLE_WORD;
    vector
}

/// Where a group of letters counts: FNV-1a over its letters.
fn place(group: &[char]) -> usize {
    let hash = group.iter().fold(0x811c_9dc5_u32, |hash, letter| {
        (hash ^ u32::from(*letter)).wrapping_mul(0x0100_0193)
    });
    (hash ^ (hash >> 16)) as usize % DIMENSIONS
}

fn square(vector: &Vector) -> u64 {
    vector.iter().map(|count| u64::from(count * count)).sum()
}
