//! Owns `arena play`: a match against a bot in a window.
//! Must not simulate by itself: the local match runs the same sessions as a match over the network, over a perfect link.

mod local;
mod window;

pub use local::LocalMatch;
pub use window::{PlayError, run};
