//! Owns what a prompt becomes before anything looks at it: normal form, limits, cache key.
//! Must not judge the content: moderation does.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// The longest prompt, in graphemes (what a person counts as characters).
pub const PROMPT_GRAPHEMES_MAX: usize = 120;
/// The longest prompt in bytes; looked at before anything else is done with it.
pub const PROMPT_BYTES_MAX: usize = 1024;
/// Grows with every change that gives an old prompt another result.
pub const SCHEMA_VERSION: u32 = 1;

/// A prompt in normal form: NFKC, lower case, single spaces, no invisible characters, within the limits.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Prompt {
    text: String,
    /// The same with every synonym replaced: what keys and templates read.
    canonical: String,
}

/// Why a text is not a prompt; ask the player for another.
#[derive(Copy, Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PromptError {
    /// Nothing visible is left.
    #[error("the prompt is empty")]
    Empty,
    /// More graphemes than [`PROMPT_GRAPHEMES_MAX`], or more bytes than [`PROMPT_BYTES_MAX`].
    #[error("the prompt has {graphemes} characters, at most {PROMPT_GRAPHEMES_MAX} are allowed")]
    TooLong {
        /// How many there are (counted up to the byte limit).
        graphemes: usize,
    },
}

impl Prompt {
    /// Normalizes a text.
    ///
    /// # Errors
    /// [`PromptError`] if nothing or too much is left.
    pub fn parse(text: &str) -> Result<Prompt, PromptError> {
        if text.len() > PROMPT_BYTES_MAX {
            return Err(PromptError::TooLong {
                graphemes: text.graphemes(true).take(PROMPT_BYTES_MAX).count(),
            });
        }
        let visible: String = text.nfkc().filter(|letter| !is_invisible(*letter)).collect();
        let lower: String = visible.to_lowercase().nfkc().collect();
        let normal = lower.split_whitespace().collect::<Vec<_>>().join(" ");
        if normal.is_empty() {
            return Err(PromptError::Empty);
        }
        let graphemes = normal.graphemes(true).count();
        if graphemes > PROMPT_GRAPHEMES_MAX {
            return Err(PromptError::TooLong { graphemes });
        }
        let canonical = crate::template::synonyms::canonical(&normal);
        Ok(Prompt {
            text: normal,
            canonical,
        })
    }

    /// The normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The normal form with every synonym replaced: prompts that agree in it share key and weapon.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The words: runs of letters and digits.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        split_words(&self.text)
    }

    /// The words of [`Prompt::canonical`].
    pub fn canonical_words(&self) -> impl Iterator<Item = &str> {
        split_words(&self.canonical)
    }

    /// The cache key: BLAKE3 over a domain tag, the schema and template versions, the ruleset and the canonical form.
    #[must_use]
    pub fn key(&self, ruleset_hash: u64) -> [u8; 16] {
        let mut hash = blake3::Hasher::new();
        hash.update(b"weapon-gen prompt key");
        hash.update(&SCHEMA_VERSION.to_le_bytes());
        hash.update(&crate::template::TEMPLATE_VERSION.to_le_bytes());
        hash.update(&ruleset_hash.to_le_bytes());
        hash.update(self.canonical.as_bytes());
        first_16(hash.finalize().as_bytes())
    }
}

fn split_words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

/// The first half of a BLAKE3 hash, enough to identify content.
pub(crate) fn first_16(hash: &[u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&hash[..16]);
    half
}

/// Zero-width, bidirectional, soft-hyphen and control characters (white space stays).
fn is_invisible(letter: char) -> bool {
    let format = matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}');
    format || (letter.is_control() && !letter.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> String {
        Prompt::parse(text).expect("a prompt").text
    }

    #[test]
    fn variants_of_one_prompt_share_a_key() {
        let key = Prompt::parse("Flaming Sword").expect("a prompt").key(7);
        for variant in [
            "  flaming   sword ",
            "FLAMING\tSWORD",
            "ｆｌａｍｉｎｇ　ｓｗｏｒｄ",
            "fla\u{200b}ming s\u{ad}word",
            "\u{202e}flaming sword",
        ] {
            assert_eq!(Prompt::parse(variant).expect("a prompt").key(7), key, "{variant:?}");
        }
        assert_eq!(normal("e\u{301}pe\u{301}e"), normal("épée"));
        assert_ne!(
            Prompt::parse("flaming sword").expect("a prompt").key(8),
            key,
            "the ruleset is part of the key"
        );
    }

    #[test]
    fn empty_and_long_prompts_are_refused() {
        for empty in ["", "  \t\n", "\u{200b}\u{200d}"] {
            assert_eq!(Prompt::parse(empty), Err(PromptError::Empty));
        }
        assert_eq!(
            Prompt::parse(&"é".repeat(121)),
            Err(PromptError::TooLong { graphemes: 121 })
        );
        assert!(Prompt::parse(&"é".repeat(120)).is_ok());
        assert!(matches!(
            Prompt::parse(&"x".repeat(1 << 20)),
            Err(PromptError::TooLong { .. })
        ));
    }

    proptest::proptest! {
        #[test]
        fn normalizing_twice_changes_nothing(text in ".{0,80}") {
            if let Ok(prompt) = Prompt::parse(&text) {
                proptest::prop_assert_eq!(Prompt::parse(prompt.as_str()), Ok(prompt));
            }
        }
    }
}
