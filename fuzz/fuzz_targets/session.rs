//! The target `session`; on stable it replays its corpus.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    pvp_fuzz::session::run(bytes);
});

#[cfg(not(fuzzing))]
fn main() {
    pvp_fuzz::replay::replay("session", |bytes| {
        pvp_fuzz::session::run(bytes);
    });
}
