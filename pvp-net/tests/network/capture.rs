//! A capture of whole matches: what goes over the network is inputs, checksums and messages, and no byte of a state.
//!
//! The exceptions are the state for a restarted process and the look at a desync, both messages of their own kinds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pvp_net::hostile::LaneReader;
use pvp_net::transport::link::{Link, LinkConfig};
use pvp_net::{Channel, EpochCause, Inspect, SendError, Session, SessionEvent, Transport, TransportStatus};

use crate::pair::{FRAME, Pair, config, offered, rules, session};

/// The kind of a message of the lane that carries a state for a restarted process.
const STATE_KIND: u8 = 5;
/// Kinds of messages in a match without restarts and desyncs: of the user, offers, their answers.
const USUAL_KINDS: [u8; 3] = [0, 1, 2];
/// What a packet of the handshake begins with, and how long it is at most.
const HANDSHAKE: &[u8] = b"PVPN";
const HANDSHAKE_BYTES_MAX: usize = 256;
/// Bytes in a row that no two things share by chance.
const RUN_BYTES: usize = 16;
/// Bytes of a datagram beside its inputs and its lane section.
const REST_BYTES_MAX: usize = 24;

type Packets = Arc<Mutex<Vec<Vec<u8>>>>;

/// A fault planted in the transport: what it makes of a datagram and of the bytes of the newest state.
type Leak = fn(&[u8], &[u8]) -> Vec<u8>;

/// A transport that keeps a copy of every packet it is given, before anything is sealed or lost.
struct Tap<T> {
    inner: T,
    sent: Packets,
    leak: Option<(Leak, Packets)>,
}

impl<T: Transport> Transport for Tap<T> {
    fn send(&mut self, now: Duration, channel: Channel, bytes: &[u8]) -> Result<(), SendError> {
        let mut sent = self.sent.lock().expect("one thread");
        let leak = self.leak.as_ref().filter(|_| !bytes.starts_with(HANDSHAKE));
        let leaked = leak.and_then(|(leak, state)| Some(leak(bytes, state.lock().ok()?.first()?)));
        let packet = leaked.unwrap_or_else(|| bytes.to_vec());
        sent.push(packet.clone());
        self.inner.send(now, channel, &packet)
    }

    fn receive(&mut self, now: Duration, buffer: &mut Vec<u8>) -> Option<Channel> {
        self.inner.receive(now, buffer)
    }

    fn has_reliable_channel(&self) -> bool {
        self.inner.has_reliable_channel()
    }

    fn path(&self) -> u64 {
        self.inner.path()
    }

    fn status(&self) -> TransportStatus {
        self.inner.status()
    }
}

/// What was seen of one side.
#[derive(Default)]
struct Seen {
    lane: LaneReader,
    epoch: u32,
    plays: u32,
    handshakes: u32,
    kinds: BTreeMap<u8, u32>,
    /// Checksums that were told.
    reports: BTreeSet<(u16, u32)>,
    violations: Vec<String>,
    /// Bytes of the newest states, with their headers.
    states: Vec<Vec<u8>>,
}

impl Seen {
    /// Judges what a session has just sent.
    fn judge<T: Transport>(&mut self, session: &Session<pvp_net::sim::DuelSim, T>, packets: Vec<Vec<u8>>) {
        self.states.insert(0, rules().to_bytes(session.state()));
        self.states.truncate(3);
        for packet in packets {
            if let Err(violation) = self.judge_packet(session, &packet) {
                self.violations
                    .push(format!("frame {}: {violation}", session.current_frame()));
            }
        }
    }

    fn judge_packet<T: Transport>(
        &mut self,
        session: &Session<pvp_net::sim::DuelSim, T>,
        packet: &[u8],
    ) -> Result<(), String> {
        if packet.starts_with(HANDSHAKE) {
            self.handshakes += 1;
            if packet.len() > HANDSHAKE_BYTES_MAX {
                return Err(format!("a handshake of {} bytes", packet.len()));
            }
            return self.judge_run(packet);
        }
        let opened = session.open_own(packet).ok_or("a packet of no kind")?;
        self.plays += 1;
        if !opened.is_all {
            return Err("a datagram with more than its fields".to_owned());
        }
        if let Some(reason) = opened.goodbye {
            return Err(format!("a goodbye for reason {reason}"));
        }
        self.reports
            .extend(opened.checksum.filter(|(_, checksum)| *checksum != 0));
        let lane_bytes = opened.lane.as_ref().map_or(0, Vec::len);
        let rest = packet.len().saturating_sub(lane_bytes + opened.inputs.len());
        if rest > REST_BYTES_MAX + opened.inputs.len() / 4 {
            return Err(format!("{rest} bytes beside inputs of {} bytes", opened.inputs.len()));
        }
        // What the lane carries is judged when a message is whole, by its kind first.
        self.judge_run(&packet[..packet.len() - lane_bytes])?;
        let Some(section) = opened.lane else { return Ok(()) };
        if std::mem::replace(&mut self.epoch, opened.epoch) != opened.epoch {
            self.lane = LaneReader::default();
        }
        let messages = self.lane.read(&section).ok_or("a lane section that does not fit")?;
        let mut outcome = Ok(());
        for message in messages {
            let kind = message.first().copied().unwrap_or(u8::MAX);
            *self.kinds.entry(kind).or_default() += 1;
            outcome = outcome.and(if USUAL_KINDS.contains(&kind) {
                self.judge_run(&message)
            } else {
                Err(format!("a message of kind {kind}"))
            });
        }
        outcome
    }

    /// No run of the bytes is one of the newest states'.
    fn judge_run(&self, bytes: &[u8]) -> Result<(), String> {
        let runs: BTreeSet<&[u8]> = bytes.windows(RUN_BYTES).filter(|run| is_telling(run)).collect();
        let is_known = |run: &[u8]| !runs.is_empty() && runs.contains(run);
        let found = self.states.iter().any(|state| state.windows(RUN_BYTES).any(is_known));
        if found {
            Err(format!("{RUN_BYTES} bytes of a state"))
        } else {
            Ok(())
        }
    }
}

/// Whether a run is no filling: of several values.
fn is_telling(run: &[u8]) -> bool {
    let values: BTreeSet<&u8> = run.iter().collect();
    values.len() >= 6
}

/// A match with taps on both sides.
struct Watched<T: Transport> {
    pair: Pair<Tap<T>>,
    sent: [Packets; 2],
    /// The newest state of each side, for planted leaks.
    state: [Packets; 2],
    seen: [Seen; 2],
}

impl<T: Transport> Watched<T> {
    fn new([a, b]: [T; 2], leak: Option<Leak>) -> Self {
        let (sent, state): ([Packets; 2], [Packets; 2]) = Default::default();
        let tap = |inner, side: usize| Tap {
            inner,
            sent: Arc::clone(&sent[side]),
            leak: leak.filter(|_| side == 1).map(|leak| (leak, Arc::clone(&state[side]))),
        };
        Self {
            pair: Pair::new([rules(), rules()], [tap(a, 0), tap(b, 1)], [config(0), config(1)]),
            sent,
            state,
            seen: Default::default(),
        }
    }

    fn tick(&mut self) {
        self.pair.now += FRAME;
        for side in 0..2 {
            // Between the two, what a session has sent is judged while it still knows what it was.
            self.pair.poll(side);
            self.judge(side);
            self.pair.advance(side);
            self.judge(side);
        }
    }

    fn judge(&mut self, side: usize) {
        let session = &self.pair.sessions[side];
        let packets = std::mem::take(&mut *self.sent[side].lock().expect("one thread"));
        self.seen[side].judge(session, packets);
        *self.state[side].lock().expect("one thread") = self.seen[side].states.clone();
    }

    /// Requests, weapons that are committed, and messages in both directions.
    fn play(&mut self, confirmed_frame: u32, ticks_max: u32) {
        for tick in 0..ticks_max {
            self.tick();
            if self.pair.is_running() && tick % 100 == 50 {
                let request = (tick / 100) as u8;
                self.pair.request_seqs[1] = self.pair.request_seqs[1].wrapping_add(1);
                let (now, seq) = (self.pair.now, self.pair.request_seqs[1]);
                let _full = self.pair.sessions[0].offer_content(now, &offered(1, seq).encode());
                let _early = self.pair.sessions[1].send_message(&vec![request; 300]);
            }
            if self.pair.confirmed_frame() >= confirmed_frame {
                return;
            }
        }
        panic!(
            "frame {confirmed_frame} is not confirmed: {}",
            self.pair.confirmed_frame()
        );
    }

    fn violations(&self) -> Vec<&String> {
        self.seen.iter().flat_map(|seen| &seen.violations).collect()
    }

    fn assert_clean(&self) {
        assert_eq!(self.violations(), Vec::<&String>::new());
        self.pair.assert_in_sync();
        for seen in &self.seen {
            println!(
                "{} datagrams, {} handshakes, messages by kind {:?}",
                seen.plays, seen.handshakes, seen.kinds
            );
            assert!(seen.plays > 300 && seen.handshakes > 0);
            // One of four bytes every half second.
            let due = self.pair.confirmed_frame() as usize / 30;
            assert!((due - 3..=due + 3).contains(&seen.reports.len()), "{:?}", seen.reports);
        }
        let dropped = self
            .pair
            .sessions
            .each_ref()
            .map(|session| session.stats().dropped_total());
        assert_eq!(dropped, [0, 0], "both sides understood everything");
        assert!(self.seen[0].kinds[&1] > 1 && self.seen[1].kinds[&0] > 1 && self.seen[1].kinds[&2] > 1);
    }
}

fn links(seed: u64, leak: Option<Leak>) -> Watched<Link> {
    let (a, b) = Link::pair(LinkConfig::new(seed, 90, 10, 5));
    Watched::new([a, b], leak)
}

#[test]
fn no_packet_of_a_match_over_a_lossy_link_carries_a_state() {
    let mut watched = links(4, None);
    watched.play(500, 3_000);
    watched.assert_clean();
    let stats = watched.pair.sessions[0].stats();
    assert!(stats.rollbacks > 10, "there were states to correct");
}

#[cfg(all(feature = "udp", not(target_arch = "wasm32")))]
#[test]
fn no_packet_of_a_match_over_real_udp_carries_a_state_before_it_is_sealed() {
    use pvp_net::transport::udp::{RoomKey, UdpTransport};
    let key = RoomKey::from_phrase("a capture on loopback");
    let any_port = "127.0.0.1:0".parse().expect("an address");
    let a = UdpTransport::listen(any_port, &key).expect("a free port");
    let b = UdpTransport::bind(any_port, a.local_address(), &key).expect("a free port");
    let mut watched = Watched::new([a, b], None);
    watched.play(400, 200_000);
    watched.assert_clean();
}

#[test]
fn a_transport_that_leaks_a_state_is_caught_however_it_is_hidden() {
    // Behind a datagram, in its place, masked behind a datagram so that no byte is the state's.
    let behind: Leak = |packet, state| [packet, &state[280..340]].concat();
    let instead: Leak = |_, state| state[280..400].to_vec();
    let masked: Leak = |packet, state| {
        let hidden = state[280..340].iter().map(|byte| byte ^ 0x5a);
        packet.iter().copied().chain(hidden).collect()
    };
    for leak in [behind, instead, masked] {
        let mut watched = links(5, Some(leak));
        (0..240).for_each(|_| watched.tick());
        let violations = watched.violations().len();
        assert!(violations > 20, "{violations} of 240 ticks are seen");
    }
    // As a message of the user, compressed as it may be.
    let mut watched = links(6, None);
    (0..120).for_each(|_| watched.tick());
    let state = rules().to_bytes(watched.pair.sessions[0].state());
    watched.pair.sessions[0].send_message(&state).expect("running");
    (0..120).for_each(|_| watched.tick());
    let found = watched.violations();
    assert!(
        found.iter().any(|violation| violation.contains("of a state")),
        "{found:?}"
    );
}

#[test]
fn the_state_for_a_restarted_process_is_the_only_one_and_a_message_of_its_own_kind() {
    let mut watched = links(7, None);
    watched.play(300, 3_000);
    watched.assert_clean();
    let (nowhere, _) = Link::pair(LinkConfig::default());
    let nowhere = Tap {
        inner: nowhere,
        sent: Packets::default(),
        leak: None,
    };
    let path = watched.pair.sessions[1].replace_transport(nowhere);
    let mut again = config(1);
    (again.entropy, again.takes_state) = (990, true);
    watched.pair.sessions[1] = session(rules(), path, again, watched.pair.now);
    watched.seen[1].lane = LaneReader::default();
    (0..400).for_each(|_| watched.tick());
    let is_back = |event: &SessionEvent| {
        matches!(
            event,
            SessionEvent::EpochStarted {
                cause: EpochCause::Rejoined,
                ..
            }
        )
    };
    assert!(
        watched.pair.events[1].iter().any(is_back),
        "{:?}",
        watched.pair.events[1]
    );
    let state_message = format!("a message of kind {STATE_KIND}");
    for violation in watched.violations() {
        assert!(violation.ends_with(&state_message), "{violation}");
    }
    let [survivor, restarted] = watched.seen.each_ref().map(|seen| seen.kinds.get(&STATE_KIND).copied());
    assert!(survivor > Some(2), "the manifest, the state, the inputs: {survivor:?}");
    assert_eq!(restarted, Some(1), "that it is there");
}
