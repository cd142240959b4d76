//! Owns master prompts: the few wishes that change the physics for everybody instead of making a weapon.
//! Must not decide when one is allowed; it is a pure function of the words, so both sides come to the same.

use pvp_sim::{Content, ModKind, PlayerId};
use weapon_gen::Prompt;

/// A change of the physics for a time.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Mastery {
    /// What players read.
    pub title: &'static str,
    /// What changes.
    pub kind: ModKind,
    /// By how much, in 1/256.
    pub factor: u16,
}

/// How long a change lasts: 15 s.
pub const MASTERY_FRAMES: u16 = 900;
/// From one master prompt of a player to the next: 40 s.
pub const MASTERY_COOLDOWN_FRAMES: u32 = 2400;

/// Words that must all be there, and what they do. The first line that fits counts.
const TABLE: &[(&[&str], Mastery)] = &[
    (&["moon", "gravity"], mastery("moon gravity", ModKind::Gravity, 102)),
    (&["low", "gravity"], mastery("low gravity", ModKind::Gravity, 128)),
    (&["heavy", "gravity"], mastery("heavy gravity", ModKind::Gravity, 410)),
    (&["jupiter", "gravity"], mastery("heavy gravity", ModKind::Gravity, 410)),
    (&["ice", "rink"], mastery("ice rink", ModKind::Friction, 64)),
    (&["slippery", "floor"], mastery("slippery floor", ModKind::Friction, 96)),
    (&["sticky", "floor"], mastery("sticky floor", ModKind::Friction, 640)),
    (&["rubber", "world"], mastery("rubber world", ModKind::Bounce, 512)),
    (&["bouncy", "world"], mastery("rubber world", ModKind::Bounce, 512)),
    (&["thick", "air"], mastery("thick air", ModKind::Drag, 768)),
    (&["double", "damage"], mastery("double damage", ModKind::Damage, 512)),
    (&["half", "damage"], mastery("half damage", ModKind::Damage, 128)),
    (&["double", "speed"], mastery("double speed", ModKind::Speed, 512)),
    (&["slow", "motion"], mastery("slow motion", ModKind::Speed, 154)),
];

const fn mastery(title: &'static str, kind: ModKind, factor: u16) -> Mastery {
    Mastery { title, kind, factor }
}

impl Mastery {
    /// What a prompt wishes for, if it is a master prompt: two words of the table and at most one more.
    #[must_use]
    pub fn of(prompt: &str) -> Option<Mastery> {
        let prompt = Prompt::parse(prompt).ok()?;
        let words: Vec<&str> = prompt.words().collect();
        let fits = |wanted: &&(&[&str], Mastery)| wanted.0.iter().all(|word| words.contains(word));
        let found = TABLE.iter().find(fits).filter(|_| words.len() <= 3);
        found.map(|(_, mastery)| *mastery)
    }

    /// The prompts that work, for help texts.
    pub fn titles() -> impl Iterator<Item = &'static str> {
        TABLE.iter().map(|(_, mastery)| mastery.title)
    }

    /// What the host commits for it.
    #[must_use]
    pub fn content(self, player: PlayerId, request_seq: u8) -> Content {
        Content::PhysicsMod {
            player,
            request_seq,
            kind: self.kind,
            factor: self.factor,
            frames: MASTERY_FRAMES,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn master_prompts_are_known_and_weapons_are_not() {
        assert_eq!(Mastery::of("Moon Gravity!").map(|m| m.kind), Some(ModKind::Gravity));
        assert_eq!(Mastery::of("an ice rink").map(|m| m.kind), Some(ModKind::Friction));
        assert_eq!(Mastery::of("double damage").map(|m| m.factor), Some(512));
        for weapon in [
            "ice sword",
            "gravity gun",
            "a slow bomb of heavy gravity and doom",
            "",
            "moon",
        ] {
            assert_eq!(Mastery::of(weapon), None, "{weapon}");
        }
    }

    #[test]
    fn every_mastery_is_valid_content() {
        for title in Mastery::titles() {
            let mastery = Mastery::of(title).unwrap_or_else(|| panic!("{title} does not parse"));
            let content = mastery.content(PlayerId(1), 3);
            assert_eq!(Content::decode(&content.encode()), Ok(content), "{title}");
        }
    }
}
