//! The bodies of the fuzz targets, as ordinary functions of bytes: one module for each target in `fuzz_targets/`.
//!
//! A body must not read anything but its bytes, and it checks its claims with asserts.
//! Each module ends with a test that replays its corpus, so `cargo test` runs every target on stable.

pub mod replay;

pub mod content;
pub mod message;
pub mod replay_file;
pub mod session;
pub mod sim;
pub mod udp;
pub mod wire;
