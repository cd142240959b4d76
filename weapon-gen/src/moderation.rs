//! Owns which texts a player may see: prompts of others and the names of their weapons.
//! Must not change a text: it accepts or names the reason.

mod words;

use crate::prompt::Prompt;
use aho_corasick::{AhoCorasick, MatchKind};
use rustrict::{Censor, Type};
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use words::{GROUPS, HARM, INNOCENT, PEOPLE, SELF_HARM, SLOGANS};

/// Why a text is not shown.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Category {
    /// Profane, sexual or offensive words.
    Profanity,
    /// Violence against a group of people, or a slogan of hate.
    Hate,
    /// Wishing somebody to harm themselves.
    SelfHarm,
}

impl Category {
    /// A kind sentence for the player.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Category::Profanity => "that wording is too rude for this arena",
            Category::Hate => "weapons against groups of people are not forged here",
            Category::SelfHarm => "the forge does not make weapons that wish anybody self-harm",
        }
    }
}

static SLOGAN_FINDER: LazyLock<AhoCorasick> = LazyLock::new(|| finder(SLOGANS));
static SELF_HARM_FINDER: LazyLock<AhoCorasick> = LazyLock::new(|| finder(SELF_HARM));

fn finder(phrases: &[&str]) -> AhoCorasick {
    let padded: Vec<String> = phrases.iter().map(|phrase| format!(" {phrase} ")).collect();
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(padded)
        .expect("short constant phrases build")
}

/// Judges a prompt: the text itself, what it looks like to a reader (homoglyphs undone), and what its digits spell.
///
/// # Errors
/// The [`Category`] that it falls into.
pub fn judge(prompt: &Prompt) -> Result<(), Category> {
    let raw = prompt.as_str();
    let skeleton: String = unicode_security::skeleton(raw).collect::<String>().to_lowercase();
    // "rn" looks like "m", so the skeleton merges them: fine for a comparison, since both sides are innocent words anyway.
    let spelled: String = raw.nfkd().filter(|letter| !is_mark(*letter)).map(unleet).collect();
    let readings = [raw, &skeleton, &spelled].map(|text| (text, padded_words(text)));
    if readings.iter().any(|(_, words)| SELF_HARM_FINDER.is_match(words)) {
        return Err(Category::SelfHarm);
    }
    if readings
        .iter()
        .any(|(_, words)| SLOGAN_FINDER.is_match(words) || targets_a_group(words))
    {
        return Err(Category::Hate);
    }
    if readings.iter().any(|(text, words)| is_profane(text, words)) {
        return Err(Category::Profanity);
    }
    Ok(())
}

fn is_mark(letter: char) -> bool {
    unicode_normalization::char::is_combining_mark(letter)
}

fn unleet(letter: char) -> char {
    match letter {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        letter => letter,
    }
}

/// The words with one space around each; single letters in a row are joined, because "n a z i" reads as a word.
fn padded_words(text: &str) -> String {
    let mut words = String::from(" ");
    let mut run = String::new();
    let flush = |run: &mut String, words: &mut String| {
        if !run.is_empty() {
            words.push_str(run);
            words.push(' ');
            run.clear();
        }
    };
    for word in text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        if word.chars().count() == 1 {
            run.push_str(word);
        } else {
            flush(&mut run, &mut words);
            words.push_str(word);
            words.push(' ');
        }
    }
    flush(&mut run, &mut words);
    words
}

/// Harm and a group of people in one text. A color counts as a group only next to a word for people or in the plural.
fn targets_a_group(words: &str) -> bool {
    let list: Vec<&str> = words.split_whitespace().collect();
    let harms = list.iter().any(|word| HARM.contains(word));
    let grouped = list.iter().enumerate().any(|(place, word)| {
        let next = list.get(place + 1).copied().unwrap_or("");
        let color = matches!(
            *word,
            "black" | "indian" | "chinese" | "asian" | "african" | "arab" | "mexican" | "trans" | "woman" | "gypsy"
        );
        GROUPS.contains(word) && (!color || PEOPLE.contains(&next))
    });
    harms && grouped
}

fn is_profane(text: &str, words: &str) -> bool {
    let threshold = |found: Type| {
        found.is(Type::SEVERE) || found.is((Type::PROFANE | Type::OFFENSIVE | Type::SEXUAL) & Type::MODERATE_OR_HIGHER)
    };
    if !threshold(Censor::from_str(text).analyze()) {
        return false;
    }
    // Look again without the innocent words. What is left of a spaced-out or leet evasion is still found.
    let rest: Vec<&str> = words
        .split_whitespace()
        .filter(|word| !INNOCENT.contains(word))
        .collect();
    rest.len() == words.split_whitespace().count() || threshold(Censor::from_str(&rest.join(" ")).analyze())
}

/// The name if every audience may read it, at most 32 characters long; the receiving peer applies it again.
#[must_use]
pub fn vet_name(name: &str) -> Option<String> {
    use unicode_segmentation::UnicodeSegmentation;
    let prompt = Prompt::parse(name).ok()?;
    judge(&prompt).ok()?;
    Some(
        prompt
            .as_str()
            .graphemes(true)
            .take(32)
            .collect::<String>()
            .trim_end()
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(text: &str) -> Result<(), Category> {
        judge(&Prompt::parse(text).expect("a prompt"))
    }

    #[test]
    fn weapons_are_allowed_to_sound_like_weapons() {
        for text in [
            "cocked shotgun",
            "bloody axe",
            "hell hammer",
            "shitake mushroom gun",
            "butt of a rifle",
            "big black stick",
            "suicide drone",
            "horny toad mortar",
            "assassin's blade",
            "killer whale cannon",
            "black powder rifle",
            "death ray",
            "indian talwar",
            "flaming ice sword",
            "dragon slayer bow",
            "chinese dragon cannon",
            "sword that kills dragons",
            "1337 laser",
        ] {
            assert_eq!(verdict(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn evasions_are_seen_through() {
        for text in [
            "fuck gun",
            "fu\u{441}k gun",
            "f u c k sword",
            "ｆｕｃｋ",
            "f\u{200b}uck",
            "sh1t cannon",
            "cunt sword",
            "n1gger blaster",
            "a$$hole gun",
        ] {
            assert_eq!(verdict(text), Err(Category::Profanity), "{text}");
        }
        for text in [
            "kill all jews",
            "k1ll all jews",
            "gas the muslims",
            "gun to shoot black people",
            "n a z i rifle",
            "h1tler sword",
        ] {
            assert_eq!(verdict(text), Err(Category::Hate), "{text}");
        }
        assert_eq!(verdict("kill yourself knife"), Err(Category::SelfHarm));
    }

    #[test]
    fn names_are_vetted_and_cut() {
        assert_eq!(vet_name("Flaming  Sword").as_deref(), Some("flaming sword"));
        assert_eq!(vet_name("fuck sword"), None);
        assert_eq!(vet_name(&"long ".repeat(20)).map(|name| name.len() <= 32), Some(true));
    }
}
