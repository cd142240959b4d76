//! The target `replay_file`; on stable it replays its corpus.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pvp_fuzz::replay_file::run(bytes));

#[cfg(not(fuzzing))]
fn main() {
    pvp_fuzz::replay::replay("replay_file", pvp_fuzz::replay_file::run);
}
