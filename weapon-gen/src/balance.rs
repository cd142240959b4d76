//! Owns fairness: the win rate of a weapon in headless duels, the nerfs and buffs that bring it into the band,
//! and the cheap budget that a receiving peer checks.
//! Must not use floats: the score is the same on every machine.

mod budget;
mod context;
pub mod family;
pub mod steps;
pub mod search;

pub use budget::{POWER_FAIR, POWER_MAX, power};
pub use context::Context;

use crate::prompt::first_16;
use pvp_sim::bot::{BotKind, bot_input};
use pvp_sim::{
    Archetype, Content, ContentStore, DuelState, Events, Input, MatchDef, MatchState, PlayerId, WeaponDef, WeaponSpec,
    checksum_of, step,
};

/// Scores within this band are fair.
pub const FAIR_SCORES: std::ops::RangeInclusive<u8> = 15..=85;
/// Nerfs and buffs at most.
pub const PASSES_MAX: u8 = 8;
/// Duels per score: 4 reference weapons × both sides × seeds.
pub const DUEL_COUNT: u32 = 128;
/// A duel is one round and ends after this many frames at the latest.
const DUEL_FRAMES_MAX: u32 = 1500;
/// Grows when the reference weapons change.
pub const POOL_VERSION: u32 = 1;
/// Grows when a nerf or a buff takes or gives something else.
pub const STEPS_VERSION: u32 = 2;
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

/// What the duels say of a weapon.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Within [`FAIR_SCORES`], and not [too strong](is_too_strong).
    Fair,
    /// Wins less than the band allows.
    Weak,
    /// Wins more than the band allows.
    Strong,
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
    /// What the duels say of it: anything but [`Verdict::Fair`] means that no further step is possible.
    pub verdict: Verdict,
}

/// Brings a weapon into [`FAIR_SCORES`] by the steps of [`steps`], and under [`POWER_MAX`].
#[must_use]
pub fn balance(weapon: &WeaponDef) -> Balanced {
    balance_in(weapon, &Context::NONE)
}

/// As [`balance`], for the duels of a context.
#[must_use]
pub fn balance_in(weapon: &WeaponDef, context: &Context) -> Balanced {
    balance_by(weapon, &mut |weapon| judge_in(weapon, context))
}

/// Whether a weapon is fair in a context: no nerf, no buff and no budget would change it.
#[must_use]
pub fn is_balanced(weapon: &WeaponDef, context: &Context) -> bool {
    power(weapon.spec()) <= POWER_MAX && judge_in(weapon, context).1 == Verdict::Fair
}

/// Score and verdict in a context. Whatever the context, a weapon that the receiving peer would refuse is too strong.
fn judge_in(weapon: &WeaponDef, context: &Context) -> (u8, Verdict) {
    let score = score_in(weapon, context);
    let is_refused = || {
        let is_known = context.key().is_none() && u32::from(score) <= EASY_PERCENT;
        !is_known && is_too_strong(weapon)
    };
    let verdict = if score > *FAIR_SCORES.end() || is_refused() {
        Verdict::Strong
    } else if score < *FAIR_SCORES.start() {
        Verdict::Weak
    } else {
        Verdict::Fair
    };
    (score, verdict)
}

/// The loop of the balance, with any judge: at most [`PASSES_MAX`] steps until the judge finds the weapon fair
/// or no step changes it any more. Steps that leap over the band are halved.
pub fn balance_by(weapon: &WeaponDef, judge: &mut dyn FnMut(&WeaponDef) -> (u8, Verdict)) -> Balanced {
    let (mut weapon, mut passes, mut nerfs) = (*weapon, 0, 0);
    let (mut weak, mut strong): (Option<(WeaponDef, u8)>, Option<WeaponDef>) = (None, None);
    loop {
        // Whatever is over the budget is too strong, without a duel.
        if power(weapon.spec()) > POWER_MAX && passes < PASSES_MAX {
            weapon = nerf(&weapon, &mut nerfs);
            passes += 1;
            continue;
        }
        let (score, verdict) = judge(&weapon);
        let next = match verdict {
            Verdict::Fair => weapon,
            Verdict::Strong => {
                strong = Some(weapon);
                weak.map_or_else(|| nerf(&weapon, &mut nerfs), |(weak, _)| steps::between(&weak, &weapon))
            }
            Verdict::Weak => {
                weak = Some((weapon, score));
                strong.map_or_else(|| steps::buffed(&weapon), |strong| steps::between(&weapon, &strong))
            }
        };
        // The budget is a limit like any other: a buff that would leave it is not taken.
        let is_over = verdict == Verdict::Weak && power(next.spec()) > POWER_MAX;
        if next == weapon || is_over || passes >= PASSES_MAX {
            // Between two steps that miss the band on either side, the weak one harms nobody.
            let (weapon, score, verdict) = match weak {
                Some((weak, score)) if verdict == Verdict::Strong => (weak, score, Verdict::Weak),
                _ => (weapon, score, verdict),
            };
            return Balanced {
                weapon,
                score,
                passes,
                verdict,
            };
        }
        weapon = next;
        passes += 1;
    }
}

/// The next nerf that changes something: a weapon with one shot has no ammo to lose, and loses what comes after it.
fn nerf(weapon: &WeaponDef, number: &mut u8) -> WeaponDef {
    loop {
        let next = steps::nerfed(weapon, *number);
        let is_last = *number >= steps::ORDER_LENGTH_MAX;
        *number = number.saturating_add(1);
        if next != *weapon || is_last {
            return next;
        }
    }
}

/// Win rate in percent over [`DUEL_COUNT`] seeded duels against the reference weapons, sides swapped; a draw is half a win.
#[must_use]
pub fn score(weapon: &WeaponDef) -> u8 {
    score_in(weapon, &Context::NONE)
}

/// As [`score`], for the duels of a context.
#[must_use]
pub fn score_in(weapon: &WeaponDef, context: &Context) -> u8 {
    (half_wins_in(weapon, context, 0..DUEL_COUNT) * 50 / DUEL_COUNT) as u8
}

/// Half wins in some of the duels of a score: 2 for a won duel, 1 for a draw. Every 8 duels meet the whole pool on both sides.
#[must_use]
pub fn half_wins(weapon: &WeaponDef, duels: std::ops::Range<u32>) -> u32 {
    half_wins_in(weapon, &Context::NONE, duels)
}

fn half_wins_in(weapon: &WeaponDef, context: &Context, duels: std::ops::Range<u32>) -> u32 {
    duels.map(|duel| duel_half_wins(weapon, context, duel)).sum()
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
    hash.update(&STEPS_VERSION.to_le_bytes());
    for (seed, spec) in (0..).zip(&POOL) {
        let (own, rival) = (WeaponDef::clamped(spec).0, WeaponDef::clamped(&POOL[0]).0);
        let end = fought(&own, &rival, PlayerId(1), &Context::NONE.match_def(seed));
        hash.update(&spec.to_bytes());
        hash.update(&checksum_of(&end).to_le_bytes());
    }
    first_16(hash.finalize().as_bytes())
}

/// 2 for a won round, 1 for a draw.
fn duel_half_wins(weapon: &WeaponDef, context: &Context, duel: u32) -> u32 {
    let (rival, side, seed) = context.pairing(duel);
    let state = fought(weapon, &rival, PlayerId(side), &context.match_def(seed));
    let health = |player: u8| state.players()[usize::from(player)].health;
    match health(side).cmp(&health(1 - side)) {
        std::cmp::Ordering::Greater => 2,
        std::cmp::Ordering::Equal => 1,
        std::cmp::Ordering::Less => 0,
    }
}

/// The end of a duel: one round of two equal bots, the weapon on `side`.
fn fought(weapon: &WeaponDef, rival: &WeaponDef, side: PlayerId, def: &MatchDef) -> DuelState {
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
    let mut state = DuelState::new(def);
    let mut events = Events::new();
    let kind = BotKind::ALL[def.seed as usize % BotKind::ALL.len()];
    while state.world().round == 1
        && state.world().phase() != pvp_sim::Phase::Aftermath
        && state.frame().0 < DUEL_FRAMES_MAX
    {
        let frame = state.frame().0;
        let inputs = [0, 1].map(|number| armed_input(bot_input(kind, 3, def, &state, PlayerId(number)), frame));
        step(def, &content, &mut state, &inputs, &mut events);
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
            assert!(fair.passes > 0 && fair.passes <= PASSES_MAX, "{fair:?}");
            assert!(
                FAIR_SCORES.contains(&fair.score) || steps::buffed(&fair.weapon) == fair.weapon,
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
