//! Owns the screens without a match: the first menu, the choice of a bot, and the code of a room.
//! Must not know what happens on the screens they lead to.

use super::line::Line;
use super::menu::{Menu, Picked, Row};
use super::ui::{Go, Screen, Shell, UiEvent};
use crate::render::{Canvas, HEIGHT, WIDTH, fit};
use pvp_sim::bot::BotKind;

/// The first screen.
pub(super) struct MainMenu {
    menu: Menu,
    kind: usize,
    level: u8,
}

const STRENGTHS: [&str; 3] = ["easy", "fair", "strong"];
const KIND_ROW: usize = 1;
const LEVEL_ROW: usize = 2;

impl Default for MainMenu {
    fn default() -> MainMenu {
        let mut screen = MainMenu {
            menu: Menu::new("", Vec::new()),
            kind: 0,
            level: 1,
        };
        screen.menu.rows = screen.rows();
        screen
    }
}

impl MainMenu {
    fn rows(&self) -> Vec<Row> {
        vec![
            Row::new("fight a bot"),
            Row::with_value("its style", BotKind::ALL[self.kind].name()),
            Row::with_value("its strength", STRENGTHS[usize::from(self.level - 1)]),
            Row::new("two players here"),
            Row::new("open a room"),
            Row::new("join a room"),
            Row::new("practice"),
            Row::new("watch a match again"),
            Row::new("settings"),
            Row::new("leave the game"),
        ]
    }

    fn change(&mut self, row: usize, by: i32) {
        match row {
            KIND_ROW => {
                let count = BotKind::ALL.len() as i32;
                self.kind = (self.kind as i32 + by).rem_euclid(count) as usize;
            }
            LEVEL_ROW => self.level = (i32::from(self.level) - 1 + by).rem_euclid(3) as u8 + 1,
            _ => {}
        }
        self.menu.rows = self.rows();
    }

    fn choose(&mut self, row: usize, shell: &mut Shell) -> Go {
        match row {
            0 => Go::Bot(BotKind::ALL[self.kind], self.level),
            KIND_ROW | LEVEL_ROW => {
                self.change(row, 1);
                Go::Stay
            }
            3 => Go::Versus,
            4 => Go::Host(None),
            5 => Go::AskCode,
            6 => Go::Practice,
            7 => match &shell.recording.matches()[..] {
                [] => {
                    shell.notice = Some("no match was played yet".to_owned());
                    Go::Stay
                }
                [(_, only)] => Go::Watch(only.clone()),
                _ => Go::Library,
            },
            8 => Go::Settings,
            _ => Go::Quit,
        }
    }
}

impl Screen for MainMenu {
    fn event(&mut self, event: &UiEvent, shell: &mut Shell) -> Go {
        let picked = self.menu.event(event);
        if matches!(event, UiEvent::Press { .. }) {
            shell.notice = None;
        }
        match picked {
            Picked::Row(row) => self.choose(row, shell),
            Picked::Change(row, by) => {
                self.change(row, by);
                Go::Stay
            }
            Picked::Back | Picked::Nothing => Go::Stay,
        }
    }

    fn tick(&mut self, _: &mut Shell) -> Go {
        Go::Stay
    }

    fn draw(&self, shell: &Shell, canvas: &mut Canvas) {
        canvas.forget_texts();
        canvas.veil();
        canvas.banner(34, "PIXEL FORGE");
        canvas.text_middle(66, "a duel with weapons made of words", 0x00b8_b0c8);
        self.menu.draw(canvas);
        if let Some(notice) = &shell.notice {
            canvas.panel(6, 228, WIDTH - 12, 40, 0x00ff_b048);
            for (number, line) in (0..3).zip(wrap(notice, 74)) {
                canvas.text_middle(233 + number * 11, &fit(&line, WIDTH - 24), 0x00ff_b048);
            }
        }
    }
}

/// Breaks a text into lines between words, and inside words that are too long.
#[must_use]
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let letters: Vec<Vec<char>> = text.split_whitespace().map(|word| word.chars().collect()).collect();
    for word in letters.iter().flat_map(|word| word.chunks(width.max(1))) {
        let word: String = word.iter().collect();
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// Letters and digits that cannot be mistaken for each other.
const CODE_LETTERS: &[u8; 31] = b"ABCDEFGHJKLMNPQRSTUVWXYZ2345678";
/// A code has 6 of them: about 10⁹ rooms.
const CODE_LENGTH: usize = 6;

/// A room's code from 64 unpredictable bits.
#[must_use]
pub(super) fn room_code(entropy: u64) -> String {
    let mut rest = entropy;
    let mut letter = || {
        let place = rest % CODE_LETTERS.len() as u64;
        rest /= CODE_LETTERS.len() as u64;
        char::from(CODE_LETTERS[place as usize])
    };
    (0..CODE_LENGTH).map(|_| letter()).collect()
}

/// A code as typed: upper case, without spaces and dashes; `None` if a letter cannot be part of a room's address.
#[must_use]
pub fn tidy_code(text: &str) -> Option<String> {
    let kept = text.chars().filter(|letter| !letter.is_whitespace() && *letter != '-');
    let code: String = kept.map(|letter| letter.to_ascii_uppercase()).collect();
    let is_plain = code
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    (is_plain && (1..=32).contains(&code.len())).then_some(code)
}

/// Asks for the code of a room.
pub(super) struct AskCode {
    line: Line,
}

impl Default for AskCode {
    fn default() -> AskCode {
        AskCode { line: Line::new(32) }
    }
}

impl Screen for AskCode {
    fn event(&mut self, event: &UiEvent, _: &mut Shell) -> Go {
        let UiEvent::Press { key, text, .. } = event else {
            return Go::Stay;
        };
        match key.as_str() {
            "Escape" => Go::Main,
            "Enter" | "NumpadEnter" => match tidy_code(&self.line.text()) {
                Some(code) => Go::Join(code),
                None => Go::Stay,
            },
            key => {
                if !self.line.edit(key)
                    && let Some(text) = text
                {
                    self.line.insert(&text.to_uppercase());
                }
                Go::Stay
            }
        }
    }

    fn tick(&mut self, _: &mut Shell) -> Go {
        Go::Stay
    }

    fn draw(&self, shell: &Shell, canvas: &mut Canvas) {
        canvas.forget_texts();
        canvas.shade(0, 0, WIDTH, HEIGHT);
        canvas.title(92, "which room?", 0x00ff_d860);
        canvas.title(122, &format!("{}_", self.line.text()), 0x00ff_f4e0);
        canvas.text_middle(
            150,
            &fit(&format!("looked for at {}", shell.settings.signaling_url), WIDTH - 20),
            0x0098_90a8,
        );
        canvas.text_middle(256, "Enter: go there   Esc: back", 0x0098_90a8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_readable_and_typed_codes_are_tidied() {
        let code = room_code(0x0123_4567_89ab_cdef);
        assert_eq!(code.len(), CODE_LENGTH);
        assert_ne!(code, room_code(0x0123_4567_89ab_cdf0));
        assert_eq!(tidy_code(&code), Some(code));
        assert_eq!(tidy_code(" ab-c d2 "), Some("ABCD2".to_owned()));
        assert_eq!(tidy_code("../x"), None);
        assert_eq!(tidy_code(" - "), None);
    }

    #[test]
    fn long_notices_are_wrapped() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert!(wrap("", 4).is_empty());
    }
}
