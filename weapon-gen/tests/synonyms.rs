//! Owns the promise that synonyms share key, cache entry, weapon and sprite, and nothing but the name tells them apart.
//! Must not hold the table: `src/template/synonyms.txt` does, and `golden/synonyms.txt` says what becomes of it.

use weapon_gen::template::synonyms::{SYNONYM_VERSION, TABLE, groups};
use weapon_gen::{Forge, ForgeRequest, Prompt, Tier};

fn key(text: &str) -> [u8; 16] {
    Prompt::parse(text).expect("a prompt").key(0x5eed)
}

fn request(prompt: &str) -> ForgeRequest<'_> {
    ForgeRequest {
        prompt,
        match_seed: 7,
        player: 1,
        request_seq: 2,
    }
}

/// Every synonym with the word that counts.
fn pairs() -> impl Iterator<Item = (&'static str, &'static str)> {
    groups().flat_map(|(canonical, words)| {
        words
            .into_iter()
            .map(move |word| (canonical, word.trim_end_matches('$')))
    })
}

#[test]
fn every_synonym_has_the_key_of_the_word_that_counts() {
    assert!(pairs().count() >= 30, "only {} synonyms", pairs().count());
    for (canonical, word) in pairs() {
        assert_eq!(key(word), key(canonical), "{word} and {canonical}");
        for with in ["giant flaming", "the toxic", "two"] {
            assert_eq!(
                key(&format!("{with} {word}")),
                key(&format!("{with} {canonical}")),
                "{with} {word}"
            );
        }
    }
    assert_eq!(key("Blades of ice"), key("swords of ICE"));
    assert_ne!(key("sword"), key("dagger"));
    assert_ne!(
        key("water gun"),
        key("water rifle"),
        "a name of two words is not taken apart"
    );
}

#[test]
fn a_synonym_hits_the_same_entry_and_keeps_its_own_name() {
    let mut forge = Forge::new(5);
    for (canonical, word) in [("sword", "blade"), ("rifle", "gun"), ("bomb", "explosive")] {
        let first = forge.forge_offline(&request(canonical)).expect("a weapon");
        let second = forge.forge_offline(&request(word)).expect("a weapon");
        assert_eq!((first.tier, second.tier), (Tier::Template, Tier::Cache), "{word}");
        assert_eq!(second.weapon, first.weapon, "{word}");
        assert_eq!((&second.sprite, second.score), (&first.sprite, first.score), "{word}");
        assert_eq!((first.name.as_str(), second.name.as_str()), (canonical, word));
        // In the other order it is the same weapon too.
        let alone = Forge::new(5).forge_offline(&request(word)).expect("a weapon");
        assert_eq!((alone.tier, alone.weapon), (Tier::Template, first.weapon), "{word}");
    }
}

#[test]
fn the_golden_file_says_what_every_synonym_becomes() {
    let hash = blake3::hash(TABLE.as_bytes()).to_hex();
    let mut lines = vec![format!("version {SYNONYM_VERSION} | table {}", &hash[..32])];
    lines.extend(pairs().map(|(canonical, word)| {
        let key: String = key(word).iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{word} | {canonical} | {key}")
    }));
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/synonyms.txt");
    if std::env::var_os("PVP_BLESS").is_some() {
        std::fs::write(file, lines.join("\n") + "\n").expect("the golden file can be written");
        return;
    }
    let committed = std::fs::read_to_string(file).expect("the golden file");
    for (made, committed) in lines.iter().zip(committed.lines()) {
        assert_eq!(
            made, committed,
            "a change of the table raises SYNONYM_VERSION and is blessed"
        );
    }
    assert_eq!(lines.len(), committed.lines().count());
}
