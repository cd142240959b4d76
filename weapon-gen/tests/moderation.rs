//! Owns the claims about moderation: the labelled prompts in `corpus/`, and their figures.
//! Must not be the only measure: the lists have learned from `corpus/held_out_*` after a first contact, whose figures stand below.
#![allow(clippy::print_stdout, reason = "the figures are printed for whoever tunes the lists")]

use weapon_gen::{Forge, ForgeRequest, Prompt, check_budget, moderation};

/// The prompts of a corpus file: one per line, `#` starts a comment, `\u{…}` is a character by number.
fn prompts(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(unescaped)
        .collect()
}

fn unescaped(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some(start) = rest.find("\\u{") {
        let end = rest[start..].find('}').expect("an escape ends") + start;
        let number = u32::from_str_radix(&rest[start + 3..end], 16).expect("an escape is a number");
        text.push_str(&rest[..start]);
        text.push(char::from_u32(number).expect("an escape is a character"));
        rest = &rest[end + 1..];
    }
    text + rest
}

fn rot13(text: &str) -> String {
    let turn = |letter: char, first: u8| char::from((letter as u8 - first + 13) % 26 + first);
    text.chars()
        .map(|letter| match letter {
            'a'..='z' => turn(letter, b'a'),
            'A'..='Z' => turn(letter, b'A'),
            letter => letter,
        })
        .collect()
}

fn is_refused(text: &str) -> bool {
    Prompt::parse(text).is_ok_and(|prompt| moderation::judge(&prompt).is_err())
}

/// Prints and gives the prompts that moderation gets wrong.
fn wrong(name: &str, list: &[String], expect_refusal: bool) -> Vec<String> {
    let wrong: Vec<String> = list
        .iter()
        .filter(|text| is_refused(text) != expect_refusal)
        .cloned()
        .collect();
    println!("{name}: {} of {} wrong {wrong:?}", wrong.len(), list.len());
    wrong
}

fn innocent() -> Vec<String> {
    prompts(include_str!("corpus/innocent.txt"))
}

fn slurs() -> Vec<String> {
    // The escapes are not letters to shift: undo them first.
    prompts(include_str!("corpus/slurs.txt"))
        .iter()
        .map(|text| rot13(text))
        .collect()
}

#[test]
fn the_corpus_is_judged_right() {
    let bad = [
        ("evasive", prompts(include_str!("corpus/evasive.txt"))),
        ("hateful", prompts(include_str!("corpus/hateful.txt"))),
        ("slurs", slurs()),
    ];
    let innocent = innocent();
    let count = innocent.len() + bad.iter().map(|(_, list)| list.len()).sum::<usize>();
    assert!(count >= 300, "the corpus has {count} prompts");
    let missed: Vec<String> = bad.iter().flat_map(|(name, list)| wrong(name, list, true)).collect();
    let blocked = wrong("innocent", &innocent, false);
    println!("{count} prompts: {} missed, {} blocked", missed.len(), blocked.len());
    assert!(missed.is_empty(), "missed: {missed:?}");
    assert!(
        blocked.len() * 100 <= innocent.len() * 2,
        "{} of {} innocent prompts are refused: {blocked:?}",
        blocked.len(),
        innocent.len()
    );
}

#[test]
fn injections_stay_in_the_bounds() {
    let mut forge = Forge::new(1);
    let list = prompts(include_str!("corpus/injections.txt"));
    assert!(list.len() >= 25);
    for prompt in list {
        let request = ForgeRequest {
            prompt: &prompt,
            match_seed: 5,
            player: 1,
            request_seq: 1,
        };
        if let Ok(forged) = forge.forge_offline(&request) {
            assert_eq!(check_budget(&forged.weapon), Ok(()), "{prompt:?}");
            assert_eq!(
                pvp_sim::WeaponDef::parse(forged.weapon.spec()),
                Ok(forged.weapon),
                "{prompt:?}"
            );
            assert!(
                forged.name.chars().all(|letter| !letter.is_control()),
                "{:?}",
                forged.name
            );
        }
    }
}

/// Prompts of one language by somebody who had not seen the lists: what must be refused, and what must not.
macro_rules! held_out {
    ($set:literal, $bad_min:literal, $good_min:literal) => {
        held_out!($set, $bad_min, $good_min, "en" "fr" "de" "es" "it" "pt" "pl" "ru" "tr" "ja" "zh")
    };
    ($set:literal, $bad_min:literal, $good_min:literal, $($tongue:literal)*) => {
        HeldOut {
            name: $set,
            bad_min: $bad_min,
            good_min: $good_min,
            tongues: [$(($tongue, include_str!(concat!("corpus/", $set, "_bad_", $tongue, ".txt")),
                include_str!(concat!("corpus/", $set, "_good_", $tongue, ".txt")))),*],
        }
    };
}

/// One corpus in every language, and how many prompts a language has of each sort at least.
struct HeldOut {
    name: &'static str,
    bad_min: usize,
    good_min: usize,
    tongues: [(&'static str, &'static str, &'static str); 11],
}

/// Each by another hand, one after the other; after each first contact the lists learned the classes that it showed.
///
/// At first contact 57 of 1,264 bad prompts of `held_out` passed and 86 of 2,196 innocent ones were refused;
/// of `third` 38 of 1,100 and 7 of 1,650; of `fourth` 39 of 1,100 and 13 of 1,100; of `fifth` 25 of 1,100 and 36 of 1,100;
/// of `sixth` 33 of 1,100 and 5 of 1,100. Of that one seven lines are left out, for they are words of another language as well
/// ("bite", "figa", "gode", "huesos", "Troia in fiamme") or no more than a name or a sound ("put1n", "chu1").
const HELD_OUT: [HeldOut; 5] = [
    held_out!("held_out", 90, 160),
    held_out!("third", 99, 150),
    held_out!("fourth", 100, 100),
    held_out!("fifth", 100, 100),
    held_out!("sixth", 97, 99),
];

#[test]
fn the_held_out_prompts_of_every_language_are_judged_right() {
    for set in &HELD_OUT {
        println!("{}:", set.name);
        judge_every_language(&set.tongues, set.bad_min, set.good_min);
    }
}

/// Judges prompts per language: what must be refused, and what must not.
///
/// The bounds stand just above what is measured, so that a list that loses its words is noticed.
fn judge_every_language(set: &[(&str, &str, &str)], bad_min: usize, good_min: usize) {
    let (mut missed, mut blocked, mut bad_count, mut good_count) = (0, 0, 0, 0);
    for (tongue, bad, good) in set {
        let (bad, good) = (prompts(bad), prompts(good));
        assert!(bad.len() >= bad_min && good.len() >= good_min, "{tongue}");
        missed += wrong(&format!("{tongue}, bad"), &bad, true).len();
        blocked += wrong(&format!("{tongue}, good"), &good, false).len();
        bad_count += bad.len();
        good_count += good.len();
    }
    println!("all languages: {missed} of {bad_count} missed, {blocked} of {good_count} blocked");
    assert!(missed <= MISSED_MAX, "{missed} of {bad_count} pass");
    assert!(blocked <= BLOCKED_MAX, "{blocked} of {good_count} are refused");
}

/// What the prompts of all languages of a set may cost together: one more than measured.
const MISSED_MAX: usize = 1;
const BLOCKED_MAX: usize = 1;

/// The older held-out prompts, in English; the bounds stand just above what is measured.
#[test]
fn the_held_out_prompts_are_counted() {
    let bad = prompts(include_str!("corpus/held_out_bad.txt"));
    let innocent = prompts(include_str!("corpus/held_out_innocent.txt"));
    let missed = wrong("held out, bad", &bad, true).len();
    let blocked = wrong("held out, innocent", &innocent, false).len();
    println!(
        "held out: {missed} of {} missed, {blocked} of {} blocked",
        bad.len(),
        innocent.len()
    );
    assert!(missed <= 2, "{missed} of {} missed", bad.len());
    assert!(blocked <= 2, "{blocked} of {} blocked", innocent.len());
}

#[test]
fn disguises_are_seen_through_in_every_language() {
    for word in [
        "merde",
        "scheisse",
        "mierda",
        "cazzo",
        "caralho",
        "kurwa",
        "orospu",
        "blyat",
        "хуйло",
        "пиздец",
    ] {
        let letters: Vec<char> = word.chars().collect();
        let spaced: String = letters.iter().flat_map(|letter| [*letter, ' ']).collect();
        let dotted = letters.iter().map(char::to_string).collect::<Vec<_>>().join(".");
        let reversed: String = letters.iter().rev().collect();
        let long: String = letters.iter().flat_map(|letter| [*letter; 3]).collect();
        let invisible: String = letters.iter().flat_map(|letter| [*letter, '\u{200b}']).collect();
        let hidden = format!("{}*{}", letters[0], letters[2..].iter().collect::<String>());
        for disguise in [
            spaced,
            dotted,
            reversed,
            long,
            invisible,
            hidden,
            word.to_uppercase(),
            format!("{word}69"),
        ] {
            assert!(is_refused(&format!("{disguise} sword")), "{disguise}");
        }
    }
    for (text, plain) in [
        ("m3rde", "merde"),
        ("c4zzo", "cazzo"),
        ("k\u{443}rwa", "kurwa"),
        ("пи3дец", "пиздец"),
        ("xyй", "хуй"),
    ] {
        assert!(is_refused(text), "{text} is {plain}");
    }
}

#[test]
fn a_word_that_is_harmless_in_another_language_is_judged_by_the_words_around_it() {
    for (innocent, bad) in [
        ("snake bite sword", "grosse bite de fer"),
        ("espada con fuego", "épée de con"),
        ("espada negra", "negro de mierda"),
        ("dicker Hammer mit Feuer", "big dick sword"),
        ("arroz con fuego", "zorra puta"),
        ("şık kılıç", "sik kılıç"),
        ("Regen Bogen", "Neger Bogen"),
    ] {
        assert!(!is_refused(innocent), "{innocent}");
        assert!(is_refused(bad), "{bad}");
    }
}

#[test]
fn words_of_other_alphabets_are_heard_in_latin_letters() {
    for bad in [
        "ublyudok mech",
        "osvobozhdenie ot pidorasov",
        "chinpo ken",
        "jisatsu no ken",
        "qiangjian dao",
        "zi sha dao",
        "konase d'épée",
        "etup ed eépé",
        "傻屄劍",
        "fμck sword",
        "х@й меч",
    ] {
        assert!(is_refused(bad), "{bad}");
    }
    for innocent in [
        "hachi no yumi",
        "bokutou",
        "huo jian pao",
        "fa she jing gang dan",
        "kop'yo drakona",
        "火鸡巴掌",
        "エセックスの長弓",
    ] {
        assert!(!is_refused(innocent), "{innocent}");
    }
}
