//! Pixel Forge: a duel over rollback netcode, with weapons forged from prompts.
//!
//! The library holds everything but the command line: the glue of the three crates (`duel`, `armory`, `forging`),
//! the ways to run a match (`demo`, `peer`), and what is said about it (`report`, `record`, `desync`).

pub mod armory;
pub mod refusals;
pub mod ledger;
pub mod offer;
mod review;
pub mod providers;
pub mod forging;
mod talk;
pub mod duel;
pub mod names;
pub mod master;
pub mod prompts;
pub mod report;
pub mod output;
pub mod record;
pub mod rules;
pub mod desync;
pub mod demo;
pub mod effects;
pub mod gliding;
pub mod sound;
pub mod render;
pub mod capture;
pub mod settings;
pub mod shelf;
#[cfg(not(target_arch = "wasm32"))]
pub mod play;
#[cfg(not(target_arch = "wasm32"))]
pub mod peer;
#[cfg(not(target_arch = "wasm32"))]
pub mod signal;
#[cfg(not(target_arch = "wasm32"))]
pub mod terminal;
#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
