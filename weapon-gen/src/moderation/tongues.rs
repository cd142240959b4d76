//! Owns the judgment by the lists of the languages: which language a text shows, what its words are once every disguise is off.
//! Must not hold words: the lexicon has them.

use super::Category;
use super::heard::{self, Heard, listen};
use super::letters::{HIDDEN, Script, cyrillic, fold, is_unspaced, joined, latin, padded, simplified, skeleton, words};
use super::lexicon::{Entry, Hit, Lexicon, PLAIN, SQUEEZED, is_ordinary};
use super::lists::{ENGLISH, Kind, RUSSIAN, TONGUES, Tongue, VERB_LAST};
use super::mirrored::{self, has_reversed, is_mirrored};
use super::reading::has_long_run;
use super::words::squeezed;
use std::sync::LazyLock;

/// A reversed or half-hidden word of fewer letters is no sign of anything.
pub(super) const LETTERS_MIN: usize = 4;
/// Longer words are not compared with misspelled ones.
const MISSPELLED_MAX: usize = 12;
/// A stem of so few letters has an ending of one letter if it stands reversed, and none in another language.
const STEM_SHORT_MAX: usize = 5;
/// A reversed word may have this many letters more than the entry that it begins with.
pub(super) const ENDING_MAX: usize = 3;

/// What the lists say about a text.
pub(super) struct Opinion {
    /// What is wrong with it.
    pub(super) category: Option<Category>,
    /// The text without innocent words and without what English letters never spell.
    pub(super) latin: String,
    /// Whether the text may be English: a filter of English words has no say on others.
    pub(super) is_english: bool,
}

/// Builds the tables that texts are compared with.
pub(super) fn prepare() {
    LazyLock::force(&PLAIN);
    LazyLock::force(&SQUEEZED);
    mirrored::prepare();
    heard::prepare();
}

/// Judges a text in normal form.
pub(super) fn judge(text: &str) -> Opinion {
    let text = text.replace(HIDDEN, " ");
    let shows = Shows::of(&text);
    let rest = without_innocent(&text, &shows);
    let mut findings = Findings::default();
    let open: Vec<Entry> = PLAIN.hits(&words(&fold(&rest))).iter().map(|hit| hit.entry).collect();
    // Nobody disguises a word that is harmless in another language.
    let is_disguised = |entry: &Entry| entry.kind == Kind::Unsure && entry.letters >= 3 && !open.contains(entry);
    for spelling in spellings(&rest) {
        for reading in readings(&spelling) {
            let hits: Vec<Hit> = reading
                .lexicon
                .hits(&reading.words)
                .into_iter()
                .filter(|hit| hit.entry.letters >= reading.letters_min && !ends_longer_kana(&reading.words, hit))
                .collect();
            for hit in &hits {
                findings.add(&hit.entry, &shows, || is_harmless_elsewhere(hit, &hits, &shows));
            }
            findings.is_rude |= hits.iter().any(|hit| is_disguised(&hit.entry));
            findings.is_hateful |= harms_kin(&reading.words, &hits);
        }
        findings.is_rude |= has_v_for_u(&spelling, &shows);
        findings.is_rude |= has_reversed(&spelling, &shows) || has_split(&spelling);
        findings.is_rude |= shows.speaks(ENGLISH) && has_misspelled(&spelling);
    }
    findings.is_rude |= has_half_hidden(&rest) || is_mirrored(&rest, &shows);
    for heard in listen(&fold(&rest)) {
        findings.hear(&heard);
    }
    Opinion {
        category: findings.category(),
        latin: latin_part(&rest),
        is_english: shows.speaks(ENGLISH),
    }
}

/// Which languages a text shows: how many of its words are ordinary in each, and whether it is one word that is ordinary in none.
pub(super) struct Shows([u16; TONGUES.len()], bool);

impl Shows {
    pub(super) fn of(text: &str) -> Shows {
        let mut counts = [0; TONGUES.len()];
        for hit in PLAIN.hits(&words(&fold(text))) {
            if hit.entry.kind == Kind::Ordinary {
                counts[hit.entry.tongue] += 1;
            }
        }
        // An alphabet of its own is a sign too.
        counts[RUSSIAN] += u16::from(text.chars().any(|letter| matches!(letter, 'а'..='я')));
        let is_word_of_none = counts.iter().all(|count| *count == 0) && text.split_whitespace().count() == 1;
        Shows(counts, is_word_of_none)
    }

    /// Whether no language is shown more. A text that shows none is English.
    pub(super) fn speaks(&self, tongue: Tongue) -> bool {
        let most = self.most();
        self.0[tongue] == most && (most > 0 || tongue == ENGLISH)
    }

    /// How many ordinary words it has of the language that it shows most.
    pub(super) fn most(&self) -> u16 {
        self.0.iter().max().copied().unwrap_or(0)
    }

    /// Whether it has an ordinary word of a language, and no language is shown more.
    pub(super) fn surely_speaks(&self, tongue: Tongue) -> bool {
        self.0[tongue] > 0 && self.speaks(tongue)
    }

    /// Whether a word of the text may be of a language: one that stands alone may be of any.
    fn may_speak(&self, tongue: Tongue) -> bool {
        self.speaks(tongue) || self.1
    }
}

/// What was found in all readings of a text.
#[derive(Default)]
struct Findings {
    is_rude: bool,
    is_hateful: bool,
    is_self_harm: bool,
    /// Whether there is harm, people, an attack, a place, in each language.
    parts: [[bool; 4]; TONGUES.len()],
}

impl Findings {
    fn add(&mut self, entry: &Entry, shows: &Shows, is_harmless: impl FnOnce() -> bool) {
        match entry.kind {
            Kind::Unsure => self.is_rude |= shows.may_speak(entry.tongue) && !is_harmless(),
            kind => self.note(kind, entry.tongue),
        }
    }

    /// Takes in what the text says by its sound in one language.
    fn hear(&mut self, heard: &Heard) {
        self.is_hateful |= heard.harms_kin;
        for sense in &heard.senses {
            self.note(*sense, heard.tongue);
        }
    }

    /// A word of this kind stands in the text.
    fn note(&mut self, kind: Kind, tongue: Tongue) {
        let parts = &mut self.parts[tongue];
        match kind {
            Kind::Rude => self.is_rude = true,
            Kind::SelfHarm => self.is_self_harm = true,
            Kind::Hate => self.is_hateful = true,
            Kind::Harm => parts[0] = true,
            Kind::People => parts[1] = true,
            Kind::Attack => parts[2] = true,
            Kind::Place => parts[3] = true,
            Kind::Unsure | Kind::Kin | Kind::Innocent | Kind::Ordinary | Kind::Common | Kind::Unheard => {}
        }
    }

    fn category(&self) -> Option<Category> {
        let is_aimed = |parts: &[bool; 4]| (parts[0] && parts[1]) || (parts[2] && parts[3]);
        if self.is_self_harm {
            Some(Category::SelfHarm)
        } else if self.is_hateful || self.parts.iter().any(is_aimed) {
            Some(Category::Hate)
        } else {
            self.is_rude.then_some(Category::Profanity)
        }
    }
}

/// Whether the same word is ordinary in another language that the text shows as much without it.
fn is_harmless_elsewhere(found: &Hit, hits: &[Hit], shows: &Shows) -> bool {
    hits.iter().any(|hit| {
        hit.entry.kind == Kind::Ordinary
            && hit.entry.tongue != found.entry.tongue
            && (hit.start, hit.end) == (found.start, found.end)
            && shows.0[hit.entry.tongue] > shows.0[found.entry.tongue]
    })
}

/// Whether harm and people stand next to each other, in either order, in one language.
fn harms_kin(words: &str, hits: &[Hit]) -> bool {
    let of = |kind: Kind| hits.iter().filter(move |hit| hit.entry.kind == kind);
    of(Kind::Kin).any(|kin| {
        of(Kind::Harm)
            .filter(|harm| harm.entry.tongue == kin.entry.tongue)
            .any(|harm| {
                let between = if harm.start < kin.start {
                    words.get(harm.end..kin.start)
                } else if VERB_LAST.contains(&kin.entry.tongue) {
                    words.get(kin.end..harm.start)
                } else {
                    return false;
                };
                between.is_none_or(is_near)
            })
    })
}

/// Whether little stands between: the rest of a word and two short ones, or two letters where no spaces are.
fn is_near(between: &str) -> bool {
    let letters = between.chars().filter(|letter| *letter != ' ').count();
    if between.contains(is_unspaced) {
        letters <= 2
    } else {
        between.split_whitespace().count() <= 3 && letters <= 12
    }
}

/// The text with the letters of innocent words hidden.
///
/// What is innocent in one language stays in sight if it is just what a list of another names, unless the text shows the first;
/// and if it is a part of a longer entry of its own.
fn without_innocent(text: &str, shows: &Shows) -> String {
    let (padded, origins) = padded(text);
    let mut is_hidden = vec![false; text.len() + 1];
    let simple: String = padded.chars().map(simplified).collect();
    let hits = PLAIN.hits(&simple);
    let is_named = |innocent: &Hit| {
        hits.iter().any(|hit| {
            let entry = hit.entry;
            matches!(entry.kind, Kind::Rude | Kind::Hate | Kind::SelfHarm)
                && entry.is_whole == (true, true)
                && hit.start <= innocent.start
                && innocent.end <= hit.end
                && if entry.tongue == innocent.entry.tongue {
                    hit.end - hit.start > innocent.end - innocent.start
                } else {
                    shows.0[innocent.entry.tongue] <= shows.0[entry.tongue]
                }
        })
    };
    let innocent = hits
        .iter()
        .filter(|hit| hit.entry.kind == Kind::Innocent && !is_named(hit));
    for hit in innocent {
        let (start, end) = whole_words(&padded, hit);
        for place in start..end {
            is_hidden[origins[place]] |= padded.as_bytes()[place] != b' ';
        }
    }
    let hide = |(place, letter)| if is_hidden[place] { HIDDEN } else { letter };
    text.char_indices().map(hide).collect()
}

/// Where the words begin and end that an entry stands in.
fn whole_words(padded: &str, hit: &Hit) -> (usize, usize) {
    let is_spaced = |place: usize| padded.as_bytes()[place] == b' ';
    let (mut start, mut end) = (hit.start, hit.end);
    if padded[start..end].contains(is_unspaced) {
        return (start, end);
    }
    while !is_spaced(start) {
        start -= 1;
    }
    while !is_spaced(end - 1) {
        end += 1;
    }
    (start, end)
}

/// The ways to spell a text out: as it is, by sound, by looks, in Cyrillic, without digits around its words.
fn spellings(text: &str) -> Vec<String> {
    let by_chunk = |spell: &dyn Fn(&str) -> String| {
        let chunks = text.split_whitespace().map(|chunk| match Script::of(chunk) {
            Script::Latin | Script::Mixed => spell(chunk),
            Script::Cyrillic | Script::Unspaced => fold(chunk),
        });
        chunks.collect::<Vec<_>>().join(" ")
    };
    let mut all = vec![
        text.to_owned(),
        fold(text),
        without_long_marks(&fold(text)),
        by_chunk(&|chunk| fold(&unslashed(chunk)).chars().map(latin).collect()),
        by_chunk(&|chunk| fold(&skeleton(chunk)).chars().map(latin).collect()),
        without_digits(&fold(text)),
    ];
    if text.chars().any(|letter| matches!(letter, '\u{400}'..='\u{52f}')) {
        all.push(fold(text).chars().map(cyrillic).collect());
    }
    if text.contains('ß') {
        // One letter to who spaces letters, two to who spells, and a "b" by its looks.
        all.push(fold(&joined(&words(text))));
        all.push(fold(&text.replace('ß', "b")));
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The letters that slashes, bars and brackets make: `\/\/` is a "w".
fn unslashed(chunk: &str) -> String {
    const DRAWN: [(&str, &str); 12] = [
        ("\\/\\/", "w"),
        ("|\\|", "n"),
        ("|_|", "u"),
        ("|-|", "h"),
        ("/-\\", "a"),
        ("\\/", "v"),
        ("/\\", "a"),
        ("|<", "k"),
        ("|)", "d"),
        ("|3", "b"),
        ("()", "o"),
        ("[]", "o"),
    ];
    if !chunk.contains(['\\', '|', '(', '[']) {
        return chunk.to_owned();
    }
    DRAWN
        .iter()
        .fold(chunk.to_owned(), |text, (drawn, letter)| text.replace(drawn, letter))
}

/// Hiragana without the marks of length, which nobody writes there but to part letters.
fn without_long_marks(text: &str) -> String {
    let mut short = String::new();
    for letter in text.chars() {
        let is_mark = letter == 'ー' && short.ends_with(|last| matches!(last, '\u{3041}'..='\u{3096}'));
        if !is_mark {
            short.push(letter);
        }
    }
    short
}

/// The words without the digits before and after their letters: "abc123" reads as "abc".
fn without_digits(text: &str) -> String {
    let trim = |word: &str| word.trim_matches(|letter: char| letter.is_ascii_digit()).to_owned();
    text.split(' ').map(trim).collect::<Vec<_>>().join(" ")
}

/// One way to tell the words of a spelling.
struct Reading {
    words: String,
    lexicon: &'static Lexicon,
    /// Shorter entries are there by chance.
    letters_min: usize,
}

/// The ways to tell the words: as spaced, single letters joined, what hyphens part joined, repeated letters once.
fn readings(spelling: &str) -> Vec<Reading> {
    let spaced = words(spelling);
    let single = joined(&spaced);
    let glued: String = spelling
        .chars()
        .filter(|letter| letter.is_alphanumeric() || *letter == ' ' || *letter == HIDDEN)
        .collect();
    let glued = words(&glued);
    let mut all = Vec::new();
    for (text, letters_min) in [(spaced, 1), (single, 3), (glued, LETTERS_MIN)] {
        if all.iter().any(|known: &Reading| known.words == text) {
            continue;
        }
        if has_long_run(&text) {
            all.push(Reading {
                words: squeezed(&text),
                lexicon: &SQUEEZED,
                letters_min: letters_min.max(3),
            });
        }
        all.push(Reading {
            words: text,
            lexicon: &PLAIN,
            letters_min,
        });
    }
    all
}

/// Whether a word read as a whole is profane, but for an ending of few letters; a short one only in a language that the text shows.
pub(super) fn is_rude_word(word: &str, ending_max: usize, shows: Option<&Shows>) -> bool {
    let letters = word.chars().count();
    // The fewer letters, the likelier is a stem with an ending by chance.
    let ending_of = |entry: &Entry| match shows {
        Some(shows) if entry.letters <= STEM_SHORT_MAX && !shows.speaks(entry.tongue) => 0,
        Some(_) if entry.letters <= STEM_SHORT_MAX => 1,
        _ => ending_max,
    };
    let is_it = |hit: &Hit| {
        let entry = hit.entry;
        let is_likely =
            |shows: &Shows| entry.letters > LETTERS_MIN || shows.speaks(entry.tongue) || entry.tongue == ENGLISH;
        matches!(entry.kind, Kind::Rude | Kind::Hate | Kind::Unsure)
            && shows.is_none_or(is_likely)
            && hit.start == 0
            && entry.is_whole.0
            && !entry.is_phrase
            && entry.letters >= LETTERS_MIN
            && (entry.letters == letters
                || (entry.letters > LETTERS_MIN && !entry.is_whole.1 && entry.letters + ending_of(&entry) >= letters))
    };
    letters >= LETTERS_MIN && PLAIN.hits(&format!(" {word} ")).iter().any(is_it)
}

/// Whether a word with a "v" is a long profane word with a "u" in its place: "kvrwa".
fn has_v_for_u(spelling: &str, shows: &Shows) -> bool {
    let is_it = |word: &str| is_rude_word(&word.replace('v', "u"), 0, Some(shows)) && !is_ordinary(word);
    let padded = words(spelling);
    // A short one is no word at all otherwise: it has no vowel.
    let is_unsaid = |word: &str| word.len() == LETTERS_MIN && !word.contains(['a', 'e', 'i', 'o', 'u', 'y']);
    padded
        .split_whitespace()
        .any(|word| word.contains('v') && (word.len() > LETTERS_MIN || is_unsaid(word)) && is_it(word))
}

/// Whether the letters around a find are of another script: "コンマ" stands alone between characters, not in "コンマリン".
pub(super) fn stands_alone(text: &str, hit: &Hit) -> bool {
    let is_kana = |letter: char| matches!(letter, '\u{3040}'..='\u{30ff}');
    let is_same = |outer: Option<char>, inner: Option<char>| match (outer, inner) {
        (Some(outer), Some(inner)) => is_unspaced(outer) && is_kana(outer) == is_kana(inner),
        _ => false,
    };
    let found = &text[hit.start..hit.end];
    !is_same(text[..hit.start].chars().next_back(), found.chars().next())
        && !is_same(text[hit.end..].chars().next(), found.chars().next_back())
}

/// Whether a find in katakana is the end of a longer word: "セックス" stands in "エセックス" by chance, after a word it does not.
fn ends_longer_kana(text: &str, hit: &Hit) -> bool {
    const BEFORE_MAX: usize = 2;
    let is_kana = |letter: char| matches!(letter, '\u{30a1}'..='\u{30fa}' | 'ー');
    if !matches!(hit.entry.kind, Kind::Rude | Kind::Hate) || !text[hit.start..hit.end].chars().all(is_kana) {
        return false;
    }
    let before = text[..hit.start].trim_end_matches(is_kana).len();
    let word = &text[before..hit.start];
    let is_known = || {
        PLAIN.hits(word).iter().any(|hit| {
            matches!(hit.entry.kind, Kind::Rude | Kind::Hate | Kind::Ordinary)
                && hit.start == 0
                && hit.end == word.len()
        })
    };
    (1..=BEFORE_MAX).contains(&word.chars().count()) && !is_known()
}

/// Whether two halves that mean nothing make a profane word.
fn has_split(spelling: &str) -> bool {
    let padded = words(spelling);
    let list: Vec<&str> = padded.split_whitespace().collect();
    list.windows(2).any(|pair| {
        !pair[0].contains(is_unspaced)
            && is_rude_word(&pair.concat(), 0, None)
            && !is_ordinary(pair[0])
            && !is_ordinary(pair[1])
    })
}

/// Whether a word is one of the commonest in English but for letters that look or sound alike, that stand twice, or that changed places.
fn has_misspelled(spelling: &str) -> bool {
    const ALIKE: [(&str, &str); 7] = [
        ("q", "g"),
        ("cc", "ck"),
        ("xx", "ck"),
        ("zz", "ss"),
        ("l", "i"),
        ("v", "u"),
        ("ph", "f"),
    ];
    const COMMON: [&str; 13] = [
        "fuck", "shit", "cunt", "nigger", "nigga", "bitch", "asshole", "whore", "slut", "pussy", "faggot", "dick",
        "dickhead",
    ];
    const ENDINGS: [&str; 9] = ["", "s", "y", "ty", "er", "ers", "ed", "ing", "es"];
    let is_common = |word: &str| {
        COMMON
            .iter()
            .filter_map(|common| word.strip_prefix(common))
            .any(|ending| ENDINGS.contains(&ending))
    };
    let swapped = |word: &str, place: usize| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.swap(place, place + 1);
        letters.into_iter().collect::<String>()
    };
    words(spelling).split_whitespace().any(|word| {
        let letters = word.len();
        (LETTERS_MIN..=MISSPELLED_MAX).contains(&letters)
            && word.is_ascii()
            && (is_common(&squeezed(word)) && !is_common(word)
                || ALIKE
                    .iter()
                    .any(|(from, to)| word.contains(from) && is_common(&word.replace(from, to)))
                || (1..letters - 1).any(|place| is_common(&swapped(word, place)) && !is_common(word)))
            && !is_ordinary(word)
    })
}

/// Whether a profane word shows between stars: "f*ck".
fn has_half_hidden(text: &str) -> bool {
    let text = fold(text);
    let is_end = |letter: char| !letter.is_alphanumeric() && !is_star(letter);
    text.split_whitespace()
        .map(|chunk| chunk.trim_end_matches(is_end))
        .any(|chunk| hides_letters(&chunk.chars().collect::<Vec<char>>()))
}

fn is_star(letter: char) -> bool {
    matches!(letter, '*' | '#' | '\u{2217}' | '\u{2022}' | '_' | '%')
}

/// Whether the letters between the stars are those of a profane word. Other signs hide letters too, but part longer words as well.
fn hides_letters(letters: &[char]) -> bool {
    let is_blank =
        |letter: char| is_star(letter) || matches!(letter, '@' | '&' | '^' | '~' | '?' | '$' | '.' | '-' | '=');
    let count = |is_it: &dyn Fn(char) -> bool| letters.iter().filter(|letter| is_it(**letter)).count();
    let (stars, blanks) = (count(&is_star), count(&is_blank));
    let is_readable = letters
        .iter()
        .all(|letter| letter.is_alphanumeric() || is_blank(*letter));
    let is_cyrillic = letters.iter().any(|letter| matches!(letter, 'а'..='я'));
    let letters_min = if stars == blanks || is_cyrillic { 3 } else { LETTERS_MIN };
    if blanks == 0
        || !is_readable
        || letters.len() < letters_min
        || blanks == letters.len()
        || is_blank(letters[0])
        || (stars == 0 && blanks > 1)
    {
        return false;
    }
    PLAIN.rude_words.iter().any(|(word, entry)| {
        let same = word.chars().zip(letters).all(|(a, b)| a == *b || is_blank(*b));
        let longer = letters.len().checked_sub(entry.letters);
        same && (longer == Some(0)
            || (stars > 0 && !entry.is_whole.1 && longer.is_some_and(|ending| ending <= ENDING_MAX)))
    })
}

/// The text without words in a script that English never has; chunks that mix scripts stay.
fn latin_part(text: &str) -> String {
    let chunks = text.split_whitespace().filter_map(|chunk| match Script::of(chunk) {
        Script::Latin | Script::Mixed => Some(chunk.to_owned()),
        Script::Cyrillic => None,
        Script::Unspaced => Some(chunk.chars().filter(|letter| letter.is_ascii()).collect()),
    });
    chunks.collect::<Vec<_>>().join(" ").replace(HIDDEN, " ")
}
