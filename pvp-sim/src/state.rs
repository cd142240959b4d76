//! Owns the state of a match: plain-old-data structs of 32-bit words in fixed-capacity pools.
//! Must not hold anything that `step` does not need; must not use `usize`, a pointer or padding.

use crate::def::MatchDef;
use crate::input::{Frame, PlayerId};
use crate::math::{Fx, Vec2};
use crate::modifier::{MODIFIER_COUNT, Modifier};
use crate::rng::Rng;
use crate::weapon::{WeaponDef, WeaponSpec, starter_weapon};
use bytemuck::{Pod, Zeroable};

/// Half the width of a player's box, in units.
pub const PLAYER_HALF_WIDTH: Fx = Fx::from_bits(26_214);
/// Half the height of a player's box, in units.
pub const PLAYER_HALF_HEIGHT: Fx = Fx::from_bits(49_152);
/// "No solid" in [`Player::ground`].
pub const NO_GROUND: u32 = u32::MAX;
/// Weapons kept per player: a projectile outlives none of them.
pub const WEAPONS_PER_PLAYER: usize = 4;

/// A weapon's spec as six words.
#[repr(C)]
#[derive(Copy, Clone, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct PackedWeapon([u32; 6]);

impl PackedWeapon {
    /// Packs a weapon.
    #[must_use]
    pub fn new(weapon: &WeaponDef) -> PackedWeapon {
        let bytes = weapon.spec().to_bytes();
        let mut words = [0; 6];
        for (word, chunk) in words.iter_mut().zip(bytes.chunks_exact(4)) {
            *word = u32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]);
        }
        PackedWeapon(words)
    }

    /// The spec.
    #[must_use]
    pub fn spec(&self) -> WeaponSpec {
        let mut bytes = [0; WeaponSpec::BYTES];
        for (chunk, word) in bytes.chunks_exact_mut(4).zip(self.0) {
            chunk.copy_from_slice(&word.to_le_bytes());
        }
        WeaponSpec::from_bytes(&bytes)
    }
}

/// One player. Positions are the middle of the box; counters ending in `_frames` count down to 0.
#[repr(C)]
#[derive(Copy, Clone, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct Player {
    /// Middle of the box, in units.
    pub position: Vec2,
    /// Units per frame.
    pub velocity: Vec2,
    /// 0 when dead.
    pub health: i32,
    /// −1 or 1.
    pub facing: i32,
    /// The solid stood on, or [`NO_GROUND`].
    pub ground: u32,
    /// Last frame's buttons, to see presses.
    pub buttons: u32,
    /// Last aim byte.
    pub aim: u32,
    /// Frames in which a jump still counts after leaving the ground.
    pub coyote_frames: u32,
    /// Frames in which a jump press is remembered.
    pub jump_buffer_frames: u32,
    /// Frames in which one-way platforms do not carry.
    pub drop_frames: u32,
    /// Frames without control after a hit.
    pub stun_frames: u32,
    /// Frames of running slowly.
    pub slow_frames: u32,
    /// Frames of burning.
    pub burn_frames: u32,
    /// Frames of poison.
    pub poison_frames: u32,
    /// Frames until the next trigger pull.
    pub cooldown_frames: u32,
    /// Pellets of a burst still to leave.
    pub burst_count: u32,
    /// Frames until the next pellet of a burst.
    pub burst_frames: u32,
    /// Trigger pulls left; the starter weapon does not count.
    pub ammo: u32,
    /// Which of the player's kept weapons is held.
    pub weapon_index: u32,
    /// 1 while the starter weapon is held.
    pub is_starter: u32,
    /// Last request counter seen.
    pub request_seq: u32,
    /// Counter of the open request.
    pub open_seq: u32,
    /// Archetype hint of the open request.
    pub request_hint: u32,
    /// Frame of the open request plus 1; 0 when none is open.
    pub request_frame: u32,
    /// Frames until the next request is accepted.
    pub forge_cooldown_frames: u32,
    /// Requests refused so far.
    pub refused_count: u32,
    /// Last commit counter seen (of the host).
    pub commit_seq: u32,
    /// Rounds won.
    pub rounds_won: u32,
    /// Damage dealt to others in the whole match; decides a match without a round lead.
    pub damage_dealt: u32,
}

impl Player {
    fn new(spawn: Vec2, faces_left: bool, health: i32) -> Player {
        Player {
            position: spawn,
            health,
            facing: if faces_left { -1 } else { 1 },
            aim: if faces_left { 128 } else { 0 },
            ground: NO_GROUND,
            is_starter: 1,
            ..Player::zeroed()
        }
    }

    /// Whether the player is in the round.
    #[must_use]
    pub const fn is_alive(&self) -> bool {
        self.health > 0
    }

    /// Whether the player stands on something.
    #[must_use]
    pub const fn is_grounded(&self) -> bool {
        self.ground != NO_GROUND
    }

    /// Lower left and upper right corner of the box.
    #[must_use]
    pub fn corners(&self) -> (Vec2, Vec2) {
        let half = Vec2::new(PLAYER_HALF_WIDTH, PLAYER_HALF_HEIGHT);
        (self.position - half, self.position + half)
    }

    /// The number and archetype hint of the open request, if there is one.
    #[must_use]
    pub fn open_request(&self) -> Option<(u8, u8)> {
        (self.request_frame != 0).then_some((self.open_seq as u8, self.request_hint as u8))
    }

    /// Puts the player back to a spawn for a new round; weapons, requests and scores stay.
    pub(crate) fn respawn(&mut self, spawn: Vec2, faces_left: bool, health: i32) {
        *self = Player {
            ammo: self.ammo,
            weapon_index: self.weapon_index,
            is_starter: self.is_starter,
            buttons: self.buttons,
            request_seq: self.request_seq,
            open_seq: self.open_seq,
            request_hint: self.request_hint,
            request_frame: self.request_frame,
            forge_cooldown_frames: self.forge_cooldown_frames,
            refused_count: self.refused_count,
            commit_seq: self.commit_seq,
            rounds_won: self.rounds_won,
            damage_dealt: self.damage_dealt,
            ..Player::new(spawn, faces_left, health)
        };
    }
}

/// One projectile in flight; whether its place is in use stands in the pool's live bits.
#[repr(C)]
#[derive(Copy, Clone, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct Projectile {
    /// Middle, in units.
    pub position: Vec2,
    /// Units per frame.
    pub velocity: Vec2,
    /// Units of travel left.
    pub travel_left: Fx,
    /// Owner, weapon index, pierces left, bounces left: 8 bits each, low to high.
    pub tags: u32,
    /// Frames until it goes off (16 bits), players already hit (8 bits), generation (8 bits), low to high.
    pub counters: u32,
}

impl Projectile {
    /// Who sent it.
    #[must_use]
    pub const fn owner(&self) -> PlayerId {
        PlayerId(self.tags as u8)
    }

    /// Which of its owner's kept weapons sent it.
    #[must_use]
    pub const fn weapon_index(&self) -> usize {
        (self.tags >> 8 & 0xff) as usize
    }

    pub(crate) const fn pierce_left(&self) -> u32 {
        self.tags >> 16 & 0xff
    }

    pub(crate) const fn bounces_left(&self) -> u32 {
        self.tags >> 24
    }

    pub(crate) const fn use_pierce(&mut self) {
        self.tags -= 1 << 16;
    }

    pub(crate) const fn use_bounce(&mut self) {
        self.tags -= 1 << 24;
    }

    /// Frames until it goes off by itself.
    #[must_use]
    pub const fn fuse_frames(&self) -> u32 {
        self.counters & 0xffff
    }

    pub(crate) const fn burn_fuse(&mut self) {
        self.counters -= 1;
    }

    /// Whether it has hit the player already.
    #[must_use]
    pub const fn has_hit(&self, player: PlayerId) -> bool {
        self.counters >> (16 + player.0) & 1 == 1
    }

    pub(crate) const fn mark_hit(&mut self, player: PlayerId) {
        self.counters |= 1 << (16 + player.0);
    }
}

/// What [`World::phase`] says.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Phase {
    /// Before the first shot of a round.
    Countdown,
    /// Fighting.
    Fight,
    /// After a round.
    Aftermath,
    /// The match is decided.
    Finished,
}

/// What belongs to no single player.
#[repr(C)]
#[derive(Copy, Clone, PartialEq, Eq, Debug, Pod, Zeroable)]
pub struct World {
    /// The next frame to be simulated.
    pub frame: u32,
    /// A [`Phase`] by number.
    pub phase: u32,
    /// Frames left in the phase.
    pub phase_frames: u32,
    /// Rounds begun, the first is 1.
    pub round: u32,
    /// The winner's number plus 1; 0 for none.
    pub winner: u32,
    /// Commits that named nothing or answered nothing.
    pub ignored_commit_count: u32,
    /// Projectiles sent so far; gives each its generation.
    pub shot_count: u32,
    /// Live physics changes.
    pub modifiers: [Modifier; MODIFIER_COUNT],
}

impl World {
    /// The phase.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        match self.phase {
            0 => Phase::Countdown,
            1 => Phase::Fight,
            2 => Phase::Aftermath,
            _ => Phase::Finished,
        }
    }

    pub(crate) const fn enter(&mut self, phase: Phase, frames: u32) {
        self.phase = phase as u32;
        self.phase_frames = frames;
    }
}

mod sealed {
    use super::{PackedWeapon, Player, Projectile, Rng, World};

    /// The parts of a state, whatever its capacity.
    pub struct Parts<'a> {
        pub(crate) world: &'a mut World,
        pub(crate) rng: &'a mut Rng,
        pub(crate) players: &'a mut [Player],
        pub(crate) weapons: &'a mut [PackedWeapon],
        pub(crate) projectiles: &'a mut [Projectile],
        pub(crate) live: &'a mut [u32],
    }

    pub trait Sealed {
        fn parts(&mut self) -> Parts<'_>;
    }
}
pub(crate) use sealed::{Parts, Sealed};

/// A state of any capacity; `step` takes all of them. Implemented by [`DuelState`] and [`SwarmState`] only.
pub trait MatchState: Pod + Sealed {
    /// How many players it has.
    const PLAYER_COUNT: usize;
    /// How many projectiles fit.
    const PROJECTILE_COUNT: usize;

    /// The next frame to be simulated.
    fn frame(&self) -> Frame;
    /// What belongs to no single player.
    fn world(&self) -> &World;
    /// All players.
    fn players(&self) -> &[Player];
    /// The kept weapons, [`WEAPONS_PER_PLAYER`] per player.
    fn weapons(&self) -> &[PackedWeapon];
    /// The places of the projectile pool, used or not.
    fn projectile_places(&self) -> &[Projectile];
    /// One bit per place: whether it is used.
    fn live_bits(&self) -> &[u32];
    /// Checksums of the named sections, for telling where two states differ.
    fn section_checksums(&self) -> [(&'static str, u64); 4];
    /// The checksum of the whole state: XXH3-64 over its little-endian words.
    fn checksum(&self) -> u64;

    /// The projectiles in flight with their places, in place order.
    fn projectiles(&self) -> impl Iterator<Item = (usize, &Projectile)> {
        let bits = self.live_bits();
        self.projectile_places()
            .iter()
            .enumerate()
            .filter(move |(place, _)| bits[place / 32] >> (place % 32) & 1 == 1)
    }

    /// The spec of the weapon that a player holds.
    fn held_weapon(&self, player: PlayerId) -> WeaponSpec {
        let index = self.players()[player.index()].weapon_index as usize;
        self.weapons()[player.index() * WEAPONS_PER_PLAYER + index % WEAPONS_PER_PLAYER].spec()
    }

    /// The spec of the weapon that sent a projectile.
    fn projectile_weapon(&self, projectile: &Projectile) -> WeaponSpec {
        self.weapons()[projectile.owner().index() * WEAPONS_PER_PLAYER + projectile.weapon_index() % WEAPONS_PER_PLAYER]
            .spec()
    }

    /// The winner of a finished match; `None` before that and for a draw.
    fn winner(&self) -> Option<PlayerId> {
        (self.world().winner != 0).then(|| PlayerId((self.world().winner - 1) as u8))
    }

    /// Whether the match is decided.
    fn is_finished(&self) -> bool {
        self.world().phase() == Phase::Finished
    }
}

macro_rules! match_state {
    ($(#[$doc:meta])* $name:ident, $players:literal players, $projectiles:literal projectiles) => {
        $(#[$doc])*
        #[repr(C)]
        #[derive(Copy, Clone, PartialEq, Eq, Debug, Pod, Zeroable)]
        pub struct $name {
            world: World,
            rng: Rng,
            players: [Player; $players],
            weapons: [PackedWeapon; $players * WEAPONS_PER_PLAYER],
            live: [u32; $projectiles / 32],
            projectiles: [Projectile; $projectiles],
        }

        impl $name {
            /// The state before the first frame of a match.
            #[must_use]
            pub fn new(def: &MatchDef) -> $name {
                let mut state = $name::zeroed();
                state.rng = Rng::new(def.seed);
                for (number, player) in state.players.iter_mut().enumerate() {
                    let (spawn, faces_left) = spawn_of(def, number);
                    *player = Player::new(spawn, faces_left, def.rules.health);
                }
                state.weapons = [PackedWeapon::new(&starter_weapon()); $players * WEAPONS_PER_PLAYER];
                state.world.round = 1;
                state.world.enter(Phase::Countdown, def.rules.countdown_frames);
                state
            }
        }

        impl Sealed for $name {
            fn parts(&mut self) -> Parts<'_> {
                Parts {
                    world: &mut self.world,
                    rng: &mut self.rng,
                    players: &mut self.players,
                    weapons: &mut self.weapons,
                    projectiles: &mut self.projectiles,
                    live: &mut self.live,
                }
            }
        }

        impl MatchState for $name {
            const PLAYER_COUNT: usize = $players;
            const PROJECTILE_COUNT: usize = $projectiles;

            fn frame(&self) -> Frame {
                Frame(self.world.frame)
            }
            fn world(&self) -> &World {
                &self.world
            }
            fn players(&self) -> &[Player] {
                &self.players
            }
            fn weapons(&self) -> &[PackedWeapon] {
                &self.weapons
            }
            fn projectile_places(&self) -> &[Projectile] {
                &self.projectiles
            }
            fn live_bits(&self) -> &[u32] {
                &self.live
            }
            fn section_checksums(&self) -> [(&'static str, u64); 4] {
                use crate::checksum::of_words;
                [
                    ("world", of_words(bytemuck::bytes_of(&self.world))),
                    ("rng", of_words(bytemuck::bytes_of(&self.rng))),
                    (
                        "players",
                        of_words(bytemuck::bytes_of(&self.players)) ^ of_words(bytemuck::bytes_of(&self.weapons)).rotate_left(1),
                    ),
                    (
                        "projectiles",
                        of_words(bytemuck::bytes_of(&self.live)) ^ of_words(bytemuck::bytes_of(&self.projectiles)).rotate_left(1),
                    ),
                ]
            }
            fn checksum(&self) -> u64 {
                crate::checksum::of_words(bytemuck::bytes_of(self))
            }
        }
    };
}

match_state! {
    /// The state of a duel: 2 players, 64 projectiles.
    DuelState, 2 players, 64 projectiles
}

match_state! {
    /// The state of a big match: 8 players, 1,024 projectiles.
    SwarmState, 8 players, 1024 projectiles
}

/// Where a player starts, and whether facing left (towards the middle).
pub(crate) fn spawn_of(def: &MatchDef, player: usize) -> (Vec2, bool) {
    let spawns = def.arena.spawns();
    let spawn = spawns[player % spawns.len()];
    (spawn, spawn.x * 2 > def.arena.right())
}
