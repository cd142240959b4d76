//! Owns the laboratory: a match set up by field names and its mirror image, compared word by word in every frame.
//!
//! It must go through the public interface only, so that what holds here holds for a user.

use pvp_sim::{
    ArenaDef, ContentStore, DuelState, Event, Events, Fx, Input, MatchDef, MatchState, PackedWeapon, Solid, SolidKind,
    Vec2, WeaponDef, WeaponSpec, field_name, step,
};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The width of every laboratory, in units.
pub(crate) const WIDTH: Fx = Fx::from_int(64);
/// The height of every laboratory, in units.
pub(crate) const HEIGHT: Fx = Fx::from_int(36);

/// A place of whole units.
pub(crate) const fn at(x: i16, y: i16) -> Vec2 {
    Vec2::from_ints(x, y)
}

/// A number of hundredths.
pub(crate) const fn cents(value: i32) -> Fx {
    Fx::from_ratio(value, 100)
}

/// A place of hundredths.
pub(crate) const fn at_cents(x: i32, y: i32) -> Vec2 {
    Vec2::new(cents(x), cents(y))
}

/// The floor that most laboratories have: solid ground up to a height of 2.
pub(crate) const fn floor() -> Solid {
    Solid::new(SolidKind::Block, (0, 0), (64, 2))
}

/// Where the mirror shows a place.
pub(crate) fn mirrored(place: Vec2) -> Vec2 {
    place.with_x(WIDTH - place.x)
}

/// An input that holds buttons.
pub(crate) fn hold(buttons: u8) -> Input {
    Input {
        buttons,
        ..Input::default()
    }
}

/// Two matches of which one is the mirror image of the other; every change and every step happens in both.
#[derive(Clone)]
pub(crate) struct Lab<S = DuelState> {
    pub(crate) def: MatchDef,
    pub(crate) content: ContentStore,
    pub(crate) state: S,
    pub(crate) events: Events,
    image_def: MatchDef,
    image: S,
}

impl Lab<DuelState> {
    /// A duel among the solids with weak starters, endless, with the players out of the way in the upper corners.
    pub(crate) fn new(solids: &[Solid]) -> Lab<DuelState> {
        Lab::with_state(solids, DuelState::new)
    }
}

impl<S: MatchState> Lab<S> {
    /// A match of any size; players beyond the second stand where the spawns put them.
    pub(crate) fn with_state(solids: &[Solid], state: impl Fn(&MatchDef) -> S) -> Lab<S> {
        let spawns = [at(3, 33), at(61, 33)];
        let image_solids: Vec<_> = solids.iter().map(mirrored_solid).collect();
        let mut def = MatchDef::duel(5);
        def.rules.countdown_frames = 0;
        def.rules.round_frames = u32::MAX;
        def.rules.rounds_to_win = u32::MAX;
        let mut image_def = def.clone();
        def.arena = ArenaDef::new(64, 36, solids, &spawns).expect("the laboratory is a valid arena");
        image_def.arena = ArenaDef::new(64, 36, &image_solids, &spawns.map(mirrored)).expect("its image as well");
        Lab {
            state: state(&def),
            image: state(&image_def),
            def,
            image_def,
            content: ContentStore::new(),
            events: Events::new(),
        }
    }

    /// Changes the rules or the physics of both matches.
    pub(crate) fn define(mut self, change: impl Fn(&mut MatchDef)) -> Lab<S> {
        change(&mut self.def);
        change(&mut self.image_def);
        self
    }

    /// Writes a field by its name, the raw bits of the word; the image gets the mirrored value.
    pub(crate) fn set(&mut self, field: &str, value: i32) {
        let word = word_of::<S>(field);
        let image_value = Role::of(field).mirror(value);
        for (state, value) in [(&mut self.state, value), (&mut self.image, image_value)] {
            bytemuck::bytes_of_mut(state)[word * 4..][..4].copy_from_slice(&value.to_ne_bytes());
        }
    }

    /// Reads a field by its name.
    pub(crate) fn word(&self, field: &str) -> i32 {
        words_of(&self.state)[word_of::<S>(field)]
    }

    /// Puts a player somewhere with a velocity.
    pub(crate) fn place(&mut self, player: usize, position: Vec2, velocity: Vec2) {
        for (field, value) in [
            ("position.x", position.x),
            ("position.y", position.y),
            ("velocity.x", velocity.x),
            ("velocity.y", velocity.y),
        ] {
            self.set(&format!("players[{player}].{field}"), value.to_bits());
        }
    }

    /// Keeps a weapon for a player, for shots in flight.
    pub(crate) fn keep(&mut self, player: usize, index: usize, spec: &WeaponSpec) {
        let weapon = WeaponDef::parse(spec).expect("the weapon is in range");
        let words: [i32; 6] = bytemuck::cast(PackedWeapon::new(&weapon));
        for (word, value) in words.into_iter().enumerate() {
            self.set(&format!("weapons[{}]", player * 24 + index * 6 + word), value);
        }
    }

    /// Gives a player a weapon, ready to fire.
    pub(crate) fn arm(&mut self, player: usize, spec: &WeaponSpec) {
        self.keep(player, 0, spec);
        for (field, value) in [
            ("weapon_index", 0),
            ("is_starter", 0),
            ("ammo", i32::from(spec.ammo)),
            ("cooldown_frames", 0),
        ] {
            self.set(&format!("players[{player}].{field}"), value);
        }
    }

    /// Puts a projectile of a player's first weapon into the pool, as if it had just been fired.
    pub(crate) fn launch(&mut self, place: usize, owner: usize, position: Vec2, velocity: Vec2) {
        let spec = self.state.weapons()[owner * 4].spec();
        let fuse = if spec.fuse_frames == 0 {
            600
        } else {
            i32::from(spec.fuse_frames)
        };
        for (field, value) in [
            ("position.x", position.x.to_bits()),
            ("position.y", position.y.to_bits()),
            ("velocity.x", velocity.x.to_bits()),
            ("velocity.y", velocity.y.to_bits()),
            ("travel_left", spec.reach().to_bits()),
            (
                "tags",
                owner as i32 | i32::from(spec.pierce) << 16 | i32::from(spec.bounce_count) << 24,
            ),
            ("counters", fuse | 1 << (16 + owner)),
        ] {
            self.set(&format!("projectiles[{place}].{field}"), value);
        }
        let live = format!("live[{}]", place / 32);
        let bits = self.word(&live) | 1 << (place % 32);
        self.set(&live, bits);
    }

    /// The same with another of the player's kept weapons.
    pub(crate) fn launch_with(&mut self, place: usize, owner: usize, index: usize, position: Vec2, velocity: Vec2) {
        self.launch(place, owner, position, velocity);
        let spec = self.state.weapons()[owner * 4 + index].spec();
        let (pierce, bounces) = (i32::from(spec.pierce), i32::from(spec.bounce_count));
        self.set(
            &format!("projectiles[{place}].tags"),
            owner as i32 | (index as i32) << 8 | pierce << 16 | bounces << 24,
        );
    }

    /// One frame of both matches.
    pub(crate) fn step(&mut self, inputs: &[Input]) {
        let mut all = [Input::default(); 8];
        all[..inputs.len()].copy_from_slice(inputs);
        let images = all.map(Input::mirror_x);
        let mut image_events = Events::new();
        step(&self.def, &self.content, &mut self.state, inputs, &mut self.events);
        step(
            &self.image_def,
            &self.content,
            &mut self.image,
            &images,
            &mut image_events,
        );
        let events: Vec<_> = self.events.as_slice().iter().map(mirrored_event).collect();
        assert_eq!(
            image_events.as_slice(),
            events,
            "events in frame {}",
            self.state.frame().0
        );
        self.compare();
    }

    /// Many frames with the same inputs.
    pub(crate) fn run(&mut self, frames: u32, inputs: &[Input]) {
        (0..frames).for_each(|_| self.step(inputs));
    }

    /// Very many frames without inputs; the mirror image is compared at the end only.
    pub(crate) fn run_unseen(&mut self, frames: u32) {
        let images = [Input::default().mirror_x(); 8];
        for _ in 0..frames {
            step(&self.def, &self.content, &mut self.state, &[], &mut self.events);
            step(
                &self.image_def,
                &self.content,
                &mut self.image,
                &images,
                &mut self.events,
            );
        }
        self.compare();
    }

    /// Many frames until an event; `None` if it does not come.
    pub(crate) fn run_until(
        &mut self,
        frames: u32,
        inputs: &[Input],
        wanted: impl Fn(&Event) -> bool,
    ) -> Option<Event> {
        for _ in 0..frames {
            self.step(inputs);
            if let Some(event) = self.events.as_slice().iter().find(|event| wanted(event)) {
                return Some(*event);
            }
        }
        None
    }

    /// The projectile of a place, while it flies.
    pub(crate) fn projectile(&self, place: usize) -> Option<pvp_sim::Projectile> {
        self.state
            .projectiles()
            .find(|(number, _)| *number == place)
            .map(|(_, projectile)| *projectile)
    }

    /// Every word of the image is the mirror image of the same word; places without a projectile do not count.
    fn compare(&self) {
        for (number, (word, image)) in words_of(&self.state).into_iter().zip(words_of(&self.image)).enumerate() {
            let (role, place) = roles::<S>()[number];
            let flies = place.is_none_or(|place| self.state.live_bits()[place / 32] >> (place % 32) & 1 == 1);
            assert!(
                !flies || role.mirror(word) == image,
                "frame {}: {} is {word}, in the mirror {image}",
                self.state.frame().0,
                field_name::<S>(number)
            );
        }
    }
}

fn words_of<S: MatchState>(state: &S) -> Vec<i32> {
    bytemuck::cast_slice::<S, i32>(std::slice::from_ref(state)).to_vec()
}

/// What the mirror does to a word.
#[derive(Copy, Clone)]
enum Role {
    Same,
    Place,
    Sign,
    Aim,
    Buttons,
}

impl Role {
    fn of(field: &str) -> Role {
        match field.rsplit_once('.').map_or("", |(_, last)| last) {
            "x" if field.ends_with("position.x") => Role::Place,
            "x" | "facing" => Role::Sign,
            "aim" => Role::Aim,
            "buttons" => Role::Buttons,
            _ => Role::Same,
        }
    }

    fn mirror(self, value: i32) -> i32 {
        match self {
            Role::Same => value,
            Role::Place => WIDTH.to_bits() - value,
            Role::Sign => -value,
            Role::Aim => (128 - value) & 0xff,
            Role::Buttons => i32::from(hold(value as u8).mirror_x().buttons),
        }
    }
}

/// The number of the word with a name.
fn word_of<S: MatchState>(field: &str) -> usize {
    static NUMBERS: [OnceLock<BTreeMap<String, usize>>; 2] = [const { OnceLock::new() }; 2];
    let numbers = NUMBERS[usize::from(S::PLAYER_COUNT > 2)].get_or_init(|| {
        let words = 0..size_of::<S>() / 4;
        words.map(|word| (field_name::<S>(word).to_string(), word)).collect()
    });
    *numbers
        .get(field)
        .unwrap_or_else(|| panic!("no field is called {field}"))
}

type Roles = Vec<(Role, Option<usize>)>;

/// The role of each word, and the place in the pool that it belongs to.
fn roles<S: MatchState>() -> &'static Roles {
    static ROLES: [OnceLock<Roles>; 2] = [const { OnceLock::new() }; 2];
    ROLES[usize::from(S::PLAYER_COUNT > 2)].get_or_init(|| {
        let role = |word| {
            let name = field_name::<S>(word).to_string();
            let place = name
                .strip_prefix("projectiles[")
                .and_then(|rest| rest.split(']').next());
            (Role::of(&name), place.map(|place| place.parse().expect("a number")))
        };
        (0..size_of::<S>() / 4).map(role).collect()
    })
}

fn mirrored_solid(solid: &Solid) -> Solid {
    let kind = match solid.kind {
        SolidKind::SlopeUp => SolidKind::SlopeDown,
        SolidKind::SlopeDown => SolidKind::SlopeUp,
        SolidKind::Moving { reach, period_frames } => SolidKind::Moving {
            reach: reach.with_x(-reach.x),
            period_frames,
        },
        kind => kind,
    };
    Solid {
        min: solid.min.with_x(WIDTH - solid.max.x),
        max: solid.max.with_x(WIDTH - solid.min.x),
        kind,
    }
}

fn mirrored_event(event: &Event) -> Event {
    let mut event = *event;
    match &mut event {
        Event::Jumped { position, .. }
        | Event::Landed { position, .. }
        | Event::Shot { position, .. }
        | Event::Bounced { position }
        | Event::Fizzled { position, .. }
        | Event::Exploded { position, .. }
        | Event::Hit { position, .. }
        | Event::Died { position, .. } => *position = mirrored(*position),
        _ => {}
    }
    event
}
