//! Two peers of the arena over the simulated link.

use arena::armory::Armory;
use arena::duel::{DuelPeer, GAME_ID, Note, Pilot};
use arena::forging::Forging;
use pvp_net::transport::link::{Link, LinkConfig, LinkControl};
use pvp_net::{Advance, SessionConfig};
use std::time::Duration;

const TICK: Duration = Duration::from_millis(4);

pub struct Pair {
    pub peers: [DuelPeer<Link>; 2],
    pub notes: [Vec<Note>; 2],
    pub now: Duration,
    /// How deep each side went back for the frame of this tick, if it simulated one.
    pub stepped: [Option<u32>; 2],
    control: LinkControl,
    due: [Duration; 2],
}

impl Pair {
    pub fn new(link: LinkConfig, pilots: [Pilot; 2], forging: impl Fn(Armory) -> Box<dyn Forging>) -> Pair {
        let (a, b) = Link::pair(link);
        let control = a.control();
        control.set_now(Duration::ZERO);
        let side = |player: u8, link, pilot| {
            let mut config = SessionConfig::new(player, GAME_ID);
            config.entropy = 2 + u64::from(player);
            DuelPeer::new(link, config, pilot, &forging, Duration::ZERO).expect("fixed choices")
        };
        let [left, right] = pilots;
        Pair {
            peers: [side(0, a, left), side(1, b, right)],
            notes: [Vec::new(), Vec::new()],
            now: Duration::ZERO,
            stepped: [None; 2],
            control,
            due: [Duration::ZERO; 2],
        }
    }

    /// Four milliseconds pass.
    pub fn tick(&mut self) {
        self.now += TICK;
        self.control.set_now(self.now);
        for (side, peer) in self.peers.iter_mut().enumerate() {
            peer.poll(self.now);
            self.stepped[side] = None;
            if self.now >= self.due[side] {
                if let Some(Advance::Stepped {
                    rollback_depth_frames, ..
                }) = peer.advance(self.now)
                {
                    self.stepped[side] = Some(rollback_depth_frames);
                }
                let earliest = self.now.saturating_sub(Duration::from_millis(50));
                self.due[side] = self.due[side].max(earliest) + peer.session().frame_duration();
            }
            self.notes[side].extend(peer.notes());
        }
    }

    /// Plays until both sides have confirmed so many frames.
    pub fn run_until(&mut self, frame: u32) {
        let limit = self.now + Duration::from_secs(120);
        while self.peers.iter().any(|peer| peer.session().confirmed_frame() < frame) {
            self.tick();
            assert!(self.now < limit, "the match stands still");
        }
    }

    pub fn assert_in_sync(&self) {
        let [a, b] = self.peers.each_ref().map(DuelPeer::session);
        let frame = a.confirmed_frame().min(b.confirmed_frame());
        assert!(frame > 0 && a.checksum_at(frame).is_some());
        assert_eq!(a.checksum_at(frame), b.checksum_at(frame), "frame {frame}");
        assert_eq!(a.stats().desyncs + b.stats().desyncs, 0);
    }
}
