//! Where the peer is: which addresses get our packets, and which have shown that the peer hears us there.
//!
//! Must not: touch a socket or a clock, know a key of the tunnel, or follow an address that has not answered.
//!
//! As RFC 9000, section 9.3: a packet that is authentic says who made it, not who brought it.
//! A new address gets nothing but challenges until the peer has answered one of them, and the old one is asked at the same time.
//!
//! | state | the session's packets go to | ends when |
//! |---|---|---|
//! | unproven: where the hello came from that made the peer | the configured address, if there is one | a challenge is answered, there or elsewhere: active |
//! | active | the active address | another address answers a challenge: contested |
//! | contested | both | the active one answers or brings something new: active, the other forgotten; a second without: moved |
//! | moved | the new address, and for 3 s the former one as well | the former one answers: active there again; 3 s |
//!
//! A router that rebinds costs nothing: what is sent while the two addresses are compared goes to both.
//! A stranger that copies packets from another port gets a challenge it cannot answer.
//! Even if its copies always arrive first, the peer's response does too: it is also sent to where this side is known to be.
//! One that passes the challenges on too is a detour that works, and is left again at the first answer from the old address.
//! While the peer is silent, hellos go to every address that is known and to the configured one.
//!
//! A challenge's token is a digest of the address it is sent to, so nothing is kept per address
//! but a short list of those asked last; forgetting one of them costs a challenge, not the peer.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// How long an address that is contested has for an answer.
pub(super) const CONTEST: Duration = Duration::from_secs(1);
/// How long a former address is remembered.
pub(super) const FORMER_LIFE: Duration = Duration::from_secs(3);
/// How often the address in question is asked.
const ASK_INTERVAL: Duration = Duration::from_millis(50);
/// How long a token is told; it is good for as long again.
const TOKEN_LIFE: Duration = Duration::from_secs(4);
/// Addresses asked last that an answer may be for.
const ASKED_MAX: usize = 8;
/// An address that packets come from, but that does not become the active one, is asked again after twice as long each time, up to this.
const ASK_AGAIN_MAX: Duration = Duration::from_millis(500);

/// At most this many addresses are in use at a time.
const TARGETS_MAX: usize = 5;

/// Tells which address a challenge was sent to. Short: nobody without the keys of the tunnel can make a response at all.
pub(super) type PathToken = [u8; 4];

/// Some addresses, each once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Targets {
    addresses: [Option<SocketAddr>; TARGETS_MAX],
}

impl Targets {
    fn add(&mut self, address: Option<SocketAddr>) {
        if address.is_none() || self.addresses.contains(&address) {
            return;
        }
        if let Some(free) = self.addresses.iter_mut().find(|slot| slot.is_none()) {
            *free = address;
        }
    }

    /// These and one more.
    pub(super) fn with(mut self, address: SocketAddr) -> Self {
        self.add(Some(address));
        self
    }

    pub(super) fn iter(self) -> impl Iterator<Item = SocketAddr> {
        self.addresses.into_iter().flatten()
    }
}

#[derive(Debug, Clone, Copy)]
struct Asked {
    address: SocketAddr,
    /// Not again before this.
    next_at: Duration,
    wait: Duration,
}

pub(super) struct Path {
    token_key: [u8; 32],
    /// What the user gave.
    configured: Option<SocketAddr>,
    /// Where the peer is, as far as is known.
    active: Option<SocketAddr>,
    /// Whether the peer has answered a challenge there.
    is_proven: bool,
    /// Another address that has answered, and since when the active one is in question.
    rival: Option<(SocketAddr, Duration)>,
    /// The active address before this one, and until when it is asked.
    former: Option<(SocketAddr, Duration)>,
    asked: [Option<Asked>; ASKED_MAX],
    next_asked: usize,
    ask_at: Duration,
    changes: u64,
}

impl Path {
    pub(super) fn new(configured: Option<SocketAddr>, seed: &[u8; 32]) -> Self {
        Self {
            token_key: blake3::derive_key("pvp-net 2026-11 udp path tokens", seed),
            configured,
            active: configured,
            is_proven: false,
            rival: None,
            former: None,
            asked: [None; ASKED_MAX],
            next_asked: 0,
            ask_at: Duration::ZERO,
            changes: 0,
        }
    }

    /// Where the peer is, as far as is known.
    pub(super) fn active(&self) -> Option<SocketAddr> {
        self.active
    }

    /// How often the active address changed to another one that had answered.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Where the session's packets go.
    pub(super) fn targets(&self) -> Targets {
        let mut targets = Targets::default();
        targets.add(if self.is_proven { self.active } else { self.configured });
        targets.add(self.rival.map(|(address, _)| address));
        targets.add(self.former.map(|(address, _)| address));
        targets
    }

    /// Where hellos go that nobody asked for.
    pub(super) fn hello_targets(&self) -> Targets {
        let mut targets = self.targets();
        targets.add(self.configured);
        targets
    }

    /// A hello from here has made a new peer.
    pub(super) fn handle_adoption(&mut self, from: SocketAddr) {
        self.asked = [None; ASKED_MAX];
        self.is_proven = false;
        self.active = Some(from);
        self.rival = None;
        self.former = None;
    }

    /// A sealed packet has come from here; returns whether its sender is to be challenged there.
    pub(super) fn handle_sealed(&mut self, now: Duration, from: SocketAddr, is_newest: bool) -> bool {
        let mut asked = self.asked.iter().flatten();
        let is_due = asked
            .find(|asked| asked.address == from)
            .is_none_or(|asked| now >= asked.next_at);
        if self.active != Some(from) {
            let has_answered = self.rival.is_some_and(|(rival, _)| rival == from);
            return is_newest && is_due && !has_answered;
        }
        if is_newest {
            self.rival = None;
        }
        !self.is_proven && is_due
    }

    /// The token of a challenge that is about to be sent here.
    pub(super) fn ask(&mut self, now: Duration, address: SocketAddr) -> PathToken {
        let known = self.asked.iter_mut().flatten().find(|asked| asked.address == address);
        if let Some(asked) = known {
            asked.next_at = now + asked.wait;
            asked.wait = (asked.wait * 2).min(ASK_AGAIN_MAX);
        } else {
            self.asked[self.next_asked] = Some(Asked {
                address,
                next_at: now + ASK_INTERVAL,
                wait: 2 * ASK_INTERVAL,
            });
            self.next_asked = (self.next_asked + 1) % ASKED_MAX;
        }
        self.token(now, address, 0)
    }

    /// The peer has answered a challenge. Where the answer came from does not matter: the token tells where the challenge went.
    pub(super) fn handle_response(&mut self, now: Duration, token: PathToken) {
        let is_known = |address: &SocketAddr| [0, 1].iter().any(|&age| self.token(now, *address, age) == token);
        let own = [self.active, self.former.map(|(address, _)| address), self.configured];
        let asked = self.asked.iter().map(|asked| asked.map(|asked| asked.address));
        let Some(address) = own.into_iter().chain(asked).flatten().find(is_known) else {
            return;
        };
        if self.active == Some(address) {
            self.is_proven = true;
            self.rival = None;
        } else if self.former.is_some_and(|(former, _)| former == address) {
            self.former = None;
            self.move_to(address);
        } else if !self.is_proven {
            self.move_to(address);
        } else {
            let since = self.rival.map_or(now, |(_, since)| since);
            self.rival = Some((address, since));
        }
    }

    /// Lets time pass, once per `now`; returns the addresses to challenge.
    pub(super) fn poll(&mut self, now: Duration) -> Targets {
        if self.former.is_some_and(|(_, until)| now >= until) {
            self.former = None;
        }
        if let Some((address, since)) = self.rival
            && now >= since + CONTEST
        {
            let former = self.active.map(|address| (address, now + FORMER_LIFE));
            self.move_to(address);
            self.former = former;
        }
        let mut targets = Targets::default();
        if now >= self.ask_at && (self.rival.is_some() || self.former.is_some()) {
            self.ask_at = now + ASK_INTERVAL;
            targets.add(self.active.filter(|_| self.rival.is_some()));
            targets.add(self.former.map(|(address, _)| address));
        }
        targets
    }

    fn move_to(&mut self, address: SocketAddr) {
        self.changes += u64::from(self.active.is_some() && self.active != Some(address));
        self.active = Some(address);
        self.is_proven = true;
        self.rival = None;
        self.asked = [None; ASKED_MAX];
    }

    fn token(&self, now: Duration, address: SocketAddr, age: u64) -> PathToken {
        let period = (now.as_millis() / TOKEN_LIFE.as_millis()) as u64;
        let mut hasher = blake3::Hasher::new_keyed(&self.token_key);
        match address.ip() {
            IpAddr::V4(ip) => hasher.update(&ip.octets()),
            IpAddr::V6(ip) => hasher.update(&ip.octets()),
        };
        hasher.update(&address.port().to_le_bytes());
        hasher.update(&period.wrapping_sub(age).to_le_bytes());
        let digest = hasher.finalize();
        digest.as_bytes()[..4].try_into().expect("a digest is longer")
    }
}

#[cfg(test)]
mod tests;
