//! The target `message`; on stable it replays its corpus.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pvp_fuzz::message::run(bytes));

#[cfg(not(fuzzing))]
fn main() {
    pvp_fuzz::replay::replay("message", pvp_fuzz::message::run);
}
