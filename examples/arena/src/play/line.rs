//! Owns a line of text being typed: insertion, caret, limit.
//! Must not know what the text is for.

use crate::render::{Prompt, Typing};

/// A line with a caret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    letters: Vec<char>,
    caret: usize,
    limit: usize,
}

impl Line {
    /// An empty line of at most `limit` characters.
    #[must_use]
    pub(super) fn new(limit: usize) -> Line {
        Line {
            limit,
            ..Line::default()
        }
    }

    /// A line that begins with a text.
    #[must_use]
    pub(super) fn with_text(limit: usize, text: &str) -> Line {
        let mut line = Line::new(limit);
        line.insert(text);
        line
    }

    /// As the picture shows it.
    #[must_use]
    pub(super) fn prompt(&self) -> Prompt {
        Prompt::Typing(Typing {
            text: self.text(),
            caret: self.caret,
            limit: self.limit,
        })
    }

    /// What stands there.
    #[must_use]
    pub(super) fn text(&self) -> String {
        self.letters.iter().collect()
    }

    /// Whether no letter fits any more.
    #[must_use]
    pub(super) fn is_full(&self) -> bool {
        self.letters.len() >= self.limit
    }

    /// Inserts what is no control character and still fits.
    pub(super) fn insert(&mut self, text: &str) {
        for letter in text.chars().filter(|letter| !letter.is_control()) {
            if self.is_full() {
                return;
            }
            self.letters.insert(self.caret, letter);
            self.caret += 1;
        }
    }

    /// Moves or deletes by the name of a key; `false` if the key does neither.
    pub(super) fn edit(&mut self, key: &str) -> bool {
        match key {
            "Backspace" if self.caret > 0 => {
                self.caret -= 1;
                self.letters.remove(self.caret);
            }
            "Delete" if self.caret < self.letters.len() => {
                self.letters.remove(self.caret);
            }
            "Backspace" | "Delete" => {}
            "ArrowLeft" => self.caret = self.caret.saturating_sub(1),
            "ArrowRight" => self.caret = (self.caret + 1).min(self.letters.len()),
            "Home" => self.caret = 0,
            "End" => self.caret = self.letters.len(),
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_where_the_caret_is_and_the_limit_holds() {
        let mut line = Line::new(5);
        line.insert("bo\tw");
        assert_eq!((line.text().as_str(), line.caret), ("bow", 3));
        line.edit("Home");
        line.insert("éx");
        assert_eq!(line.text(), "éxbow");
        line.insert("z");
        assert_eq!(line.text(), "éxbow", "full");
        line.edit("Backspace");
        line.edit("End");
        line.edit("ArrowLeft");
        line.edit("Delete");
        line.edit("Delete");
        assert_eq!(line.text(), "ébo");
        line.edit("Home");
        line.edit("Backspace");
        assert_eq!(line.text(), "ébo", "nothing stands before the caret");
        assert!(!line.edit("F3"));
    }
}
