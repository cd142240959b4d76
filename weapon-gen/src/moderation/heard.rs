//! Owns what a text in Latin letters says if one reads it aloud in Russian, Japanese or Chinese: the lists of those languages by their sound.
//! Must not judge a word that is at home in Latin letters: too short a sound counts only in a text that shows its language.

use super::letters::{is_unspaced, words};
use super::lexicon::is_ordinary;
use super::lists::{CHINESE, JAPANESE, Kind, LISTS, RUSSIAN, Tongue};
use super::sound;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Words of a text that may make one entry together.
const WORDS_MAX: usize = 4;
/// An entry that is found by its sound must have so many letters.
const LETTERS_MIN: usize = 3;

/// A language that is listened to, and how many letters need no other sign of it.
struct Accent {
    tongue: Tongue,
    sure_letters: usize,
    sound: fn(&str) -> String,
    spaces: Spaces,
}

/// What the spaces of a text mean to an accent.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Spaces {
    /// Nothing: one who writes by ear spaces as he likes.
    Free,
    /// They part words.
    Part,
    /// They part words, and only profane words of their own are listened for, which somebody may misspell.
    Misspelled,
}

const fn misspelled(tongue: Tongue) -> Accent {
    Accent {
        tongue,
        sure_letters: 6,
        sound: sound::latin,
        spaces: Spaces::Misspelled,
    }
}

/// French, German, Spanish, Italian, Portuguese and Polish by misspelling; the others have other letters of their own.
const ACCENTS: [Accent; 9] = [
    Accent {
        tongue: RUSSIAN,
        sure_letters: 5,
        sound: sound::russian,
        spaces: Spaces::Part,
    },
    Accent {
        tongue: JAPANESE,
        sure_letters: 5,
        sound: sound::japanese,
        spaces: Spaces::Free,
    },
    Accent {
        tongue: CHINESE,
        sure_letters: 6,
        sound: sound::chinese,
        spaces: Spaces::Free,
    },
    misspelled(1),
    misspelled(2),
    misspelled(3),
    misspelled(4),
    misspelled(5),
    misspelled(6),
];

/// What the entries of one sound mean, and whether they have several words.
type Senses = BTreeSet<(Kind, bool)>;

/// One language by its sound.
struct Table {
    /// Entries that end where a word ends.
    whole: BTreeMap<String, Senses>,
    /// Stems.
    stems: BTreeMap<String, Senses>,
}

static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| ACCENTS.iter().map(Table::build).collect());

impl Table {
    fn build(accent: &Accent) -> Table {
        let (mut whole, mut stems) = (BTreeMap::new(), BTreeMap::new());
        let mut unheard = BTreeSet::new();
        for written in &LISTS[accent.tongue] {
            let (kind, written) = (written.kind, written.text.as_str());
            let key = glued(written, accent.sound);
            if kind == Kind::Common {
                continue;
            }
            if kind == Kind::Unheard {
                unheard.insert(key);
                continue;
            }
            // A Chinese syllable means too much to be listened to.
            let is_syllable =
                kind != Kind::Ordinary && written.chars().filter(|letter| is_unspaced(*letter)).count() == 1;
            if is_syllable && accent.tongue == CHINESE {
                continue;
            }
            if key.len() < 2 || !key.is_ascii() || (kind != Kind::Ordinary && key.len() < LETTERS_MIN) {
                continue;
            }
            let is_stem = written.ends_with('*') && kind != Kind::Ordinary;
            let table: &mut BTreeMap<String, Senses> = if is_stem { &mut stems } else { &mut whole };
            let is_phrase = written.contains(' ');
            let is_listened_for =
                matches!(kind, Kind::Rude | Kind::Hate | Kind::Innocent | Kind::Ordinary) && !is_phrase;
            if accent.spaces == Spaces::Misspelled && !is_listened_for {
                continue;
            }
            let is_phrase = accent.spaces == Spaces::Free || is_phrase;
            // What is profane in its own language only is heard in that language.
            let sense = if kind == Kind::Unsure { Kind::Rude } else { kind };
            table.entry(key).or_default().insert((sense, is_phrase));
        }
        for key in unheard {
            whole.remove(&key);
            stems.remove(&key);
        }
        Table { whole, stems }
    }
}

/// The sound of an entry or of some words, without spaces: one who writes by ear spaces as he likes.
fn glued(text: &str, sound: fn(&str) -> String) -> String {
    let spaced = words(text.trim_matches(['*', '=']));
    let heard: String = spaced.split_whitespace().map(sound).collect();
    heard
}

/// What was heard, in one language.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) tongue: Tongue,
    pub(super) senses: BTreeSet<Kind>,
    /// Whether people stand next to the harm that is done to them.
    pub(super) harms_kin: bool,
}

/// Builds the tables of sounds.
pub(super) fn prepare() {
    LazyLock::force(&TABLES);
}

/// Everything that a text says by its sound, per language.
pub(super) fn listen(text: &str) -> Vec<Heard> {
    let padded = words(text);
    let list: Vec<&str> = padded.split_whitespace().collect();
    if !list.iter().any(|word| word.len() >= LETTERS_MIN && word.is_ascii()) {
        return Vec::new();
    }
    let is_plain: Vec<bool> = list.iter().map(|word| is_ordinary(word)).collect();
    ACCENTS
        .iter()
        .zip(TABLES.iter())
        .map(|(accent, table)| listen_to(&list, &is_plain, accent, table))
        .collect()
}

/// Some words in a row and what they mean.
struct Find {
    first: usize,
    end: usize,
    sense: Kind,
    letters: usize,
}

fn listen_to(list: &[&str], is_plain: &[bool], accent: &Accent, table: &Table) -> Heard {
    // A misspelling is one word, and no word that is at home here.
    let is_heard = |word: &str, plain: bool| word.is_ascii() && !(plain && accent.spaces == Spaces::Misspelled);
    let sounds: Vec<String> = list
        .iter()
        .zip(is_plain)
        .map(|(word, plain)| {
            if is_heard(word, *plain) {
                (accent.sound)(word)
            } else {
                String::new()
            }
        })
        .collect();
    let mut finds = finds(&sounds, is_plain, table);
    let is_ordinary = |senses: &Senses| senses.iter().any(|(sense, _)| *sense == Kind::Ordinary);
    let shown = sounds
        .iter()
        .filter(|word| table.whole.get(*word).is_some_and(is_ordinary))
        .count();
    let others = is_plain.iter().filter(|plain| **plain).count();
    let is_shown = accent.spaces != Spaces::Misspelled && shown > 0 && shown >= others;
    let innocent: Vec<usize> = finds
        .iter()
        .filter(|find| find.sense == Kind::Innocent)
        .map(|find| find.first)
        .collect();
    finds.retain(|find| (find.letters >= accent.sure_letters || is_shown) && !innocent.contains(&find.first));
    Heard {
        tongue: accent.tongue,
        harms_kin: harms_kin(&finds),
        senses: finds
            .into_iter()
            .map(|find| find.sense)
            .filter(|sense| *sense != Kind::Kin)
            .collect(),
    }
}

/// Every entry that some words in a row sound like.
fn finds(sounds: &[String], is_plain: &[bool], table: &Table) -> Vec<Find> {
    let mut finds = Vec::new();
    for (first, plain) in is_plain.iter().enumerate() {
        let mut key = String::new();
        for end in first + 1..=(first + WORDS_MAX).min(sounds.len()) {
            let word = &sounds[end - 1];
            if word.is_empty() {
                break;
            }
            key.push_str(word);
            let is_single = end == first + 1;
            // A word that is at home here is not listened to, unless others go with it.
            if is_single && *plain {
                continue;
            }
            finds_of(&key, key.len() - word.len(), table, |(sense, is_phrase), letters| {
                if is_phrase || is_single {
                    finds.push(Find {
                        first,
                        end,
                        sense,
                        letters,
                    });
                }
            });
        }
    }
    finds
}

/// The entries that a sound is or begins with; a stem must reach into the last word.
fn finds_of(key: &str, last: usize, table: &Table, mut add: impl FnMut((Kind, bool), usize)) {
    for sense in table.whole.get(key).into_iter().flatten() {
        add(*sense, key.len());
    }
    for end in (last + 1).max(LETTERS_MIN)..=key.len() {
        for sense in key
            .get(..end)
            .and_then(|stem| table.stems.get(stem))
            .into_iter()
            .flatten()
        {
            add(*sense, end);
        }
    }
}

/// Whether harm stands right before people or right after them, but for one short word.
fn harms_kin(finds: &[Find]) -> bool {
    let of = |sense: Kind| finds.iter().filter(move |find| find.sense == sense);
    of(Kind::Kin).any(|kin| {
        of(Kind::Harm).any(|harm| {
            let gap = if harm.first < kin.first {
                kin.first.checked_sub(harm.end)
            } else {
                harm.first.checked_sub(kin.end)
            };
            gap.is_some_and(|gap| gap <= 1)
        })
    })
}
