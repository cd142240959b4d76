//! Tests that walk through every screen as a person would, without a window, and look at each picture.
//!
//! `PICTURES=write` keeps the pictures in `target/screens`.

use super::*;
use crate::forging::InlineForging;
use crate::settings::Settings;
use crate::shelf::{Recording, Shelf};

struct Person {
    app: App,
    now: Duration,
}

impl Person {
    fn new(folder: &std::path::Path) -> Person {
        let shell = Shell {
            settings: Settings::default(),
            settings_path: Some(folder.join("settings.json")),
            recording: Recording::Folder(Shelf::new(folder.join("replays"))),
            seed: 4,
            notice: None,
            now: Duration::ZERO,
        };
        let mut app = App::new(shell, Go::Main, || 77);
        app.make_forging = InlineForging::boxed;
        Person {
            app,
            now: Duration::ZERO,
        }
    }

    fn wait(&mut self, frames: u32) {
        for _ in 0..frames {
            self.now += Duration::from_nanos(16_666_667);
            self.app.tick(self.now);
        }
    }

    fn press(&mut self, keys: &[&str]) {
        for key in keys {
            let text = (key.chars().count() == 1).then(|| (*key).to_owned());
            let key = (*key).to_owned();
            self.app.event(&UiEvent::Press {
                key: key.clone(),
                text,
                is_repeat: false,
            });
            self.wait(1);
            self.app.event(&UiEvent::Release { key });
        }
    }

    fn picture(&self) -> Vec<u32> {
        let mut canvas = Canvas::new();
        self.app.draw(&mut canvas);
        assert_readable(&canvas);
        canvas.pixels().to_vec()
    }

    fn write(&mut self, text: &str) {
        for letter in text.chars() {
            self.app.event(&UiEvent::Press {
                key: String::new(),
                text: Some(letter.to_string()),
                is_repeat: false,
            });
        }
        self.wait(1);
    }

    /// Looks at the picture, and keeps it if that is wished.
    fn show(&self, name: &str) {
        let mut canvas = Canvas::new();
        self.app.draw(&mut canvas);
        keep(name, &canvas);
    }
}

fn keep(name: &str, canvas: &Canvas) {
    if std::env::var("PICTURES").is_ok_and(|value| value == "write") {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/screens");
        std::fs::create_dir_all(&folder).expect("the target folder can be written");
        std::fs::write(folder.join(format!("{name}.png")), crate::capture::png(canvas, 2)).expect("a picture");
    }
    assert_readable(canvas);
}

/// No text leaves the picture or lies on another one.
fn assert_readable(canvas: &Canvas) {
    let texts = &canvas.written;
    assert!(!texts.is_empty(), "every screen says something");
    for (number, one) in texts.iter().enumerate() {
        let [left, top, right, bottom] = one.edges;
        let is_inside = left >= 0 && top >= 0 && right <= crate::render::WIDTH && bottom <= crate::render::HEIGHT;
        assert!(is_inside, "{one:?} leaves the picture");
        for other in &texts[number + 1..] {
            let [from, above, to, below] = other.edges;
            let is_apart = to <= left || from >= right || below <= top || above >= bottom;
            assert!(is_apart, "{one:?} and {other:?} overlap");
        }
    }
}

#[test]
fn from_the_menu_through_every_screen_and_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut person = Person::new(folder.path());
    let menu = person.picture();
    // A match against a bot, a weapon, a pause, and out.
    person.press(&["Enter"]);
    person.wait(120);
    let fight = person.picture();
    assert_ne!(menu, fight);
    person.press(&["Enter", "b", "o", "w", "Enter"]);
    person.wait(200);
    person.press(&["F3", "Tab"]);
    assert_ne!(fight, person.picture());
    person.press(&["Escape"]);
    let paused = person.picture();
    person.wait(60);
    assert_eq!(paused, person.picture(), "time stands still in a pause");
    person.press(&["ArrowDown", "Enter"]);
    // The record of that match plays.
    for _ in 0..7 {
        person.press(&["ArrowDown"]);
    }
    person.press(&["Enter"]);
    person.wait(30);
    let replay = person.picture();
    person.press(&["KeyN", "KeyI", "KeyH", "Comma", "Period", "End", "Home"]);
    assert_ne!(replay, person.picture());
    person.press(&["Escape"]);
    assert!(person.app.shell().notice.is_none(), "{:?}", person.app.shell().notice);
    // Practice: time stops and steps.
    for _ in 0..6 {
        person.press(&["ArrowDown"]);
    }
    person.press(&["Enter"]);
    person.wait(60);
    person.press(&["KeyP"]);
    let stopped = person.picture();
    person.wait(30);
    assert_eq!(stopped, person.picture());
    person.press(&["KeyO"]);
    assert_ne!(stopped, person.picture());
    person.press(&["Escape", "ArrowUp", "Enter"]);
    // Out of the game.
    person.press(&["ArrowUp", "Enter"]);
    assert!(person.app.is_done());
}

#[test]
fn a_gamepad_alone_starts_a_match_runs_forges_and_leaves() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut person = Person::new(folder.path());
    let pad = |button, is_down| UiEvent::Pad {
        pad: 0,
        button,
        is_down,
    };
    let push = |person: &mut Person, button| {
        person.app.event(&pad(button, true));
        person.wait(2);
        person.app.event(&pad(button, false));
    };
    let menu = person.picture();
    push(&mut person, PadButton::South);
    assert!(person.app.screen.takes_pads(), "a match runs");
    person.wait(150);
    push(&mut person, PadButton::North);
    person.wait(60);
    push(&mut person, PadButton::Select);
    let history = person.picture();
    push(&mut person, PadButton::Select);
    assert_ne!(history, person.picture());
    push(&mut person, PadButton::Start);
    assert!(!person.app.screen.takes_pads(), "paused");
    let down = UiEvent::Stick {
        pad: 0,
        is_right: false,
        x: 0,
        y: -100,
    };
    person.app.event(&down);
    push(&mut person, PadButton::South);
    person.wait(2);
    assert_ne!(menu, history);
    assert!(person.app.has_backdrop, "back at the menu");
    push(&mut person, PadButton::Down);
    push(&mut person, PadButton::Up);
    assert!(!person.app.is_done());
}

#[test]
fn what_cannot_be_opened_is_told_on_the_first_screen() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut person = Person::new(folder.path());
    person.app.follow(Go::Watch(folder.path().join("missing.replay")));
    let notice = person.app.shell().notice.clone().unwrap_or_default();
    assert!(notice.contains("cannot read"), "{notice}");
    assert!(!person.app.is_done());
}

#[test]
fn every_screen_of_a_match_is_readable() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut person = Person::new(folder.path());
    person.show("menu");
    person.press(&["ArrowDown", "ArrowDown"]);
    person.show("menu_strength");
    person.app.shell.settings.colorblind = true;
    person.app.follow(Go::Versus);
    person.wait(30);
    person.show("countdown");
    person.wait(160);
    person.press(&["Enter"]);
    person.show("prompt_empty");
    person.write("a wildly long description of a giant venomous flaming ricocheting homing golden double axe of doom");
    person.press(&["ArrowLeft", "ArrowLeft"]);
    person.show("prompt_long");
    person.press(&["Enter"]);
    person.wait(2);
    person.show("forging");
    person.wait(100);
    person.show("card");
    person.press(&["Slash"]);
    person.write("fuck this");
    person.press(&["Enter"]);
    person.show("refused");
    person.press(&["Slash"]);
    person.write("moon gravity");
    person.press(&["Enter"]);
    person.wait(60);
    person.show("master");
    person.press(&["F3"]);
    person.show("network");
    person.press(&["F3", "Tab"]);
    person.show("history");
    person.press(&["Tab", "Escape"]);
    person.show("pause");
    person.press(&["Enter"]);
    for round in 0..12 {
        person.wait(600);
        person.show(&format!("late_{round}"));
    }
}

#[test]
fn every_screen_of_the_settings_is_readable() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut person = Person::new(folder.path());
    person.app.shell.settings.signaling_url = format!("wss://{}.example.org:3536", "signal".repeat(12));
    person.app.shell.settings.name = "W".repeat(24);
    person.app.follow(Go::Settings);
    person.show("settings");
    person.press(&["ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "Enter"]);
    person.show("settings_address");
    person.press(&["Escape", "ArrowDown", "Enter"]);
    person.show("settings_keys");
    person.press(&["Enter"]);
    person.show("settings_key");
    person.app.follow(Go::AskCode);
    person.write("forge7");
    person.show("ask_code");
    person.press(&["Escape"]);
    person.app.shell.notice =
        Some("the settings file is not understood, because something long is wrong in it. ".repeat(4));
    person.show("notice");
}

#[test]
fn every_screen_of_practice_is_readable() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut person = Person::new(folder.path());
    person.app.follow(Go::Practice);
    person.wait(90);
    person.show("practice");
    person.press(&["Escape"]);
    person.show("practice_menu");
    person.press(&["ArrowDown", "ArrowDown", "ArrowRight"]);
    person.wait(140);
    person.show("crowd");
    person.press(&["Enter"]);
    person.write("flaming rifle");
    person.press(&["Enter", "KeyB"]);
    person.wait(100);
    person.show("crowd_fight");
    person.wait(300);
    person.show("crowd_late");
    person.press(&["Escape"]);
    person.show("crowd_menu");
    person.press(&["ArrowDown", "ArrowDown", "Enter", "Escape"]);
    person.show("practice_again");
}

#[test]
fn what_is_laid_over_a_match_is_readable() {
    use super::super::contest::Step;
    use super::super::overlay;
    let step = |text: &str, is_done| Step {
        text: text.to_owned(),
        is_done,
    };
    let show = |name: &str, draw: &dyn Fn(&mut Canvas)| {
        let mut canvas = Canvas::new();
        draw(&mut canvas);
        keep(name, &canvas);
    };
    show("waiting", &|canvas| {
        overlay::waiting(canvas, Duration::from_millis(7300))
    });
    show("left", &|canvas| {
        overlay::over(canvas, "WWWWWWWWWWWWWWWWWWWWWWWW left the match")
    });
    let desync = "the two games differ: frame 1234, players[1].velocity.x is 00012345 here and 00012346 there; both ran the same \
        rules; evidence: /home/somebody/with/a/long/name/.local/share/pixel-forge/desync-0123456789abcdef.evidence";
    show("desync", &|canvas| overlay::over(canvas, desync));
    let hints = super::super::host::invitation("ws://127.0.0.1:3536", "FORGE7");
    let steps = [
        step("room FORGE7 at ws://127.0.0.1:3536", true),
        step("the other player comes, a path is found", false),
        step("both games compare rules and seed", false),
    ];
    show("steps", &|canvas| overlay::steps(canvas, "ROOM FORGE7", &steps, &hints));
    let long = [step(&"wss://signal.example.org/".repeat(9), false)];
    let hint = ["the other player types: ".repeat(20)];
    show("steps_long", &|canvas| {
        overlay::steps(canvas, "ROOM ABCDEFGHJKLMNPQRSTUVWXYZ234567", &long, &hint)
    });
}

#[test]
fn every_match_is_kept_and_listed() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut person = Person::new(folder.path());
    for seconds in [2, 3] {
        person.app.follow(Go::Bot(pvp_sim::bot::BotKind::Trickster, 3));
        person.wait(seconds * 60);
        person.app.follow(Go::Main);
    }
    let titles: Vec<String> = person
        .app
        .shell
        .recording
        .matches()
        .into_iter()
        .map(|(title, _)| title)
        .collect();
    assert_eq!(titles.len(), 2);
    assert!(
        titles[0].starts_with("match 2: player - trickster bot 3, 0:0"),
        "{titles:?}"
    );
    person.press(&["ArrowUp", "ArrowUp", "ArrowUp", "Enter"]);
    person.show("library");
    person.press(&["ArrowDown", "Enter"]);
    person.wait(30);
    person.show("viewer");
    person.press(&["F1"]);
    person.show("viewer_keys");
    person.press(&["F1", "F3", "KeyI", "KeyH"]);
    person.show("viewer_network");
}
