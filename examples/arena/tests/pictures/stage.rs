//! Owns how a scene is set up: a match state with single fields changed by name, and the HUD over it.
//! Must not draw.

use arena::render::{Canvas, Hud, View, draw};
use pvp_sim::{
    Archetype, DuelState, Effect, Event, Fx, MatchDef, MatchState, Vec2, WEAPONS_PER_PLAYER, WeaponSpec, field_name,
};
use std::collections::HashMap;
use std::sync::OnceLock;
use weapon_gen::Sprite;
use weapon_gen::look::Look;

/// The place of a word of the state.
fn word(name: &str) -> usize {
    static NAMES: OnceLock<HashMap<String, usize>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let words = size_of::<DuelState>() / 4;
        (0..words)
            .map(|place| (field_name::<DuelState>(place).to_string(), place))
            .collect()
    });
    *names
        .get(name)
        .unwrap_or_else(|| panic!("the state has no field {name}"))
}

/// A pixel counted from the lower left, in units.
pub(crate) fn at(x: i32, y: i32) -> Vec2 {
    Vec2::new(Fx::from_ratio(x * 2, 15), Fx::from_ratio(y * 2, 15))
}

/// A state that a scene changes word by word.
pub(crate) struct Stage {
    pub(crate) def: MatchDef,
    pub(crate) state: DuelState,
    pub(crate) hud: Hud,
}

impl Stage {
    /// Both players stand on the floor in a running round.
    pub(crate) fn new() -> Stage {
        let def = MatchDef::duel(7);
        let state = DuelState::new(&def);
        let mut stage = Stage {
            def,
            state,
            hud: Hud::default(),
        };
        stage.set("world.phase", 1);
        stage.set("world.phase_frames", 2400);
        stage.set("world.frame", 300);
        for player in 0..2 {
            stage.stand(player, (170 + player as i32 * 140, 15));
        }
        stage
    }

    /// Writes a word of the state by its name.
    pub(crate) fn set(&mut self, name: &str, value: i32) {
        let words: &mut [i32] = bytemuck::cast_slice_mut(std::slice::from_mut(&mut self.state));
        words[word(name)] = value;
    }

    /// Lets an event have happened `age` frames before the picture.
    pub(crate) fn show(&mut self, age: u32, ordinal: u32, event: Event) {
        let frame = self.state.frame().0 - 1 - age;
        self.hud.effects.show(frame, ordinal, event);
    }

    /// Puts a player's feet at a pixel counted from the lower left, standing.
    pub(crate) fn stand(&mut self, player: usize, feet: (i32, i32)) {
        self.set(&format!("players[{player}].position.x"), feet.0 * 65_536 * 2 / 15);
        self.set(
            &format!("players[{player}].position.y"),
            feet.1 * 65_536 * 2 / 15 + 49_152,
        );
        self.set(&format!("players[{player}].ground"), 0);
    }

    /// As [`Stage::stand`], but in the air with a speed in 1/100 units per frame.
    pub(crate) fn fly(&mut self, player: usize, feet: (i32, i32), speed: (i32, i32)) {
        self.stand(player, feet);
        self.set(&format!("players[{player}].ground"), -1);
        self.set(&format!("players[{player}].velocity.x"), speed.0 * 65_536 / 100);
        self.set(&format!("players[{player}].velocity.y"), speed.1 * 65_536 / 100);
    }

    /// Gives a player a field such as `aim`.
    pub(crate) fn player(&mut self, player: usize, field: &str, value: i32) {
        self.set(&format!("players[{player}].{field}"), value);
    }

    fn store(&mut self, index: usize, spec: &WeaponSpec) {
        let words: &mut [i32] = bytemuck::cast_slice_mut(std::slice::from_mut(&mut self.state));
        let first = word("weapons[0]");
        for (number, word) in spec.to_bytes().chunks_exact(4).enumerate() {
            words[first + index * 6 + number] = i32::from_le_bytes([word[0], word[1], word[2], word[3]]);
        }
    }

    /// Puts a forged weapon with its sprite into a player's hands.
    pub(crate) fn arm(&mut self, player: usize, archetype: Archetype, effect: Effect, name: &str) {
        let mut spec = archetype.base_spec();
        spec.effect = effect as u8;
        self.store(player * WEAPONS_PER_PLAYER, &spec);
        self.player(player, "is_starter", 0);
        self.player(player, "ammo", i32::from(spec.ammo) - 3);
        let sprite = Sprite::draw(&Look::of_effect(archetype, effect), 40 + player as u64);
        self.hud.weapons[player] = Some((name.to_owned(), sprite));
    }

    /// Puts a projectile into the air: place in pixels from the lower left, speed in 1/100 units per frame.
    pub(crate) fn shoot(&mut self, place: usize, at: (i32, i32), speed: (i32, i32), owner: usize, weapon: usize) {
        let name = |field: &str| format!("projectiles[{place}].{field}");
        self.set(&name("position.x"), at.0 * 65_536 * 2 / 15);
        self.set(&name("position.y"), at.1 * 65_536 * 2 / 15);
        self.set(&name("velocity.x"), speed.0 * 65_536 / 100);
        self.set(&name("velocity.y"), speed.1 * 65_536 / 100);
        self.set(&name("tags"), (owner | weapon << 8) as i32);
        let words: &mut [i32] = bytemuck::cast_slice_mut(std::slice::from_mut(&mut self.state));
        let bits =
            (0..words.len()).find(|word| field_name::<DuelState>(*word).to_string() == format!("live[{}]", place / 32));
        words[bits.expect("the state has live bits")] |= 1 << (place % 32);
    }

    /// A projectile of an archetype and effect, in one of seven weapon places.
    pub(crate) fn launch(
        &mut self,
        place: usize,
        archetype: Archetype,
        effect: Effect,
        at: (i32, i32),
        speed: (i32, i32),
    ) {
        let mut spec = archetype.base_spec();
        spec.effect = effect as u8;
        let index = 1 + place % 7;
        self.store(index, &spec);
        self.shoot(place, at, speed, index / WEAPONS_PER_PLAYER, index % WEAPONS_PER_PLAYER);
    }

    /// The picture.
    pub(crate) fn picture(&self) -> Canvas {
        let mut canvas = Canvas::new();
        let view = View {
            def: &self.def,
            state: &self.state,
            hud: &self.hud,
        };
        draw(&view, &mut canvas);
        canvas
    }
}
