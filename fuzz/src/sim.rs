//! Owns the target `sim`: random definitions, content and inputs through `step`, with save and restore at random frames.
//!
//! Claims: no panic; a restored state runs the same way again, in heavy mode too; what the rules bound stays in bounds.

use arbitrary::{Arbitrary, Result, Unstructured};
use pvp_sim::scenario::heavy_step;
use pvp_sim::{
    ArenaDef, Content, ContentStore, DuelState, Events, Fx, Input, MatchDef, MatchState, ModKind, PlayerId, Solid,
    SolidKind, SwarmState, Vec2, WeaponDef, WeaponSpec, load_snapshot, save_snapshot, snapshot_bytes, step,
};

/// Simulated frames of one execution, resimulated ones included, in most executions.
/// Many short matches find more than few long ones: nearly everything that an operation starts shows in a few frames.
const FRAMES_MAX: u32 = 20;
/// The same in one execution of sixteen, which lasts for fuses, effects and rounds.
const LONG_FRAMES_MAX: u32 = 120;

/// What happens next in a match.
#[derive(Arbitrary, Debug)]
enum Operation {
    /// A player holds other buttons.
    Hold { player: u8, buttons: u8, aim: u8 },
    /// A player asks for content.
    Request { player: u8, hint: u8 },
    /// The host commits a slot.
    Commit { slot: u8 },
    /// Frames go by.
    Frames(u8),
    /// The state is kept.
    Save,
    /// The kept state is restored and everything since is simulated again.
    Restore,
    /// The same, in heavy mode.
    RestoreHeavily,
}

/// Plays the match that the bytes describe.
///
/// # Panics
///
/// When one of the claims does not hold.
pub fn run(bytes: &[u8]) {
    let _frames = play(bytes);
}

/// The same, telling how many frames were simulated; bytes that end early end the match.
///
/// # Panics
///
/// When one of the claims does not hold.
#[must_use]
pub fn play(bytes: &[u8]) -> u32 {
    let mut bytes = Unstructured::new(bytes);
    play_match(&mut bytes).unwrap_or(0)
}

fn play_match(bytes: &mut Unstructured<'_>) -> Result<u32> {
    let frames_max = if bytes.ratio(1, 16)? {
        LONG_FRAMES_MAX
    } else {
        FRAMES_MAX
    };
    let def = definition(bytes)?;
    let content = content(bytes)?;
    Ok(if bytes.ratio(1, 32)? {
        Match::new(SwarmState::new(&def), def, content, frames_max).play(bytes)
    } else {
        Match::new(DuelState::new(&def), def, content, frames_max).play(bytes)
    })
}

fn definition(bytes: &mut Unstructured<'_>) -> Result<MatchDef> {
    let mut def = MatchDef::duel(bytes.arbitrary()?);
    match bytes.int_in_range(0..=7)? {
        0 => return senseless(bytes, def),
        1..=2 => def.arena = arena(bytes)?,
        _ => {}
    }
    let rules = &mut def.rules;
    if bytes.arbitrary()? {
        rules.host = PlayerId(bytes.arbitrary()?);
        rules.health = bytes.int_in_range(1..=1_000)?;
        rules.rounds_to_win = bytes.int_in_range(0..=5)?;
        rules.rounds_max = bytes.int_in_range(0..=9)?;
        rules.round_frames = bytes.int_in_range(0..=900)?;
        rules.countdown_frames = bytes.int_in_range(0..=60)?;
        rules.aftermath_frames = bytes.int_in_range(0..=60)?;
        rules.forge_cooldown_frames = bytes.int_in_range(0..=300)?;
        rules.forge_deadline_frames = bytes.int_in_range(0..=300)?;
    } else {
        rules.countdown_frames = 0;
        rules.forge_cooldown_frames = 10;
    }
    if bytes.ratio(1, 4)? {
        let physics = &mut def.physics;
        let fields = [
            &mut physics.gravity,
            &mut physics.run_speed,
            &mut physics.run_acceleration,
            &mut physics.air_acceleration,
            &mut physics.friction,
            &mut physics.jump_speed,
            &mut physics.fall_speed_max,
            &mut physics.speed_max,
            &mut physics.quadratic_drag,
            &mut physics.step_height,
        ];
        for field in fields {
            *field = Fx::from_bits(bytes.int_in_range(0..=4 << 16)?);
        }
        physics.coyote_frames = bytes.arbitrary()?;
        physics.jump_buffer_frames = bytes.arbitrary()?;
    }
    Ok(def)
}

/// Numbers of any size where a game would have sensible ones.
fn senseless(bytes: &mut Unstructured<'_>, mut def: MatchDef) -> Result<MatchDef> {
    let (rules, physics) = (&mut def.rules, &mut def.physics);
    rules.host = PlayerId(bytes.arbitrary()?);
    rules.health = number(bytes)?;
    for field in [
        &mut rules.rounds_to_win,
        &mut rules.rounds_max,
        &mut rules.round_frames,
        &mut rules.countdown_frames,
        &mut rules.aftermath_frames,
        &mut rules.forge_cooldown_frames,
        &mut rules.forge_deadline_frames,
        &mut physics.coyote_frames,
        &mut physics.jump_buffer_frames,
    ] {
        *field = number(bytes)?.cast_unsigned();
    }
    for field in [
        &mut physics.gravity,
        &mut physics.run_speed,
        &mut physics.run_acceleration,
        &mut physics.air_acceleration,
        &mut physics.friction,
        &mut physics.jump_speed,
        &mut physics.fall_speed_max,
        &mut physics.speed_max,
        &mut physics.quadratic_drag,
        &mut physics.step_height,
    ] {
        *field = Fx::from_bits(number(bytes)?);
    }
    def.arena = arena(bytes)?;
    Ok(def)
}

/// Small, large or on the edge of the range.
fn number(bytes: &mut Unstructured<'_>) -> Result<i32> {
    Ok(match bytes.int_in_range(0..=7)? {
        0 => i32::MAX,
        1 => i32::MIN,
        2 => -1,
        3 | 4 => bytes.int_in_range(0..=100)?,
        _ => bytes.arbitrary()?,
    })
}

/// An arena of up to a dozen solids above a floor that may have a gap, or the built-in one.
fn arena(bytes: &mut Unstructured<'_>) -> Result<ArenaDef> {
    let end = bytes.int_in_range(1..=64)?;
    let mut solids = vec![Solid::new(SolidKind::Block, (0, 0), (end, 1))];
    for _ in 0..bytes.int_in_range(0..=12)? {
        let kind = match bytes.int_in_range(0..=6)? {
            0 | 1 => SolidKind::Block,
            2 => SolidKind::OneWay,
            3 => SolidKind::SlopeUp,
            4 => SolidKind::SlopeDown,
            5 => SolidKind::Moving {
                reach: Vec2::from_ints(bytes.int_in_range(-8..=8)?, bytes.int_in_range(-8..=8)?),
                period_frames: bytes.int_in_range(2..=200)?,
            },
            _ => SolidKind::Moving {
                reach: bytes.arbitrary()?,
                period_frames: bytes.arbitrary()?,
            },
        };
        let (x, y) = (bytes.int_in_range(0..=60)?, bytes.int_in_range(1..=30)?);
        let (width, height) = (bytes.int_in_range(1..=12)?, bytes.int_in_range(1..=6)?);
        solids.push(Solid::new(kind, (x, y), (x + width, y + height)));
    }
    let spawns = [Vec2::from_ints(4, 34), Vec2::from_ints(60, 34)];
    Ok(ArenaDef::new(64, 36, &solids, &spawns).unwrap_or_else(|_| ArenaDef::forge()))
}

/// Up to 16 slots; they answer the requests in turn, or something that nobody asked.
fn content(bytes: &mut Unstructured<'_>) -> Result<ContentStore> {
    let mut store = ContentStore::new();
    for slot in 0..bytes.int_in_range(0..=16)? {
        let player = PlayerId(slot % 2);
        let request_seq = slot / 2 + 1;
        let content = match bytes.int_in_range(0..=5)? {
            0 => Content::PhysicsMod {
                player,
                request_seq,
                kind: ModKind::ALL[bytes.choose_index(ModKind::ALL.len())?],
                factor: bytes.int_in_range(32..=2_048)?,
                frames: bytes.int_in_range(1..=Content::MOD_FRAMES_MAX)?,
            },
            1 => match Content::decode(&bytes.arbitrary::<[u8; 32]>()?) {
                Ok(content) => content,
                Err(_) => continue,
            },
            _ => {
                let spec = WeaponSpec::from_bytes(&bytes.arbitrary()?);
                Content::Weapon {
                    player,
                    request_seq,
                    weapon: WeaponDef::clamped(&spec).0,
                }
            }
        };
        store.insert(slot, content).expect("each slot is filled once");
    }
    Ok(store)
}

struct Match<S> {
    def: MatchDef,
    content: ContentStore,
    state: S,
    events: Events,
    inputs: [Input; 8],
    kept: S,
    /// The inputs and the checksums since the state was kept.
    since: Vec<([Input; 8], u64)>,
    frames_max: u32,
    frames_left: u32,
}

impl<S: MatchState> Match<S> {
    fn new(state: S, def: MatchDef, content: ContentStore, frames_max: u32) -> Match<S> {
        let inputs = [Input::default(); 8];
        Match {
            def,
            content,
            state,
            events: Events::new(),
            inputs,
            kept: state,
            since: Vec::new(),
            frames_max,
            frames_left: frames_max,
        }
    }

    fn play(&mut self, bytes: &mut Unstructured<'_>) -> u32 {
        let _ended: Result<()> = self.operate(bytes);
        self.resimulate(false);
        self.frames_max - self.frames_left
    }

    fn operate(&mut self, bytes: &mut Unstructured<'_>) -> Result<()> {
        while !bytes.is_empty() && self.frames_left > 0 {
            match bytes.arbitrary()? {
                Operation::Hold { player, buttons, aim } => {
                    let input = &mut self.inputs[usize::from(player) % S::PLAYER_COUNT];
                    (input.buttons, input.aim) = (buttons, aim);
                }
                Operation::Request { player, hint } => {
                    let input = &mut self.inputs[usize::from(player) % S::PLAYER_COUNT];
                    input.request_seq = input.request_seq.wrapping_add(1);
                    input.archetype_hint = hint;
                }
                Operation::Commit { slot } => {
                    let host = usize::from(self.def.rules.host.0) % S::PLAYER_COUNT;
                    self.inputs[host].commit_seq = self.inputs[host].commit_seq.wrapping_add(1);
                    self.inputs[host].commit_slot = slot % 20;
                }
                Operation::Frames(count) => (0..=count % 32).for_each(|_| self.frame()),
                Operation::Save => {
                    self.kept = reloaded(&self.state, &self.def);
                    self.since.clear();
                }
                Operation::Restore => self.resimulate(false),
                Operation::RestoreHeavily => self.resimulate(true),
            }
        }
        Ok(())
    }

    fn frame(&mut self) {
        self.frames_left = self.frames_left.saturating_sub(1);
        step(
            &self.def,
            &self.content,
            &mut self.state,
            &self.inputs[..S::PLAYER_COUNT],
            &mut self.events,
        );
        self.since.push((self.inputs, self.state.checksum()));
        for player in self.state.players() {
            let arena = &self.def.arena;
            assert!(player.health <= self.def.rules.health.max(0), "{player:?}");
            // Who falls out is dead and stays where he was.
            let above = player.position.with_y(player.position.y.max(Fx::ZERO));
            assert!(arena.contains(above), "{player:?}");
            assert!(
                above == player.position || !player.is_alive() || player.position.y > Fx::NEG_ONE,
                "{player:?}"
            );
        }
        for (place, projectile) in self.state.projectiles() {
            assert!(self.def.arena.contains(projectile.position), "{place}: {projectile:?}");
        }
    }

    fn resimulate(&mut self, heavily: bool) {
        self.frames_left = self.frames_left.saturating_sub(self.since.len() as u32);
        let mut again = self.kept;
        for (number, (inputs, checksum)) in self.since.iter().enumerate() {
            let inputs = &inputs[..S::PLAYER_COUNT];
            if heavily {
                heavy_step(&self.def, &self.content, &mut again, inputs, &mut self.events);
            } else {
                step(&self.def, &self.content, &mut again, inputs, &mut self.events);
            }
            assert_eq!(again.checksum(), *checksum, "{number} frames after the restore");
        }
        self.state = again;
    }
}

/// The state after a journey as a snapshot: every state that a match with sensible rules reaches is plausible to a peer.
fn reloaded<S: MatchState>(state: &S, def: &MatchDef) -> S {
    let mut bytes = vec![0; snapshot_bytes::<S>()];
    save_snapshot(state, &mut bytes).expect("there is room");
    match load_snapshot(&bytes) {
        Ok(loaded) => {
            assert_eq!(MatchState::checksum(&loaded), state.checksum());
            loaded
        }
        Err(error) => {
            assert!(
                !(0..=1_000).contains(&def.rules.health),
                "a snapshot of a real match: {error}"
            );
            *state
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_corpus_holds() {
        assert!(crate::replay::replay("sim", super::run) > 0);
    }

    #[test]
    fn random_matches_hold() {
        let mut rng = pvp_sim::Rng::new(77);
        for _ in 0..500 {
            let bytes: Vec<u8> = (0..600).map(|_| rng.next_u32() as u8).collect();
            super::run(&bytes);
        }
    }
}
