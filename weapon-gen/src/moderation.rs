//! Owns which texts a player may see: prompts of others and the names of their weapons.
//! Must not change a text: it accepts or names the reason.

mod words;
mod letters;
mod reading;
mod endings;
mod lists;
mod lexicon;
mod sound;
mod heard;
mod mirrored;
mod tongues;

use crate::prompt::Prompt;
use aho_corasick::{AhoCorasick, MatchKind};
use reading::Reading;
use rustrict::{Censor, Type};
use std::collections::BTreeSet;
use std::sync::LazyLock;
use words::{AGENTS, GROUPS, HARM, ORIGINS, PEOPLE, PLACES, SELF_VERBS};

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

static SLOGAN_FINDER: LazyLock<AhoCorasick> = LazyLock::new(|| finder(&words::slogans()));
static SELF_HARM_FINDER: LazyLock<AhoCorasick> = LazyLock::new(|| finder(&words::self_harm()));
static RUDE_FINDER: LazyLock<AhoCorasick> = LazyLock::new(|| finder(&words::rude()));

fn finder(phrases: &BTreeSet<String>) -> AhoCorasick {
    let padded: Vec<String> = phrases.iter().map(|phrase| format!(" {phrase} ")).collect();
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(padded)
        .expect("short constant phrases build")
}

/// Builds the tables of words, which otherwise happens when the first text is judged: about half a second of one core.
/// A program that must not stop then calls this on a thread of its own when it starts.
pub fn prepare() {
    LazyLock::force(&SLOGAN_FINDER);
    LazyLock::force(&SELF_HARM_FINDER);
    LazyLock::force(&RUDE_FINDER);
    tongues::prepare();
    // The filter of English words builds its own.
    let _ = is_profane("sw0rd");
}

/// Judges a prompt in every way a reader may take it: as written, homoglyphs undone, digits as letters, repeats removed.
///
/// # Errors
/// The [`Category`] that it falls into.
pub fn judge(prompt: &Prompt) -> Result<(), Category> {
    let opinion = tongues::judge(prompt.as_str());
    let readings = Reading::all(&opinion.latin);
    let own = opinion.category;
    if own == Some(Category::SelfHarm) || readings.iter().any(harms_oneself) {
        return Err(Category::SelfHarm);
    }
    let is_hateful = |reading: &Reading| SLOGAN_FINDER.is_match(&reading.words) || targets_people(&reading.words);
    if own == Some(Category::Hate) || readings.iter().any(is_hateful) {
        return Err(Category::Hate);
    }
    let is_rude = |reading: &Reading| RUDE_FINDER.is_match(&reading.words);
    if own == Some(Category::Profanity)
        || (opinion.is_english && (readings.iter().any(is_rude) || is_profane(&opinion.latin)))
    {
        return Err(Category::Profanity);
    }
    Ok(())
}

fn harms_oneself(reading: &Reading) -> bool {
    let list: Vec<&str> = reading.words.split_whitespace().collect();
    let is_self = |word: &str| matches!(word, "yourself" | "urself" | "myself" | "yourselves" | "themselves");
    let verbs = list
        .windows(2)
        .any(|pair| SELF_VERBS.contains(pair[0]) && is_self(pair[1]));
    verbs || SELF_HARM_FINDER.is_match(&reading.words)
}

/// Harm and people in one text.
fn targets_people(words: &str) -> bool {
    let list: Vec<&str> = words.split_whitespace().collect();
    let word = |place: usize| list.get(place).copied().unwrap_or("");
    let is_group = |place: usize| {
        GROUPS.contains(word(place)) || (ORIGINS.contains(word(place)) && PEOPLE.contains(word(place + 1)))
    };
    let harms = list.iter().any(|word| HARM.contains(*word));
    (0..list.len()).any(|place| {
        (is_group(place) && (harms || is_aimed(&list, place)))
            || (is_minority(word(place)) && AGENTS.contains(word(place + 1)))
            || (PLACES.contains(word(place)) && is_attacked(&list, place))
    })
}

/// Origins whose "killer" or "hunter" can only be meant one way: "black hunter" and "african killer bees" are innocent.
fn is_minority(word: &str) -> bool {
    ORIGINS.contains(word)
        && !matches!(
            word,
            "black" | "white" | "brown" | "yellow" | "indian" | "african" | "native" | "fat"
        )
}

/// Whether a weapon is said to be for, on or at the people named at `place`, who are more than one: "whip for africans".
fn is_aimed(list: &[&str], place: usize) -> bool {
    let is_filler = |word: &&&str| {
        matches!(
            **word,
            "the" | "all" | "every" | "some" | "those" | "these" | "dirty" | "stupid"
        )
    };
    let before = list[..place].iter().rev().find(|word| !is_filler(word));
    let many = list[place].ends_with('s') || list.get(place + 1).is_some_and(|next| PEOPLE.contains(*next));
    // A foil for women is a gift.
    let gift = matches!(
        list[place],
        "women" | "girls" | "wives" | "females" | "disabled" | "woman" | "female"
    );
    many && !gift && before.is_some_and(|word| matches!(*word, "for" | "at" | "on" | "to" | "versus" | "no"))
}

/// Harm right before the place ("burn down the mosque") or right after it ("church massacre").
fn is_attacked(list: &[&str], place: usize) -> bool {
    let is_filler = |word: &&&str| {
        matches!(
            **word,
            "the" | "a" | "an" | "up" | "down" | "all" | "every" | "in" | "at"
        )
    };
    let before = list[..place].iter().rev().take(4).find(|word| !is_filler(word));
    let directly = place > 0 && before == list.get(place - 1);
    let does = |word: &&str| {
        matches!(
            *word,
            "bomb" | "burn" | "shoot" | "attack" | "gas" | "massacre" | "nuke" | "explode" | "blow" | "destroy"
        )
    };
    let after = list.get(place + 1);
    // "gas mall" and "bomb school" name things: a verb needs its article, or the imperative stands first.
    before.is_some_and(|word| does(word) && (!directly || list.first() == Some(word)))
        || after.is_some_and(|word| {
            matches!(
                *word,
                "massacre" | "shooter" | "shooting" | "bomber" | "bombing" | "attack" | "burner" | "killer"
            )
        })
}

/// Whether a chunk that hides letters behind digits and signs is profane to a filter that knows such spellings.
///
/// Plain words are for the lists: the filter finds its own in words of other languages.
fn is_profane(text: &str) -> bool {
    let is_sign =
        |letter: char| letter.is_ascii_digit() || matches!(letter, '@' | '$' | '!' | '|' | '(' | '*' | '+' | '€');
    let is_disguised = |chunk: &&str| {
        let inner = chunk.trim_end_matches(|letter: char| !letter.is_alphanumeric());
        let letters = inner.chars().filter(|letter| letter.is_alphabetic()).count();
        let signs = inner.chars().filter(|letter| is_sign(*letter)).count();
        signs > 0 && letters >= 2 && letters >= signs && !chunk.contains(')')
    };
    let threshold = |found: Type| found.is((Type::PROFANE | Type::OFFENSIVE | Type::SEXUAL) & Type::MODERATE_OR_HIGHER);
    text.split_whitespace()
        .filter(is_disguised)
        .any(|chunk| threshold(Censor::from_str(chunk).analyze()))
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
