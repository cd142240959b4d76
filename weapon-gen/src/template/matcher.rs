//! Owns what a matcher is: something that says which archetype a prompt names, and how sure it is.
//! Must not choose between matchers: whoever forges does, and both peers choose alike.

use super::{Match, form, modifiers};
use crate::look::Form;
use crate::prompt::Prompt;
use pvp_sim::Archetype;

/// What a matcher thinks of a prompt.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Guess {
    /// The archetype.
    pub archetype: Archetype,
    /// How sure it is: 0 to 100, the same on every machine.
    pub score: u32,
}

/// Something that finds the archetype of a prompt. Integers only: both peers come to the same guess.
pub trait TemplateMatcher: std::fmt::Debug + Send + Sync {
    /// A short name for logs and reports.
    fn name(&self) -> &'static str;

    /// From this score on a guess counts.
    fn threshold(&self) -> u32;

    /// The best guess, however unsure; `None` if nothing in the prompt is like anything.
    fn guess(&self, prompt: &Prompt) -> Option<Guess>;

    /// The best guess if it counts, with the modifiers that the prompt's words name.
    fn find_best_match(&self, prompt: &Prompt) -> Option<Match> {
        let guess = self.guess(prompt).filter(|guess| guess.score >= self.threshold())?;
        let words: Vec<&str> = prompt.canonical_words().collect();
        let shown = words
            .iter()
            .map(|word| form(guess.archetype, word))
            .find(|form| *form != Form::Usual);
        Some(Match {
            archetype: guess.archetype,
            score: guess.score,
            form: shown.unwrap_or(Form::Usual),
            modifiers: modifiers(&words),
        })
    }
}

/// The matcher of the template tier: known words, exact or with one typing slip; the head noun wins.
#[derive(Copy, Clone, Debug, Default)]
pub struct WordMatcher;

impl TemplateMatcher for WordMatcher {
    fn name(&self) -> &'static str {
        "words"
    }

    fn threshold(&self) -> u32 {
        super::SCORE_MIN
    }

    fn guess(&self, prompt: &Prompt) -> Option<Guess> {
        let found = super::find(prompt)?;
        Some(Guess {
            archetype: found.archetype,
            score: found.score,
        })
    }

    fn find_best_match(&self, prompt: &Prompt) -> Option<Match> {
        super::find(prompt)
    }
}
