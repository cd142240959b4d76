//! Owns fairness: the win rate of a weapon in headless duels, the nerfs and buffs that bring it into the band,
//! and the cheap budget that a receiving peer checks.
//! Must not use floats: the score is the same on every machine.

mod budget;
pub mod search;

pub use budget::{POWER_FAIR, POWER_MAX, power};

use crate::prompt::first_16;
use pvp_sim::bot::{BotKind, bot_input};
use pvp_sim::{
    Archetype, Content, ContentStore, DuelState, Events, Input, MatchDef, MatchState, PlayerId, WeaponDef, WeaponSpec,
    checksum_of, step,
};

/// Scores within this band are fair.
pub const FAIR_SCORES: std::ops::RangeInclusive<u8> = 15..=85;
/// Nerfs or buffs at most.
const PASSES_MAX: usize = 8;
/// Duels per score: 4 reference weapons × both sides × seeds.
pub const DUEL_COUNT: u32 = 128;
/// A duel is one round and ends after this many frames at the latest.
const DUEL_FRAMES_MAX: u32 = 1500;
/// Grows when the reference weapons change.
pub const POOL_VERSION: u32 = 1;
/// The weapons that every weapon is measured against. Their numbers are their own: tuning an archetype moves no score.
const POOL: [WeaponSpec; 4] = [
    reference(Archetype::Rifle, [34, 92, 85, 14], 80),
    reference(Archetype::Shotgun, [56, 78, 22, 10], 96),
    reference(Archetype::Bow, [32, 80, 80, 15], 84),
    reference(Archetype::Staff, [32, 60, 65, 14], 86),
];
/// No weapon that the receiving peer takes should win more than this, in percent, whatever the seeds.
pub const WIN_PERCENT_MAX: u8 = 90;
/// More than this over [`VERDICT_DUEL_COUNT`] duels is too strong; 256 duels measure such a rate to ±2.4, so there is room below [`WIN_PERCENT_MAX`].
const STRONG_PERCENT: u32 = 82;
/// A weapon that has won less than this, in percent, after [`DUEL_COUNT`] duels is not too strong.
const EASY_PERCENT: u32 = 70;
/// Duels of [`is_too_strong`].
pub const VERDICT_DUEL_COUNT: u32 = 2 * DUEL_COUNT;

/// An archetype with fixed damage, speed, range and ammo, and cooldown in frames.
const fn reference(archetype: Archetype, numbers: [u8; 4], cooldown_frames: u16) -> WeaponSpec {
    let [damage, speed, range, ammo] = numbers;
    WeaponSpec {
        damage,
        speed,
        range,
        ammo,
        cooldown_frames,
        ..archetype.base_spec()
    }
}

/// A weapon within the fair band, or as near as its limits allow.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Balanced {
    /// The weapon after its nerfs or buffs.
    pub weapon: WeaponDef,
    /// Its win rate in percent, 0 to 100.
    pub score: u8,
    /// How many nerfs or buffs it took.
    pub passes: u8,
}

/// Brings a weapon into [`FAIR_SCORES`] by the fixed nerf and buff steps, and under [`POWER_MAX`].
#[must_use]
pub fn balance(weapon: &WeaponDef) -> Balanced {
    let mut weapon = *weapon;
    let mut passes = 0;
    while power(weapon.spec()) > POWER_MAX && usize::from(passes) < PASSES_MAX {
        weapon = weapon.nerfed();
        passes += 1;
    }
    loop {
        let score = score(&weapon);
        let strong = score > *FAIR_SCORES.end() || (u32::from(score) > EASY_PERCENT && is_too_strong(&weapon));
        let next = if strong {
            weapon.nerfed()
        } else if score < *FAIR_SCORES.start() {
            weapon.buffed()
        } else {
            weapon
        };
        let over = power(next.spec()) > POWER_MAX;
        if next == weapon || over || usize::from(passes) >= PASSES_MAX {
            return Balanced { weapon, score, passes };
        }
        weapon = next;
        passes += 1;
    }
}

/// Win rate in percent over [`DUEL_COUNT`] seeded duels against the reference weapons, sides swapped; a draw is half a win.
#[must_use]
pub fn score(weapon: &WeaponDef) -> u8 {
    (half_wins(weapon, 0..DUEL_COUNT) * 50 / DUEL_COUNT) as u8
}

/// Half wins in some of the duels of a score: 2 for a won duel, 1 for a draw. Every 8 duels meet the whole pool on both sides.
#[must_use]
pub fn half_wins(weapon: &WeaponDef, duels: std::ops::Range<u32>) -> u32 {
    let half_wins_of = |duel: u32| {
        let rival = WeaponDef::clamped(&POOL[duel as usize % POOL.len()]).0;
        let side = PlayerId((duel as usize / POOL.len() % 2) as u8);
        duel_half_wins(weapon, &rival, side, u64::from(duel / 8))
    };
    duels.map(half_wins_of).sum()
}

/// Whether a weapon wins too many duels. Stops as soon as the answer is certain, for most weapons after some 50 duels.
///
/// It fights other duels beside those of [`score`], so that a weapon made for the seeds of the score is found out.
#[must_use]
pub fn is_too_strong(weapon: &WeaponDef) -> bool {
    let enough = |percent: u32, duels: u32| (percent + 1) * duels / 50;
    let (easy, strong) = (
        enough(EASY_PERCENT, DUEL_COUNT),
        enough(STRONG_PERCENT, VERDICT_DUEL_COUNT),
    );
    let mut won = 0;
    for duel in 0..VERDICT_DUEL_COUNT {
        let hopeless = duel <= DUEL_COUNT && won + 2 * (DUEL_COUNT - duel) < easy;
        if hopeless || won + 2 * (VERDICT_DUEL_COUNT - duel) < strong {
            return false;
        }
        if duel >= DUEL_COUNT && won >= strong {
            return true;
        }
        won += half_wins(weapon, duel..duel + 1);
    }
    won >= strong
}

/// Identifies what a score depends on beside the weapon: the reference weapons and how the simulation of this build plays them.
///
/// A score that was kept under another fingerprint is worth nothing. It is equal on every machine and takes some 10 ms.
#[must_use]
pub fn fingerprint() -> [u8; 16] {
    let mut hash = blake3::Hasher::new();
    hash.update(b"weapon-gen balance");
    hash.update(&POOL_VERSION.to_le_bytes());
    for (seed, spec) in (0..).zip(&POOL) {
        let (own, rival) = (WeaponDef::clamped(spec).0, WeaponDef::clamped(&POOL[0]).0);
        let end = fought(&own, &rival, PlayerId(1), seed);
        hash.update(&spec.to_bytes());
        hash.update(&checksum_of(&end).to_le_bytes());
    }
    first_16(hash.finalize().as_bytes())
}

/// 2 for a won round, 1 for a draw.
fn duel_half_wins(weapon: &WeaponDef, rival: &WeaponDef, side: PlayerId, seed: u64) -> u32 {
    let state = fought(weapon, rival, side, seed);
    let health = |player: PlayerId| state.players()[player.index()].health;
    let (own, other) = (health(side), health(PlayerId(1 - side.0)));
    match own.cmp(&other) {
        std::cmp::Ordering::Greater => 2,
        std::cmp::Ordering::Equal => 1,
        std::cmp::Ordering::Less => 0,
    }
}

/// The end of a duel: one round of two equal bots, the weapon on `side`.
fn fought(weapon: &WeaponDef, rival: &WeaponDef, side: PlayerId, seed: u64) -> DuelState {
    let mut def = MatchDef::duel(seed);
    def.rules.countdown_frames = 10;
    let mut content = ContentStore::new();
    for player in [PlayerId(0), PlayerId(1)] {
        let weapon = if player == side { *weapon } else { *rival };
        let armed = Content::Weapon {
            player,
            request_seq: 1,
            weapon,
        };
        content
            .insert(player.0, armed)
            .expect("an empty store takes two weapons");
    }
    let mut state = DuelState::new(&def);
    let mut events = Events::new();
    let kind = BotKind::ALL[seed as usize % BotKind::ALL.len()];
    while state.world().round == 1
        && state.world().phase() != pvp_sim::Phase::Aftermath
        && state.frame().0 < DUEL_FRAMES_MAX
    {
        let frame = state.frame().0;
        let inputs = [0, 1].map(|number| armed_input(bot_input(kind, 3, &def, &state, PlayerId(number)), frame));
        step(&def, &content, &mut state, &inputs, &mut events);
    }
    state
}

/// Both players ask in frame 0; the host's inputs hand out the two weapons in the next two frames.
fn armed_input(input: Input, frame: u32) -> Input {
    let commit = frame.min(2) as u8;
    Input {
        request_seq: 1,
        archetype_hint: 0,
        commit_seq: commit,
        commit_slot: commit.saturating_sub(1),
        ..input
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_repeats_and_reference_weapons_are_average() {
        let bow = WeaponDef::clamped(&Archetype::Bow.base_spec()).0;
        assert_eq!(score(&bow), score(&bow));
        let mean = POOL
            .iter()
            .map(|spec| u32::from(score(&WeaponDef::clamped(spec).0)))
            .sum::<u32>()
            / POOL.len() as u32;
        assert!((45..=55).contains(&mean), "the pool against itself scores {mean}");
    }

    #[test]
    fn extremes_are_brought_into_the_band() {
        let base_spec = Archetype::Rifle.base_spec();
        let monster = WeaponSpec {
            damage: 100,
            cooldown_frames: 60,
            speed: 100,
            range: 100,
            homing: 32,
            ammo: 30,
            ..base_spec
        };
        let straw = WeaponSpec {
            damage: 10,
            cooldown_frames: 300,
            speed: 10,
            range: 10,
            ..base_spec
        };
        for spec in [monster, straw] {
            let raw = WeaponDef::clamped(&spec).0;
            let fair = balance(&raw);
            assert!(fair.passes > 0 && usize::from(fair.passes) <= PASSES_MAX, "{fair:?}");
            assert!(
                FAIR_SCORES.contains(&fair.score) || fair.weapon.buffed() == fair.weapon,
                "{fair:?}"
            );
            assert!(power(fair.weapon.spec()) <= POWER_MAX, "{}", power(fair.weapon.spec()));
        }
    }

    #[test]
    fn the_short_verdict_agrees_with_all_its_duels() {
        let specs = [
            Archetype::Wand.base_spec(),
            Archetype::Bomb.base_spec(),
            Archetype::Laser.base_spec(),
            WeaponSpec {
                damage: 60,
                ..Archetype::Laser.base_spec()
            },
        ];
        let verdicts = specs.map(|spec| {
            let weapon = WeaponDef::clamped(&spec).0;
            let over = |duels: u32, percent: u32| half_wins(&weapon, 0..duels) * 50 / duels > percent;
            let expected = over(DUEL_COUNT, EASY_PERCENT) && over(VERDICT_DUEL_COUNT, STRONG_PERCENT);
            assert_eq!(is_too_strong(&weapon), expected, "{spec:?}");
            expected
        });
        assert!(verdicts[3] && !verdicts[1], "{verdicts:?}");
    }

    #[test]
    fn every_archetype_fits_the_budget() {
        for archetype in Archetype::ALL {
            let power = power(&archetype.base_spec());
            assert!(power <= POWER_MAX, "{} has power {power}", archetype.name());
        }
    }
}
