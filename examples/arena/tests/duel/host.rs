//! A host by another program: a bare session that tells, asks and offers what its plan says, against an honest guest.

use arena::armory::Armory;
use arena::duel::{CONTENT_VERSION, DuelPeer, GAME_ID, Note, Pilot};
use arena::forging::{Done, Forging, InlineForging, Job};
use arena::ledger::Taste;
use arena::refusals::OfferRefused;
use arena::rules;
use pvp_net::sim::DuelSim;
use pvp_net::transport::link::{Link, LinkConfig, LinkControl};
use pvp_net::{ContentEvent, EventPhase, Session, SessionConfig, SessionEvent};
use pvp_sim::{Event, Input};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use weapon_gen::archetype_hint;

/// The frame in which the request is made.
const ASKED_AT: u32 = 100;
const DEADLINE_FRAMES: u32 = 240;
const TICK: Duration = Duration::from_millis(4);

/// What the host does about one request.
pub struct Plan {
    /// Whose request it is: 0 the host's, 1 the guest's.
    pub asker: u8,
    /// The prompt that is told on the lane before the request (by whoever asks).
    pub told: Option<&'static str>,
    /// The prompt that the host tells after its offer.
    pub told_late: Option<&'static str>,
    /// The prompt that the request's input promises.
    pub hinted: &'static str,
    /// What the host says about itself first.
    pub announces_providers: bool,
    /// The host says so after its offer.
    pub announces_late: bool,
    /// The offered bytes; it gets the match's seed.
    pub offer: Box<dyn Fn(u64) -> Vec<u8>>,
    /// What the guest's player takes.
    pub taste: Taste,
    /// Until this frame the guest's forge does not come to an end.
    pub busy_until: u32,
    /// The host's name in the handshake.
    pub name: &'static str,
}

impl Plan {
    /// An honest host whose player asks for `prompt`, and offers this.
    pub fn new(prompt: &'static str, offer: impl Fn(u64) -> Vec<u8> + 'static) -> Plan {
        Plan {
            asker: 0,
            told: Some(prompt),
            told_late: None,
            hinted: prompt,
            announces_providers: false,
            announces_late: false,
            offer: Box::new(offer),
            taste: Taste::default(),
            busy_until: 0,
            name: "host",
        }
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// What the guest said to the offer; `None` if it took it.
    pub refusal: Option<OfferRefused>,
    /// Frame and kind of the answer on each side: whether it was the fallback; `None` for a change of the physics.
    pub weapons: [Option<(u32, bool)>; 2],
    /// Changes of the physics on each side.
    pub physics: [u32; 2],
    /// What the guest told its player.
    pub notes: Vec<Note>,
    pub peer_name: String,
    pub tally: arena::duel::Tally,
    /// The name that the guest shows.
    pub piece: Option<String>,
}

impl Outcome {
    /// The offer was refused for this reason, and the match went on with the fallback on both sides.
    pub fn assert_refused(&self, reason: OfferRefused) {
        assert_eq!(self.refusal, Some(reason), "{self:?}");
        self.assert_fallback();
        assert_eq!(self.tally.offers_refused_here, 1);
        assert_eq!(self.physics, [0, 0]);
    }

    pub fn assert_fallback(&self) {
        let [host, guest] = self.weapons;
        assert_eq!(host, guest);
        let (frame, is_fallback) = host.expect("a weapon");
        assert!(is_fallback && frame == asked_frame(self) + DEADLINE_FRAMES, "{self:?}");
    }

    /// The offer was taken, and the weapon is the same on both sides.
    pub fn assert_taken(&self) {
        assert_eq!(self.refusal, None, "{self:?}");
        let [host, guest] = self.weapons;
        assert_eq!(host, guest);
        assert!(host.is_some_and(|(_, is_fallback)| !is_fallback), "{self:?}");
    }
}

fn asked_frame(outcome: &Outcome) -> u32 {
    let (frame, _) = outcome.weapons[0].expect("a weapon");
    // The fallback's frame is the request's and the deadline: the request is made within the input delay.
    (ASKED_AT..ASKED_AT + 16)
        .find(|asked| asked + DEADLINE_FRAMES == frame)
        .unwrap_or_else(|| panic!("{outcome:?}"))
}

/// A forge that is at work until it is let go.
struct BusyForging {
    inner: Box<dyn Forging>,
    is_busy: Rc<Cell<bool>>,
}

impl Forging for BusyForging {
    fn begin(&mut self, job: Job) {
        self.inner.begin(job);
    }

    fn finished(&mut self) -> Option<Done> {
        if self.is_busy.get() {
            return None;
        }
        self.inner.finished()
    }
}

struct Game {
    plan: Plan,
    host: Session<DuelSim, Link>,
    guest: DuelPeer<Link>,
    is_busy: Rc<Cell<bool>>,
    control: LinkControl,
    now: Duration,
    due: [Duration; 2],
    has_announced: bool,
    has_asked: bool,
    outcome: Outcome,
}

fn host_session(link: Link, name: &str) -> Session<DuelSim, Link> {
    let def = rules::duel(0);
    let mut config = SessionConfig::new(0, GAME_ID);
    config.build = DuelSim::build();
    config.ruleset_hash = def.ruleset_hash();
    config.content_version = CONTENT_VERSION;
    config.entropy = 77;
    config.name = name.to_owned();
    let simulation = DuelSim::new(def);
    let start = simulation.start();
    Session::new(simulation, start, link, config, Duration::ZERO).expect("fixed choices")
}

/// Plays a plan to its end.
pub fn play(plan: Plan) -> Outcome {
    let (a, b) = Link::pair(LinkConfig::new(3, 80, 5, 2));
    let control = a.control();
    control.set_now(Duration::ZERO);
    let is_busy = Rc::new(Cell::new(false));
    let forging = |armory: Armory| -> Box<dyn Forging> {
        Box::new(BusyForging {
            inner: InlineForging::boxed(armory),
            is_busy: Rc::clone(&is_busy),
        })
    };
    let mut config = SessionConfig::new(1, GAME_ID);
    config.entropy = 78;
    let guest = DuelPeer::new(b, config, Pilot::Outside, forging, Duration::ZERO).expect("fixed choices");
    let mut game = Game {
        host: host_session(a, plan.name),
        guest: guest.with_taste(plan.taste),
        plan,
        is_busy,
        control,
        now: Duration::ZERO,
        due: [Duration::ZERO; 2],
        has_announced: false,
        has_asked: false,
        outcome: Outcome {
            refusal: None,
            weapons: [None; 2],
            physics: [0; 2],
            notes: Vec::new(),
            peer_name: String::new(),
            tally: arena::duel::Tally::default(),
            piece: None,
        },
    };
    while game.confirmed_frame() < ASKED_AT + DEADLINE_FRAMES + 60 {
        game.tick();
        assert!(game.now < Duration::from_secs(60), "the match stands still");
    }
    game.finish()
}

impl Game {
    fn confirmed_frame(&self) -> u32 {
        self.host.confirmed_frame().min(self.guest.session().confirmed_frame())
    }

    fn tick(&mut self) {
        self.now += TICK;
        self.control.set_now(self.now);
        self.host.poll(self.now);
        self.host_acts();
        if self.now >= self.due[0] {
            let input = self.host_input();
            let _ = self.host.advance(self.now, input);
            self.due[0] = self.now.saturating_sub(TICK) + self.host.frame_duration();
        }
        let guest_frame = self.guest.session().current_frame();
        self.is_busy.set(guest_frame < self.plan.busy_until);
        self.guest.poll(self.now);
        if guest_frame >= ASKED_AT && self.plan.asker == 1 && !self.has_asked {
            self.has_asked = true;
            self.guest.ask(self.plan.hinted).expect("nothing is in the way");
        }
        if self.now >= self.due[1] {
            self.guest.advance(self.now);
            self.due[1] = self.now.saturating_sub(TICK) + self.guest.session().frame_duration();
        }
        self.watch_guest();
    }

    fn tell(&mut self, prompt: &str) {
        let message = [&[1, 1], prompt.as_bytes()].concat();
        self.host.send_message(&message).expect("room");
    }

    fn host_input(&mut self) -> Input {
        let commit = self.host.commit();
        let asks = self.plan.asker == 0 && self.host.current_frame() >= ASKED_AT;
        if asks && !self.has_asked {
            self.has_asked = true;
            if let Some(prompt) = self.plan.told {
                self.tell(prompt);
            }
        }
        Input {
            request_seq: u8::from(asks),
            archetype_hint: archetype_hint(self.plan.hinted),
            commit_seq: commit.seq,
            commit_slot: commit.slot,
            ..Input::default()
        }
    }

    fn host_acts(&mut self) {
        let events: Vec<SessionEvent> = self.host.events().collect();
        for event in events {
            if let SessionEvent::Content(ContentEvent::RefusedByPeer { reason, .. }) = event {
                self.outcome.refusal = Some(OfferRefused::told(reason));
            }
        }
        if self.host.match_seed().is_some() && self.host.current_frame() > 0 && !self.has_announced {
            self.has_announced = true;
            let flags = u8::from(self.plan.announces_providers) | 2;
            self.host.send_message(&[3, flags]).expect("room");
        }
        let happened: Vec<_> = self.host.game_events().collect();
        for told in happened.iter().filter(|told| told.phase == EventPhase::Confirmed) {
            match told.event {
                Event::RequestAccepted { .. } => self.offer(),
                Event::Forged { fallback, .. } => self.outcome.weapons[0] = Some((told.frame, fallback)),
                Event::ModStarted { .. } => self.outcome.physics[0] += 1,
                _ => {}
            }
        }
    }

    fn offer(&mut self) {
        let seed = self.host.match_seed().expect("a match runs");
        let bytes = (self.plan.offer)(seed);
        self.host
            .offer_content(self.now, &bytes)
            .expect("its own game takes it");
        if let Some(prompt) = self.plan.told_late {
            self.tell(prompt);
        }
        if self.plan.announces_late {
            self.host.send_message(&[3, 1]).expect("room");
        }
    }

    fn watch_guest(&mut self) {
        for told in self.guest.happenings() {
            match told.event {
                _ if told.phase != EventPhase::Confirmed => {}
                Event::Forged { fallback, .. } => self.outcome.weapons[1] = Some((told.frame, fallback)),
                Event::ModStarted { .. } => self.outcome.physics[1] += 1,
                _ => {}
            }
        }
        for note in self.guest.notes() {
            if let Note::Connected { peer_name } = &note {
                self.outcome.peer_name.clone_from(peer_name);
            }
            self.outcome.notes.push(note);
        }
    }

    fn finish(mut self) -> Outcome {
        let frame = self.confirmed_frame();
        let checksums = [self.host.checksum_at(frame), self.guest.session().checksum_at(frame)];
        assert!(
            checksums[0].is_some() && checksums[0] == checksums[1],
            "{checksums:x?} at {frame}"
        );
        assert_eq!(self.host.stats().desyncs + self.guest.stats().desyncs, 0);
        self.outcome.tally = self.guest.tally();
        let piece = self.guest.armory().piece((self.plan.asker, 1));
        self.outcome.piece = piece.map(|piece| piece.name);
        self.outcome
    }
}
