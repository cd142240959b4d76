//! Owns the golden weapons: for a fixed list of prompts the cache key, tier, score, spec and sprite that every machine must make.
//! Must not need a file or an argument: `src/bin/weapon_golden.rs` runs it where there is no test harness.

use crate::forge::{Forge, ForgeRequest};
use crate::look::{Element, Look, Mark, Size};
use crate::prompt::Prompt;
use crate::sprite::Sprite;
use pvp_sim::Archetype;

/// The committed lines. `PVP_BLESS=1 cargo test -p weapon-gen --test golden` writes them anew.
pub const COMMITTED: &str = include_str!("../golden/weapons.txt");

/// Prompts of every tier, with some letters that are not ASCII.
const PROMPTS: [&str; 24] = [
    "flaming ice sword",
    "giant slow bomb",
    "Twin  GOLDEN pistols",
    "ｆｒｏｓｔ bow",
    "tiny poison dagger",
    "ricocheting rifle",
    "homing electric orb",
    "vampire scythe",
    "explosive crossbow",
    "triple shuriken",
    "rapid fire minigun",
    "heavy iron cannon",
    "floating mine",
    "holy trident",
    "death ray",
    "toxic potion",
    "rocket launcher",
    "sniper rifle",
    "boomernag of the void",
    "épée flamboyante",
    "my grandmother's sadness",
    "лук и стрелы",
    "剑",
    "🗡️ of doom",
];

/// The lines as this machine makes them: `prompt | cache key | tier | score | spec hash | sprite hash`, then sprites alone.
#[must_use]
pub fn lines() -> Vec<String> {
    let mut forge = Forge::new(0x5eed);
    let weapons = PROMPTS.iter().map(|prompt| weapon_line(&mut forge, prompt));
    weapons.chain(sprite_lines()).collect()
}

/// The number of the first line, counted from one, that differs from the committed ones.
#[must_use]
pub fn first_difference() -> Option<usize> {
    let (made, committed) = (lines(), COMMITTED.lines().collect::<Vec<_>>());
    let count = made.len().max(committed.len());
    (0..count)
        .find(|place| made.get(*place).map(String::as_str) != committed.get(*place).copied())
        .map(|place| place + 1)
}

fn weapon_line(forge: &mut Forge, prompt: &str) -> String {
    let request = ForgeRequest {
        prompt,
        match_seed: 7,
        player: 1,
        request_seq: 2,
    };
    let key = Prompt::parse(prompt).map_or_else(|error| error.to_string(), |prompt| hex(&prompt.key(0x5eed)));
    match forge.forge_offline(&request) {
        Ok(forged) => format!(
            "{prompt} | {key} | {} | {} | {} | {}",
            forged.tier.name(),
            forged.score,
            hex(&forged.spec_hash()),
            hex(&forged.sprite.hash())
        ),
        Err(refusal) => format!("{prompt} | {key} | {refusal}"),
    }
}

/// One sprite of every archetype, each with other additions.
fn sprite_lines() -> impl Iterator<Item = String> {
    const ELEMENTS: [Element; 7] = [
        Element::None,
        Element::Fire,
        Element::Ice,
        Element::Electric,
        Element::Poison,
        Element::Leech,
        Element::Holy,
    ];
    (0..).zip(Archetype::ALL).map(|(number, archetype)| {
        let look = Look {
            element: ELEMENTS[number % 7],
            second: ELEMENTS[number / 7 % 7],
            size: [Size::Usual, Size::Giant, Size::Tiny][number % 3],
            copies: 1 + (number % 3) as u8,
            marks: [None, [Some(Mark::Homing), Some(Mark::Floating)][number % 2]],
            ..Look::plain(*archetype)
        };
        let sprite = Sprite::draw(&look, number as u64);
        let rgba = blake3::hash(&sprite.to_rgba());
        format!(
            "{} | {} | {}",
            archetype.name(),
            hex(&sprite.hash()),
            hex(&rgba.as_bytes()[..16])
        )
    })
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or('?');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}
