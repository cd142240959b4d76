//! Two sessions of the duel over any transport, in virtual time; each presses what a seed says and commits what it is given.

use std::time::Duration;

use pvp_net::sim::DuelSim;
use pvp_net::transport::link::{Link, LinkConfig, LinkControl};
use pvp_net::{Inspect, Phase, Session, SessionConfig, SessionEvent, Transport};
use pvp_sim::{Content, DuelState, Input, MatchDef, PlayerId, fallback_weapon};

/// A sixtieth of a second.
pub const FRAME: Duration = Duration::from_nanos(16_666_667);

/// Two sides; side 0 hosts.
pub struct Pair<T: Transport, S: Inspect<Input = Input, State = DuelState> = DuelSim> {
    pub sessions: [Session<S, T>; 2],
    pub events: [Vec<SessionEvent>; 2],
    pub now: Duration,
    /// Requests made by each side.
    pub request_seqs: [u8; 2],
}

/// A duel that no round ends soon.
pub fn rules() -> DuelSim {
    let mut def = MatchDef::duel(0);
    (def.rules.rounds_to_win, def.rules.rounds_max) = (u32::MAX, u32::MAX);
    def.rules.health = 1_000;
    def.rules.forge_cooldown_frames = 30;
    DuelSim::new(def)
}

/// Default choices with fixed entropy.
pub fn config(player: u8) -> SessionConfig {
    let mut config = SessionConfig::new(player, 11);
    config.entropy = 50 + u64::from(player);
    config
}

/// The weapon of a request, as a host offers it.
pub fn offered(player: u8, request_seq: u8) -> Content {
    let player = PlayerId(player);
    let weapon = fallback_weapon(9, player, request_seq, request_seq % 12);
    Content::Weapon {
        player,
        request_seq,
        weapon,
    }
}

/// Buttons and aim that change every twelve frames.
pub fn buttons(frame: u32, player: u32) -> Input {
    let draw = xxhash_rust::xxh3::xxh3_64(&[frame / 12, player].map(u32::to_le_bytes).concat());
    Input {
        buttons: draw as u8 & 0x1f,
        aim: (draw >> 8) as u8,
        ..Input::default()
    }
}

/// A session of one side with these rules.
pub fn session<S, T>(simulation: S, transport: T, config: SessionConfig, now: Duration) -> Session<S, T>
where
    S: Inspect<Input = Input, State = DuelState>,
    T: Transport,
{
    let start = rules().start();
    let session = Session::new(simulation, start, transport, config, now).expect("a possible configuration");
    session.with_inspect()
}

impl<S: Inspect<Input = Input, State = DuelState>, T: Transport> Pair<T, S> {
    pub fn new(simulations: [S; 2], transports: [T; 2], configs: [SessionConfig; 2]) -> Self {
        let now = Duration::ZERO;
        let ([a, b], [host, guest], [host_config, guest_config]) = (simulations, transports, configs);
        Self {
            sessions: [session(a, host, host_config, now), session(b, guest, guest_config, now)],
            events: [Vec::new(), Vec::new()],
            now,
            request_seqs: [0; 2],
        }
    }

    /// Time passes, and both sides work, the host first.
    pub fn tick(&mut self, step: Duration) {
        self.now += step;
        for side in 0..2 {
            self.poll(side);
            self.advance(side);
        }
    }

    pub fn poll(&mut self, side: usize) {
        let session = &mut self.sessions[side];
        session.poll(self.now);
        self.events[side].extend(session.events());
    }

    /// The frames that are due.
    pub fn advance(&mut self, side: usize) {
        let session = &mut self.sessions[side];
        while session.is_frame_due(self.now) {
            let commit = session.commit();
            let input = Input {
                request_seq: self.request_seqs[side],
                archetype_hint: 3,
                commit_seq: commit.seq,
                commit_slot: commit.slot,
                ..buttons(session.current_frame(), side as u32)
            };
            if session.advance(self.now, input).is_err() {
                break;
            }
        }
        session.game_events().for_each(drop);
        self.events[side].extend(session.events());
    }

    pub fn is_running(&self) -> bool {
        self.sessions.iter().all(|session| session.phase() == Phase::Running)
    }

    /// The frame up to which both sides have confirmed.
    pub fn confirmed_frame(&self) -> u32 {
        self.sessions
            .iter()
            .map(Session::confirmed_frame)
            .min()
            .unwrap_or_default()
    }

    /// Every confirmed frame that both still know has one checksum, and nobody reported a desync.
    pub fn assert_in_sync(&self) {
        let [a, b] = &self.sessions;
        let common = self.confirmed_frame();
        for frame in common.saturating_sub(4_000)..=common {
            let (ours, theirs) = (a.checksum_at(frame), b.checksum_at(frame));
            if let (Some(ours), Some(theirs)) = (ours, theirs) {
                assert_eq!(ours, theirs, "checksums at frame {frame}");
            }
        }
        assert!(a.checksum_at(common).is_some() && b.checksum_at(common).is_some());
        assert_eq!(self.sessions.each_ref().map(|session| session.stats().desyncs), [0, 0]);
    }
}

/// A pair over the simulated link and the handle on it.
pub struct Linked<S: Inspect<Input = Input, State = DuelState> = DuelSim> {
    pub pair: Pair<Link, S>,
    pub control: LinkControl,
}

impl Linked {
    pub fn over(link: LinkConfig) -> Self {
        Self::with([rules(), rules()], link, [config(0), config(1)])
    }
}

impl<S: Inspect<Input = Input, State = DuelState>> Linked<S> {
    pub fn with(simulations: [S; 2], link: LinkConfig, configs: [SessionConfig; 2]) -> Self {
        let (a, b) = Link::pair(link);
        let control = a.control();
        control.set_now(Duration::ZERO);
        Self {
            pair: Pair::new(simulations, [a, b], configs),
            control,
        }
    }

    pub fn tick(&mut self, step: Duration) {
        self.control.set_now(self.pair.now + step);
        self.pair.tick(step);
    }

    pub fn run_frames(&mut self, frames: u32) {
        (0..frames).for_each(|_| self.tick(FRAME));
    }

    /// Runs until both have confirmed `frame`, for at most `seconds`.
    pub fn run_until_confirmed(&mut self, frame: u32, seconds: u32) {
        for _ in 0..seconds * 60 {
            self.tick(FRAME);
            if self.pair.confirmed_frame() >= frame {
                return;
            }
        }
        panic!("frame {frame} is not confirmed: {}", self.pair.confirmed_frame());
    }
}
