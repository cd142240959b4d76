//! Owns a trace of what leaves the simulation: bytes of snapshots, weapons and content, hashes of rules, answers of queries.
//!
//! It needs no frame of its own: when a target fails here, two peers could not even begin or rejoin a match.

use super::TRACE_INTERVAL_FRAMES;
use super::play::{Play, endless, random_inputs};
use super::trace::Watch;
use crate::archetype::Archetype;
use crate::content::Content;
use crate::def::MatchDef;
use crate::input::PlayerId;
use crate::math::{Angle, Fx, Vec2};
use crate::modifier::ModKind;
use crate::query::Query;
use crate::rng::hash;
use crate::snapshot::{SNAPSHOT_HEADER_BYTES, layout_hash, load_snapshot, save_snapshot, snapshot_bytes};
use crate::state::{DuelState, MatchState, SwarmState};
use crate::weapon::WeaponDef;
use xxhash_rust::xxh3::xxh3_64;

const SNAPSHOT_BYTES_MAX: usize = SNAPSHOT_HEADER_BYTES + size_of::<SwarmState>();

pub(super) fn run(watch: &mut dyn Watch) {
    let mut lines = Lines { watch, count: 0 };
    lines.add(layout_hash::<DuelState>());
    lines.add(layout_hash::<SwarmState>());
    lines.add(MatchDef::duel(0).ruleset_hash());
    (1..4).for_each(|seed| lines.add(MatchDef::generated(seed).ruleset_hash()));
    contents(&mut lines);
    let def = endless(21);
    let mut duel = Play::new(def.clone(), DuelState::new(&def));
    let mut swarm = Play::new(def.clone(), SwarmState::new(&def));
    for _ in 0..8 {
        played(&mut duel, &mut lines);
        played(&mut swarm, &mut lines);
    }
}

struct Lines<'a> {
    watch: &'a mut dyn Watch,
    count: u32,
}

impl Lines<'_> {
    fn add(&mut self, value: u64) {
        self.count += 1;
        self.watch.line(self.count * TRACE_INTERVAL_FRAMES, value);
    }
}

/// The bytes of every archetype's weapon as content, and of a physics change of every kind.
fn contents(lines: &mut Lines<'_>) {
    let (player, request_seq) = (PlayerId(1), 200);
    for archetype in (0..Archetype::COUNT as u8).filter_map(Archetype::from_u8) {
        let weapon = WeaponDef::clamped(&archetype.base_spec()).0;
        let content = Content::Weapon {
            player,
            request_seq,
            weapon,
        };
        lines.add(xxh3_64(&content.encode()));
    }
    for (kind, factor) in ModKind::ALL.into_iter().zip(300..) {
        let content = Content::PhysicsMod {
            player,
            request_seq,
            kind,
            factor,
            frames: Content::MOD_FRAMES_MAX,
        };
        lines.add(xxh3_64(&content.encode()));
    }
}

/// Plays on for a while and adds the snapshot, what comes back from it, and what queries see.
fn played<S: MatchState>(play: &mut Play<S>, lines: &mut Lines<'_>) {
    for _ in 0..30 {
        play.step(|play, frame| random_inputs(play, frame, u8::MAX));
    }
    let mut bytes = [0; SNAPSHOT_BYTES_MAX];
    let bytes = &mut bytes[..snapshot_bytes::<S>()];
    let saved = save_snapshot(&play.state, bytes).map_or(0, |_| xxh3_64(bytes));
    lines.add(saved);
    lines.add(load_snapshot::<S>(bytes).map_or(0, |state| state.checksum()));
    for (_, checksum) in play.state.section_checksums() {
        lines.add(checksum);
    }
    lines.add(seen(play));
}

/// Rays and casts in all directions from the middle of the arena.
fn seen<S: MatchState>(play: &Play<S>) -> u64 {
    let query = Query::new(&play.def.arena, &play.state);
    let middle = Vec2::new(play.def.arena.right() / 2, play.def.arena.top() / 2);
    let mut digest = 0;
    for turn in (0..=u8::MAX).map(Angle::from_byte) {
        for radius in [Fx::ZERO, Fx::HALF] {
            let hit = query.cast_circle(middle, Vec2::from_angle(turn) * 60, radius);
            let (t, normal) = hit.map_or((Fx::NEG_ONE, Vec2::ZERO), |hit| (hit.t, hit.normal));
            for value in [t, normal.x, normal.y] {
                digest = hash(digest, value.to_bits().cast_unsigned(), 0, 0);
            }
        }
    }
    digest
}
