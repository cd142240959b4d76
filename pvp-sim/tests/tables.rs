//! Owns the proof that the committed trigonometry tables are what their formulas say; `PVP_BLESS=1` rewrites them.
#![allow(
    clippy::disallowed_types,
    clippy::float_arithmetic,
    reason = "the tables are checked against floats"
)]

use std::f64::consts::{FRAC_PI_2, TAU};
use std::fmt::Write;

const COMMITTED: &str = include_str!("../src/math/tables.rs");

fn table(text: &mut String, doc: &str, name: &str, kind: &str, values: &[u32]) {
    let count = values.len();
    writeln!(text, "\n/// {doc}\npub(crate) const {name}: [{kind}; {count}] = [").unwrap();
    for row in values.chunks(8) {
        let row: Vec<String> = row.iter().map(u32::to_string).collect();
        writeln!(text, "    {},", row.join(", ")).unwrap();
    }
    writeln!(text, "];").unwrap();
}

fn generate() -> String {
    let sine: Vec<u32> = (0..1026_u32)
        .map(|index| (f64::from(index.min(1024)) / 1024.0 * FRAC_PI_2).sin())
        .map(|sine| (sine * f64::from(1 << 30)).round() as u32)
        .collect();
    let arc_tangent: Vec<u32> = (0..258_u32)
        .map(|index| (f64::from(index.min(256)) / 256.0).atan() / TAU)
        .map(|turns| (turns * 2_f64.powi(32)).round() as u32)
        .collect();
    // The middle of each interval, in integers.
    let root: Vec<u32> = (0..256_u64)
        .map(|index| ((index * 2 + 1) << 23).isqrt() as u32)
        .collect();
    let mut text = String::from(
        "//! Owns the tables of `trig` and `root`; written by `PVP_BLESS=1 cargo test -p pvp-sim --test tables`, never by hand.\n\
         //!\n\
         //! Integers only: a float in a constant would be computed by whichever compiler builds the crate.\n",
    );
    table(
        &mut text,
        "The sine of i/1024 of a quarter turn, in units of 2^-30; the last entry is repeated.",
        "SINE",
        "u32",
        &sine,
    );
    table(
        &mut text,
        "The arc tangent of i/256, in units of 2^-32 turn; the last entry is repeated.",
        "ATAN",
        "u32",
        &arc_tangent,
    );
    table(
        &mut text,
        "The root of (i + 1/2) * 2^24, rounded down: the seed for numbers whose upper 8 bits are i.",
        "ROOT",
        "u16",
        &root,
    );
    text.insert_str(text.find("\n///").unwrap(), "#![cfg_attr(rustfmt, rustfmt::skip)]\n");
    text
}

#[test]
fn the_committed_tables_are_what_their_formulas_say() {
    let generated = generate();
    if std::env::var_os("PVP_BLESS").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/math/tables.rs"), &generated).unwrap();
        return;
    }
    for (number, (committed, expected)) in COMMITTED.lines().zip(generated.lines()).enumerate() {
        assert_eq!(committed, expected, "src/math/tables.rs line {}", number + 1);
    }
    assert_eq!(COMMITTED.lines().count(), generated.lines().count());
}
