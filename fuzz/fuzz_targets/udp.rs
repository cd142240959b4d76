//! The target `udp`; on stable it replays its corpus.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| pvp_fuzz::udp::run(bytes));

#[cfg(not(fuzzing))]
fn main() {
    pvp_fuzz::replay::replay("udp", pvp_fuzz::udp::run);
}
