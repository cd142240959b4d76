//! Owns the screen of a replay: pause, step, speed, seek, jumps from event to event, what the players pressed.
//! Must not change the replay.

use super::netgraph::{self, NetGraph};
use super::overlay;
use super::screens::wrap;
use super::ui::{Go, Screen, Shell, UiEvent};
use crate::armory::Armory;
use crate::record::{self, NetLog, VerifyFault};
use crate::render::{self, Canvas, HEIGHT, Hud, Palette, View, WIDTH};
use crate::sound::Cue;
use pvp_net::Events;
use pvp_net::replay::Player;
use pvp_net::sim::DuelSim;
use pvp_sim::{Buttons, DuelState, Event, MatchState};
use std::path::Path;
use std::time::Duration;

/// A moment worth jumping to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
struct Mark {
    frame: u32,
    color: u32,
}

/// Speeds in quarters of the usual one.
const SPEEDS: [u32; 6] = [1, 2, 4, 8, 16, 32];
const USUAL: usize = 2;
const ROUND: u32 = 0x00ff_d860;
const DEATH: u32 = 0x00ff_5050;
const WEAPON: u32 = 0x0080_c0ff;
/// Width of the bar.
const BAR: i32 = 280;
const BAR_LEFT: i32 = 116;
/// Height of the strip below the fight.
const STRIP: i32 = 13;
/// What each key does.
const KEYS: [(&str, &str); 10] = [
    ("Space", "pause"),
    ("left right", "one second"),
    (", .", "one frame"),
    ("up down", "speed"),
    ("N B", "next event, back"),
    ("Home End", "begin, end"),
    ("I", "what is pressed"),
    ("H", "boxes"),
    ("F3", "network"),
    ("Esc", "out"),
];

/// A replay on the screen.
pub(super) struct Viewer {
    player: Player<DuelSim>,
    armory: Armory,
    net: NetLog,
    before: DuelState,
    marks: Vec<Mark>,
    hud: Hud,
    due: Duration,
    speed: usize,
    is_paused: bool,
    shows_inputs: bool,
    shows_boxes: bool,
    shows_net: bool,
    shows_help: bool,
    trouble: Option<String>,
    cursor: (i32, i32),
    is_dragging: bool,
}

impl Viewer {
    /// Opens a file.
    ///
    /// # Errors
    /// [`VerifyFault`] if it is no replay of this game.
    pub(super) fn open(path: &Path, now: Duration) -> Result<Viewer, VerifyFault> {
        let (mut player, armory) = record::open_player(path)?;
        let marks = find_marks(&mut player);
        let trouble = player.seek(0).err().map(|error| error.to_string());
        Ok(Viewer {
            before: *player.state(),
            player,
            armory,
            net: NetLog::read(path),
            marks,
            hud: Hud {
                is_watching: true,
                ..Hud::default()
            },
            due: now,
            speed: USUAL,
            is_paused: false,
            shows_inputs: false,
            shows_boxes: false,
            shows_net: false,
            shows_help: false,
            trouble,
            cursor: (0, 0),
            is_dragging: false,
        })
    }

    fn frames(&self) -> u32 {
        self.player.replay().frames()
    }

    fn frame_time(&self) -> Duration {
        Duration::from_nanos(16_666_667) * 4 / SPEEDS[self.speed]
    }

    fn step(&mut self) {
        self.before = *self.player.state();
        let mut events = Events::new();
        match self.player.step(&mut events) {
            Ok(true) => {}
            Ok(false) if self.player.verified().is_complete => self.is_paused = true,
            Ok(false) => self.stop("the replay is cut short here"),
            Err(error) => self.stop(&error.to_string()),
        }
        self.hud.effects.play(events.as_slice(), self.player.state());
        self.hud.cues.play(self.player.frame(), events.as_slice());
        for event in events.as_slice() {
            if let Event::Forged {
                player,
                request_seq,
                fallback,
            } = event
            {
                self.show_weapon(player.0, *request_seq, *fallback);
            }
        }
    }

    fn show_weapon(&mut self, player: u8, request_seq: u8, fallback: bool) {
        let piece = self.armory.piece((player, request_seq)).filter(|_| !fallback);
        let name = piece.as_ref().map_or("a spare weapon", |piece| &piece.name);
        let card = super::wishes::card(&self.armory, self.player.state(), player, name, fallback);
        self.hud.cards[usize::from(player % 2)] = Some(card);
        self.hud.weapons[usize::from(player % 2)] = piece.map(|piece| (piece.name, piece.sprite));
    }

    fn stop(&mut self, why: &str) {
        self.is_paused = true;
        self.trouble = Some(why.to_owned());
    }

    fn seek(&mut self, frame: u32, now: Duration) {
        let target = frame.min(self.frames());
        if let Err(error) = self.player.seek(target) {
            self.stop(&error.to_string());
        }
        self.before = *self.player.state();
        self.due = now;
        for number in 0..2u8 {
            let player = self.player.state().players()[usize::from(number)];
            self.show_weapon(number, player.open_seq as u8, player.is_starter == 1);
        }
    }

    fn jump(&mut self, forward: bool, now: Duration) {
        let frame = self.player.frame();
        let next = if forward {
            self.marks.iter().map(|mark| mark.frame).find(|at| *at > frame + 1)
        } else {
            self.marks
                .iter()
                .map(|mark| mark.frame)
                .rev()
                .find(|at| at + 30 < frame)
        };
        self.seek(next.unwrap_or(if forward { self.frames() } else { 0 }), now);
    }

    fn press(&mut self, key: &str, now: Duration) -> Go {
        let frame = self.player.frame();
        match key {
            "Escape" => return Go::Main,
            "Space" | "KeyP" => self.is_paused = !self.is_paused,
            "Period" => {
                self.is_paused = true;
                self.step();
            }
            "Comma" => {
                self.is_paused = true;
                self.seek(frame.saturating_sub(1), now);
            }
            "ArrowLeft" => self.seek(frame.saturating_sub(60), now),
            "ArrowRight" => self.seek(frame + 60, now),
            "ArrowUp" => self.speed = (self.speed + 1).min(SPEEDS.len() - 1),
            "ArrowDown" => self.speed = self.speed.saturating_sub(1),
            "Home" => self.seek(0, now),
            "End" => self.seek(u32::MAX, now),
            "KeyN" => self.jump(true, now),
            "KeyB" => self.jump(false, now),
            "KeyI" => self.shows_inputs = !self.shows_inputs,
            "F1" => self.shows_help = !self.shows_help,
            "F3" => self.shows_net = !self.shows_net,
            "KeyH" => self.shows_boxes = !self.shows_boxes,
            _ => {}
        }
        Go::Stay
    }

    /// Goes where the mouse points on the bar.
    fn drag(&mut self, now: Duration) {
        let part = (self.cursor.0 - BAR_LEFT).clamp(0, BAR);
        let frame = u64::from(self.frames()) * part as u64 / BAR as u64;
        self.seek(frame as u32, now);
    }

    fn bar(&self, canvas: &mut Canvas) {
        let full = u64::from(self.frames().max(1));
        let at = |frame: u32| BAR_LEFT + (u64::from(frame) * BAR as u64 / full) as i32;
        let top = HEIGHT - STRIP;
        canvas.panel(0, top, WIDTH, STRIP, 0x0048_4060);
        canvas.rect(BAR_LEFT, top + 5, BAR, 3, 0x0050_4860);
        canvas.rect(BAR_LEFT, top + 5, at(self.player.frame()) - BAR_LEFT, 3, 0x00e0_d8f0);
        for mark in &self.marks {
            canvas.rect(at(mark.frame), top + 2, 1, 9, mark.color);
        }
        canvas.rect(at(self.player.frame()) - 1, top + 3, 3, 7, 0x00ff_ffff);
        let seconds = |frame: u32| format!("{}:{:02}", frame / 3600, frame / 60 % 60);
        let (now, all) = (seconds(self.player.frame()), seconds(self.frames()));
        let state = if self.is_paused { "||" } else { ">" };
        let speed = ["1/4", "1/2", "1", "2", "4", "8"][self.speed];
        let text = format!("{state} {now} / {all} x{speed}");
        canvas.text(6, top + 3, &text, 0x00f4_f0e8);
        canvas.text_right(
            WIDTH - 6,
            top + 3,
            &format!("frame {}", self.player.frame()),
            0x00a8_a0b8,
        );
        if !self.shows_help {
            return;
        }
        canvas.panel(130, 76, WIDTH - 260, 120, 0x006c_6088);
        for (number, (key, what)) in (0..).zip(KEYS) {
            canvas.text(142, 83 + number * 11, key, 0x00ff_d860);
            canvas.text(222, 83 + number * 11, what, 0x00f4_f0e8);
        }
    }

    /// The network as the recording side saw it around this frame.
    fn network(&self, canvas: &mut Canvas) {
        let mut graph = NetGraph::default();
        let now = self.player.frame() as usize;
        for frame in now.saturating_sub(netgraph::GRAPH_FRAMES)..now {
            graph.push(self.net.sample(frame));
        }
        let here = self.net.sample(now.saturating_sub(1));
        let past = || (0..now).map(|frame| self.net.sample(frame));
        let rollbacks = past().filter(|sample| sample.depth > 0).count();
        let deepest = past().map(|sample| sample.depth).max().unwrap_or(0);
        let lines = if self.net.is_empty() {
            vec!["nothing recorded".to_owned(), "beside this replay".to_owned()]
        } else {
            vec![
                format!("ping {} ms", here.ping_ms),
                format!("input delay {} frames", here.delay_frames),
                format!("rollbacks {rollbacks}"),
                format!("deepest {deepest}"),
                format!(
                    "frames waited {}",
                    past().map(|sample| u32::from(sample.stalls)).sum::<u32>()
                ),
            ]
        };
        graph.draw(canvas, &lines);
    }

    fn inputs(&self, canvas: &mut Canvas) {
        const NAMES: [(u8, &str); 6] = [
            (Buttons::LEFT, "L"),
            (Buttons::RIGHT, "R"),
            (Buttons::JUMP, "J"),
            (Buttons::DOWN, "D"),
            (Buttons::FIRE, "F"),
            (Buttons::SWAP, "S"),
        ];
        canvas.glass(180, 46, 120, 28);
        for (number, input) in (0..).zip(self.player.inputs()) {
            let held = |bit: u8| input.buttons & bit != 0;
            let keys: String = NAMES
                .iter()
                .map(|(bit, name)| if held(*bit) { *name } else { "." })
                .collect();
            canvas.text(
                188,
                51 + number * 11,
                &format!("P{} {keys} aim {}", number + 1, input.aim),
                0x00f4_f0e8,
            );
        }
    }
}

/// Plays the whole replay once and notes what is worth seeing. The player ends where the replay ends.
fn find_marks(player: &mut Player<DuelSim>) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut events = Events::new();
    while let Ok(true) = player.step(&mut events) {
        let frame = player.frame();
        marks.extend(events.drain().filter_map(|event| {
            let color = match event {
                Event::RoundStarted { .. } | Event::RoundEnded { .. } => ROUND,
                Event::Died { .. } => DEATH,
                Event::Forged { .. } | Event::ModStarted { .. } => WEAPON,
                _ => return None,
            };
            Some(Mark { frame, color })
        }));
    }
    marks
}

impl Screen for Viewer {
    fn event(&mut self, event: &UiEvent, shell: &mut Shell) -> Go {
        match event {
            UiEvent::Press { key, .. } => return self.press(key, shell.now),
            UiEvent::Cursor { x, y } => {
                self.cursor = (*x, *y);
                if self.is_dragging {
                    self.drag(shell.now);
                }
            }
            UiEvent::Mouse { is_down } => {
                self.is_dragging = *is_down && self.cursor.1 > HEIGHT - STRIP - 4;
                if self.is_dragging {
                    self.drag(shell.now);
                }
            }
            _ => {}
        }
        Go::Stay
    }

    fn tick(&mut self, shell: &mut Shell) -> Go {
        self.hud.palette = Palette::of(shell.settings.colorblind);
        let frame = self.frame_time();
        self.due = self.due.max(shell.now.saturating_sub(Duration::from_millis(100)));
        while !self.is_paused && self.due <= shell.now {
            self.due += frame;
            self.step();
        }
        if self.is_paused {
            self.due = shell.now;
        }
        Go::Stay
    }

    fn cues(&mut self) -> Vec<Cue> {
        self.hud.cues.take().collect()
    }

    fn draw(&self, shell: &Shell, canvas: &mut Canvas) {
        let left = self.due.saturating_sub(shell.now).min(self.frame_time());
        let part = if self.is_paused {
            256
        } else {
            256 - (left.as_micros() * 256 / self.frame_time().as_micros().max(1)) as i32
        };
        let state = overlay::between(&self.before, self.player.state(), part);
        let view = View {
            def: self.player.simulation().def(),
            state: &state,
            hud: &self.hud,
        };
        render::draw(&view, canvas);
        if self.shows_boxes {
            super::boxes::draw(canvas, &state, 2);
        }
        if self.shows_inputs {
            self.inputs(canvas);
        }
        if self.shows_net {
            self.network(canvas);
        }
        self.bar(canvas);
        if let Some(trouble) = &self.trouble {
            for (number, line) in (0..3).zip(wrap(trouble, 70)) {
                canvas.text_middle(HEIGHT - 60 + number * 11, &line, 0x00ff_b048);
            }
        }
    }
}
