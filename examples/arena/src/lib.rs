//! Pixel Forge: a duel over rollback netcode.

#[cfg(not(target_arch = "wasm32"))]
pub mod signal;
