//! The network in memory: who is where, what happens to packets on the way, and who meddles with them.
//!
//! Must not: look into an end beyond what a test asserts.

use super::*;

pub(super) const LISTENER: usize = 0;
const STEP: Duration = Duration::from_millis(5);
/// The session's datagrams: 60 a second, as good as.
const STEPS_PER_DATAGRAM: u64 = 3;
const PAYLOAD_BYTES: usize = 24;
const STRANGER_PORTS: std::ops::Range<u16> = 9_000..9_008;

/// What happens to packets on the way.
#[derive(Clone, Copy, Default)]
pub(super) struct Faults {
    pub(super) loss_percent: u32,
    duplicate_percent: u32,
    cut_percent: u32,
    jitter_ms: u32,
    /// Longer packets are lost.
    carried_bytes_max: Option<usize>,
    /// Longer packets are cut.
    cut_bytes: Option<usize>,
    /// Whatever this end sends is lost.
    mute: Option<usize>,
}

impl Faults {
    pub(super) fn lossy(loss_percent: u32) -> Self {
        Self {
            loss_percent,
            jitter_ms: 20,
            ..Self::default()
        }
    }

    pub(super) fn terrible() -> Self {
        Self {
            loss_percent: 40,
            duplicate_percent: 20,
            cut_percent: 10,
            jitter_ms: 300,
            ..Self::default()
        }
    }

    pub(super) fn blackout() -> Self {
        Self {
            loss_percent: 100,
            ..Self::default()
        }
    }

    pub(super) fn blackout_of(end: usize) -> Self {
        Self {
            mute: Some(end),
            ..Self::default()
        }
    }

    pub(super) fn narrow(bytes: usize) -> Self {
        Self {
            carried_bytes_max: Some(bytes),
            ..Self::default()
        }
    }

    pub(super) fn cutting(bytes: usize) -> Self {
        Self {
            cut_bytes: Some(bytes),
            ..Self::default()
        }
    }
}

/// A process with an endpoint.
pub(super) struct Process {
    pub(super) endpoint: Endpoint,
    /// Where its packets come from.
    pub(super) address: SocketAddr,
    /// Where it can be reached all its life, beside that.
    door: Option<SocketAddr>,
    configured: Option<SocketAddr>,
    id: u64,
    /// When something of the present other process arrived.
    pub(super) heard_at: Duration,
}

/// Who has no phrase, but sees every packet.
#[derive(Default)]
pub(super) struct Stranger {
    /// Repeats, cuts, alters and invents packets.
    pub(super) is_active: bool,
    /// Delivers copies before the originals, from its own ports.
    pub(super) is_racing: bool,
    /// Passes on what is sent to its ports.
    pub(super) is_relaying: bool,
    pub(super) raced: u64,
    kept: Vec<(SocketAddr, SocketAddr, Vec<u8>)>,
    received_bytes: u64,
    sent_bytes: u64,
}

#[derive(Clone, Copy, Default)]
pub(super) struct SentBytes {
    pub(super) data: u64,
    pub(super) other: u64,
}

struct Packet {
    from: SocketAddr,
    to: SocketAddr,
    bytes: Vec<u8>,
}

pub(super) struct World {
    seed: u64,
    draws: u64,
    pub(super) now: Duration,
    steps: u64,
    pub(super) ends: [Process; 2],
    pub(super) holders: Vec<Process>,
    pub(super) stranger: Stranger,
    pub(super) faults: Faults,
    /// The packet so many from now is lost.
    pub(super) lose_one: Option<u32>,
    pub(super) sent_bytes: SentBytes,
    wires: BTreeMap<(Duration, u64), Packet>,
    sequence: u64,
    next_id: u64,
    next_port: u16,
    first_addresses: [SocketAddr; 2],
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], port))
}

fn is_strangers(address: SocketAddr) -> bool {
    STRANGER_PORTS.contains(&address.port())
}

impl World {
    /// Each end is given the other's address.
    pub(super) fn new(seed: u64, faults: Faults) -> Self {
        let addresses = [address(1), address(2)];
        Self::build(seed, faults, [None; 2], [Some(addresses[1]), Some(addresses[0])])
    }

    /// Each end is given a door of the other's, which leads to it wherever it is, or nowhere.
    pub(super) fn with_doors(seed: u64, faults: Faults, doors: [bool; 2]) -> Self {
        let all = [address(11), address(12)];
        let doors = [0, 1].map(|end: usize| doors[end].then_some(all[end]));
        let mut world = Self::build(seed, faults, doors, [Some(all[1]), Some(all[0])]);
        // A door that leads nowhere later has led somewhere once: else they could not have met.
        if doors == [None; 2] {
            world.ends[0].door = Some(all[0]);
            world.run_until_heard(5 * SECOND);
            world.ends[0].door = None;
        }
        world
    }

    /// The first end waits for whoever comes.
    pub(super) fn listening(seed: u64, faults: Faults) -> Self {
        Self::build(seed, faults, [None; 2], [None, Some(address(1))])
    }

    fn build(seed: u64, faults: Faults, doors: [Option<SocketAddr>; 2], configured: [Option<SocketAddr>; 2]) -> Self {
        let first_addresses = [address(1), address(2)];
        let process = |end: usize| Process {
            endpoint: endpoint(seed, end as u64, configured[end]),
            address: first_addresses[end],
            door: doors[end],
            configured: configured[end],
            id: end as u64,
            heard_at: Duration::ZERO,
        };
        Self {
            seed,
            draws: seed,
            now: SECOND,
            steps: 0,
            ends: [process(0), process(1)],
            holders: Vec::new(),
            stranger: Stranger::default(),
            faults,
            lose_one: None,
            sent_bytes: SentBytes::default(),
            wires: BTreeMap::new(),
            sequence: 0,
            next_id: 2,
            next_port: 100,
            first_addresses,
        }
    }

    pub(super) fn draw(&mut self, bound: u32) -> u32 {
        self.draws = self
            .draws
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.draws >> 33) as u32) % bound.max(1)
    }

    pub(super) fn draw_duration(&mut self, ms_max: u32) -> Duration {
        Duration::from_millis(u64::from(self.draw(ms_max)))
    }

    /// What both ends send in datagrams in so many seconds.
    pub(super) fn datagram_bytes(&self, seconds: u64) -> u64 {
        let datagrams = seconds * 1_000 / (STEP.as_millis() as u64 * STEPS_PER_DATAGRAM);
        2 * datagrams.next_multiple_of(1) * (PAYLOAD_BYTES as u64 + 20)
    }

    /// The process is killed and started again with the same arguments.
    pub(super) fn restart(&mut self, end: usize) {
        let id = self.new_id();
        let process = &mut self.ends[end];
        process.endpoint = endpoint(self.seed, id, process.configured);
        process.id = id;
    }

    /// The router in front of this end gives it another address; what is sent to the old one is lost.
    pub(super) fn rebind(&mut self, end: usize) {
        self.next_port += 1;
        self.ends[end].address = address(self.next_port);
    }

    pub(super) fn rebind_back(&mut self) {
        for (end, first) in self.ends.iter_mut().zip(self.first_addresses) {
            end.address = first;
        }
    }

    /// What the user would do after a rebind: each end's given address leads to the other again.
    pub(super) fn tell_addresses(&mut self) {
        for end in 0..2 {
            self.ends[end].door = self.ends[1 - end].configured;
        }
    }

    /// Processes that know the phrase and claim either player's place.
    pub(super) fn add_holders(&mut self, count: u16) {
        for index in 0..count {
            let id = self.new_id();
            let target = self.ends[usize::from(index % 2)].address;
            self.holders.push(Process {
                endpoint: endpoint(self.seed, id, Some(target)),
                address: address(5_000 + index),
                door: None,
                configured: Some(target),
                id,
                heard_at: Duration::ZERO,
            });
        }
    }

    /// They come again with key pairs nobody has seen.
    pub(super) fn renew_holders(&mut self) {
        let count = self.holders.len() as u16;
        self.holders.clear();
        self.add_holders(count);
    }

    fn new_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    pub(super) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.step();
        }
    }

    /// Runs until each end has heard the other's present process anew; returns how long that took.
    pub(super) fn run_until_heard(&mut self, limit: Duration) -> Duration {
        let begun = self.now;
        loop {
            self.step();
            if self.ends.iter().all(|end| end.heard_at > begun) {
                return self.now - begun;
            }
            let [a, b] = &self.ends;
            assert!(
                self.now < begun + limit,
                "seed {}: the ends do not hear each other within {limit:?}: {:?} {:?}",
                self.seed,
                (a.endpoint.stats(), a.endpoint.remote()),
                (b.endpoint.stats(), b.endpoint.remote()),
            );
        }
    }

    fn step(&mut self) {
        self.now += STEP;
        self.steps += 1;
        self.deliver_due();
        for index in 0..2 + self.holders.len() {
            let now = self.now;
            let is_due = self.steps.is_multiple_of(STEPS_PER_DATAGRAM);
            let process = self.process(index);
            process.endpoint.poll(now);
            let mut packets: Vec<_> = process.endpoint.outgoing().collect();
            if is_due {
                let mut payload = [0; PAYLOAD_BYTES];
                payload[..8].copy_from_slice(&process.id.to_le_bytes());
                let mut bytes = Vec::new();
                let targets = process.endpoint.seal(&payload, &mut bytes);
                packets.extend(targets.iter().map(|to| Outgoing {
                    to,
                    bytes: bytes.clone(),
                }));
            }
            for packet in packets {
                self.send(index, packet);
            }
        }
        if self.stranger.is_active {
            self.meddle();
        }
    }

    fn process(&mut self, index: usize) -> &mut Process {
        match index {
            0 | 1 => &mut self.ends[index],
            _ => &mut self.holders[index - 2],
        }
    }

    fn send(&mut self, index: usize, packet: Outgoing) {
        let from = self.process(index).address;
        if index < 2 {
            let counter = match packet.bytes[0] {
                0x72 => &mut self.sent_bytes.data,
                _ => &mut self.sent_bytes.other,
            };
            *counter += packet.bytes.len() as u64;
        }
        let packet = Packet {
            from,
            to: packet.to,
            bytes: packet.bytes,
        };
        if let Some(left) = &mut self.lose_one {
            if *left == 0 {
                self.lose_one = None;
                return;
            }
            *left -= 1;
        }
        if self.stranger.is_racing && index < 2 && !is_strangers(packet.to) {
            self.race(&packet);
        }
        self.stranger.keep(&packet);
        let faults = self.faults;
        let is_lost = self.draw(100) < faults.loss_percent
            || faults.mute == Some(index)
            || faults.carried_bytes_max.is_some_and(|limit| packet.bytes.len() > limit);
        // Holders and strangers sit on a better line than anybody.
        if is_lost && index < 2 {
            return;
        }
        let copies = 1 + u32::from(self.draw(100) < faults.duplicate_percent);
        for _ in 0..copies {
            let mut bytes = packet.bytes.clone();
            if self.draw(100) < faults.cut_percent {
                bytes.truncate(self.draw(bytes.len() as u32) as usize);
            }
            bytes.truncate(faults.cut_bytes.unwrap_or(usize::MAX));
            let late = self.draw_duration(faults.jitter_ms);
            self.put(late + 2 * STEP, Packet { bytes, ..packet });
        }
    }

    fn put(&mut self, late: Duration, packet: Packet) {
        self.sequence += 1;
        self.wires.insert((self.now + late, self.sequence), packet);
    }

    /// A copy arrives before the original, from one of the stranger's ports.
    fn race(&mut self, packet: &Packet) {
        self.stranger.raced += 1;
        let side = u16::from(packet.from == self.ends[1].address);
        let copy = Packet {
            from: address(STRANGER_PORTS.start + side),
            to: packet.to,
            bytes: packet.bytes.clone(),
        };
        self.stranger.sent_bytes += copy.bytes.len() as u64;
        self.put(STEP, copy);
    }

    fn meddle(&mut self) {
        let kept = self.stranger.kept.len() as u32;
        if kept == 0 {
            return;
        }
        let which = self.draw(kept) as usize;
        let (source, to, mut bytes) = self.stranger.kept[which].clone();
        match self.draw(4) {
            0 => bytes.truncate(self.draw(bytes.len() as u32) as usize),
            1 => {
                let at = self.draw(bytes.len() as u32) as usize;
                bytes[at] ^= 1 << self.draw(8);
            }
            2 => bytes = (0..self.draw(120)).map(|_| self.draw(256) as u8).collect(),
            _ => {}
        }
        let own = address(STRANGER_PORTS.start + self.draw(8) as u16);
        let from = if self.draw(2) == 0 { source } else { own };
        if from == own {
            self.stranger.sent_bytes += bytes.len() as u64;
        }
        self.put(STEP, Packet { from, to, bytes });
    }

    fn deliver_due(&mut self) {
        while let Some(entry) = self.wires.first_entry() {
            if entry.key().0 > self.now {
                break;
            }
            let packet = entry.remove();
            if is_strangers(packet.to) {
                self.receive_as_stranger(packet);
            } else {
                self.deliver(packet);
            }
        }
    }

    fn receive_as_stranger(&mut self, packet: Packet) {
        self.stranger.received_bytes += packet.bytes.len() as u64;
        if self.stranger.is_relaying {
            // What was sent to the port that looks like this end goes to it, from the port that looks like the other.
            let side = packet.to.port() - STRANGER_PORTS.start;
            let to = self.ends[usize::from(side & 1)].address;
            let from = address(STRANGER_PORTS.start + 1 - (side & 1));
            self.put(STEP, Packet { from, to, ..packet });
        }
    }

    fn deliver(&mut self, mut packet: Packet) {
        let is_at = |process: &Process| process.address == packet.to || process.door == Some(packet.to);
        let index = (0..2 + self.holders.len()).find(|&index| is_at(self.process(index)));
        let Some(index) = index else { return };
        let now = self.now;
        let process = self.process(index);
        process.endpoint.poll(now);
        let due: Vec<_> = process.endpoint.outgoing().collect();
        let payload = process.endpoint.handle(now, packet.from, &mut packet.bytes);
        let answers: Vec<_> = process.endpoint.outgoing().collect();
        let answer_bytes: usize = answers
            .iter()
            .filter(|answer| answer.to == packet.from)
            .map(|answer| answer.bytes.len())
            .sum();
        assert!(
            answer_bytes <= packet.bytes.len(),
            "seed {}: an answer larger than its cause",
            self.seed
        );
        let sender = payload.map(|range| u64::from_le_bytes(packet.bytes[range][..8].try_into().expect("our payload")));
        if let (0 | 1, Some(sender)) = (index, sender) {
            let is_holders = self.holders.iter().any(|holder| holder.id == sender);
            if sender == self.ends[1 - index].id {
                self.ends[index].heard_at = now;
            } else {
                // Another process of the other player, from before a restart, or a holder in its place.
                assert!(
                    is_holders || sender != self.ends[index].id,
                    "seed {}: own packet",
                    self.seed
                );
            }
        }
        for answer in due.into_iter().chain(answers) {
            self.send(index, answer);
        }
    }

    /// The strangers' addresses have got no more than they sent.
    pub(super) fn assert_nothing_for_strangers(&self) {
        let stranger = &self.stranger;
        assert!(
            stranger.received_bytes <= stranger.sent_bytes,
            "seed {}: {} bytes for {}",
            self.seed,
            stranger.received_bytes,
            stranger.sent_bytes
        );
    }
}

impl Stranger {
    fn keep(&mut self, packet: &Packet) {
        let kept = (packet.from, packet.to, packet.bytes.clone());
        if self.kept.len() < 256 {
            self.kept.push(kept);
        } else {
            let oldest = (packet.bytes.iter().map(|&byte| usize::from(byte)).sum::<usize>() * 31) % 256;
            self.kept[oldest] = kept;
        }
    }
}

fn endpoint(seed: u64, id: u64, configured: Option<SocketAddr>) -> Endpoint {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&id.to_le_bytes());
    Endpoint::new(&RoomKey::from_phrase("the room"), &bytes, configured)
}
