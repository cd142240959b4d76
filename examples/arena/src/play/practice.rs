//! Owns the practice room: one person, a dummy or a bot, time that can be stopped, boxes and numbers over the picture.
//! Must not be a match: nothing here travels over a network.

use super::controls::Controls;
use super::line::Line;
use super::menu::{Menu, Picked, Row};
use super::pads::PadButton;
use super::ui::{Go, Screen, Shell, UiEvent};
use crate::armory::{Armory, Made};
use crate::forging::{Done, Forging, Job, Outcome, Task, ThreadForging};
use crate::prompts;
use crate::render::{self, Canvas, HEIGHT, Hud, Palette, Prompt, View, WIDTH, fit};
use crate::rules;
use crate::sound::Cue;
use pvp_sim::bot::{BotKind, bot_input};
use pvp_sim::{
    ArenaDef, ContentStore, DuelState, Event, Events, Fx, Input, MatchDef, MatchState, PlayerId, SwarmState, Vec2, step,
};
use std::time::Duration;
use weapon_gen::prompt::PROMPT_GRAPHEMES_MAX;

/// What stands on the other side.
const DUMMIES: [(&str, Option<(BotKind, u8)>); 4] = [
    ("stands still", None),
    ("aggressive bot", Some((BotKind::Aggressive, 2))),
    ("cautious bot", Some((BotKind::Cautious, 2))),
    ("trickster bot", Some((BotKind::Trickster, 2))),
];
/// Parts of the usual speed.
const SPEEDS: [(u32, &str); 4] = [(1, "full"), (2, "half"), (4, "a quarter"), (10, "a tenth")];

/// A state that a room can be played with.
pub(super) trait Room: MatchState {
    /// How many of its players take part.
    const FIGHTERS: usize;
    /// The state before the first frame.
    fn begin(def: &MatchDef) -> Self;
}

impl Room for DuelState {
    const FIGHTERS: usize = 2;
    fn begin(def: &MatchDef) -> DuelState {
        DuelState::new(def)
    }
}

impl Room for SwarmState {
    const FIGHTERS: usize = 4;
    fn begin(def: &MatchDef) -> SwarmState {
        SwarmState::new(def)
    }
}

/// The practice room.
pub(super) struct Practice<S> {
    def: Box<MatchDef>,
    content: ContentStore,
    state: S,
    controls: Controls,
    armory: Armory,
    forging: Box<dyn Forging>,
    hud: Hud,
    prompt: Option<Line>,
    menu: Option<Menu>,
    due: Duration,
    commit: Input,
    /// Where the state keeps the person's ammunition.
    ammo_word: usize,
    /// Where the state keeps the health of those who take no part.
    absent_words: Vec<usize>,
    next_slot: u8,
    dummy: usize,
    speed: usize,
    is_stopped: bool,
    steps_wanted: u32,
    shows_boxes: bool,
    last_hit: String,
    told_at: Duration,
}

impl<S: Room> Practice<S> {
    /// An empty room.
    #[must_use]
    pub(super) fn new(shell: &Shell) -> Practice<S> {
        let mut def = rules::duel(shell.seed);
        if S::FIGHTERS > 2 {
            def.arena = crowded(&def.arena);
        }
        // Time never runs out here, and the forge is always ready.
        def.rules.rounds_to_win = 9;
        def.rules.rounds_max = 18;
        def.rules.round_frames = u32::MAX / 2;
        def.rules.forge_cooldown_frames = 30;
        let armory = Armory::new(def.ruleset_hash(), true);
        armory.begin_match(shell.seed);
        Practice {
            state: S::begin(&def),
            def: Box::new(def),
            content: ContentStore::new(),
            controls: Controls::new(shell.settings.keys[0].clone()),
            forging: ThreadForging::boxed(armory.clone()),
            armory,
            hud: Hud {
                fighter_count: S::FIGHTERS,
                ..Hud::default()
            },
            prompt: None,
            menu: None,
            due: shell.now,
            commit: Input::default(),
            ammo_word: word_named::<S>("players[0].ammo"),
            absent_words: absent_words::<S>(),
            next_slot: 0,
            dummy: if S::FIGHTERS > 2 { 1 } else { 0 },
            speed: 0,
            is_stopped: false,
            steps_wanted: 0,
            shows_boxes: true,
            last_hit: "no hit yet".to_owned(),
            told_at: shell.now,
        }
    }

    fn run(&mut self, now: Duration) {
        let frame = Duration::from_nanos(16_666_667) * SPEEDS[self.speed].0;
        self.due = self.due.max(now.saturating_sub(frame * 4));
        if self.is_stopped {
            self.due = now;
            for _ in 0..std::mem::take(&mut self.steps_wanted) {
                self.step(now);
            }
            return;
        }
        while self.due <= now {
            self.due += frame;
            self.step(now);
        }
    }

    fn step(&mut self, now: Duration) {
        if self.state.is_finished() {
            self.reset();
        }
        let me = self.state.players()[0];
        let mut input = self.commit;
        (input.buttons, input.aim) = (self.controls.buttons(), self.controls.aim(&me));
        let mut inputs = vec![Input::default(); S::PLAYER_COUNT];
        inputs[0] = input;
        for (number, other) in (0u8..).zip(&mut inputs).take(S::FIGHTERS).skip(1) {
            // Each one has a style of its own if there are several.
            let style = (self.dummy + usize::from(number) + 1) % (DUMMIES.len() - 1) + 1;
            if let (true, Some((kind, level))) = (self.dummy > 0, DUMMIES[style].1) {
                *other = bot_input(kind, level, &self.def, &self.state, PlayerId(number));
            }
        }
        self.refill();
        let mut events = Events::new();
        step(&self.def, &self.content, &mut self.state, &inputs, &mut events);
        // A new round has called everybody in.
        self.refill();
        self.hud.effects.play(events.as_slice(), &self.state);
        self.hud.cues.play(self.state.frame().0, events.as_slice());
        for event in events.as_slice() {
            self.react(*event, now);
        }
    }

    /// Ammunition never runs out here, and whoever takes no part stays out: both are words of the state.
    fn refill(&mut self) {
        let full = u32::from(self.state.held_weapon(PlayerId(0)).ammo);
        let words: &mut [u32] = bytemuck::cast_slice_mut(std::slice::from_mut(&mut self.state));
        if let Some(word) = words.get_mut(self.ammo_word) {
            *word = full;
        }
        for place in &self.absent_words {
            words[*place] = 0;
        }
    }

    fn react(&mut self, event: Event, now: Duration) {
        match event {
            Event::Hit {
                by: PlayerId(0),
                damage,
                ..
            } => {
                self.last_hit = format!("hit for {damage} at frame {}", self.state.frame().0);
            }
            Event::RequestAccepted { player, request_seq } if player == PlayerId(0) => {
                let key = (player.0, request_seq);
                if let Some(prompt) = self.armory.prompt(key) {
                    let task = Task::Make {
                        prompt,
                        asks_providers: true,
                    };
                    self.forging.begin(Job {
                        match_seed: self.def.seed,
                        key,
                        task,
                    });
                }
            }
            Event::Forged {
                player,
                request_seq,
                fallback,
            } if player == PlayerId(0) => {
                let piece = self.armory.piece((player.0, request_seq)).filter(|_| !fallback);
                let name = piece.as_ref().map_or("a spare weapon", |piece| &piece.name);
                let card = super::wishes::card(&self.armory, &self.state, player.0, name, fallback);
                self.hud.cards[0] = Some(card);
                self.hud.weapons[0] = piece.map(|piece| (piece.name, piece.sprite));
                self.say(now, "the weapon is in your hands".to_owned());
            }
            _ => {}
        }
    }

    /// The host's part: what is done is kept and committed with the next input.
    fn collect(&mut self, now: Duration) {
        while let Some(done) = self.forging.finished() {
            self.armory.note_done(&done);
            let Done { key, outcome, .. } = done;
            let made = match outcome {
                Outcome::Made(Ok(made)) => made,
                Outcome::Made(Err(why)) => {
                    self.say(now, why.to_string());
                    continue;
                }
                Outcome::Weighed(..) => continue,
            };
            let prompt = self.armory.prompt(key).unwrap_or_default();
            let bytes = made.offer(key, &prompt, true);
            let Ok(content) = pvp_sim::Content::decode(&bytes) else {
                continue;
            };
            let rest = &bytes[pvp_sim::Content::BYTES..];
            if (self.armory.judge())(&content, rest).is_ok() && self.content.insert(self.next_slot, content).is_ok() {
                self.commit.commit_slot = self.next_slot;
                self.commit.commit_seq = self.commit.commit_seq.wrapping_add(1);
                self.next_slot = self.next_slot.wrapping_add(1);
            }
            if let Made::Physics(mastery) = made {
                self.say(now, mastery.title.to_owned());
            }
        }
    }

    fn wish(&mut self, now: Duration, prompt: &str) {
        if self.next_slot == u8::MAX {
            self.say(now, "the room is full of weapons: leave and come back".to_owned());
            return;
        }
        self.commit.request_seq = self.commit.request_seq.wrapping_add(1);
        self.commit.archetype_hint = weapon_gen::archetype_hint(prompt);
        let key = (0, self.commit.request_seq);
        self.armory.forget_request(key);
        self.armory.note_prompt(key, prompt, self.state.frame().0);
        self.say(now, format!("forging: {prompt}"));
    }

    fn say(&mut self, now: Duration, text: String) {
        self.hud.message = text;
        self.told_at = now;
    }

    fn press(&mut self, key: &str) -> bool {
        match key {
            "Escape" => self.menu = Some(self.new_menu(0)),
            "KeyP" => self.is_stopped = !self.is_stopped,
            "KeyO" => {
                self.is_stopped = true;
                self.steps_wanted += 1;
            }
            "KeyB" => self.shows_boxes = !self.shows_boxes,
            "KeyR" => self.reset(),
            key if self.controls.opens_prompt(key) => {
                self.controls.let_go();
                self.prompt = Some(Line::new(PROMPT_GRAPHEMES_MAX));
            }
            _ => return false,
        }
        true
    }

    fn reset(&mut self) {
        let input = self.commit;
        self.state = S::begin(&self.def);
        // The counters begin anew with the state.
        self.commit = Input {
            request_seq: 0,
            commit_seq: 0,
            ..input
        };
        self.hud.weapons = [None, None];
    }

    fn others(&self) -> &'static str {
        match (self.dummy, S::FIGHTERS) {
            (0, 3..) => "stand still",
            (_, 3..) => "bots of every style",
            (dummy, _) => DUMMIES[dummy].0,
        }
    }

    fn new_menu(&self, _selected: usize) -> Menu {
        let rows = vec![
            Row::new("go on"),
            Row::with_value(
                if S::FIGHTERS > 2 { "the others" } else { "the other one" },
                self.others(),
            ),
            Row::with_value("fighters", S::FIGHTERS.to_string()),
            Row::with_value("speed", SPEEDS[self.speed].1),
            Row::with_value("boxes", if self.shows_boxes { "shown" } else { "hidden" }),
            Row::new("begin anew"),
            Row::new("back to the menu"),
        ];
        let mut menu = Menu::new("practice", rows);
        menu.hint = "P: stop time  O: one frame  B: boxes  R: anew".to_owned();
        menu
    }

    fn menu_event(&mut self, event: &UiEvent) -> Go {
        let Some(menu) = &mut self.menu else { return Go::Stay };
        match menu.event(event) {
            Picked::Row(0) | Picked::Back => self.menu = None,
            Picked::Row(2) | Picked::Change(2, _) => return if S::FIGHTERS > 2 { Go::Practice } else { Go::Crowd },
            Picked::Row(5) => {
                self.reset();
                self.menu = None;
            }
            Picked::Row(6) => return Go::Main,
            Picked::Row(row) => self.change(row, 1),
            Picked::Change(row, by) => self.change(row, by),
            Picked::Nothing => {}
        }
        Go::Stay
    }

    fn change(&mut self, row: usize, by: i32) {
        let turn = |value: usize, count: usize| (value as i32 + by).rem_euclid(count as i32) as usize;
        match row {
            1 => self.dummy = turn(self.dummy, DUMMIES.len()),
            3 => self.speed = turn(self.speed, SPEEDS.len()),
            4 => self.shows_boxes = !self.shows_boxes,
            _ => {}
        }
        let fresh = self.new_menu(row);
        if let Some(menu) = &mut self.menu {
            menu.rows = fresh.rows;
        }
    }

    fn figures(&self, canvas: &mut Canvas) {
        let player = &self.state.players()[0];
        let spec = self.state.held_weapon(PlayerId(0));
        let hundredths = |value: pvp_sim::Fx| i64::from(value.to_bits()) * 100 / i64::from(pvp_sim::Fx::ONE.to_bits());
        let speed = [player.velocity.x, player.velocity.y].map(hundredths);
        let lines = [
            format!(
                "frame {}{}",
                self.state.frame().0,
                if self.is_stopped { " stopped" } else { "" }
            ),
            format!("speed {} {} in 1/100 units", speed[0], speed[1]),
            format!("damage {} cooldown {} frames", spec.damage, spec.cooldown_frames),
            format!("stun {} coyote {}", player.stun_frames, player.coyote_frames),
            self.last_hit.clone(),
        ];
        canvas.glass(WIDTH / 2 - 90, 40, 180, 60);
        for (number, text) in (0..).zip(lines) {
            canvas.text(WIDTH / 2 - 85, 44 + number * 11, &fit(&text, 170), 0x00f4_f0e8);
        }
    }
}

/// The same arena with two more places to begin, further in.
fn crowded(arena: &ArenaDef) -> ArenaDef {
    let [left, right] = [arena.spawns()[0], arena.spawns()[1]];
    let inward = |from: Vec2, to: Vec2| Vec2::new(from.x + (to.x - from.x) / 4, from.y);
    let spawns = [left, right, inward(left, right), inward(right, left)];
    let whole = |units: Fx| (units.to_bits() >> 16) as i16;
    let size = (whole(arena.right()), whole(arena.top()));
    ArenaDef::new(size.0, size.1, arena.solids(), &spawns).unwrap_or_else(|_| arena.clone())
}

/// Where the health is of those who take no part.
fn absent_words<S: Room>() -> Vec<usize> {
    let words = (S::FIGHTERS..S::PLAYER_COUNT).map(|number| word_named::<S>(&format!("players[{number}].health")));
    words.filter(|word| *word < size_of::<S>() / 4).collect()
}

/// Which word of the state has this name; behind the end if none has.
fn word_named<S: MatchState>(name: &str) -> usize {
    let words = size_of::<S>() / 4;
    let is_named = |word: &usize| pvp_sim::field_name::<S>(*word).to_string() == name;
    (0..words).find(is_named).unwrap_or(words)
}

impl<S: Room> Screen for Practice<S> {
    fn event(&mut self, event: &UiEvent, shell: &mut Shell) -> Go {
        if self.menu.is_some() {
            return self.menu_event(event);
        }
        if let UiEvent::Pad {
            button: PadButton::North,
            is_down: true,
            ..
        } = event
        {
            let prompt = prompts::surprise(shell.seed, usize::from(self.commit.request_seq));
            self.wish(shell.now, prompt);
            return Go::Stay;
        }
        if let UiEvent::Press { key, text, is_repeat } = event {
            if let Some(line) = &mut self.prompt {
                match key.as_str() {
                    "Enter" => {
                        let text = line.text();
                        self.prompt = None;
                        self.wish(shell.now, &text);
                    }
                    "Escape" => self.prompt = None,
                    key if line.edit(key) => {}
                    _ => line.insert(text.as_deref().unwrap_or_default()),
                }
                return Go::Stay;
            }
            if (!is_repeat || key == "KeyO") && self.press(key) {
                return Go::Stay;
            }
        }
        self.controls.event(event);
        Go::Stay
    }

    fn tick(&mut self, shell: &mut Shell) -> Go {
        self.hud.palette = Palette::of(shell.settings.colorblind);
        self.hud.is_covered = self.menu.is_some();
        self.collect(shell.now);
        if self.menu.is_none() {
            self.run(shell.now);
        } else {
            self.due = shell.now;
        }
        if shell.now > self.told_at + Duration::from_secs(4) {
            self.hud.message.clear();
        }
        self.hud.prompt = self.prompt.as_ref().map_or(Prompt::Closed, Line::prompt);
        Go::Stay
    }

    fn takes_pads(&self) -> bool {
        self.menu.is_none()
    }

    fn cues(&mut self) -> Vec<Cue> {
        self.hud.cues.take().collect()
    }

    fn draw(&self, _: &Shell, canvas: &mut Canvas) {
        let view = View {
            def: &self.def,
            state: &self.state,
            hud: &self.hud,
        };
        render::draw(&view, canvas);
        if self.shows_boxes {
            super::boxes::draw(canvas, &self.state, S::FIGHTERS);
            if self.menu.is_none() {
                self.figures(canvas);
            }
        }
        if let Some(menu) = &self.menu {
            canvas.shade(0, 0, WIDTH, HEIGHT);
            canvas.forget_texts();
            menu.draw(canvas);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ammunition_has_its_word() {
        assert!(word_named::<DuelState>("players[0].ammo") < size_of::<DuelState>() / 4);
        assert_eq!(word_named::<DuelState>("nonsense"), size_of::<DuelState>() / 4);
    }

    #[test]
    fn four_fight_from_four_places_and_nobody_else() {
        let shell = Shell {
            settings: crate::settings::Settings::default(),
            settings_path: None,
            recording: crate::shelf::Recording::Nowhere,
            seed: 5,
            notice: None,
            now: Duration::ZERO,
        };
        let mut room = Practice::<SwarmState>::new(&shell);
        assert_eq!(room.absent_words.len(), 4);
        let begun: Vec<Vec2> = room.state.players()[..4].iter().map(|player| player.position).collect();
        for (number, place) in begun.iter().enumerate() {
            assert!(!begun[number + 1..].contains(place), "{begun:?}");
        }
        let (mut hurt, mut now) = ([false; 4], Duration::ZERO);
        for _ in 0..1200 {
            now += Duration::from_nanos(16_666_667);
            room.run(now);
            let players = room.state.players();
            assert!(players[4..].iter().all(|player| !player.is_alive()));
            for (number, player) in players[..4].iter().enumerate() {
                hurt[number] |= player.health < room.def.rules.health;
            }
        }
        assert!(
            hurt.iter().filter(|is_hurt| **is_hurt).count() > 1,
            "they fight: {hurt:?}"
        );
    }
}
