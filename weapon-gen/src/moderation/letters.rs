//! Owns what a letter can stand for: without its accent, by its sound, by its looks, in Latin and in Cyrillic.
//! Must not know words.

use std::collections::HashMap;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Chinese and Japanese: no spaces between words.
pub(super) fn is_unspaced(letter: char) -> bool {
    matches!(letter, '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

const fn is_cyrillic(letter: char) -> bool {
    matches!(letter, '\u{400}'..='\u{52f}')
}

/// Cyrillic letters that Russian and Ukrainian write; the others in a text are there for their looks.
fn is_plain_cyrillic(letter: char) -> bool {
    matches!(letter, 'а'..='я' | 'ё' | 'і' | 'ї' | 'є' | 'ґ' | 'ў')
}

/// How a run of letters between spaces is to be read.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Script {
    /// Latin letters, or none at all.
    Latin,
    /// Cyrillic letters only.
    Cyrillic,
    /// Letters of several alphabets, which is how one hides a word in either.
    Mixed,
    /// Some letters of a script without spaces.
    Unspaced,
}

impl Script {
    pub(super) fn of(chunk: &str) -> Script {
        let is_foreign = |letter: char| letter.is_alphabetic() && !letter.is_ascii() && !is_latin(letter);
        if chunk.contains(is_unspaced) {
            Script::Unspaced
        } else if !chunk.contains(is_foreign) {
            Script::Latin
        } else if chunk
            .chars()
            .filter(|letter| letter.is_alphabetic())
            .all(is_plain_cyrillic)
        {
            Script::Cyrillic
        } else {
            Script::Mixed
        }
    }
}

fn is_latin(letter: char) -> bool {
    matches!(letter, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}

/// The text without accents, with the letters that stand for two written out. Cyrillic й and Japanese voice marks stay.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            'ё' => folded.push('е'),
            // What Japanese puts in place of a letter that it hides.
            '○' | '●' | '◯' => folded.push('〇'),
            // The only picture that is a swear word.
            '🖕' => folded.push_str(" fuck "),
            'ß' => folded.push_str("ss"),
            // A letter of Chinese phonetics that looks like a kana.
            'ㄘ' => folded.push('ち'),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'ı' => folded.push('i'),
            'đ' | 'ð' => folded.push('d'),
            'þ' => folded.push_str("th"),
            // Letters in boxes, in circles and of flags have no plain form of their own in Unicode.
            '\u{1f130}'..='\u{1f149}' => folded.push(nth_letter(letter, 0x1f130)),
            '\u{1f150}'..='\u{1f169}' => folded.push(nth_letter(letter, 0x1f150)),
            '\u{1f170}'..='\u{1f189}' => folded.push(nth_letter(letter, 0x1f170)),
            '\u{1f1e6}'..='\u{1f1ff}' => folded.push(nth_letter(letter, 0x1f1e6)),
            // In Spanish, n and ñ make different words.
            'ñ' => folded.push('ñ'),
            letter if letter.is_ascii() || is_cyrillic(letter) => folded.push(letter),
            letter if is_unspaced(letter) => folded.push(simplified(letter)),
            letter => folded.extend(letter.nfkd().filter(|part| !is_combining_mark(*part))),
        }
    }
    folded
}

/// A traditional character as the simplified one, of as many bytes; the lists are read so too, Japanese ones as well.
pub(super) fn simplified(letter: char) -> char {
    static PAIRS: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
        include_str!("sounds/simplified.txt")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .flat_map(str::split_whitespace)
            .filter_map(|pair| {
                let mut letters = pair.chars();
                Some((letters.next()?, letters.next()?))
            })
            .collect()
    });
    PAIRS.get(&letter).copied().unwrap_or(letter)
}

/// The letter of the Latin alphabet at the place that it has in a block that begins at `first`.
fn nth_letter(letter: char, first: u32) -> char {
    char::from_u32(u32::from('a') + u32::from(letter) - first).unwrap_or(letter)
}

/// Cyrillic letters by their sound.
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

/// Greek letters by their looks: nobody hides a word behind the sound of one.
const GREEK: [(char, char); 24] = [
    ('α', 'a'),
    ('β', 'b'),
    ('γ', 'y'),
    ('δ', 'd'),
    ('ε', 'e'),
    ('ζ', 'z'),
    ('η', 'n'),
    ('θ', 'o'),
    ('ι', 'i'),
    ('κ', 'k'),
    ('λ', 'l'),
    ('μ', 'u'),
    ('ν', 'v'),
    ('ξ', 'e'),
    ('ο', 'o'),
    ('π', 'n'),
    ('ρ', 'p'),
    ('ς', 's'),
    ('σ', 'o'),
    ('τ', 't'),
    ('υ', 'u'),
    ('φ', 'f'),
    ('χ', 'x'),
    ('ω', 'w'),
];

/// Digits, signs and foreign letters as the Latin letters that they stand for.
pub(super) fn latin(letter: char) -> char {
    match letter {
        '0' => 'o',
        '1' | '!' | '|' | '¡' => 'i',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '6' => 'b',
        '7' => 't',
        '8' => 'b',
        '9' => 'g',
        '¢' => 'c',
        '£' => 'l',
        '+' => 't',
        '(' => 'c',
        letter => CYRILLIC
            .iter()
            .chain(&GREEK)
            .find(|(from, _)| *from == letter)
            .map_or(letter, |(_, to)| *to),
    }
}

/// Digits, signs and Latin letters as the Cyrillic ones that they look or sound like.
pub(super) fn cyrillic(letter: char) -> char {
    match letter {
        'a' | '@' => 'а',
        '6' | 'b' => 'б',
        'v' => 'в',
        'g' => 'г',
        'd' => 'д',
        'e' | '€' | 'ё' => 'е',
        '3' | 'z' => 'з',
        'u' | 'i' | '1' | '!' => 'и',
        'k' => 'к',
        'l' => 'л',
        'm' => 'м',
        'h' => 'н',
        'o' | '0' => 'о',
        'n' => 'п',
        'p' => 'р',
        'c' | '$' | 's' => 'с',
        't' => 'т',
        'y' => 'у',
        'f' => 'ф',
        'x' => 'х',
        '4' => 'ч',
        'w' => 'ш',
        '9' => 'я',
        letter => letter,
    }
}

/// What the text looks like: homoglyphs as the Latin letters that they resemble.
///
/// Latin letters stay, unlike in the Unicode skeleton, which would make "rn" of every "m".
pub(super) fn skeleton(text: &str) -> String {
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

/// The words with one space around each, split where the script changes between spaced and unspaced.
///
/// Unspaced letters are one word however they are spaced: there, a space is no sign of anything.
pub(super) fn words(text: &str) -> String {
    padded(text).0
}

/// As [`words`], with the place in the text that each byte comes from.
pub(super) fn padded(text: &str) -> (String, Vec<usize>) {
    let mut padded = String::from(" ");
    let mut origins = vec![0];
    let mut was_unspaced = false;
    for (place, letter) in text.char_indices() {
        let is_letter = letter.is_alphanumeric() || letter == HIDDEN;
        let unspaced = is_unspaced(letter);
        if is_letter && unspaced && was_unspaced && padded.ends_with(' ') {
            padded.pop();
            origins.pop();
        } else if (!is_letter || unspaced != was_unspaced) && !padded.ends_with(' ') {
            padded.push(' ');
            origins.push(place);
        }
        if is_letter {
            padded.push(letter);
            origins.resize(padded.len(), place);
            was_unspaced = unspaced;
        }
    }
    if !padded.ends_with(' ') {
        padded.push(' ');
        origins.push(text.len());
    }
    (padded, origins)
}

/// Stands in for a letter of an innocent word, so that nothing is found in it or across it.
pub(super) const HIDDEN: char = '\u{e000}';

/// The words with single letters in a row joined, because "n a z i" reads as a word.
pub(super) fn joined(padded: &str) -> String {
    let mut words = String::from(" ");
    let mut is_run = false;
    for word in padded.split_whitespace() {
        let mut letters = word.chars();
        let is_single = letters.next().is_some() && letters.next().is_none();
        if is_single && is_run {
            words.pop();
        }
        words.push_str(word);
        words.push(' ');
        is_run = is_single;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_go_and_letters_of_other_scripts_stay() {
        assert_eq!(
            fold("épée straße łuk şık год ёж й が"),
            "epee strasse luk sik год еж й が"
        );
    }

    #[test]
    fn a_simplified_character_has_as_many_bytes() {
        assert_eq!(fold("媽 內 幹"), "妈 内 幹");
        for letter in '\u{3400}'..='\u{9fff}' {
            assert_eq!(simplified(letter).len_utf8(), letter.len_utf8(), "{letter}");
        }
    }

    #[test]
    fn a_chunk_has_one_script_or_hides_something() {
        for (chunk, script) in [
            ("épée", Script::Latin),
            ("1337", Script::Latin),
            ("рог", Script::Cyrillic),
            ("fu\u{441}k", Script::Mixed),
            ("\u{455}\u{4bb}\u{456}\u{442}", Script::Mixed),
            ("剣", Script::Unspaced),
        ] {
            assert_eq!(Script::of(chunk), script, "{chunk}");
        }
    }

    #[test]
    fn words_are_padded_and_split_at_scripts_without_spaces() {
        assert_eq!(words("l'arme,  d'or"), " l arme d or ");
        assert_eq!(words("傻 b剑 の、剣"), " 傻 b 剑の剣 ");
        assert_eq!(joined(" a l epee n a z i "), " al epee nazi ");
    }
}
