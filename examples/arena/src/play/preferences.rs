//! Owns the settings screen: every setting as a row, and keys bound by pressing them.
//! Must not know what a setting is used for.

use super::line::Line;
use super::menu::{Menu, Picked, Row};
use super::ui::{Go, Screen, Shell, UiEvent};
use crate::render::{Canvas, HEIGHT, WIDTH};
use crate::settings::{Action, Settings, key_label};

/// The settings screen; `page` 0 is general, 1 and 2 are the players' keys.
pub(super) struct Preferences {
    menu: Menu,
    page: usize,
    /// The action whose key is asked for.
    binding: Option<Action>,
    /// The row whose text is edited.
    editing: Option<(General, Line)>,
}

/// A row of the general page.
#[derive(Copy, Clone, PartialEq, Eq)]
enum General {
    Name,
    Delay,
    Volume,
    Scale,
    Colorblind,
    Signaling,
    AiWeapons,
    AiPictures,
    FirstKeys,
    SecondKeys,
    Defaults,
    Back,
}

impl General {
    /// Every row, in the order of the page.
    const ALL: [General; 12] = [
        General::Name,
        General::Delay,
        General::Volume,
        General::Scale,
        General::Colorblind,
        General::Signaling,
        General::AiWeapons,
        General::AiPictures,
        General::FirstKeys,
        General::SecondKeys,
        General::Defaults,
        General::Back,
    ];

    fn row(self, settings: &Settings) -> Row {
        let delay = || match settings.input_delay_frames {
            None => "follows the connection".to_owned(),
            Some(frames) => format!("{frames} frames"),
        };
        let scale = || match settings.scale {
            0 => "as large as fits".to_owned(),
            scale => format!("{scale} times"),
        };
        let either = |is_on: bool, on: &str, off: &str| if is_on { on } else { off }.to_owned();
        match self {
            General::Name => Row::with_value("name", &settings.name),
            General::Delay => Row::with_value("input delay online", delay()),
            General::Volume => Row::with_value("volume", settings.volume.to_string()),
            General::Scale => Row::with_value("size of a pixel", scale()),
            General::Colorblind => Row::with_value("colors for every eye", either(settings.colorblind, "on", "off")),
            General::Signaling => Row::with_value("rooms are at", &settings.signaling_url),
            General::AiWeapons => Row::with_value(
                "weapons by the other player's AI",
                either(settings.accepts_provider_weapons, "play", "refuse"),
            ),
            General::AiPictures => Row::with_value(
                "pictures by the other player's AI",
                either(settings.shows_host_pictures, "show", "draw our own"),
            ),
            General::FirstKeys => Row::new("keys of the left player"),
            General::SecondKeys => Row::new("keys of the right player"),
            General::Defaults => Row::new("reset to defaults"),
            General::Back => Row::new("back"),
        }
    }

    fn change(self, by: i32, settings: &mut Settings) {
        let turn = |value: u8, count: i32| (i32::from(value) + by).rem_euclid(count) as u8;
        match self {
            General::Delay => {
                let place = settings.input_delay_frames.map_or(0, |frames| frames + 1);
                settings.input_delay_frames = turn(place, 10).checked_sub(1);
            }
            General::Volume => settings.volume = turn(settings.volume, 11),
            General::Scale => settings.scale = turn(settings.scale, 9),
            General::Colorblind => settings.colorblind = !settings.colorblind,
            General::AiWeapons => settings.accepts_provider_weapons = !settings.accepts_provider_weapons,
            General::AiPictures => settings.shows_host_pictures = !settings.shows_host_pictures,
            General::Name
            | General::Signaling
            | General::FirstKeys
            | General::SecondKeys
            | General::Defaults
            | General::Back => {}
        }
    }
}

impl Preferences {
    /// The general page.
    #[must_use]
    pub(super) fn new(settings: &Settings) -> Preferences {
        let mut screen = Preferences {
            menu: Menu::default(),
            page: 0,
            binding: None,
            editing: None,
        };
        screen.turn_to(0, settings);
        screen
    }

    fn turn_to(&mut self, page: usize, settings: &Settings) {
        self.page = page;
        let title = ["settings", "keys of the left player", "keys of the right player"][page % 3];
        self.menu = Menu::new(title, self.rows(settings));
    }

    fn rows(&self, settings: &Settings) -> Vec<Row> {
        if self.page > 0 {
            return self.key_rows(settings);
        }
        General::ALL.iter().map(|row| row.row(settings)).collect()
    }

    fn key_rows(&self, settings: &Settings) -> Vec<Row> {
        let bindings = &settings.keys[self.page - 1];
        let keys = Action::ALL.iter().map(|action| {
            let keys = if self.binding == Some(*action) {
                "press a key".to_owned()
            } else {
                bindings
                    .keys(*action)
                    .iter()
                    .map(|key| key_label(key))
                    .collect::<Vec<_>>()
                    .join(" or ")
            };
            Row::with_value(action.label(), keys)
        });
        let mouse = Row::with_value("the mouse aims", if bindings.mouse { "yes" } else { "no" });
        keys.chain([mouse, Row::new("back")]).collect()
    }

    fn change(&mut self, row: usize, by: i32, settings: &mut Settings) {
        if self.page == 0 {
            if let Some(general) = General::ALL.get(row) {
                general.change(by, settings);
            }
        } else if row == Action::ALL.len() {
            let mouse = &mut settings.keys[self.page - 1].mouse;
            *mouse = !*mouse;
        }
    }

    fn choose(&mut self, row: usize, shell: &mut Shell) -> Go {
        if self.page > 0 {
            match Action::ALL.get(row) {
                Some(action) => self.binding = Some(*action),
                None if row == Action::ALL.len() => self.change(row, 1, &mut shell.settings),
                None => self.turn_to(0, &shell.settings),
            }
            return Go::Stay;
        }
        let settings = &mut shell.settings;
        let Some(general) = General::ALL.get(row).copied() else {
            return Go::Stay;
        };
        match general {
            General::Name => self.editing = Some((general, Line::with_text(24, &settings.name))),
            General::Signaling => self.editing = Some((general, Line::with_text(200, &settings.signaling_url))),
            General::FirstKeys => self.turn_to(1, settings),
            General::SecondKeys => self.turn_to(2, settings),
            General::Defaults => *settings = Settings::default(),
            General::Back => return Go::Main,
            General::Delay
            | General::Volume
            | General::Scale
            | General::Colorblind
            | General::AiWeapons
            | General::AiPictures => general.change(1, settings),
        }
        Go::Stay
    }

    fn edit(&mut self, key: &str, text: Option<&str>, settings: &mut Settings) {
        let Some((row, line)) = &mut self.editing else { return };
        match key {
            "Enter" | "NumpadEnter" => {
                let typed = line.text().trim().to_owned();
                match *row {
                    _ if typed.is_empty() => {}
                    General::Name => settings.name = typed,
                    _ => settings.signaling_url = typed,
                }
                self.editing = None;
            }
            "Escape" => self.editing = None,
            key if line.edit(key) => {}
            _ => line.insert(text.unwrap_or_default()),
        }
    }
}

impl Screen for Preferences {
    fn event(&mut self, event: &UiEvent, shell: &mut Shell) -> Go {
        let mut go = Go::Stay;
        match event {
            UiEvent::Press { key, .. } if self.binding.is_some() => {
                if let Some(action) = self.binding.take().filter(|_| key != "Escape") {
                    shell.settings.keys[self.page - 1].bind(action, key);
                }
            }
            UiEvent::Press { key, text, .. } if self.editing.is_some() => {
                self.edit(key, text.as_deref(), &mut shell.settings);
            }
            _ if self.binding.is_some() || self.editing.is_some() => {}
            event => match self.menu.event(event) {
                Picked::Row(row) => go = self.choose(row, shell),
                Picked::Change(row, by) => self.change(row, by, &mut shell.settings),
                Picked::Back if self.page > 0 => self.turn_to(0, &shell.settings),
                Picked::Back => go = Go::Main,
                Picked::Nothing => {}
            },
        }
        self.menu.rows = self.rows(&shell.settings);
        if let Some((row, line)) = &self.editing {
            self.menu.rows[*row as usize].value = Some(format!("{}_", line.text()));
        }
        go
    }

    fn tick(&mut self, _: &mut Shell) -> Go {
        Go::Stay
    }

    fn draw(&self, _: &Shell, canvas: &mut Canvas) {
        canvas.forget_texts();
        canvas.shade(0, 0, WIDTH, HEIGHT);
        self.menu.draw(canvas);
    }

    fn close(&mut self, shell: &mut Shell) {
        shell.keep_settings();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn press(screen: &mut Preferences, shell: &mut Shell, keys: &[&str]) -> Go {
        let mut go = Go::Stay;
        for key in keys {
            let text = (key.len() == 1).then(|| (*key).to_owned());
            let event = UiEvent::Press {
                key: (*key).to_owned(),
                text,
                is_repeat: false,
            };
            go = screen.event(&event, shell);
        }
        go
    }

    #[test]
    fn the_rows_stand_in_the_order_of_their_numbers() {
        for (number, row) in General::ALL.iter().enumerate() {
            assert_eq!(*row as usize, number);
        }
    }

    #[test]
    fn settings_are_changed_bound_and_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("settings.json");
        let mut shell = Shell {
            settings: Settings::default(),
            settings_path: Some(path.clone()),
            recording: crate::shelf::Recording::Nowhere,
            seed: 1,
            notice: None,
            now: Duration::ZERO,
        };
        let mut screen = Preferences::new(&shell.settings);
        press(
            &mut screen,
            &mut shell,
            &["ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight"],
        );
        assert_eq!(shell.settings.input_delay_frames, Some(2));
        press(&mut screen, &mut shell, &["ArrowUp", "Enter", "End", "!", "Enter"]);
        assert_eq!(shell.settings.name, "player!");
        let (shows, accepts) = (false, true);
        assert_eq!(
            (
                shell.settings.shows_host_pictures,
                shell.settings.accepts_provider_weapons
            ),
            (shows, accepts)
        );
        for _ in 0..General::AiWeapons as usize {
            press(&mut screen, &mut shell, &["ArrowDown"]);
        }
        press(&mut screen, &mut shell, &["Enter", "ArrowDown", "ArrowRight"]);
        assert_eq!(
            (
                shell.settings.shows_host_pictures,
                shell.settings.accepts_provider_weapons
            ),
            (!shows, !accepts)
        );
        press(&mut screen, &mut shell, &["ArrowDown"]);
        press(&mut screen, &mut shell, &["Enter", "Enter", "KeyL", "Escape"]);
        assert_eq!(shell.settings.keys[0].left, ["KeyL"]);
        assert_eq!(press(&mut screen, &mut shell, &["Escape"]), Go::Main);
        screen.close(&mut shell);
        assert_eq!(Settings::read(&path).expect("kept"), shell.settings);
    }
}
