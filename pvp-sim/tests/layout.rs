//! Owns the layout golden: size, alignment and field names of everything that a snapshot holds; `PVP_BLESS=1` rewrites it.
//!
//! A change here makes old snapshots and replays unreadable: raise `STATE_VERSION` and note it in the changelog.

use std::fmt::Write;

use pvp_sim::{DuelState, MatchState, Modifier, PackedWeapon, Player, Projectile, Rng, SwarmState, World, field_name};

const GOLDEN: &str = include_str!("../golden/layout.txt");

/// The name of each word; of arrays only the first element, and how often it comes.
fn describe<S: MatchState>(name: &str, text: &mut String) {
    writeln!(
        text,
        "\n{name}: {} bytes, alignment {}",
        size_of::<S>(),
        align_of::<S>()
    )
    .unwrap();
    for word in 0..size_of::<S>() / 4 {
        let path = field_name::<S>(word).to_string();
        let later_element = path.split_once('[').is_some_and(|(_, rest)| !rest.starts_with("0]"));
        if !later_element {
            writeln!(text, "{:>6} {path}", word * 4).unwrap();
        }
    }
}

fn layout() -> String {
    let mut text = String::from("bytes  type (alignment is 4 everywhere)\n");
    let types = [
        ("World", size_of::<World>(), align_of::<World>()),
        ("Modifier", size_of::<Modifier>(), align_of::<Modifier>()),
        ("Rng", size_of::<Rng>(), align_of::<Rng>()),
        ("Player", size_of::<Player>(), align_of::<Player>()),
        ("PackedWeapon", size_of::<PackedWeapon>(), align_of::<PackedWeapon>()),
        ("Projectile", size_of::<Projectile>(), align_of::<Projectile>()),
    ];
    for (name, size, alignment) in types {
        assert_eq!(alignment, 4, "{name} holds something that is not a 32-bit word");
        writeln!(text, "{size:>6} {name}").unwrap();
    }
    describe::<DuelState>("DuelState", &mut text);
    describe::<SwarmState>("SwarmState", &mut text);
    text
}

#[test]
fn the_layout_is_the_committed_one() {
    let layout = layout();
    if std::env::var_os("PVP_BLESS").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/golden/layout.txt"), &layout).unwrap();
        return;
    }
    for (number, (found, expected)) in layout.lines().zip(GOLDEN.lines()).enumerate() {
        assert_eq!(
            found,
            expected,
            "golden/layout.txt line {}\nit would be:\n{layout}",
            number + 1
        );
    }
    assert_eq!(
        layout.lines().count(),
        GOLDEN.lines().count(),
        "golden/layout.txt would be:\n{layout}"
    );
}

#[test]
fn every_word_has_a_name_of_its_own() {
    let words = size_of::<SwarmState>() / 4;
    let mut names: Vec<String> = (0..words)
        .map(|word| field_name::<SwarmState>(word).to_string())
        .collect();
    assert!(names.iter().all(|name| !name.contains("outside")), "a word has no name");
    names.sort();
    names.dedup();
    assert_eq!(names.len(), words, "two words share a name");
    assert_eq!(field_name::<SwarmState>(words).to_string(), "outside the state");
}
