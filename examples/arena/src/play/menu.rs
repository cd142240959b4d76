//! Owns a list of choices on the screen: moving through it, and its picture.
//! Must not know what a choice does.

use super::ui::UiEvent;
use crate::render::{Canvas, WIDTH, fit};

/// One line of a menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// What it says.
    pub(super) label: String,
    /// What is set now; left and right change it.
    pub(super) value: Option<String>,
}

impl Row {
    /// A choice without a value.
    #[must_use]
    pub(super) fn new(label: impl Into<String>) -> Row {
        Row {
            label: label.into(),
            value: None,
        }
    }

    /// A choice that left and right change.
    #[must_use]
    pub(super) fn with_value(label: impl Into<String>, value: impl Into<String>) -> Row {
        Row {
            label: label.into(),
            value: Some(value.into()),
        }
    }
}

/// What a key did in a menu.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Picked {
    /// Nothing, or only the selection moved.
    Nothing,
    /// The row was chosen.
    Row(usize),
    /// The row's value goes one step down (−1) or up (1).
    Change(usize, i32),
    /// Back.
    Back,
}

/// A list with a selected row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Menu {
    /// Written above.
    pub(super) title: String,
    /// The choices.
    pub(super) rows: Vec<Row>,
    /// Written below.
    pub(super) hint: String,
    selected: usize,
    /// Where the mouse was seen last.
    pointer: Option<i32>,
}

/// Longer values are cut.
const VALUE_WIDTH: i32 = 260;
const TITLE: u32 = 0x00ff_d860;
const SELECTED: u32 = 0x00ff_f4e0;
const PLAIN: u32 = 0x00b8_b0c8;
const HINT: u32 = 0x0098_90a8;

impl Menu {
    /// A menu with its first row selected.
    #[must_use]
    pub(super) fn new(title: impl Into<String>, rows: Vec<Row>) -> Menu {
        Menu {
            title: title.into(),
            rows,
            hint: "arrows: choose   Enter: take   Esc: back".to_owned(),
            selected: 0,
            pointer: None,
        }
    }

    /// Takes what the player did. A mouse that only rests on the menu chooses nothing.
    pub(super) fn event(&mut self, event: &UiEvent) -> Picked {
        match event {
            UiEvent::Press { key, .. } => return self.key(key),
            UiEvent::Cursor { y, .. } => {
                if self.pointer.replace(*y).is_some_and(|before| before != *y)
                    && let Some(row) = self.row_at(*y)
                {
                    self.selected = row;
                }
            }
            UiEvent::Mouse { is_down: true } => {
                if let Some(row) = self.pointer.and_then(|y| self.row_at(y)) {
                    self.selected = row;
                    return Picked::Row(row);
                }
            }
            _ => {}
        }
        Picked::Nothing
    }

    /// Takes a pressed key by name.
    fn key(&mut self, key: &str) -> Picked {
        let count = self.rows.len().max(1);
        match key {
            "ArrowUp" | "KeyW" => self.selected = (self.selected + count - 1) % count,
            "ArrowDown" | "KeyS" => self.selected = (self.selected + 1) % count,
            "ArrowLeft" | "KeyA" if self.has_value() => return Picked::Change(self.selected, -1),
            "ArrowRight" | "KeyD" if self.has_value() => return Picked::Change(self.selected, 1),
            "Enter" | "NumpadEnter" | "Space" => return Picked::Row(self.selected),
            "Escape" => return Picked::Back,
            _ => {}
        }
        Picked::Nothing
    }

    fn has_value(&self) -> bool {
        self.rows.get(self.selected).is_some_and(|row| row.value.is_some())
    }

    fn top(&self) -> i32 {
        (158 - 7 * self.rows.len() as i32).max(60)
    }

    /// The row at a height of the picture, in pixels from the top.
    #[must_use]
    fn row_at(&self, y: i32) -> Option<usize> {
        let row = (y - self.top() + 3).div_euclid(14);
        (0..self.rows.len() as i32).contains(&row).then_some(row as usize)
    }

    /// Draws it over what is there.
    pub(super) fn draw(&self, canvas: &mut Canvas) {
        let top = self.top();
        if !self.title.is_empty() {
            canvas.title(top - 30, &self.title, TITLE);
        }
        for (number, row) in (0..).zip(&self.rows) {
            let y = top + number * 14;
            let is_selected = number as usize == self.selected;
            let color = if is_selected { SELECTED } else { PLAIN };
            let text = match &row.value {
                None => row.label.clone(),
                Some(value) if is_selected => format!("{}: < {} >", row.label, fit(value, VALUE_WIDTH)),
                Some(value) => format!("{}: {}", row.label, fit(value, VALUE_WIDTH)),
            };
            if is_selected {
                let width = Canvas::text_width(&text) + 24;
                canvas.shade((WIDTH - width) / 2, y - 3, width, 14);
            }
            canvas.text_middle(y, &text, color);
        }
        canvas.text_middle(256, &self.hint, HINT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_move_around_take_and_change() {
        let rows = vec![Row::new("a"), Row::with_value("b", "1"), Row::new("c")];
        let mut menu = Menu::new("t", rows);
        assert_eq!(menu.key("ArrowUp"), Picked::Nothing);
        assert_eq!(menu.selected, 2);
        menu.key("ArrowDown");
        assert_eq!(menu.key("ArrowRight"), Picked::Nothing, "a row without a value");
        menu.key("KeyS");
        assert_eq!(menu.key("ArrowLeft"), Picked::Change(1, -1));
        assert_eq!(menu.key("Enter"), Picked::Row(1));
        assert_eq!(menu.key("Escape"), Picked::Back);
        let y = menu.top() + 14;
        menu.event(&UiEvent::Cursor { x: 9, y });
        menu.key("ArrowUp");
        menu.event(&UiEvent::Cursor { x: 10, y });
        assert_eq!(menu.selected, 0, "the mouse rests");
        menu.event(&UiEvent::Cursor { x: 9, y: y + 14 });
        assert_eq!(menu.selected, 2);
        assert_eq!(menu.event(&UiEvent::Mouse { is_down: true }), Picked::Row(2));
        assert_eq!(menu.row_at(0), None);
        assert_eq!(Menu::default().key("ArrowDown"), Picked::Nothing);
    }
}
