//! Two sessions, a link between them and a virtual clock.

use std::time::Duration;

use pvp_net::transport::link::{Link, LinkConfig, LinkControl};
use pvp_net::{Advance, EventPhase, GameEvent, Phase, Session, SessionConfig, SessionEvent};

use crate::game::{Happening, Keys, Tiny};

/// One peer with what it has seen.
pub struct Peer {
    pub session: Session<Tiny, Link>,
    pub events: Vec<SessionEvent>,
    pub game_events: Vec<GameEvent<Happening>>,
    /// When frames were stepped.
    pub stepped_at: Vec<Duration>,
    /// How much faster its clock runs, in millionths.
    pub clock_ppm: i64,
    pub is_alive: bool,
    /// The input first offered for each frame: the one that counts.
    pub offered: Vec<Keys>,
    is_stalled: bool,
    due: Duration,
    random: u32,
    keys: Keys,
}

impl Peer {
    fn new(session: Session<Tiny, Link>, player: u32) -> Self {
        Self {
            session,
            events: Vec::new(),
            game_events: Vec::new(),
            stepped_at: Vec::new(),
            clock_ppm: 0,
            is_alive: true,
            offered: Vec::new(),
            is_stalled: false,
            due: Duration::from_millis(u64::from(player) * 5),
            random: player + 1,
            keys: Keys::default(),
        }
    }

    fn local_time(&self, now: Duration) -> Duration {
        let micros = now.as_micros() as i64;
        Duration::from_micros((micros + micros * self.clock_ppm / 1_000_000) as u64)
    }

    /// Held buttons that change every third of a second or so, like a player's.
    fn next_keys(&mut self) -> Keys {
        self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let roll = self.random >> 16;
        if roll.is_multiple_of(20) {
            self.keys.buttons = (roll >> 8) as u8 & 7;
        }
        if roll.is_multiple_of(31) {
            self.keys.aim = (roll >> 4) as u8;
        }
        let commit = self.session.commit();
        Keys {
            commit_seq: commit.seq,
            commit_slot: commit.slot,
            ..self.keys
        }
    }

    fn tick(&mut self, now: Duration) {
        if !self.is_alive {
            return;
        }
        let local = self.local_time(now);
        self.session.poll(local);
        self.collect();
        if local < self.due {
            return;
        }
        let keys = self.next_keys();
        let outcome = self.session.advance(local, keys);
        if let Ok(Advance::Stepped { .. }) = outcome {
            self.stepped_at.push(now);
        }
        if let Ok(Advance::Stepped { .. } | Advance::Stalled) = outcome {
            if !self.is_stalled {
                self.offered.push(keys);
            }
            self.is_stalled = outcome == Ok(Advance::Stalled);
        }
        let earliest = local.saturating_sub(Duration::from_millis(50));
        self.due = self.due.max(earliest) + self.session.frame_duration();
        self.collect();
    }

    fn collect(&mut self) {
        self.events.extend(self.session.events());
        self.game_events.extend(self.session.game_events());
    }

    pub fn saw(&self, wanted: impl Fn(&SessionEvent) -> bool) -> bool {
        self.events.iter().any(wanted)
    }

    /// Longest time between two stepped frames since `since`.
    pub fn longest_gap(&self, since: Duration) -> Duration {
        let times = self.stepped_at.windows(2).filter(|pair| pair[0] >= since);
        times.map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
    }

    pub fn confirmed_events(&self) -> Vec<(u32, Happening)> {
        let confirmed = self
            .game_events
            .iter()
            .filter(|event| event.phase == EventPhase::Confirmed);
        confirmed.map(|event| (event.frame, event.event)).collect()
    }
}

/// Two peers; `peers[0]` hosts.
pub struct Duel {
    pub peers: [Peer; 2],
    pub control: LinkControl,
    pub now: Duration,
}

/// Default choices with fixed entropy.
pub fn config(player: u8) -> SessionConfig {
    let mut config = SessionConfig::new(player, 7);
    config.entropy = 1000 + u64::from(player);
    config
}

impl Duel {
    pub fn over(link: LinkConfig) -> Self {
        Self::with([link, link], [config(0), config(1)], [Tiny::default(), Tiny::default()])
    }

    /// `links[0]` carries what the host sends.
    pub fn with(links: [LinkConfig; 2], configs: [SessionConfig; 2], games: [Tiny; 2]) -> Self {
        let (a, b) = Link::pair_asymmetric(links[0], links[1]);
        let control = a.control();
        control.set_now(Duration::ZERO);
        let [config_a, config_b] = configs;
        let [game_a, game_b] = games;
        let host = Session::new(game_a, Tiny::start(), a, config_a, Duration::ZERO)
            .unwrap()
            .with_inspect();
        let guest = Session::new(game_b, Tiny::start(), b, config_b, Duration::ZERO)
            .unwrap()
            .with_inspect();
        Self {
            peers: [Peer::new(host, 0), Peer::new(guest, 1)],
            control,
            now: Duration::ZERO,
        }
    }

    /// The process of `side` is killed: its session is gone without a word, and a new one takes its place on the same path.
    pub fn restart(&mut self, side: usize, config: SessionConfig, game: Tiny) {
        let (nowhere, _) = Link::pair(LinkConfig::new(0, 0, 0, 0));
        let path = self.peers[side].session.replace_transport(nowhere);
        let session = Session::new(game, Tiny::start(), path, config, self.now).unwrap();
        let due = self.peers[side].due;
        self.peers[side] = Peer::new(session.with_inspect(), side as u32);
        self.peers[side].due = due.max(self.now);
    }

    pub fn run_ms(&mut self, milliseconds: u64) {
        for _ in 0..milliseconds {
            self.now += Duration::from_millis(1);
            self.control.set_now(self.now);
            for peer in &mut self.peers {
                peer.tick(self.now);
            }
        }
    }

    /// Runs until both have confirmed `frame`, for at most `seconds`.
    pub fn run_until_confirmed(&mut self, frame: u32, seconds: u64) {
        for _ in 0..seconds * 100 {
            self.run_ms(10);
            if self.peers.iter().all(|peer| peer.session.confirmed_frame() >= frame) {
                return;
            }
        }
        let frames = self
            .peers
            .each_ref()
            .map(|peer| (peer.session.confirmed_frame(), peer.session.phase()));
        panic!(
            "frame {frame} not confirmed after {seconds} s: {frames:?}, {:?}",
            self.peers[0].events
        );
    }

    pub fn connect(&mut self) {
        for _ in 0..2000 {
            self.run_ms(10);
            if self.peers.iter().all(|peer| peer.session.phase() == Phase::Running) {
                return;
            }
        }
        panic!("not connected after 20 s");
    }

    /// Every confirmed frame that both still know has the same checksum on both sides, and nobody reported a desync.
    pub fn assert_in_sync(&self) {
        let [a, b] = &self.peers;
        let common = a.session.confirmed_frame().min(b.session.confirmed_frame());
        for frame in common.saturating_sub(4000)..=common {
            let (ours, theirs) = (a.session.checksum_at(frame), b.session.checksum_at(frame));
            assert!(ours.is_some() && theirs.is_some());
            assert_eq!(ours, theirs, "checksums at frame {frame}");
        }
        for peer in &self.peers {
            assert!(
                !peer.saw(|event| matches!(event, SessionEvent::Desync(_))),
                "{:?}",
                peer.events
            );
            assert_eq!(peer.session.stats().desyncs, 0);
        }
    }
}
