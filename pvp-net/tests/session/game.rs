//! A tiny deterministic game of a few integers, for tests of the session alone.

use bytemuck::{Pod, Zeroable};
use pvp_net::{ContentRefused, Events, Inspect, Simulation};

/// Buttons in a few bits, and the host's commit.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Pod, Zeroable)]
pub struct Keys {
    pub buttons: u8,
    pub aim: u8,
    pub commit_seq: u8,
    pub commit_slot: u8,
}

/// The whole world.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
pub struct World {
    pub frame: u32,
    pub random: u32,
    pub position: [i32; 2],
    pub speed: [i32; 2],
    pub power: [u32; 2],
    pub commit_seq: u32,
    pub commits: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    Jumped(u8),
    Bounced(u8),
    Committed { slot: u8, power: u32 },
}

/// Rules of the tiny game, and the content it was given.
#[derive(Debug, Clone, Default)]
pub struct Tiny {
    pub content: Vec<(u8, u32)>,
    /// Refuses every content, as an unwilling guest does.
    pub refuses_content: bool,
    /// Damages the state once: an injected fault.
    pub fault: Option<Fault>,
    /// What a cheating survivor does to the bytes of its states.
    pub damage: Option<fn(&mut Vec<u8>)>,
}

/// A bit to flip in the state that frame `frame` is left with.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    pub frame: u32,
    pub byte: usize,
    pub bit: u8,
    /// The bit flips back in this frame; 0 is never.
    pub healed_at: u32,
}

impl Tiny {
    pub fn start() -> World {
        World {
            frame: 0,
            random: 1,
            position: [-100, 100],
            speed: [0; 2],
            power: [1; 2],
            commit_seq: 0,
            commits: 0,
        }
    }

    pub fn content_bytes(power: u32) -> [u8; 4] {
        power.to_le_bytes()
    }

    fn step_player(world: &mut World, player: usize, keys: Keys, events: &mut Events<Happening>) {
        let push = i32::from(keys.buttons & 3) - 1;
        world.speed[player] = world.speed[player]
            .saturating_add(push.wrapping_mul(world.power[player] as i32))
            .clamp(-40, 40);
        world.position[player] = world.position[player]
            .wrapping_add(world.speed[player])
            .wrapping_add(i32::from(keys.aim as i8) / 64);
        if keys.buttons & 4 != 0 && world.speed[player] >= 0 {
            world.speed[player] -= 7;
            events.push(Happening::Jumped(player as u8));
        }
        if world.position[player].unsigned_abs() > 1000 {
            world.speed[player] = -world.speed[player] + (world.random >> 30) as i32;
            world.position[player] = world.position[player].clamp(-1000, 1000);
            events.push(Happening::Bounced(player as u8));
        }
    }
}

impl Simulation for Tiny {
    type Input = Keys;
    type State = World;
    type Event = Happening;

    fn step(&self, world: &mut World, inputs: &[Keys], events: &mut Events<Happening>) {
        world.frame = world.frame.wrapping_add(1);
        world.random = world.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        for (player, keys) in inputs.iter().enumerate() {
            Self::step_player(world, player, *keys, events);
        }
        let host = inputs[0];
        if u32::from(host.commit_seq) != world.commit_seq {
            world.commit_seq = u32::from(host.commit_seq);
            let found = self.content.iter().find(|(slot, _)| *slot == host.commit_slot);
            if let Some(&(slot, power)) = found {
                world.power[world.commits as usize % 2] = power;
                world.commits = world.commits.wrapping_add(1);
                events.push(Happening::Committed { slot, power });
            }
        }
        if let Some(fault) = self.fault
            && (world.frame == fault.frame || world.frame == fault.healed_at)
        {
            bytemuck::bytes_of_mut(world)[fault.byte] ^= 1 << fault.bit;
        }
    }

    fn checksum(&self, world: &World) -> u64 {
        xxhash_rust::xxh3::xxh3_64(bytemuck::bytes_of(world))
    }

    fn begin_match(&mut self, match_seed: u64, world: &mut World) {
        *world = Self::start();
        world.random = match_seed as u32;
        self.content.clear();
    }

    fn accept_content(&mut self, slot: u8, bytes: &[u8]) -> Result<(), ContentRefused> {
        let bytes = bytes.first_chunk::<4>().ok_or(ContentRefused::Malformed)?;
        let power = u32::from_le_bytes(*bytes);
        if self.refuses_content || power > 100 {
            return Err(ContentRefused::Rule { code: 1 });
        }
        self.content.push((slot, power));
        Ok(())
    }
}

impl Inspect for Tiny {
    fn sections(&self, world: &World) -> Vec<(&'static str, u64)> {
        let digest = |bytes: &[u8]| xxhash_rust::xxh3::xxh3_64(bytes);
        let bytes = bytemuck::bytes_of(world);
        vec![
            ("world", digest(&bytes[..8])),
            ("players", digest(&bytes[8..32])),
            ("commits", digest(&bytes[32..])),
        ]
    }

    fn to_bytes(&self, world: &World) -> Vec<u8> {
        let mut bytes = bytemuck::bytes_of(world).to_vec();
        if let Some(damage) = self.damage {
            damage(&mut bytes);
        }
        bytes
    }

    fn from_bytes(&self, bytes: &[u8]) -> Option<World> {
        bytemuck::try_pod_read_unaligned(bytes).ok()
    }

    fn field_name(&self, offset: usize) -> String {
        const NAMES: [&str; 10] = [
            "frame",
            "random",
            "position[0]",
            "position[1]",
            "speed[0]",
            "speed[1]",
            "power[0]",
            "power[1]",
            "commit_seq",
            "commits",
        ];
        NAMES.get(offset / 4).copied().unwrap_or("?").to_owned()
    }

    fn commit_seq(&self, world: &World) -> u8 {
        world.commit_seq as u8
    }
}
