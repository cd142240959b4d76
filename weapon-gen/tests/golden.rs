//! Owns the comparison with the golden weapons, in whatever profile the tests are built.
//! Must not hold expectations of its own: they are in `golden/weapons.txt`.

use weapon_gen::golden;

#[test]
fn every_machine_makes_the_golden_weapons() {
    let lines = golden::lines();
    if std::env::var_os("PVP_BLESS").is_some() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/weapons.txt");
        std::fs::write(file, lines.join("\n") + "\n").expect("the golden file can be written");
        return;
    }
    for (made, committed) in lines.iter().zip(golden::COMMITTED.lines()) {
        assert_eq!(made, committed);
    }
    assert_eq!(lines.len(), golden::COMMITTED.lines().count());
}

#[test]
fn the_golden_weapons_differ_from_each_other() {
    // Fallbacks may meet: they are drawn, some archetypes in a few dozen ways, and with the same seed they look the same.
    let columns = |column: usize, is_named: bool| {
        golden::COMMITTED
            .lines()
            .filter(move |line| !(is_named && line.contains(" | fallback | ")))
            .filter_map(move |line| line.split(" | ").nth(column))
            .collect::<Vec<_>>()
    };
    for (column, is_named, count) in [(1, false, 24), (4, true, 19), (5, true, 19)] {
        let all = columns(column, is_named);
        assert!(all.len() >= count, "column {column} has {} weapons", all.len());
        let mut different = all.clone();
        different.sort_unstable();
        different.dedup();
        assert_eq!(different.len(), all.len(), "column {column} repeats");
    }
}
