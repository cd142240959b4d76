//! Owns the game in a window: screens from the first menu to a match, and what they share.
//! Must not simulate by itself: a local match runs the same sessions as a match over the network, over a perfect link.

mod app;
mod backdrop;
mod boxes;
mod contest;
mod controls;
mod fight;
#[cfg(any(windows, target_os = "macos", all(target_os = "linux", feature = "gamepad")))]
mod gamepads;
mod host;
mod library;
mod line;
mod local;
mod menu;
mod netgraph;
mod online;
mod overlay;
mod pads;
mod practice;
mod preferences;
mod screens;
mod ui;
mod viewer;
mod window;
mod wishes;

pub use app::App;
pub use local::{LocalMatch, LocalOptions};
pub use pads::PadButton;
pub use screens::tidy_code;
pub use ui::{Go, Shell, UiEvent};
pub use window::{PlayError, run};
