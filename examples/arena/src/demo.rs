//! Owns `arena demo`: two peers in one process over the simulated link, in virtual time.
//! Must not read a clock or print: the same options give the same checksums every time, on every machine.

use crate::desync::{self, EvidenceFault};
use crate::duel::{DuelPeer, GAME_ID, Note, Pilot};
use crate::forging::InlineForging;
use crate::prompts;
use crate::record::{MatchRecorder, RecordFault};
use crate::report::{DemoReport, hex, rate};
use pvp_net::transport::link::{Link, LinkConfig, LinkControl};
use pvp_net::{ConfigError, SessionConfig};
use pvp_sim::bot::BotKind;
use std::path::PathBuf;
use std::time::Duration;

/// What `arena demo` was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoOptions {
    /// Frames to play.
    pub frames: u32,
    /// Decides the network's whims and, with the other side's half, the match seed.
    pub seed: u64,
    /// Round trip.
    pub rtt_ms: u32,
    /// How much each packet's latency varies.
    pub jitter_ms: u32,
    /// Lost packets in percent.
    pub loss_pct: u8,
    /// What the bots ask for; their own prompts if empty.
    pub prompts: Vec<String>,
    /// Where to write a replay.
    pub replay: Option<PathBuf>,
}

/// Why a demo cannot be played to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// Impossible options.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The replay could not be written.
    #[error(transparent)]
    Record(#[from] RecordFault),
    /// The evidence of a desync could not be written.
    #[error(transparent)]
    Evidence(#[from] EvidenceFault),
    /// The network is so bad that the match does not move.
    #[error("the match stood still at frame {frame} for 60 s of virtual time: try less loss or latency")]
    StoodStill {
        /// The last confirmed frame.
        frame: u32,
    },
}

/// A running demo.
pub struct Demo {
    options: DemoOptions,
    peers: [DuelPeer<Link>; 2],
    control: LinkControl,
    recorder: Option<MatchRecorder>,
    now: Duration,
    due: [Duration; 2],
    started_at: Option<Duration>,
    moved_at: Duration,
    notes: Vec<(usize, u32, Note)>,
    evidence_folder: Option<PathBuf>,
    evidence: Vec<PathBuf>,
    traced: [bool; 2],
}

/// Virtual time passes in steps of this.
const TICK: Duration = Duration::from_millis(1);
const STANDSTILL: Duration = Duration::from_secs(60);

impl Demo {
    /// Two peers about to shake hands.
    ///
    /// # Errors
    /// [`DemoError::Config`] if the options are impossible.
    pub fn new(options: DemoOptions) -> Result<Demo, DemoError> {
        let link = LinkConfig::new(options.seed, options.rtt_ms, options.jitter_ms, options.loss_pct);
        let (a, b) = Link::pair(link);
        let control = a.control();
        control.set_now(Duration::ZERO);
        let mut peers = [peer(&options, 0, a)?, peer(&options, 1, b)?];
        for peer in &mut peers {
            peer.end_at(options.frames);
        }
        if options.replay.is_some() {
            peers[0].session_mut().record_confirmed(true);
        }
        Ok(Demo {
            options,
            peers,
            control,
            recorder: None,
            now: Duration::ZERO,
            due: [Duration::ZERO; 2],
            started_at: None,
            moved_at: Duration::ZERO,
            notes: Vec::new(),
            evidence_folder: None,
            evidence: Vec::new(),
            traced: [false; 2],
        })
    }

    /// Writes the evidence of a desync into `folder`.
    pub fn keep_evidence(&mut self, folder: PathBuf) {
        self.evidence_folder = Some(folder);
    }

    /// A drill: the second peer miscalculates in this frame.
    pub fn inject_desync(&mut self, frame: u32) {
        self.peers[1].session_mut().simulation_mut().plant_fault(frame);
    }

    /// The evidence written when the match was over.
    #[must_use]
    pub fn evidence(&self) -> &[PathBuf] {
        &self.evidence
    }

    /// Plays up to one more second of virtual time; true once both peers have confirmed all frames.
    ///
    /// # Errors
    /// [`DemoError`] if the match stands still or the replay cannot be written.
    pub fn play_second(&mut self) -> Result<bool, DemoError> {
        let before = self.confirmed_frame();
        for _ in 0..1000 {
            if self.confirmed_frame() >= self.options.frames {
                return self.finish().map(|()| true);
            }
            self.tick();
            if self.traced == [true; 2] {
                // There is nothing left to play for: the two matches are different ones.
                return self.finish().map(|()| true);
            }
        }
        self.record()?;
        if self.confirmed_frame() > before {
            self.moved_at = self.now;
        }
        if self.now - self.moved_at > STANDSTILL {
            return Err(DemoError::StoodStill {
                frame: self.confirmed_frame(),
            });
        }
        Ok(false)
    }

    fn tick(&mut self) {
        self.now += TICK;
        self.control.set_now(self.now);
        for (number, peer) in self.peers.iter_mut().enumerate() {
            peer.poll(self.now);
            if self.now >= self.due[number] {
                peer.advance(self.now);
                let earliest = self.now.saturating_sub(Duration::from_millis(50));
                self.due[number] = self.due[number].max(earliest) + peer.session().frame_duration();
            }
            let frame = peer.session().current_frame();
            if frame > 0 && self.started_at.is_none() {
                self.started_at = Some(self.now);
            }
            self.traced[number] |= peer.session().desync_evidence().is_some();
            self.notes
                .extend(peer.notes().into_iter().map(|note| (number, frame, note)));
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.watch(self.peers[0].session());
        }
    }

    fn record(&mut self) -> Result<(), DemoError> {
        let Some(path) = &self.options.replay else {
            return Ok(());
        };
        if self.recorder.is_none() && self.peers[0].session().match_seed().is_some() {
            self.recorder = Some(MatchRecorder::create(path, self.peers[0].session())?);
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.follow(self.peers[0].session_mut(), self.options.frames)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), DemoError> {
        self.record()?;
        if let Some(folder) = &self.evidence_folder {
            for peer in &self.peers {
                if let Some(evidence) = peer.session().desync_evidence() {
                    self.evidence.push(desync::save(evidence, folder)?);
                }
            }
        }
        let winner = self.peers[0].tally().winner.flatten();
        if let Some(recorder) = self.recorder.take() {
            recorder.finish(winner)?;
        }
        Ok(())
    }

    /// The newest frame that both peers have confirmed.
    #[must_use]
    pub fn confirmed_frame(&self) -> u32 {
        self.peers
            .iter()
            .map(|peer| peer.session().confirmed_frame())
            .min()
            .unwrap_or(0)
    }

    /// Takes out what the players were told: (player, frame, note).
    pub fn notes(&mut self) -> Vec<(usize, u32, Note)> {
        std::mem::take(&mut self.notes)
    }

    /// The figures so far.
    #[must_use]
    pub fn report(&self) -> DemoReport {
        let frame = self.confirmed_frame().min(self.options.frames);
        let checksums = self.peers.each_ref().map(|peer| peer.session().checksum_at(frame));
        let [a, b] = self.peers.each_ref().map(|peer| peer.stats());
        let tally = self.peers[0].tally();
        let seconds = (self.now - self.started_at.unwrap_or(self.now)).as_secs_f64();
        let desyncs = a.desyncs + b.desyncs;
        DemoReport {
            frames: self.options.frames,
            seed: self.options.seed,
            confirmed_frame: frame,
            checksum_a: checksums[0].map(hex).unwrap_or_default(),
            checksum_b: checksums[1].map(hex).unwrap_or_default(),
            in_sync: desyncs == 0
                && checksums[0].is_some()
                && checksums[0] == checksums[1]
                && frame == self.options.frames,
            desyncs,
            rollbacks: a.rollbacks + b.rollbacks,
            rollback_depth_max: a.rollback_depth_max.max(b.rollback_depth_max),
            stalled_frames: a.stalled_frames + b.stalled_frames,
            bytes_per_second_a: rate(a.wire_bytes_sent, seconds),
            bytes_per_second_b: rate(b.wire_bytes_sent, seconds),
            packets_per_second_a: rate(a.packets_sent, seconds),
            packets_per_second_b: rate(b.packets_sent, seconds),
            weapons_committed: tally.weapons_committed,
            weapons_by_provider: tally.weapons_by_provider,
            weapons_fallback: tally.weapons_fallback,
            offers_refused: tally.offers_refused,
            requests_refused: tally.requests_refused,
            forge_frames_max: tally.forge_frames_max,
            rounds_won: tally.rounds_won,
            winner: tally.winner.flatten(),
        }
    }
}

fn peer(options: &DemoOptions, player: u8, link: Link) -> Result<DuelPeer<Link>, ConfigError> {
    let mut config = SessionConfig::new(player, GAME_ID);
    // Fixed halves of the match seed: a real match draws them from the operating system.
    config.entropy = options.seed.wrapping_mul(2).wrapping_add(u64::from(player));
    let pilot = Pilot::Bot {
        kind: [BotKind::Aggressive, BotKind::Trickster][usize::from(player)],
        level: 3,
        prompts: prompts::for_player(&options.prompts, usize::from(player)),
    };
    DuelPeer::new(link, config, pilot, InlineForging::boxed, Duration::ZERO)
}
