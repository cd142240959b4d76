//! Two duels over the simulated link, a host that follows a drawn plan, and a guest that may stop answering.

use std::collections::BTreeMap;
use std::time::Duration;

use pvp_net::sim::DuelSim;
use pvp_net::transport::link::{Link, LinkConfig, LinkControl};
use pvp_net::{
    Channel, CloseCause, EventPhase, OfferId, Phase, SendError, Session, SessionConfig, SessionEvent, Transport,
    TransportStatus,
};
use pvp_sim::{Content, Event, Input, MatchDef, PlayerId, fallback_weapon};

/// Player and request counter.
pub type Key = (u8, u8);

/// Frames from a request to its fallback, by the duel's rules.
pub const DEADLINE_FRAMES: u32 = 240;
/// What the guest's judge says to a lie.
pub const LIE_CODE: u16 = 13;
const LIE: u8 = 0xEE;
const REQUESTS: u8 = 2;
const TICK: Duration = Duration::from_millis(4);

/// What the host and the guest do about one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// The host offers so many frames after the request.
    Honest { delay_frames: u32 },
    /// The host offers two contents for one request.
    Twice { delay_frames: u32 },
    /// The host offers when the deadline is near or over.
    Late,
    /// The host offers nothing.
    Silent,
    /// The host offers bytes that the guest's judge refuses.
    Lie { delay_frames: u32 },
    /// The guest does not answer the host's offer.
    Griefed { delay_frames: u32 },
}

/// One sequence.
#[derive(Debug, Clone)]
pub struct Plan {
    pub link: LinkConfig,
    pub acts: BTreeMap<Key, Act>,
    /// The frame each player's request is made in.
    pub asked_at: BTreeMap<Key, u32>,
    /// From this frame on the guest says nothing reliable any more.
    pub mute_from: Option<u32>,
    /// Outages: begin in milliseconds, length in milliseconds.
    pub blackouts: Vec<(u64, u64)>,
}

struct Draws(u64);

impl Draws {
    fn below(&mut self, range: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ z >> 31) % range
    }
}

impl Plan {
    pub fn draw(seed: u64) -> Self {
        let mut draws = Draws(seed);
        let rtt_ms = 20 + draws.below(180) as u32;
        let mut link = LinkConfig::new(seed, rtt_ms, draws.below(30) as u32, draws.below(21) as u8);
        link.reliable_channel = draws.below(2) == 0;
        let has_griefer = link.reliable_channel && draws.below(3) == 0;
        let mut plan = Self {
            link,
            acts: BTreeMap::new(),
            asked_at: BTreeMap::new(),
            mute_from: has_griefer.then_some(0),
            blackouts: Vec::new(),
        };
        for player in 0..2 {
            for request in 0..REQUESTS {
                let key = (player, request + 1);
                let frame = 20 + 330 * u32::from(request) + draws.below(60) as u32;
                plan.asked_at.insert(key, frame);
                plan.acts.insert(key, Self::draw_act(&mut draws, has_griefer));
            }
        }
        if draws.below(3) == 0 && !has_griefer {
            plan.blackouts.push((1000 + draws.below(8000), 100 + draws.below(900)));
        }
        plan
    }

    fn draw_act(draws: &mut Draws, has_griefer: bool) -> Act {
        let delay_frames = draws.below(40) as u32;
        match draws.below(8) {
            0 => Act::Silent,
            _ if has_griefer => Act::Griefed { delay_frames },
            1 => Act::Lie { delay_frames },
            2 => Act::Twice { delay_frames },
            3 => Act::Late,
            _ => Act::Honest { delay_frames },
        }
    }

    /// One request that a cheating host answers.
    pub fn lying_commit() -> Self {
        let key = (1, 1);
        Self {
            link: LinkConfig::new(5, 80, 5, 2),
            acts: BTreeMap::from([(key, Act::Lie { delay_frames: 5 })]),
            asked_at: BTreeMap::from([(key, 30)]),
            mute_from: None,
            blackouts: Vec::new(),
        }
    }

    fn last_frame(&self) -> u32 {
        self.asked_at.values().max().copied().unwrap_or_default() + DEADLINE_FRAMES + 60
    }
}

/// A link that can keep this end's reliable messages to itself: a guest that plays on and never acknowledges.
pub struct MutableLink {
    link: Link,
    is_mute: bool,
}

impl Transport for MutableLink {
    fn send(&mut self, now: Duration, channel: Channel, bytes: &[u8]) -> Result<(), SendError> {
        if self.is_mute && channel == Channel::Reliable {
            return Ok(());
        }
        self.link.send(now, channel, bytes)
    }

    fn receive(&mut self, now: Duration, buffer: &mut Vec<u8>) -> Option<Channel> {
        self.link.receive(now, buffer)
    }

    fn has_reliable_channel(&self) -> bool {
        self.link.has_reliable_channel()
    }

    fn status(&self) -> TransportStatus {
        self.link.status()
    }
}

/// One side and what it saw, with its own frame at that time.
pub struct Peer {
    pub session: Session<DuelSim, MutableLink>,
    pub events: Vec<(u32, SessionEvent)>,
    pub confirmed: Vec<(u32, Event)>,
    due: Duration,
}

/// A match under way.
pub struct Match {
    pub peers: [Peer; 2],
    /// The host commits refused content.
    pub cheats: bool,
    plan: Plan,
    control: LinkControl,
    now: Duration,
    /// What the host will offer: frame, request, bytes.
    orders: Vec<(u32, Key, Vec<u8>)>,
    offers: Vec<(Key, OfferId)>,
}

fn def() -> MatchDef {
    let mut def = MatchDef::duel(0);
    def.rules.forge_cooldown_frames = 60;
    assert_eq!(def.rules.forge_deadline_frames, DEADLINE_FRAMES);
    def
}

fn peer(player: u8, link: Link, is_mute: bool) -> Peer {
    let judge = move |_: &Content, rest: &[u8]| match rest {
        [LIE] if player == 1 => Err(LIE_CODE),
        _ => Ok(()),
    };
    let simulation = DuelSim::judged(def(), Box::new(judge));
    let start = simulation.start();
    let mut config = SessionConfig::new(player, 3);
    config.entropy = u64::from(player) + 1;
    let link = MutableLink { link, is_mute };
    let session = Session::new(simulation, start, link, config, Duration::ZERO).expect("a possible configuration");
    Peer {
        session: session.with_inspect(),
        events: Vec::new(),
        confirmed: Vec::new(),
        due: Duration::ZERO,
    }
}

impl Peer {
    fn collect(&mut self) {
        let frame = self.session.current_frame();
        self.events.extend(self.session.events().map(|event| (frame, event)));
        let confirmed = self.session.game_events();
        let confirmed = confirmed.filter(|event| event.phase == EventPhase::Confirmed);
        self.confirmed.extend(confirmed.map(|event| (event.frame, event.event)));
    }
}

impl Match {
    pub fn new(plan: &Plan) -> Self {
        let (a, b) = Link::pair(plan.link);
        let control = a.control();
        control.set_now(Duration::ZERO);
        Self {
            peers: [peer(0, a, false), peer(1, b, plan.mute_from.is_some())],
            cheats: false,
            plan: plan.clone(),
            control,
            now: Duration::ZERO,
            orders: Vec::new(),
            offers: Vec::new(),
        }
    }

    /// The offers made for a request.
    pub fn offers_of(&self, key: Key) -> Vec<OfferId> {
        let offers = self.offers.iter().filter(|(of, _)| *of == key);
        offers.map(|(_, offer)| *offer).collect()
    }

    /// Plays until every request is answered and every offer has ended.
    pub fn play(&mut self) {
        let end = self.plan.last_frame();
        let limit = Duration::from_secs(90);
        // A match that came apart ends by itself.
        let is_played = |peer: &Peer| {
            peer.session.confirmed_frame() >= end
                || matches!(peer.session.phase(), Phase::Closed(CloseCause::Void { .. }))
        };
        while !self.peers.iter().all(is_played) {
            self.tick();
            assert!(self.now < limit, "the match stands still");
        }
        for _ in 0..1250 {
            self.tick();
        }
    }

    fn tick(&mut self) {
        self.now += TICK;
        self.control.set_now(self.now);
        let milliseconds = self.now.as_millis() as u64;
        for (begin, length) in &self.plan.blackouts {
            if (*begin..begin + TICK.as_millis() as u64).contains(&milliseconds) {
                self.control.blackout(Duration::from_millis(*length));
            }
        }
        for side in 0..2 {
            self.peers[side].session.poll(self.now);
            self.peers[side].collect();
            if side == 0 {
                self.host_works();
            }
            if self.now >= self.peers[side].due {
                let input = self.input(side as u8);
                let peer = &mut self.peers[side];
                let _ = peer.session.advance(self.now, input);
                let earliest = self.now.saturating_sub(Duration::from_millis(50));
                peer.due = peer.due.max(earliest) + peer.session.frame_duration();
                peer.collect();
            }
        }
    }

    fn input(&mut self, side: u8) -> Input {
        let session = &mut self.peers[usize::from(side)].session;
        let frame = session.current_frame();
        let commit = session.commit();
        let mine = self.plan.asked_at.iter().filter(|((player, _), _)| *player == side);
        let asked = mine.filter(|(_, at)| **at <= frame).map(|((_, request), _)| *request);
        let mut input = Input {
            request_seq: asked.max().unwrap_or_default(),
            archetype_hint: 3,
            commit_seq: commit.seq,
            commit_slot: commit.slot,
            ..Input::default()
        };
        let was_refused = |(_, event): &(u32, SessionEvent)| {
            matches!(
                event,
                SessionEvent::Content(pvp_net::ContentEvent::RefusedByPeer { .. })
            )
        };
        if self.cheats && side == 0 && self.peers[0].events.iter().any(was_refused) {
            (input.commit_seq, input.commit_slot) = (1, 0);
        }
        input
    }

    /// The host answers confirmed requests as the plan says.
    fn host_works(&mut self) {
        let host = &mut self.peers[0];
        if host.session.phase() != Phase::Running {
            return;
        }
        for (frame, event) in &host.confirmed {
            let Event::RequestAccepted { player, request_seq } = event else {
                continue;
            };
            let key = (player.0, *request_seq);
            let is_known = self.orders.iter().any(|(_, known, _)| *known == key);
            if is_known || self.offers.iter().any(|(known, _)| *known == key) {
                continue;
            }
            let honest = content(key, 1);
            match self.plan.acts[&key] {
                Act::Silent => {}
                Act::Honest { delay_frames } | Act::Griefed { delay_frames } => {
                    self.orders.push((frame + delay_frames, key, honest));
                }
                Act::Twice { delay_frames } => {
                    self.orders.push((frame + delay_frames, key, honest));
                    self.orders.push((frame + delay_frames, key, content(key, 2)));
                }
                Act::Late => self.orders.push((frame + DEADLINE_FRAMES - 12, key, honest)),
                Act::Lie { delay_frames } => self.orders.push((frame + delay_frames, key, content(key, LIE))),
            }
        }
        let frame = host.session.current_frame();
        let due = |order: &mut (u32, Key, Vec<u8>)| order.0 <= frame;
        for (_, key, bytes) in self.orders.extract_if(.., due) {
            let offer = host
                .session
                .offer_content(self.now, &bytes)
                .expect("the host's own judge takes it");
            self.offers.push((key, offer));
        }
    }

    pub fn assert_in_sync(&self, seed: u64) {
        let [a, b] = &self.peers;
        let common = a.session.confirmed_frame().min(b.session.confirmed_frame());
        assert_eq!(
            a.session.checksum_at(common),
            b.session.checksum_at(common),
            "seed {seed}"
        );
        for peer in &self.peers {
            assert_eq!(peer.session.stats().desyncs, 0, "seed {seed}");
        }
    }
}

/// A weapon for the request, and a byte for the guest's judge.
fn content((player, request_seq): Key, tag: u8) -> Vec<u8> {
    let player = PlayerId(player);
    let weapon = fallback_weapon(9, player, request_seq, tag);
    let content = Content::Weapon {
        player,
        request_seq,
        weapon,
    };
    [&content.encode()[..], &[tag]].concat()
}
