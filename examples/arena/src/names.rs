//! Owns how the name of somebody else is shown, wherever it comes from: a handshake, or the header of a replay.
//! Must not trust one: it may carry control characters, hide letters, or be not for all audiences.

use weapon_gen::vet_name;

/// Longest name on the screen, in letters.
pub const NAME_LETTERS_MAX: usize = 24;

/// The name of player `player` (0 is the first) as this side shows it: letters, digits and some signs; otherwise "player 1".
#[must_use]
pub fn vetted(name: &str, player: usize) -> String {
    let plain = || format!("player {}", player.saturating_add(1));
    // What a reader may take it for is judged before anything is left out, and again on what is left.
    if name.trim().is_empty() || vet_name(name).is_none() {
        return plain();
    }
    let letters: String = name.chars().filter(|letter| is_shown(*letter)).collect();
    let words = letters.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = words.chars().take(NAME_LETTERS_MAX).collect();
    let short = short.trim_end();
    if short.is_empty() || vet_name(short).is_none() {
        return plain();
    }
    short.to_owned()
}

fn is_shown(letter: char) -> bool {
    // Letters by their category, but without a shape.
    let is_filler = matches!(letter, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}');
    letter.is_alphanumeric() && !is_filler || " -_.,'!?#@+&*()".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_name_stays_as_it_is() {
        for name in [
            "Ada",
            "Bo",
            "aggressive bot",
            "Zoë 2",
            "Łukasz",
            "さくら",
            "D'Artagnan (fr)",
        ] {
            assert_eq!(vetted(name, 0), name);
        }
    }

    #[test]
    fn a_name_that_not_everybody_may_read_is_replaced() {
        for name in [
            "fuck",
            "F.U.C.K",
            "fu\u{200b}ck",
            "f\u{3164}u\u{3164}c\u{3164}k",
            "kill all jews",
        ] {
            assert_eq!(vetted(name, 1), "player 2", "{name:?}");
        }
    }

    #[test]
    fn control_characters_and_hidden_letters_are_left_out() {
        assert_eq!(vetted("\u{1b}[31mAda\u{7}\u{202e}", 0), "31mAda");
        assert_eq!(vetted("Ada\n\nBo", 0), "AdaBo");
        for nothing in ["", "   ", "\u{1b}\u{7}", "\u{202e}\u{200d}", "\u{3164}"] {
            assert_eq!(vetted(nothing, 0), "player 1", "{nothing:?}");
        }
        assert_eq!(
            vetted("lorem ipsum dolor sit amet", 0).chars().count(),
            NAME_LETTERS_MAX
        );
    }

    proptest::proptest! {
        #[test]
        fn no_name_shows_a_control_character_or_is_too_long(name in "\\PC*|.{0,40}") {
            let shown = vetted(&name, 0);
            proptest::prop_assert!(!shown.is_empty() && shown.chars().count() <= NAME_LETTERS_MAX);
            proptest::prop_assert!(shown.chars().all(|letter| !letter.is_control()));
        }
    }
}
