//! Owns what a player prefers: keys, delay, picture, sound; and the file that keeps it.
//! Must not know a window: keys are named as browsers name them (`KeyA`, `ArrowLeft`, `Space`).

use crate::output::{IfTaken, OutputFault, Target};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Everything kept between two starts of the game. Missing fields take their defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// What the other player reads; at most 24 characters.
    pub name: String,
    /// Keys of the two players at this machine.
    pub keys: [Bindings; 2],
    /// Frames from key to effect in online matches; `None` follows the connection.
    pub input_delay_frames: Option<u8>,
    /// 0 to 10.
    pub volume: u8,
    /// Size of a pixel; 0 takes the largest that fits.
    pub scale: u8,
    /// Colors that every eye tells apart.
    pub colorblind: bool,
    /// Where rooms are looked for; several addresses with commas between are tried in their order.
    pub signaling_url: String,
    /// Servers for the way through home routers, such as `stun:stun.example.org:3478`.
    pub ice_urls: Vec<String>,
    /// Whether weapons are taken that an AI made on the other player's machine.
    pub accepts_provider_weapons: bool,
    /// Whether pictures are shown that an AI painted on the other player's machine; otherwise they are drawn here.
    pub shows_host_pictures: bool,
}

/// The keys of one player.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Bindings {
    /// Runs left.
    pub left: Vec<String>,
    /// Runs right.
    pub right: Vec<String>,
    /// Jumps.
    pub jump: Vec<String>,
    /// Drops through platforms, aims down.
    pub down: Vec<String>,
    /// Aims up.
    pub aim_up: Vec<String>,
    /// Fires.
    pub fire: Vec<String>,
    /// Throws the forged weapon away.
    pub swap: Vec<String>,
    /// Opens the prompt.
    pub forge: Vec<String>,
    /// Whether the mouse aims and its left button fires.
    pub mouse: bool,
}

/// Something a key can do in a match.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "named as the fields of Bindings")]
pub enum Action {
    Left,
    Right,
    Jump,
    Down,
    AimUp,
    Fire,
    Swap,
    Forge,
}

impl Action {
    /// Every action, in the order of the settings screen.
    pub const ALL: [Action; 8] = [
        Action::Left,
        Action::Right,
        Action::Jump,
        Action::Down,
        Action::AimUp,
        Action::Fire,
        Action::Swap,
        Action::Forge,
    ];

    /// As the settings screen calls it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Action::Left => "run left",
            Action::Right => "run right",
            Action::Jump => "jump",
            Action::Down => "drop / aim down",
            Action::AimUp => "aim up",
            Action::Fire => "fire",
            Action::Swap => "throw weapon away",
            Action::Forge => "forge a weapon",
        }
    }
}

/// A key as people call it: `KeyA` is A, `ArrowUp` is up.
#[must_use]
pub fn key_label(key: &str) -> String {
    let named = [
        ("Period", "."),
        ("Comma", ","),
        ("Slash", "/"),
        ("Semicolon", ";"),
        ("Minus", "-"),
        ("Equal", "="),
    ];
    if let Some((_, sign)) = named.iter().find(|(name, _)| *name == key) {
        return (*sign).to_owned();
    }
    if let Some(rest) = key.strip_prefix("Numpad") {
        return format!("numpad {}", rest.to_lowercase());
    }
    let rest = ["Key", "Digit", "Arrow"]
        .iter()
        .find_map(|prefix| key.strip_prefix(prefix).filter(|rest| !rest.is_empty()));
    match rest {
        Some(rest) if rest.len() > 1 => rest.to_lowercase(),
        Some(rest) => rest.to_owned(),
        None => key.to_owned(),
    }
}

fn names(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

impl Bindings {
    /// For the first player: letters and the mouse.
    #[must_use]
    pub fn first() -> Bindings {
        Bindings {
            left: names(&["KeyA"]),
            right: names(&["KeyD"]),
            jump: names(&["KeyW", "Space"]),
            down: names(&["KeyS"]),
            aim_up: names(&["KeyW"]),
            fire: names(&["KeyF"]),
            swap: names(&["KeyX"]),
            forge: names(&["Enter"]),
            mouse: true,
        }
    }

    /// For the second player: arrows and the keys beside them.
    #[must_use]
    pub fn second() -> Bindings {
        Bindings {
            left: names(&["ArrowLeft"]),
            right: names(&["ArrowRight"]),
            jump: names(&["ArrowUp"]),
            down: names(&["ArrowDown"]),
            aim_up: names(&["ArrowUp"]),
            fire: names(&["Period", "Numpad0"]),
            swap: names(&["Comma", "NumpadDecimal"]),
            forge: names(&["Slash", "NumpadEnter"]),
            mouse: false,
        }
    }

    /// The keys of an action.
    #[must_use]
    pub fn keys(&self, action: Action) -> &[String] {
        match action {
            Action::Left => &self.left,
            Action::Right => &self.right,
            Action::Jump => &self.jump,
            Action::Down => &self.down,
            Action::AimUp => &self.aim_up,
            Action::Fire => &self.fire,
            Action::Swap => &self.swap,
            Action::Forge => &self.forge,
        }
    }

    /// Gives an action one key instead of those it had.
    pub fn bind(&mut self, action: Action, key: &str) {
        let place = match action {
            Action::Left => &mut self.left,
            Action::Right => &mut self.right,
            Action::Jump => &mut self.jump,
            Action::Down => &mut self.down,
            Action::AimUp => &mut self.aim_up,
            Action::Fire => &mut self.fire,
            Action::Swap => &mut self.swap,
            Action::Forge => &mut self.forge,
        };
        *place = vec![key.to_owned()];
    }

    /// Whether a key does this.
    #[must_use]
    pub fn is(&self, action: Action, key: &str) -> bool {
        self.keys(action).iter().any(|bound| bound == key)
    }
}

impl Default for Bindings {
    fn default() -> Bindings {
        Bindings::first()
    }
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            name: "player".to_owned(),
            keys: [Bindings::first(), Bindings::second()],
            input_delay_frames: None,
            volume: 7,
            scale: 0,
            colorblind: false,
            signaling_url: "ws://127.0.0.1:3536".to_owned(),
            ice_urls: Vec::new(),
            accepts_provider_weapons: true,
            shows_host_pictures: false,
        }
    }
}

/// Why settings are not kept or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The system says no.
    #[error("cannot use the settings file {path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// Somebody edited it and made a mistake.
    #[error("the settings file {path} is not understood ({error}); the defaults are used, mend or delete it")]
    Content {
        /// Which.
        path: PathBuf,
        /// Where.
        error: serde_json::Error,
    },
}

/// A file of more bytes is none of ours.
const FILE_BYTES_MAX: u64 = 64 * 1024;

impl Settings {
    /// Values from a file may be anything: brings them into their ranges.
    #[must_use]
    pub fn tidied(mut self) -> Settings {
        self.name = self
            .name
            .chars()
            .filter(|letter| !letter.is_control())
            .take(24)
            .collect();
        self.volume = self.volume.min(10);
        self.scale = self.scale.min(8);
        self.input_delay_frames = self.input_delay_frames.map(|frames| frames.min(8));
        self
    }

    /// Reads a file; a file that does not exist gives the defaults.
    ///
    /// # Errors
    /// [`SettingsError`] if the file cannot be read or understood.
    pub fn read(path: &Path) -> Result<Settings, SettingsError> {
        let named = || path.to_owned();
        let size = match std::fs::metadata(path) {
            Ok(about) => about.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Settings::default()),
            Err(error) => return Err(SettingsError::File { path: named(), error }),
        };
        if size > FILE_BYTES_MAX {
            let error = std::io::Error::other("it is larger than 64 KiB");
            return Err(SettingsError::File { path: named(), error });
        }
        let text = std::fs::read(path).map_err(|error| SettingsError::File { path: named(), error })?;
        serde_json::from_slice::<Settings>(&text)
            .map(Settings::tidied)
            .map_err(|error| SettingsError::Content { path: named(), error })
    }

    /// Writes the file anew, so that a crash leaves the old or the new one.
    ///
    /// # Errors
    /// [`SettingsError::File`].
    pub fn write(&self, path: &Path) -> Result<(), SettingsError> {
        let failed = |error| SettingsError::File {
            path: path.to_owned(),
            error,
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut text = serde_json::to_string_pretty(self).map_err(|error| failed(error.into()))?;
        text.push('\n');
        let target = Target {
            path: path.to_owned(),
            if_taken: IfTaken::Replace,
        };
        target.write_bytes(text.as_bytes()).map_err(|fault| match fault {
            OutputFault::Write { error, .. } => failed(error),
            fault => failed(std::io::Error::other(fault)),
        })
    }
}

/// Where the settings are kept, unless the command line says otherwise.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn default_path() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "pixel-forge")?;
    Some(folders.config_dir().join("settings.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_called_as_people_call_them() {
        let labels = [
            "KeyA",
            "ArrowLeft",
            "Digit7",
            "Space",
            "Period",
            "NumpadEnter",
            "Key",
            "",
        ]
        .map(key_label);
        assert_eq!(labels, ["A", "left", "7", "Space", ".", "numpad enter", "Key", ""]);
    }

    #[test]
    fn settings_survive_their_file_and_missing_fields_are_defaults() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deeper").join("settings.json");
        assert_eq!(Settings::read(&path).expect("no file"), Settings::default());
        let mut settings = Settings {
            volume: 3,
            input_delay_frames: Some(4),
            ..Settings::default()
        };
        settings.keys[1].bind(Action::Fire, "KeyP");
        settings.write(&path).expect("a folder to write to");
        assert_eq!(Settings::read(&path).expect("just written"), settings);
        std::fs::write(&path, "{\"volume\": 99}").expect("a file");
        let tidied = Settings::read(&path).expect("understood");
        assert_eq!(tidied.volume, 10);
        assert_eq!(tidied.keys, Settings::default().keys);
    }

    #[test]
    fn a_broken_file_is_named_with_advice() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("settings.json");
        for text in ["{", "[1]", "{\"volumes\": 1}", "{\"volume\": -1}"] {
            std::fs::write(&path, text).expect("a file");
            let said = Settings::read(&path).expect_err(text).to_string();
            assert!(said.contains("settings.json") && said.contains("mend"), "{said}");
        }
    }
}
