//! Owns how Russian, Japanese and Chinese words sound, however they are written: one key per word, the same for both alphabets.
//! Must not know which words are bad.

use super::letters::fold;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Replaces the longest known piece at each place; letters of no piece stay, and letters that map to nothing go.
fn spelled(text: &str, pieces: &BTreeMap<String, String>) -> String {
    let longest = 4;
    let mut spelled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let ends = rest.char_indices().map(|(place, _)| place).chain([rest.len()]);
        let piece = ends
            .skip(1)
            .take(longest)
            .filter_map(|end| pieces.get(&rest[..end]).map(|sound| (end, sound)))
            .last();
        if let Some((end, sound)) = piece {
            spelled.push_str(sound);
            rest = &rest[end..];
        } else {
            spelled.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    spelled
}

/// Reads lines of a sound and what spells it, between spaces.
fn pieces(table: &str) -> BTreeMap<String, String> {
    let of_line = |line: &str| {
        let mut words = line.split_whitespace();
        let sound = words.next().unwrap_or("").trim_matches('-').to_owned();
        words
            .map(move |piece| (piece.to_owned(), sound.clone()))
            .collect::<Vec<_>>()
    };
    table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(of_line)
        .collect()
}

/// Letters that stand twice are heard once.
fn once(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    for letter in text.chars() {
        if !short.ends_with(letter) {
            short.push(letter);
        }
    }
    short
}

static RUSSIAN: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| pieces(include_str!("sounds/russian.txt")));
static JAPANESE: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| pieces(include_str!("sounds/japanese.txt")));
static KANJI: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| pieces(include_str!("sounds/kanji.txt")));
static CHINESE: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| pieces(include_str!("sounds/pinyin.txt")));

/// A Russian word in Cyrillic or in any of the usual Latin spellings: "жопа" and "zhopa" are one.
pub(super) fn russian(word: &str) -> String {
    once(&spelled(&fold(word), &RUSSIAN))
}

/// A Japanese word in kana, in listed kanji or in Latin letters: long sounds and doubled consonants are not heard.
pub(super) fn japanese(word: &str) -> String {
    let kana = spelled(&fold(word), &KANJI);
    let mut sound = once(&spelled(&kana, &JAPANESE));
    for (long, short) in [("ou", "o"), ("tch", "ch")] {
        sound = sound.replace(long, short);
    }
    once(&sound)
}

/// A Chinese word in listed characters, or in pinyin with or without tones.
pub(super) fn chinese(word: &str) -> String {
    let toneless: String = fold(word).chars().filter(|letter| !letter.is_ascii_digit()).collect();
    spelled(&toneless, &CHINESE)
}

/// A word of a language of Latin letters as it may be misspelled: "k" for "c" and "qu", single for double letters.
pub(super) fn latin(word: &str) -> String {
    let letters: Vec<char> = fold(word).chars().collect();
    let mut heard = String::with_capacity(word.len());
    for (place, letter) in letters.iter().enumerate() {
        let next = letters.get(place + 1).copied().unwrap_or(' ');
        match letter {
            'c' if next == 'k' || next == 'q' => {}
            'c' if matches!(next, 'e' | 'i' | 'y') => heard.push('s'),
            'c' if next == 'h' => heard.push('c'),
            'c' | 'q' => heard.push('k'),
            'u' if heard.ends_with('k') && matches!(next, 'e' | 'i') && place > 0 && letters[place - 1] == 'q' => {}
            'p' if next == 'h' => heard.push('f'),
            'h' if heard.ends_with('f') => {}
            'y' => heard.push('i'),
            'w' => heard.push('v'),
            'z' => heard.push('s'),
            letter => heard.push(*letter),
        }
    }
    once(&heard)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_russian_word_sounds_the_same_in_both_alphabets() {
        for (cyrillic, latin) in [
            ("жопа", "zhopa"),
            ("хуй", "khuy"),
            ("хуй", "huj"),
            ("хуйня", "xuinya"),
            ("пиздец", "pizdets"),
            ("пиздец", "pizdec"),
            ("ублюдок", "ublyudok"),
            ("ёбаный", "yobanyi"),
            ("чурка", "churka"),
        ] {
            assert_eq!(russian(cyrillic), russian(latin), "{cyrillic} {latin}");
        }
    }

    #[test]
    fn a_japanese_word_sounds_the_same_in_kana_and_in_latin_letters() {
        for (kana, latin) in [
            ("ちんぽ", "chimpo"),
            ("チンコ", "tinko"),
            ("じさつ", "jisatsu"),
            ("じさつ", "zisatu"),
            ("ばかやろう", "bakayaro"),
            ("ぶっころす", "bukkorosu"),
            ("おっぱい", "oppai"),
            ("しょんべん", "syonben"),
        ] {
            assert_eq!(japanese(kana), japanese(latin), "{kana} {latin}");
        }
    }

    #[test]
    fn a_misspelled_word_sounds_the_same() {
        for (right, wrong) in [
            ("connasse", "konase"),
            ("encule", "enkule"),
            ("culo", "kulo"),
            ("joder", "joder"),
        ] {
            assert_eq!(latin(right), latin(wrong), "{right} {wrong}");
        }
    }

    #[test]
    fn a_chinese_word_sounds_the_same_in_characters_and_in_pinyin() {
        for (characters, latin) in [("操你妈", "cao4ni3ma1"), ("傻逼", "shabi"), ("自杀", "zìshā")] {
            assert_eq!(chinese(characters), chinese(latin), "{characters} {latin}");
        }
    }
}
